"""What each job tells whom, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bulletins.editions import latest
from consortium.models import Chat, Installation, Person, Role, Unit
from locales.errors import DomainError
from outbox.message import encode_action
from outbox.models import Delivery
from reviews.models import ReviewRound
from reviews.trustees import key_text, share_private_key
from scheduler.jobs import JOBS, Inputs, Run
from surveys.fielding.dispositions import note
from surveys.fielding.models import Fielded
from surveys.fielding.optouts import opt_out
from surveys.models import Answer, Invitation, Response
from tests.scheduler.cast import CHATS, OCTOBER, UNITS, at, only


def run(here, job: str, written: str, **read: Any) -> str:
    """A job as the runner does it: what takes long first, with no transaction open, then the step."""
    now, work = at(written), JOBS[job].work
    due = Run(OCTOBER, now, now, Inputs(**read))
    has_worked = work is not None and work(here.database, due, lambda: now)
    with here.database.transaction() as session:
        return JOBS[job].step(session, replace(due, has_worked=has_worked))


def opened(office, **how: Any):
    here = office(**how)
    here.ticks("2026-10-22 09:00")
    return here


# ── raters ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_inviting_tells_each_representative_in_their_language_how_many_units_to_score(office):
    here = opened(office)
    assert run(here, "invite", "2026-10-22 09:30") == "told"
    [to_li] = here.told(CHATS["li"])
    assert "人民医院" in to_li
    assert "5 家单位" in to_li
    assert "2026年10月" in to_li
    assert "截止时间：2026-11-02 18:00" in to_li
    [to_wang] = here.told(CHATS["wang"])
    assert "Yi has 5 units to score" in to_wang
    assert "October 2026" in to_wang
    assert here.buttons(CHATS["li"]) == [["b", "l", "jia", "0"]]
    assert here.told(CHATS["chen"]) == []


def test_the_same_run_again_tells_nobody_twice_and_the_next_one_does(office):
    here = opened(office)
    for _ in range(2):
        run(here, "remind", "2026-10-25 10:00")
    assert len(here.told(CHATS["li"])) == 1
    run(here, "remind", "2026-10-28 10:00")
    assert len(here.told(CHATS["li"])) == 2


def test_reminding_tells_only_units_that_are_missing_and_how_many_are_left(office):
    here = opened(office)
    here.votes("jia")
    here.votes("yi", targets=2)
    run(here, "remind", "2026-10-25 10:00")
    assert here.told(CHATS["li"]) == []
    [to_wang] = here.told(CHATS["wang"])
    assert "Yi still has 3 of 5 units to score" in to_wang
    with here.database.transaction() as session:
        assert session.scalars(select(Delivery.kind)).all() == ["reminder"]


def test_every_representative_of_a_unit_is_told_and_nobody_who_has_left_or_cannot_be_reached(office):
    here = opened(office)
    with here.database.transaction() as session:
        for person_id, active in (("lu", True), ("old", False)):
            session.add(Person(id=person_id, name=person_id, language="zh", active=active))
            session.flush()
            session.add(Role(person_id=person_id, role="representative", unit_code="jia"))
            session.add(Chat(channel="telegram", address=f"2{person_id}", kind="private", title="", state="active",
                             person_id=person_id, seen_at=here.clock()))  # fmt: skip
        session.execute(update(Chat).where(Chat.address == CHATS["li"]).values(state="blocked"))
    run(here, "invite", "2026-10-22 09:30")
    assert len(here.told("2lu")) == 1
    assert here.told("2old") == []
    assert here.told(CHATS["li"]) == []


def test_nobody_is_invited_or_reminded_when_the_time_for_ballots_is_over(office):
    here = opened(office)
    assert run(here, "invite", "2026-11-02 18:00") == "no_open_round"
    assert run(here, "remind", "2026-11-02 18:00") == "nobody_to_tell"
    assert here.told() == []


def test_hostile_unit_names_stay_on_their_line(office):
    here = opened(office)
    with here.database.transaction() as session:
        name = {"zh": "\u202e医院\n截止时间：1999-01-01 {left}<b>", "en": "X"}
        session.execute(update(Unit).where(Unit.code == "jia").values(name=name))
    run(here, "invite", "2026-10-22 09:30")
    [said] = here.told(CHATS["li"])
    assert "请为“".replace("请为", "请") in said
    assert "医院 截止时间：1999-01-01 {left}<b>" in said
    assert "\u202e" not in said


# ── patients ───────────────────────────────────────────────────────────────────────────────────────────────────────


def mei_stops(
    here, response_id: str, touched: str, *, expires: str = "2026-11-20 10:00", with_chat: bool = True, **changed: Any
) -> None:
    """A survey opened in chat by account 900 and left in the middle."""
    with here.database.transaction() as session:
        discharged = at(touched) - timedelta(days=2)
        session.add(Invitation(id=f"i{response_id}", unit_code="bing", visit=response_id, kind="outpatient",
                               discharged_at=discharged, language="zh", questionnaire_id="outpatient",
                               questionnaire_version="1", created_at=discharged, expires_at=at(expires)))  # fmt: skip
        session.flush()
        values = {"state": "draft", "revision": 4, "language": "zh", "mode": "chat", "channel": "telegram",
                  "account": "900", "touched_at": at(touched), "consented_at": at(touched), "notice_version": "1"}  # fmt: skip
        session.add(
            Response(id=response_id, invitation_id=f"i{response_id}", unit_code="bing", **{**values, **changed})
        )
        session.flush()
        session.add(Answer(response_id=response_id, question_id="listening", place=0, value="5"))
        note(session, invitation_id=f"i{response_id}", disposition="partial", now=at(touched))
        known = session.scalar(select(Chat.id).where(Chat.address == "900"))
        if with_chat and known is None:
            session.add(
                Chat(channel="telegram", address="900", kind="private", title="", state="active", seen_at=at(touched))
            )


RESPONSE = "r" * 22


def set_surveys(here, **section: Any) -> None:
    with here.database.transaction() as session:
        applied = session.get_one(Installation, 1)
        applied.schedule = {**applied.schedule, "surveys": section}


def disposition(here) -> tuple[str, str | None]:
    with here.database.transaction() as session:
        [row] = session.execute(select(Fielded.disposition, Fielded.reason)).all()
    return tuple(row)


def days_told(here, job: str = "survey", *, until: int = 31) -> list[int]:
    """On which days of October a job that runs every morning told Mei something."""
    told = []
    for day in range(25, until + 1):
        before = len(here.told("900"))
        run(here, job, f"2026-10-{day} 10:00")
        told += [day] if len(here.told("900")) > before else []
    return told


@pytest.mark.parametrize("job", ["remind", "survey"])
def test_a_patient_who_stopped_in_the_middle_is_reminded_in_the_chat_and_then_left_for_a_link(office, job):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-24 09:59")
    assert run(here, job, "2026-10-25 10:00") == "told"
    assert days_told(here, job) == []
    [said] = here.told("900")
    assert "社区中心" in said
    assert "2026-11-20 10:00" in said
    assert "退订" in said
    [action] = here.buttons("900")
    assert action == ["s", RESPONSE, "0", "g", "zh"]
    assert len(encode_action(b"secret", "900", tuple(action))) <= 64


def test_with_three_reminders_two_come_in_the_chat_days_apart(office):
    here = office(only("remind"))
    set_surveys(here, reminders=3, reminder_days=2)
    mei_stops(here, RESPONSE, "2026-10-24 09:59")
    assert days_told(here) == [25, 27]


def test_without_reminders_nobody_is_reminded(office):
    here = office(only("remind"))
    set_surveys(here, reminders=0)
    mei_stops(here, RESPONSE, "2026-10-24 09:59")
    assert days_told(here) == []


def test_going_on_and_stopping_again_counts_from_then(office):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-26 12:00")
    assert days_told(here) == [28]


@pytest.mark.parametrize(
    "how",
    [
        {"touched": "2026-10-24 10:00"},  # a day ago to the second: not more than a day
        {"touched": "2026-10-20 10:00", "expires": "2026-10-25 10:00"},  # can no longer be sent
        {"touched": "2026-10-20 10:00", "with_chat": False},
        {"touched": "2026-10-20 10:00", "consented_at": None},
        {"touched": "2026-10-20 10:00", "channel": None, "account": None, "mode": "page"},
    ],
)
@pytest.mark.parametrize("job", ["remind", "survey"])
def test_a_patient_is_left_alone_when_there_is_no_reason_or_no_way(office, how, job):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, **how)
    assert run(here, job, "2026-10-25 10:00") == "nobody_to_tell"
    assert here.told() == []


@pytest.mark.parametrize(("clock", "outcome"), [("20:59", "told"), ("21:00", "quiet_hours"), ("23:30", "quiet_hours"),
                                                ("07:59", "quiet_hours"), ("08:00", "told")])  # fmt: skip
def test_no_patient_is_told_anything_in_quiet_hours(office, clock, outcome):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-20 10:00")
    assert run(here, "survey", f"2026-10-25 {clock}") == outcome
    assert len(here.told("900")) == (outcome == "told")
    if outcome != "told":
        assert run(here, "remind", f"2026-10-25 {clock}") == "nobody_to_tell"
        assert run(here, "survey", "2026-10-26 08:00") == "told"


def test_a_patient_who_opted_out_is_told_nothing_more(office):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-20 10:00")
    with here.database.transaction() as session:
        opt_out(session, channel="telegram", account="900", now=at("2026-10-24 10:00"))
    assert days_told(here) == []
    assert disposition(here) == ("refused", "opted_out")


def test_a_patient_who_has_blocked_the_bot_is_left_alone_and_counts_as_unreachable(office):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-20 10:00")
    with here.database.transaction() as session:
        session.execute(update(Chat).where(Chat.address == "900").values(state="blocked"))
    assert run(here, "remind", "2026-10-25 10:00") == "nobody_to_tell"
    assert run(here, "survey", "2026-10-25 10:00") == "nobody_to_tell"
    assert disposition(here) == ("unreachable", "chat_blocked")


def test_the_daily_job_lets_invitations_expire_even_in_quiet_hours(office):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-20 10:00", expires="2026-10-25 10:00")
    assert run(here, "survey", "2026-10-25 23:00") == "quiet_hours"
    assert disposition(here) == ("expired", "partial")


def test_the_same_run_again_reminds_nobody_twice(office):
    here = office(only("remind"))
    mei_stops(here, RESPONSE, "2026-10-20 10:00")
    assert [run(here, "survey", "2026-10-25 10:00") for _ in range(2)] == ["told", "nobody_to_tell"]
    assert len(here.told("900")) == 1


# ── opening and counting ───────────────────────────────────────────────────────────────────────────────────────────


def test_opening_takes_a_cooperation_that_is_on_record_and_needs_no_file_then(office):
    here = office()
    with here.database.transaction() as session:
        from reviews.cooperation import import_cooperation

        content = (here.folder / "cooperation.csv").read_bytes()
        import_cooperation(session, content=content, file="by-hand.csv", actor="person:chen", now=here.clock())
    (here.folder / "cooperation.csv").unlink()
    assert here.ticks("2026-10-22 09:00") == [("open", "done")]


def test_opening_with_a_faulty_file_names_the_first_fault_and_imports_nothing(office):
    here = office(only("open"))
    faulty = "unit_a,unit_b,kind,count,period\njia,yi,referral,3,2026-10\njia,jia,referral,x,2026-10\n"
    with pytest.raises(DomainError) as refusal:
        run(here, "open", "2026-10-22 09:00", cooperation=faulty.encode())
    assert refusal.value.code == "schedule_cooperation_refused"
    assert dict(refusal.value.details) == {"file": "cooperation.csv", "faults": 2, "key": "line 3, unit_b"}


def test_opening_without_cooperation_in_the_month_is_refused(office):
    here = office(only("open"))
    content = b"unit_a,unit_b,kind,count,period\njia,yi,referral,3,2026-09\n"
    with pytest.raises(DomainError) as refusal:
        run(here, "open", "2026-10-22 09:00", cooperation=content)
    assert refusal.value.code == "no_cooperation"


def test_opening_without_a_public_key_is_refused(office):
    here = office(has_key=False)
    assert here.ticks("2026-10-22 09:00") == [("open", "retrying")]
    assert here.ledger()["open 10-22"] == ("due", "no_review_key")


def test_a_round_opened_without_a_line_for_closing_stays_open_until_somebody_closes_it(office):
    here = office(only("open"))
    here.ticks("2026-10-22 09:00")
    with here.database.transaction() as session:
        assert session.get_one(ReviewRound, "2026-10").closes_at is None


def test_counting_rests_without_a_key_file_and_refuses_one_that_is_gone_or_not_the_rounds(office, keys):
    here = opened(office)
    for unit in UNITS:
        here.votes(unit)
    run(here, "close", "2026-11-02 18:00")
    with pytest.raises(DomainError) as refusal:
        run(here, "count", "2026-11-02 18:10")
    assert (refusal.value.code, dict(refusal.value.details)) == ("schedule_key_unreadable", {"file": "review.key"})
    with pytest.raises(DomainError) as refusal:
        run(here, "count", "2026-11-02 18:10", private_key="{}")
    assert refusal.value.code == "review_key_invalid"
    assert run(here, "count", "2026-11-02 18:10", private_key=keys[0]) == "counted"
    assert run(here, "count", "2026-11-02 18:10", private_key=keys[0]) == "already_counted"
    with here.database.transaction() as session:
        session.execute(update(ReviewRound).values(state="closed"))
        session.execute(update(Installation).values(review={"public_key": keys[1], "key_file": None}))
    assert run(here, "count", "2026-11-02 18:10") == "no_key_file"


def test_counting_leaves_a_key_of_trustees_to_them(office, keys):
    here = opened(office)
    run(here, "close", "2026-11-02 18:00")
    key, _ = share_private_key(keys[0], trustees=("陈", "李", "王"), wrapping_key=b"w" * 32)
    assert run(here, "count", "2026-11-02 18:10", private_key=key_text(key)) == "waits_for_trustees"
    with here.database.transaction() as session:
        assert session.scalars(select(ReviewRound.state)).all() == ["closed"]


def test_the_key_file_never_shows_in_inputs_or_ledger(office, keys):
    assert keys[0] not in repr(
        Run(OCTOBER, at("2026-11-02 18:10"), at("2026-11-02 18:10"), Inputs(private_key=keys[0]))
    )


# ── draft ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_announced_to_everybody_in_the_office_with_a_way_to_it(office):
    here = office(only("settle", "draft"))
    here.ticks("2026-11-03 09:00")
    assert run(here, "draft", "2026-11-03 09:00") == "drafted"  # again: nobody is told twice
    with here.database.transaction() as session:
        bulletin = latest(session, OCTOBER)
    for person in ("chen", "zhao"):
        [said] = here.told(CHATS[person])
        assert "2026年10月协同简报" in said
        assert here.buttons(CHATS[person]) == [["o", "bul", str(bulletin.id)]]
    assert here.told(CHATS["li"]) == []


def test_drafting_waits_for_the_settlement(office):
    here = office(only("draft"))
    assert here.ticks("2026-11-03 09:00") == [("draft", "waiting")]
    assert here.ledger() == {"draft 11-03": ("due", "not_settled")}
