"""Who is told that a round waits for its trustees, on which days, never at night, and who learns that it is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from consortium.models import Chat, Installation, Person, Role
from outbox.models import Delivery
from reviews.models import ReviewRound
from reviews.trustees import key_text, share_private_key
from scheduler.count_notices import (
    ballots_cast,
    names_in_words,
    remind_of_counts,
    tell_of_count,
    tell_that_count_waits,
    tell_who_was_not_told,
    trustees,
    waiting_rounds,
)
from scheduler.models import Occurrence
from tests.scheduler.cast import CHATS, OCTOBER, WHOLE_EXAMPLE, at, only

NAMES = ("何敏", "罗秀兰", "Tang")
HOLDERS = {"he": "201", "luo": "202", "tang": "203"}
CLOSED_AT = "2026-11-02 18:00"


@pytest.fixture(scope="session")
def wrapped(keys):
    key, _ = share_private_key(keys[0], trustees=NAMES, wrapping_key=bytes(range(32)))
    return key_text(key)


@pytest.fixture
def house(office, wrapped):
    """A consortium with three trustees, whose key lies wrapped on the server."""

    def make(schedule=WHOLE_EXAMPLE, *, reachable=tuple(HOLDERS), has_key=True):
        here = office(schedule, has_key=has_key)
        if has_key:
            (here.folder / "review.key").write_text(wrapped, encoding="utf-8")
        with here.database.transaction() as session:
            for (person, chat), name in zip(HOLDERS.items(), NAMES, strict=True):
                session.add(Person(id=person, name=name, language="en" if person == "tang" else "zh", active=True))
                session.flush()
                session.add(Role(person_id=person, role="trustee", unit_code=None))
                if person in reachable:
                    session.add(Chat(channel="telegram", address=chat, kind="private", title="", state="active",
                                     purpose=None, person_id=person, seen_at=here.clock()))  # fmt: skip
        return here

    return make


def closed(here):
    """October was opened, one unit scored, and it is over; the count has been left to people."""
    here.ticks("2026-10-22 09:00")
    here.votes("jia")
    for written in ("2026-11-02 18:00", "2026-11-02 18:10"):
        here.ticks(written)
    return here


def does(here, act, written, **more):
    with here.database.transaction() as session:
        return act(session, now=at(written), **more)


def test_each_trustee_is_told_once_and_nobody_else(house):
    here = closed(house())
    assert here.ledger()["count 11-02"] == ("done", "waits_for_trustees")
    for person, chat in HOLDERS.items():
        [said] = here.told(chat)
        assert ("5 ballots" if person == "tang" else "5 张评分票") in said
        assert "2026-11-02 18:00" in said
        assert here.buttons(chat) == [["o", "count", "2026-10"]]
    assert [said for chat in CHATS.values() for said in here.told(chat) if "保管人" in said] == []
    does(here, tell_that_count_waits, "2026-11-02 18:30", period=OCTOBER)
    does(here, tell_who_was_not_told, "2026-11-03 10:30")
    assert [len(here.told(chat)) for chat in HOLDERS.values()] == [1, 1, 1]


def test_no_notice_carries_a_link(house):
    here = closed(house())
    does(here, remind_of_counts, "2026-11-03 10:00")
    assert not [said for said in here.told() if "http" in said or "sign-in" in said]


def test_they_are_reminded_and_the_office_told_once_on_each_day(house):
    here = closed(house())
    for hour in ("09:00", "12:00", "20:59"):
        does(here, remind_of_counts, f"2026-11-03 {hour}")
    assert [len(here.told(chat)) for chat in HOLDERS.values()] == [2, 2, 2]
    [said] = [each for each in here.told(CHATS["chen"]) if "保管人" in each]
    assert said.splitlines()[-1] == "保管人：何敏、罗秀兰、Tang"
    does(here, remind_of_counts, "2026-11-04 09:00")
    assert [len(here.told(chat)) for chat in HOLDERS.values()] == [3, 3, 3]
    assert len([each for each in here.told(CHATS["chen"]) if "保管人" in each]) == 2
    assert here.told(CHATS["li"])[1:] == []


def test_nobody_is_told_at_night_and_the_first_word_comes_in_the_morning(house):
    here = house()
    here.ticks("2026-10-22 09:00")
    with here.database.transaction() as session:
        session.execute(update(ReviewRound).values(closes_at=at("2026-11-02 22:00")))
    here.ticks("2026-11-02 23:00")
    assert here.ledger()["count 11-02"] == ("done", "waits_for_trustees")
    assert here.told("201") == []
    assert does(here, remind_of_counts, "2026-11-03 07:59") == 0
    does(here, tell_who_was_not_told, "2026-11-03 08:00")
    [said] = here.told("201")
    assert "请取出您抄录的份额" in said
    does(here, remind_of_counts, "2026-11-03 09:00")
    assert len(here.told("201")) == 1  # two on one morning would be one too many
    assert len([each for each in here.told(CHATS["chen"]) if "保管人" in each]) == 1


def test_a_settlement_that_waits_for_the_count_reminds_once_a_day_when_the_night_is_over(house):
    here = closed(house())
    here.ticks("2026-11-03 06:00")
    assert here.ledger()["settle 11-03"] == ("due", "round_not_counted")
    assert len(here.told("201")) == 1
    for hour in ("07:50", "08:05", "08:20", "13:00"):
        here.ticks(f"2026-11-03 {hour}")
    assert len(here.told("201")) == 2
    assert "没有计票就不能结算" in here.told("201")[-1]
    here.ticks("2026-11-04 09:00")
    assert len(here.told("201")) == 3
    assert here.ledger()["settle 11-03"] == ("due", "round_not_counted")


def test_the_reminder_of_the_timetable_reminds_of_counts_too(house):
    here = closed(house())
    here.ticks("2026-11-25 10:00")
    assert "提醒：2026年10月互评" in here.told("201")[-1]


def test_a_trustee_without_a_chat_is_named_to_the_office_and_told_as_soon_as_there_is_one(house):
    here = closed(house(reachable=("he", "tang")))
    does(here, remind_of_counts, "2026-11-03 10:00")
    assert here.told("202") == []
    assert "罗秀兰（未绑定聊天，收不到通知）" in here.told(CHATS["chen"])[-1]
    with here.database.transaction() as session:
        session.add(Chat(channel="telegram", address="202", kind="private", title="", state="active", purpose=None,
                         person_id="luo", seen_at=here.clock()))  # fmt: skip
        assert [each.is_reachable for each in trustees(session)] == [True, True, True]
    does(here, tell_who_was_not_told, "2026-11-03 12:00")
    [said] = here.told("202")
    assert "请取出您抄录的份额" in said


def test_who_holds_a_share_and_sits_in_the_office_is_told_once_a_day(house):
    here = closed(house())
    with here.database.transaction() as session:
        session.add(Role(person_id="he", role="office", unit_code=None))
    does(here, remind_of_counts, "2026-11-03 10:00")
    assert len(here.told("201")) == 2


def test_without_trustees_the_office_is_told_that_there_are_none(office, wrapped):
    here = office(WHOLE_EXAMPLE)
    (here.folder / "review.key").write_text(wrapped, encoding="utf-8")
    closed(here)
    does(here, remind_of_counts, "2026-11-03 10:00")
    assert "还没有设保管人" in here.told(CHATS["chen"])[-1]


def test_a_round_without_a_key_file_waits_for_people_too(house):
    here = house(has_key=False)
    with here.database.transaction() as session:
        review = dict(session.get_one(Installation, 1).review)
    assert not review["key_file"]
    with here.database.transaction() as session:
        session.add(ReviewRound(period="2026-10", state="closed", public_key="{}", criteria=[], thresholds={},
                                opened_at=at("2026-10-22 09:00"), closed_at=at(CLOSED_AT)))  # fmt: skip
    here.ticks("2026-11-02 18:10")
    assert here.ledger()["count 11-02"] == ("done", "no_key_file")
    assert len(here.told("201")) == 1


def test_a_round_that_the_schedule_will_count_by_itself_waits_for_nobody(office):
    here = office(WHOLE_EXAMPLE)
    here.ticks("2026-10-22 09:00")
    here.votes("jia")
    here.ticks(CLOSED_AT)
    with here.database.transaction() as session:
        assert waiting_rounds(session) == []
    assert does(here, remind_of_counts, "2026-11-02 18:05") == 0


def test_a_count_that_the_schedule_has_given_up_waits_for_people(house):
    here = closed(house())
    with here.database.transaction() as session:
        session.execute(update(Occurrence).where(Occurrence.job == "count").values(outcome="no_round"))
        assert waiting_rounds(session) == []
        session.execute(
            update(Occurrence).where(Occurrence.job == "count").values(state="failed", outcome="schedule_fault")
        )
        assert [each.period for each in waiting_rounds(session)] == ["2026-10"]


def test_where_the_timetable_counts_nothing_people_do(house):
    here = house(only("open", "close"))
    here.ticks("2026-10-22 09:00")
    here.ticks(CLOSED_AT)
    with here.database.transaction() as session:
        assert [each.period for each in waiting_rounds(session)] == ["2026-10"]
    assert does(here, remind_of_counts, "2026-11-03 10:00") == 5


@pytest.mark.parametrize("state", ["open", "counted", "erased"])
def test_only_a_closed_round_waits(house, state):
    here = closed(house())
    with here.database.transaction() as session:
        session.execute(update(ReviewRound).values(state=state))
        session.execute(Delivery.__table__.delete())
    assert does(here, tell_that_count_waits, "2026-11-03 10:00", period=OCTOBER) == 0
    assert does(here, remind_of_counts, "2026-11-03 10:00") == 0
    assert here.told() == []


def test_a_month_without_a_round_is_no_matter(house):
    here = house()
    assert does(here, tell_that_count_waits, "2026-11-03 10:00", period=OCTOBER) == 0


def test_replaced_ballots_are_among_those_that_were_cast(house):
    here = house()
    here.ticks("2026-10-22 09:00")
    here.votes("jia", targets=2)
    with here.database.transaction() as session:
        assert ballots_cast(session, "2026-10") == 2
        assert ballots_cast(session, "2026-09") == 0


def test_trustees_and_office_learn_of_a_count_once_with_its_root(house):
    here = closed(house())
    root = "ab" * 32
    with here.database.transaction() as session:
        session.execute(
            update(ReviewRound).values(state="erased", counted_at=at(CLOSED_AT), ballots_counted=5, ballots_void=1,
                                       root=root)
        )  # fmt: skip
        before = session.scalar(select(func.count()).select_from(Delivery))
    for _ in range(2):
        assert does(here, tell_of_count, "2026-11-03 10:00", period=OCTOBER) == 5
    with here.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == before + 5
    for chat in (*HOLDERS.values(), CHATS["chen"], CHATS["zhao"]):
        assert root in here.told(chat)[-1]
    assert "作废 1 张" in here.told("201")[-1]


def test_a_count_by_the_schedule_is_told_with_its_root(office):
    here = office(WHOLE_EXAMPLE)
    closed(here)
    assert here.ledger()["count 11-02"] == ("done", "counted")
    with here.database.transaction() as session:
        root = session.get_one(ReviewRound, "2026-10").root
    assert root is not None
    assert root in here.told(CHATS["chen"])[-1]
    assert root not in "".join(here.told(CHATS["li"]))


def test_names_are_one_line_in_both_languages(house):
    here = house(reachable=("he",))
    with here.database.transaction() as session:
        standings = trustees(session)
    assert names_in_words(standings, "zh").startswith("保管人：何敏、")
    assert names_in_words(standings, "en").startswith("Trustees: 何敏, ")
    assert names_in_words([], "en")


def test_a_trustee_who_has_left_is_not_told(house):
    here = house()
    with here.database.transaction() as session:
        session.execute(update(Person).where(Person.id == "luo").values(active=False))
    closed(here)
    assert [len(here.told(chat)) for chat in HOLDERS.values()] == [1, 0, 1]
    assert at(CLOSED_AT) + timedelta(hours=1) > here.clock()
