"""The nightly run as a whole: every sort by its limit, one audit row, nothing in the file, nothing of a settled month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.models import HandledUpdate, SetAside, TextPrompt
from consortium.links import BIND, WEB, is_link, make_link, new_token, token_hash
from consortium.models import Account, Chat, SignInLink, WebSession
from consortium.periods import Period
from evaluation.invariants import check_evaluation
from evaluation.models import Reading, Scorecard, ScoreLine, Settlement
from outbox.models import Delivery
from reviews.panel_models import EvidenceFile
from scheduler.jobs import JOBS, Run
from storage.audit import AuditRow
from surveys import retention
from surveys.audiences.models import ThirdPartyImport
from surveys.fielding.models import OptOut, Poster, PosterDay, VisitList
from surveys.fielding.optouts import opt_out
from surveys.fielding.upkeep import expire_invitations, remove_leftovers
from surveys.honesty.models import SenderTrace
from surveys.honesty.senders import note_sender
from surveys.models import Answer, Invitation, Response
from surveys.responses import record_page, send_response, sitting_in_chat
from surveys.retention import MOST, remove_overdue
from surveys.retention_limits import LIMITS
from tests.bot.test_receipt_desk import settle_in
from tests.evaluation.cast import Season
from tests.surveys.cast import BEST, JIA, MEI, NOW, begin_in_chat, fill, invite_visit, said, set_up
from tests.surveys.fielding.cast import chen, opens_in_chat, report, stands
from tests.surveys.retention_cast import CLOSED, DAY, MARK, YEAR_LATER, doctor, holds

SECOND = timedelta(seconds=1)
KEY = b"a key"
PERSON = "3c" * 32
ACCOUNT = "918273645500"


def rows_of(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def trail(session) -> list[dict[str, object]]:
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "remove_overdue").order_by(AuditRow.id))
    return [{"actor": row.actor, "subject": row.subject, **row.details} for row in rows]


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_a_draft_goes_a_week_after_its_window_with_account_answers_and_prompt(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    ready.add(Answer(response_id=response, question_id="comment", place=0, value=MARK))
    ready.add(TextPrompt(channel=MEI[0], chat=MEI[1], response_id=response, question_id="comment", revision=0))
    ready.flush()
    expire_invitations(ready, now=CLOSED)
    assert remove_overdue(ready, now=CLOSED + 7 * DAY - SECOND) == {}
    assert sitting_in_chat(ready, channel=MEI[0], account=MEI[1]) is not None
    assert remove_overdue(ready, now=CLOSED + 7 * DAY) == {"drafts": 1}
    assert sitting_in_chat(ready, channel=MEI[0], account=MEI[1]) is None
    assert holds(ready, MARK) == holds(ready, MEI[1]) == []
    assert (rows_of(ready, Response), rows_of(ready, TextPrompt), rows_of(ready, Invitation)) == (0, 0, 1)
    assert stands(ready, "i-jia-v1") == ("expired", "started")
    assert doctor(ready) == []


def test_what_was_sent_is_no_draft(ready):
    send_response(ready, response_id=fill(ready, BEST, "v1"), receipt_code="c", now=NOW)
    assert "drafts" not in remove_overdue(ready, now=YEAR_LATER)
    assert rows_of(ready, Response) == 1


def test_drafts_of_hundreds_go_together(ready):
    for number in range(3):
        fill(ready, {**BEST, **said({"comment": MARK})}, f"v{number}")
    expire_invitations(ready, now=YEAR_LATER)
    assert remove_overdue(ready, now=YEAR_LATER, most=2)["drafts"] == 2
    assert remove_overdue(ready, now=YEAR_LATER, most=2)["drafts"] == 1
    assert holds(ready, MARK) == []


# --- senders --------------------------------------------------------------------------------------------------------


def sends_in_chat(session, visit: str = "v1") -> None:
    report(session, visit)
    response = opens_in_chat(session, visit)
    record_page(session, response_id=response, answers=BEST, now=NOW)
    note_sender(session, response_id=response, sender="telegram:70001", key=KEY, now=NOW)
    send_response(session, response_id=response, receipt_code="c", now=NOW)


def test_senders_are_forgotten_once_their_month_is_settled(ready):
    sends_in_chat(ready)
    assert "senders" not in remove_overdue(ready, now=NOW, settled=["2026-09"])
    assert remove_overdue(ready, now=NOW, settled={"2026-09", "2026-10"}) == {"senders": 1}
    assert rows_of(ready, SenderTrace) == 0
    assert rows_of(ready, Response) == 1


def test_senders_of_a_month_that_nobody_settles_are_forgotten_all_the_same(ready):
    sends_in_chat(ready)
    _, ends = Period(2026, 10).bounds(ZoneInfo("Asia/Shanghai"))
    assert remove_overdue(ready, now=ends + 60 * DAY - SECOND).get("senders") is None
    assert remove_overdue(ready, now=ends + 60 * DAY)["senders"] == 1


# --- what simply ages -----------------------------------------------------------------------------------------------


def aged(session, name: str, at) -> object:
    """One row of a sort, whose time began to run at that moment."""
    actor = chen(session)
    token = new_token()
    rows = {
        "handled_updates": HandledUpdate(bot="1", update_id=1, chat=ACCOUNT, outcome="done", at=at),
        "set_aside": SetAside(bot="1", update_id=1, chat=ACCOUNT, code="x", fields=[], at=at),
        "sign_in_links": SignInLink(token_hash=token_hash(token), purpose=BIND, person_id=actor.person_id,
                                    created_at=at - DAY, expires_at=at),
        "web_sessions": WebSession(token_hash=token_hash(token), person_id=actor.person_id, created_at=at - DAY,
                                   expires_at=at),
        "third_party_imports": ThirdPartyImport(id="t", file_digest="d", rows=[[MARK]], created_at=at - DAY,
                                                expires_at=at, made_by="person:chen"),
        "chats": Chat(channel="telegram", address=ACCOUNT, kind="private", title="Mei", state="active", seen_at=at),
        "reminders": Delivery(dedupe_key="resume:r1:1", channel="telegram", address=ACCOUNT, kind="reminder",
                              message={"text": MARK}, state="sent", attempts=1, doubts=0, created_at=at - DAY,
                              settled_at=at),
    }  # fmt: skip
    session.add(rows[name])
    session.flush()
    return type(rows[name])


@pytest.mark.parametrize(
    "name",
    ["handled_updates", "set_aside", "sign_in_links", "web_sessions", "third_party_imports", "chats", "reminders"],
)
def test_a_row_goes_at_its_limit_and_not_a_moment_sooner(ready, name):
    table = aged(ready, name, NOW)
    limit = timedelta(days=LIMITS[name].length)
    assert remove_overdue(ready, now=NOW + limit - SECOND) == {}
    assert rows_of(ready, table) == 1
    assert remove_overdue(ready, now=NOW + limit) == {name: 1}
    assert rows_of(ready, table) == 0
    assert remove_overdue(ready, now=NOW + limit) == {}
    assert trail(ready) == [{"actor": "schedule", "subject": "time_limits", name: 1}]


def test_a_link_that_has_just_expired_still_says_so(ready):
    actor, token = chen(ready), new_token()
    ends = make_link(ready, person_id=actor.person_id, purpose=WEB, made_by=None, token=token, now=NOW)
    remove_overdue(ready, now=ends + DAY)
    assert is_link(ready, token=token, purpose=WEB)


def test_days_of_posters_go_and_posters_stay(ready):
    ready.add(Poster(code="abcdefgh", unit_code=JIA, department="", kind="outpatient", daily_limit=5, created_at=NOW))
    ready.flush()
    ready.add_all([PosterDay(code="abcdefgh", day=day, opened=2) for day in ("2026-10-19", "2026-10-20")])
    ready.flush()
    assert remove_overdue(ready, now=NOW + 89 * DAY) == {"poster_days": 1}
    assert ready.scalars(select(PosterDay.day)).all() == ["2026-10-20"]
    assert rows_of(ready, Poster) == 1


@pytest.mark.parametrize("why", ["person", "account", "draft", "group"])
def test_chats_that_are_somebodys_stay(ready, why):
    aged(ready, "chats", NOW)
    chat = ready.scalars(select(Chat)).one()
    if why == "person":
        chat.person_id = "chen"
    elif why == "group":
        chat.kind = "group"
    elif why == "account":
        ready.add(Account(channel="telegram", account=ACCOUNT, person_id="chen", display_name="", requested_at=NOW))
    else:
        invite_visit(ready, left=NOW + 60 * DAY, now=NOW + 60 * DAY)
        begin_in_chat(ready, now=NOW + 61 * DAY)
        chat.address = MEI[1]
    ready.flush()
    assert remove_overdue(ready, now=NOW + 91 * DAY) == {}
    assert rows_of(ready, Chat) == 1


def test_deliveries_to_others_and_reminders_under_way_stay(ready):
    for number, (key, state) in enumerate(
        [("bulletin:1:telegram:1:0", "sent"), ("resume:r2:1", "owed"), ("resumed:r2", "sent"), ("resume:r3:1", "sent")]
    ):
        settled = NOW if state == "sent" else None
        ready.add(Delivery(dedupe_key=key, channel="telegram", address=str(number), kind="notice", message={},
                           state=state, attempts=0, doubts=0, created_at=NOW, settled_at=settled))  # fmt: skip
    ready.flush()
    assert remove_overdue(ready, now=YEAR_LATER) == {"reminders": 1}
    assert rows_of(ready, Delivery) == 3


def test_an_imported_third_party_result_keeps_its_import(ready):
    aged(ready, "third_party_imports", NOW)
    ready.scalars(select(ThirdPartyImport)).one().imported_at = NOW
    ready.flush()
    assert remove_overdue(ready, now=YEAR_LATER) == {}


def test_evidence_of_a_figure_stays_with_it(ready):
    """Without it the figure could not be explained any more, and the nightly run would end at the foreign key."""
    chen(ready)
    for name in ("kept", "gone"):
        ready.add(EvidenceFile(id=name, period="2024-09", unit_code=JIA, indicator="new_techniques", name="a.pdf", kind="pdf",
                               size=4, digest=name, content=b"%PDF", handed_in_by="chen", handed_in_at=NOW))  # fmt: skip
    ready.flush()
    ready.add(Reading(scope=JIA, unit_code=JIA, period="2024-09", indicator="new_techniques", value=Fraction(3),
                      origin="typed", recorded_at=NOW, recorded_by="person:chen", evidence="kept", digest="d"))  # fmt: skip
    ready.flush()
    assert remove_overdue(ready, now=datetime(2028, 9, 30, tzinfo=UTC)).get("evidence") == 1
    assert ready.scalars(select(EvidenceFile.id)).all() == ["kept"]


def test_evidence_goes_two_years_after_its_month(ready):
    """All of a month goes together, on the first day of the month two years on, by the consortium's clocks."""
    chen(ready)
    for month in ("2024-09", "2024-10", "2024-11"):
        ready.add(EvidenceFile(id=month, period=month, unit_code=JIA, indicator="core_systems", name="a.pdf", kind="pdf",
                               size=4, digest=month, content=b"%PDF", handed_in_by="chen", handed_in_at=NOW))  # fmt: skip
    ready.flush()
    assert remove_overdue(ready, now=datetime(2026, 9, 30, 15, 59, tzinfo=UTC)) == {"evidence": 1}
    assert ready.scalars(select(EvidenceFile.id).order_by(EvidenceFile.id)).all() == ["2024-10", "2024-11"]
    assert remove_overdue(ready, now=datetime(2026, 9, 30, 16, tzinfo=UTC)) == {"evidence": 1}
    assert ready.scalars(select(EvidenceFile.id)).all() == ["2024-11"]


def test_opting_out_stays_for_ever(ready):
    opt_out(ready, channel=MEI[0], account=MEI[1], now=NOW)
    remove_overdue(ready, now=NOW + 20 * 365 * DAY)
    assert ready.scalars(select(OptOut.account)).all() == [MEI[1]]


# --- the run as a whole ---------------------------------------------------------------------------------------------


def everything(session) -> None:
    """Mei and others have answered, some with words, some never finished."""
    for number in range(4):
        response = fill(session, {**BEST, **said({"comment": f"{MARK} {number}"})}, f"VISIT-{number}")
        if number:
            send_response(session, response_id=response, receipt_code=f"c{number}", now=NOW)
    for name in ("handled_updates", "set_aside", "sign_in_links", "web_sessions", "chats", "reminders"):
        aged(session, name, NOW)


def test_nothing_due_nothing_written(ready):
    everything(ready)
    before = rows_of(ready, AuditRow)
    assert remove_overdue(ready, now=NOW) == {}
    assert rows_of(ready, AuditRow) == before


def test_one_audit_row_with_the_counts_and_never_a_content(ready):
    everything(ready)
    expire_invitations(ready, now=YEAR_LATER)
    counts = remove_overdue(ready, now=YEAR_LATER)
    assert counts == {
        "own_words": 3, "drafts": 1, "visits": 4, "handled_updates": 1, "set_aside": 1, "sign_in_links": 1,
        "web_sessions": 1, "chats": 1, "reminders": 1,
    }  # fmt: skip
    assert trail(ready) == [{"actor": "schedule", "subject": "time_limits", **counts}]
    assert counts.keys() <= LIMITS.keys() | {"persons"}
    assert doctor(ready) == []


def test_every_limit_has_somebody_who_keeps_it(ready):
    """A line of the table that nobody reads would be a promise on paper."""
    reached = dict.fromkeys(LIMITS, NOW)
    done_here = {"own_words", "drafts", "visits", "undrawn_visits", "senders", "evidence"}
    assert done_here | retention._aged(reached, "2026-01-01").keys() == LIMITS.keys()


def test_a_run_that_breaks_off_leaves_nothing_behind_and_is_made_good(database, monkeypatch):
    with database.transaction() as session:
        set_up(session)
        everything(session)
        expire_invitations(session, now=YEAR_LATER)

    def breaks(*_args):
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(retention, "_forget_senders", breaks)
    with pytest.raises(RuntimeError), database.transaction() as session:
        remove_overdue(session, now=YEAR_LATER)
    monkeypatch.undo()
    with database.transaction() as session:
        assert set(holds(session, MARK)) == {"delivery", "answer"}
        assert trail(session) == []
    for due in (True, False):
        with database.transaction() as session:
            assert bool(remove_overdue(session, now=YEAR_LATER)) is due
    with database.transaction() as session:
        assert holds(session, MARK) == []
        assert len(trail(session)) == 1
        assert doctor(session) == []


def test_what_was_removed_is_not_in_the_file(database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps dead rows until it is vacuumed")
    with database.transaction() as session:
        set_up(session)
        everything(session)
        for number in range(40):  # texts of every length, some over several pages
            fill(session, {**BEST, **said({"comment": (MARK + " 啊" * 12 * number)[:490]})}, f"VISIT-9{number}")
            if number % 2:
                send_response(session, response_id=f"r-jia-VISIT-9{number}", receipt_code=f"d{number}", now=NOW)
            report(session, f"就诊号-{number}", new_id=f"i{number}", ticket=f"t{number}", person_key=PERSON)
    path = Path(database.engine.url.database)
    personal = [MARK.encode(), "就诊号-".encode(), PERSON.encode(), ACCOUNT.encode()]
    assert [word in path.read_bytes() for word in personal] == [True] * 4
    with database.transaction() as session:
        expire_invitations(session, now=YEAR_LATER)
        remove_overdue(session, now=YEAR_LATER)
    for file in path.parent.glob(f"{path.name}*"):  # a journal, if one is left
        assert [word in file.read_bytes() for word in personal] == [False] * 4, file.name


def test_the_job_of_every_day_keeps_the_limits(database):
    with database.transaction() as session:
        set_up(session)
        everything(session)
    with database.transaction() as session:
        JOBS["survey"].step(session, Run(Period(2027, 10), YEAR_LATER, YEAR_LATER))
    with database.transaction() as session:
        assert holds(session, MARK) == []
        assert trail(session)[0]["drafts"] == 1


def test_the_job_forgets_senders_of_settled_months(database):
    with database.transaction() as session:
        set_up(session)
        sends_in_chat(session)
        settle_in(session, "2026-10")
    with database.transaction() as session:
        JOBS["survey"].step(session, Run(Period(2026, 10), NOW, NOW))
        assert rows_of(session, SenderTrace) == 0


def test_leftovers_are_counted_as_before(ready):
    actor = chen(ready)
    ready.add(VisitList(id="l", unit_code=JIA, made_by=actor.person_id, rows=[], created_at=NOW, expires_at=NOW + DAY))
    aged(ready, "web_sessions", NOW)
    assert remove_leftovers(ready, now=NOW + DAY) == 1
    assert trail(ready) == [{"actor": "schedule", "subject": "time_limits", "web_sessions": 1}]


def test_settled_months_are_not_touched(session):
    season = Season(session).has_a_full_month()
    send_response(session, response_id=fill(session, {**BEST, **said({"comment": MARK})}, "v1"), receipt_code="c",
                  now=NOW)  # fmt: skip
    season.settles()
    frozen = [
        [tuple(row) for row in session.execute(select(table.__table__))] for table in (Settlement, Scorecard, ScoreLine)
    ]
    found = check_evaluation(session)
    assert remove_overdue(session, now=YEAR_LATER, settled=["2026-10"])["own_words"] == 1
    session.expire_all()
    assert [
        [tuple(row) for row in session.execute(select(table.__table__))] for table in (Settlement, Scorecard, ScoreLine)
    ] == frozen
    assert check_evaluation(session) == found


def test_a_night_is_bounded():
    assert 10_000 <= MOST <= 100_000
