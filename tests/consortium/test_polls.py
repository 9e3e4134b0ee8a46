"""Secret polls: one vote each whatever happens at once, nothing before the end, nothing that joins voter and choice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.office_models import Poll, PollSlip, PollVoter
from consortium.people import actor_of
from consortium.permissions import Actor
from consortium.polls import (
    ABSTAIN,
    AGAINST,
    FEWEST_VOTES,
    FOR,
    HONOUR,
    SCHEME,
    STIRRED,
    PublishedSlip,
    cast_vote,
    close_poll,
    counted,
    new_slip,
    open_poll,
    poll,
    polls,
    published_slips,
    standing_of,
    voters_missing,
)
from locales.errors import DomainError
from storage.audit import AuditRow
from storage.database import Database
from tests.cast import NOW, found_consortium

pytestmark = pytest.mark.both_databases
CHOICES = (FOR, AGAINST, ABSTAIN)
END = NOW + timedelta(days=3)


def voter(number: int) -> Actor:
    return Actor(f"v{number:03}", f"投票人{number}", "zh", frozenset(), frozenset())


def chen() -> Actor:
    return Actor("chen", "陈静", "zh", frozenset({"office"}), frozenset())


def opened(session: Session, voters: int = 6, **changes: Any) -> Poll:
    """A small consortium with a poll for `v000`, `v001`, …"""
    if session.get(Person, "chen") is None:
        found_consortium(session)
    session.add_all(Person(id=voter(each).person_id, name=voter(each).name, language="zh", active=True)
                    for each in range(voters) if session.get(Person, voter(each).person_id) is None)  # fmt: skip
    session.flush()
    facts = {"kind": SCHEME, "subject": "2026/1", "choices": CHOICES, "closes_at": END, "actor": chen(), "now": NOW}
    return open_poll(session, voters=[voter(each).person_id for each in range(voters)], **(facts | changes))


def vote(session: Session, found: Poll, number: int, choice: str = FOR, **changes: Any) -> str:
    facts = {"choice": choice, "actor": voter(number), "slip": new_slip(), "now": NOW}
    return cast_vote(session, poll_id=found.id, **(facts | changes))


def refused(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


def test_everybody_votes_once_and_the_receipt_is_among_the_published_slips(session: Session) -> None:
    found = opened(session)
    receipts = [vote(session, found, each, AGAINST if each == 2 else FOR) for each in range(6)]
    assert refused(lambda: vote(session, found, 3, AGAINST)) == "already_voted"
    result = close_poll(session, poll_id=found.id, actor=chen(), now=NOW)
    assert result == {
        "outcome": "carried", "leading": [FOR], "voters": 6, "votes": 6,
        "counts": {FOR: 5, AGAINST: 1, ABSTAIN: 0},
    }  # fmt: skip
    slips = published_slips(session, found.id)
    assert [each.slip for each in slips] == sorted(receipts)
    assert dict(Counter(each.choice for each in slips)) == {FOR: 5, AGAINST: 1}
    assert counted(SCHEME, CHOICES, slips, voters=6) == result  # anybody can count again
    assert close_poll(session, poll_id=found.id, actor=chen(), now=END) == result  # a second click changes nothing


def test_who_may_vote_is_frozen_when_it_opens(session: Session) -> None:
    found = opened(session)
    session.add(Person(id="v900", name="后来的人", language="zh", active=True))
    assert refused(lambda: vote(session, found, 900)) == "not_a_voter"
    assert standing_of(session, found.id, "v900") is None
    assert standing_of(session, found.id, "v001") is False
    vote(session, found, 1)
    assert standing_of(session, found.id, "v001") is True
    assert voters_missing(session, found.id) == ["v000", "v002", "v003", "v004", "v005"]


def test_nothing_is_told_before_the_end(session: Session) -> None:
    found = opened(session)
    for each in range(5):
        vote(session, found, each)
    assert refused(lambda: published_slips(session, found.id)) == "poll_not_closed"
    assert refused(lambda: close_poll(session, poll_id=found.id, actor=chen(), now=NOW)) == "poll_not_over"
    assert poll(session, found.id).result is None


def test_it_ends_at_its_time_to_the_second(session: Session) -> None:
    found = opened(session)
    vote(session, found, 0, now=END - timedelta(microseconds=1))
    assert refused(lambda: vote(session, found, 1, now=END)) == "poll_closed"
    close_poll(session, poll_id=found.id, actor="schedule", now=END)
    assert refused(lambda: vote(session, found, 1, now=END)) == "poll_closed"
    assert polls(session, kind=SCHEME, states=("closed",)) == [found]


@pytest.mark.parametrize("choices", [(FOR, AGAINST, ABSTAIN), (FOR, FOR, FOR), (AGAINST, AGAINST), (ABSTAIN,)])
def test_fewer_than_five_votes_tell_the_outcome_only(session: Session, choices: tuple[str, ...]) -> None:
    found = opened(session, voters=4)
    for number, choice in enumerate(choices):
        vote(session, found, number, choice)
    result = close_poll(session, poll_id=found.id, actor=chen(), now=END)
    carried = choices.count(FOR) > 2
    outcome = "carried" if carried else "not_carried"
    assert result == {"outcome": outcome, "leading": [], "voters": 4, "votes": None, "counts": None}
    assert published_slips(session, found.id) == ()


def test_that_nobody_voted_may_be_told(session: Session) -> None:
    found = opened(session, voters=3)
    result = close_poll(session, poll_id=found.id, actor=chen(), now=END)
    nobody = {"outcome": "not_carried", "leading": [], "voters": 3, "votes": 0, "counts": dict.fromkeys(CHOICES, 0)}
    assert result == nobody


@pytest.mark.parametrize(
    ("tally", "voters", "outcome"),
    [
        ((5, 0, 0), 5, "unanimous"), ((5, 0, 0), 6, "carried"), ((5, 0, 0), 10, "not_carried"),
        ((6, 4, 0), 10, "carried"), ((5, 5, 0), 10, "not_carried"), ((4, 0, 6), 10, "not_carried"),
        ((4, 0, 0), 4, "carried"), ((2, 2, 0), 4, "not_carried"),
    ],
)  # fmt: skip
def test_carried_needs_more_than_half_of_all_who_may_vote(
    tally: tuple[int, int, int], voters: int, outcome: str
) -> None:
    slips = [PublishedSlip(f"{c}{n}", c) for c, most in zip(CHOICES, tally, strict=True) for n in range(most)]
    assert counted(SCHEME, CHOICES, slips, voters=voters)["outcome"] == outcome


def test_an_honour_names_who_leads_also_where_few_voted(session: Session) -> None:
    found = opened(session, voters=7, kind=HONOUR, subject="2026-star", choices=("n1", "n2", "n3"))
    for number, choice in enumerate(("n1", "n2", "n1", "n2")):
        vote(session, found, number, choice)
    result = close_poll(session, poll_id=found.id, actor=chen(), now=END)
    assert result == {"outcome": None, "leading": ["n1", "n2"], "voters": 7, "votes": None, "counts": None}


@given(st.lists(st.sampled_from(CHOICES), max_size=12), st.integers(0, 5))
def test_a_result_never_tells_a_split_of_fewer_than_five(choices: list[str], missing: int) -> None:
    slips = [PublishedSlip(f"slip{place}", choice) for place, choice in enumerate(choices)]
    voters = len(choices) + missing
    result = counted(SCHEME, CHOICES, slips, voters=voters)
    if 0 < len(choices) < FEWEST_VOTES:
        same_outcome = [PublishedSlip("a", FOR if result["outcome"] == "carried" else ABSTAIN)] * len(choices)
        if result["outcome"] == "not_carried" or 2 * len(choices) > voters:
            assert counted(SCHEME, CHOICES, same_outcome, voters=voters) == result
    else:
        assert sum(result["counts"].values()) == result["votes"] == len(choices)
        assert result["counts"] == {each: choices.count(each) for each in CHOICES}


def test_a_poll_that_makes_no_sense_is_refused(session: Session) -> None:
    found = opened(session)
    again = {"subject": "2026/2"}
    for changes, code in (
        ({}, "poll_open_already"),
        (again | {"choices": (FOR, FOR)}, "poll_without_choice"),
        (again | {"choices": (FOR, "赞成")}, "poll_without_choice"),
        (again | {"closes_at": NOW}, "poll_closes_in_the_past"),
        (again | {"voters": 0}, "poll_without_voters"),
    ):
        assert refused(lambda changes=changes: opened(session, **changes)) == code
    close_poll(session, poll_id=found.id, actor=chen(), now=END)
    assert opened(session, closes_at=END + timedelta(days=1), now=END).id != found.id


def test_a_vote_that_makes_no_sense_is_refused_and_not_used_up(session: Session) -> None:
    found = opened(session)
    taken = vote(session, found, 0)
    assert refused(lambda: vote(session, found, 1, "maybe")) == "poll_choice_unknown"
    for slip in (taken, "", "a b", "x" * 33, "号码号码"):
        with pytest.raises(DomainError, match="poll_slip_unusable"), session.begin_nested():
            vote(session, found, 1, slip=slip)
    assert standing_of(session, found.id, "v001") is False
    assert refused(lambda: vote(session, found, 99)) == "not_a_voter"
    assert refused(lambda: cast_vote(session, poll_id=999, choice=FOR, actor=voter(1), slip="abcd", now=NOW)) == (
        "poll_unknown"
    )


def test_the_trail_knows_who_voted_on_which_day_and_never_what(session: Session) -> None:
    found = opened(session)
    receipt = vote(session, found, 4, AGAINST)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "vote")).one()
    assert (row.actor, row.subject, row.details) == ("person:v004", f"poll:{found.id}", {})
    assert row.at == NOW.replace(hour=0, minute=0)
    trail = [(each.actor, each.subject, each.details) for each in session.scalars(select(AuditRow))]
    assert receipt not in str(trail)
    assert AGAINST not in str([each for each in trail if "poll" in each[1]])


def test_a_slip_has_no_number_no_moment_and_no_voter(session: Session) -> None:
    columns = {each["name"] for each in inspect(session.connection()).get_columns("poll_slip")}
    assert columns == {"poll_id", "slip", "choice"}
    voters = {each["name"] for each in inspect(session.connection()).get_columns("poll_voter")}
    assert voters == {"poll_id", "person_id", "has_voted"}
    if session.get_bind().dialect.name == "sqlite":
        made = session.scalar(text("select sql from sqlite_master where name = 'poll_slip'"))
        assert made.strip().upper().endswith("WITHOUT ROWID")


def test_the_databases_own_marks_do_not_say_which_slip_came_last(database: Database) -> None:
    """PostgreSQL marks each row with the transaction that wrote it: with every vote others get the same mark."""
    with database.transaction() as session:
        found = opened(session, voters=20)
    receipts = []
    for number in range(20):
        with database.transaction() as session:
            receipts.append(vote(session, found, number))
    if database.is_sqlite:
        return
    with database.transaction() as session:
        rows = session.execute(text("select slip, xmin::text, ctid::text from poll_slip order by ctid")).all()
    assert len({mark for _, mark, _ in rows}) == 1
    assert [slip for slip, _, _ in rows] == sorted(receipts)
    assert STIRRED >= 20


def test_of_many_clicks_at_once_each_person_has_one_vote(database: Database) -> None:
    with database.transaction() as session:
        found = opened(session, voters=8)
    gate = Barrier(8)

    def click(number: int) -> str:
        gate.wait()
        try:
            with database.transaction() as session:
                vote(session, found, number % 4, (FOR, AGAINST)[number // 4])
        except DomainError as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        said = Counter(pool.map(click, range(8)))
    assert said == {"taken": 4, "already_voted": 4}
    with database.transaction() as session:
        assert len(session.scalars(select(PollSlip)).all()) == 4
        assert len(voters_missing(session, found.id)) == 4


def test_a_vote_that_races_the_count_is_counted_or_refused(database: Database) -> None:
    with database.transaction() as session:
        found = opened(session, voters=7)
    for number in range(6):
        with database.transaction() as session:
            vote(session, found, number)
    gate = Barrier(2)

    def last() -> str:
        gate.wait()
        try:
            with database.transaction() as session:
                vote(session, found, 6)
        except DomainError as error:
            return error.code
        return "taken"

    def end() -> dict[str, Any]:
        gate.wait()
        with database.transaction() as session:
            return close_poll(session, poll_id=found.id, actor=chen(), now=END)

    with ThreadPoolExecutor(2) as pool:
        came, result = pool.submit(last), pool.submit(end)
        votes = result.result()["votes"]
        assert (came.result(), votes) in {("taken", 7), ("poll_closed", 6)}
    with database.transaction() as session:
        assert len(published_slips(session, found.id)) == votes


def test_the_table_itself_holds_one_open_poll_a_subject_and_one_row_a_voter(session: Session) -> None:
    found = opened(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("insert into poll_voter values (:poll, 'v001', false)"), {"poll": found.id})
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Poll(kind=SCHEME, subject="2026/1", choices=["a", "b"], state="open", opened_by="x",
                         opened_at=NOW, closes_at=END))  # fmt: skip
        session.flush()
    assert session.scalars(select(PollVoter).where(PollVoter.poll_id == found.id)).first() is not None
    assert actor_of(session, "v001").roles == frozenset()
