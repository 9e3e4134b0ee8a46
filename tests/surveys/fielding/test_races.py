"""Two at the same moment, as threads in transactions of their own, on both databases."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from locales.errors import DomainError
from surveys.fielding.contacts import take_contacts
from surveys.fielding.dispositions import note
from surveys.fielding.invariants import check_fielding
from surveys.fielding.models import DispositionChange, Poster, PosterDay, UndrawnVisit, Wave
from surveys.fielding.posters import make_poster, open_poster
from surveys.fielding.upkeep import expire_invitations
from surveys.fielding.visit_files import VisitRow
from surveys.fielding.visit_lists import invite_visits, keep_list, preview_visits
from surveys.models import Invitation, Ticket
from tests.surveys.cast import JIA, LEFT, NOW, set_up
from tests.surveys.fielding.cast import DAY, OUTPATIENT, SECRET, SEED, chen, half, launch, li, plan, report

pytestmark = pytest.mark.both_databases

AT_ONCE = 6


def together(database, *acts: Callable[[Session], Any]) -> list[Any]:
    """Each act in its own thread and transaction, all started by one barrier; a refusal gives its code."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[Session], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            with database.transaction() as session:
                return act(session)
        except DomainError as refused:
            return refused.code

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def prepared(database, act: Callable[[Session], Any] = lambda _: None) -> Any:
    with database.transaction() as session:
        set_up(session)
        return act(session)


def counted(database, *tables) -> list[int]:
    with database.transaction() as session:
        assert check_fielding(session) == []
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


ROWS = [VisitRow(n + 2, f"v{n}", "outpatient", LEFT, "zh", None) for n in range(10)]


def list_of(session: Session, who, number: int) -> str:
    preview = preview_visits(session, unit_code=JIA, visits=ROWS, file="l.csv", secret=SECRET, now=NOW)
    return keep_list(session, unit_code=JIA, rows=preview.rows, actor=who, new_id=f"l{number}", now=NOW).id


def tokens_of(number: int) -> Callable[[], str]:
    numbers = iter(range(10_000))
    return lambda: f"x{number}-{next(numbers)}"


def test_two_uploads_of_the_same_list_at_once_invite_each_visit_once(database):
    def prepare(session):
        list_of(session, li(session), 1)
        list_of(session, chen(session), 2)

    prepared(database, prepare)
    outcomes = together(
        database,
        lambda session: invite_visits(session, list_id="l1", actor=li(session), token=tokens_of(1), now=NOW),
        lambda session: invite_visits(session, list_id="l2", actor=chen(session), token=tokens_of(2), now=NOW),
    )
    new = [[row.outcome for row in rows].count("new") for rows in outcomes]
    assert sum(new) == len(ROWS)
    assert counted(database, Invitation) == [len(ROWS)]


def test_one_list_confirmed_by_several_at_once_is_invited_once_and_all_see_the_same(database):
    prepared(database, lambda session: list_of(session, li(session), 1))
    outcomes = together(
        database,
        *(
            lambda session, n=n: invite_visits(session, list_id="l1", actor=li(session), token=tokens_of(n), now=NOW)
            for n in range(AT_ONCE)
        ),
    )
    assert all(rows == outcomes[0] for rows in outcomes)
    assert counted(database, Invitation) == [len(ROWS)]


def test_a_visit_reported_by_several_at_once_has_one_invitation_and_one_ticket(database):
    prepared(database)
    outcomes = together(
        database,
        *(lambda session, n=n: report(session, new_id=f"i{n}", ticket=f"t{n}") for n in range(AT_ONCE)),
    )
    assert sorted(each.outcome for each in outcomes) == ["known"] * (AT_ONCE - 1) + ["new"]
    assert len({each.invitation_id for each in outcomes}) == 1
    assert counted(database, Invitation, Ticket) == [1, 1]


def test_a_visit_that_is_not_drawn_is_passed_over_once(database):
    def undrawn(session):
        half(session)
        with session.begin_nested() as attempt:
            visit = next(f"v{n}" for n in range(99) if report(session, f"v{n}").outcome == "undrawn")
            attempt.rollback()
        return visit

    visit = prepared(database, undrawn)
    outcomes = together(database, *(lambda session: report(session, visit) for _ in range(AT_ONCE)))
    assert {each.outcome for each in outcomes} == {"undrawn"}
    assert counted(database, Invitation, UndrawnVisit) == [0, 1]


def test_a_person_with_several_visits_at_once_is_invited_once(database):
    prepared(database)
    outcomes = together(
        database, *(lambda session, n=n: report(session, f"v{n}", person_key="a" * 64) for n in range(AT_ONCE))
    )
    assert sorted(each.outcome for each in outcomes) == ["new"] + ["recent"] * (AT_ONCE - 1)


def test_two_calls_for_contacts_at_once_never_give_out_the_same_patient(database):
    def many(session):
        for n in range(20):
            report(session, f"v{n}")

    prepared(database, many)
    taken = together(
        database,
        *(
            lambda session, n=n: take_contacts(
                session, unit_code=JIA, limit=20, token=tokens_of(n), actor="api:his", now=NOW
            )
            for n in range(AT_ONCE)
        ),
    )
    visits = [contact.visit for contacts in taken for contact in contacts]
    assert len(visits) == len(set(visits)) <= 20
    with database.transaction() as session:
        rest = take_contacts(session, unit_code=JIA, limit=20, token=tokens_of(99), actor="api:his", now=NOW)
    assert sorted(visits + [contact.visit for contact in rest]) == sorted(f"v{n}" for n in range(20))
    counted(database)


def test_a_poster_opens_no_more_than_its_limit_however_many_scan_at_once(database):
    prepared(database, lambda session: make_poster(session, unit_code=JIA, department="", kind="outpatient",
                                                   code="abcdefgh", actor="person:chen", now=NOW, daily_limit=3))  # fmt: skip
    outcomes = together(
        database,
        *(
            lambda session, n=n: open_poster(
                session, code="abcdefgh", language="zh", ticket=f"t{n}", new_id=f"i{n}", now=NOW
            )
            for n in range(AT_ONCE)
        ),
    )
    assert outcomes.count("poster_full") == AT_ONCE - 3
    assert counted(database, Invitation, PosterDay, Poster) == [3, 1, 1]


def test_two_waves_launched_at_once_do_not_overlap(database):
    prepared(database)
    from surveys.fielding.waves import launch_wave

    outcomes = together(
        database,
        *(
            lambda session, n=n: (
                launch_wave(
                    session, plan=plan(name=f"w{n}"), seed=SEED, new_id=f"w{n}", actor="person:chen", now=NOW
                ).id
            )
            for n in range(AT_ONCE)
        ),
    )
    assert outcomes.count("wave_overlaps") == AT_ONCE - 1
    assert counted(database, Wave) == [1]


def test_steps_at_once_leave_one_history_without_gaps(database):
    def one(session):
        launch(session)
        report(session, ticket=None)

    prepared(database, one)
    steps = ["delivered", "started", "partial", "complete", "refused", "unreachable"]
    together(
        database,
        *(lambda session, step=step: note(session, invitation_id="i-v1", disposition=step, now=NOW) for step in steps),
    )
    with database.transaction() as session:
        numbers = session.scalars(select(DispositionChange.number).order_by(DispositionChange.number)).all()
        findings = check_fielding(session)
    assert numbers == list(range(len(numbers)))
    assert [finding.code for finding in findings] == ["disposition_not_of_response"]  # nobody answered: the rest holds


def test_two_expiries_at_once_note_each_invitation_once(database):
    def many(session):
        for n in range(10):
            report(session, f"v{n}")

    prepared(database, many)
    found = together(database, *(lambda session: expire_invitations(session, now=NOW + 60 * DAY) for _ in range(3)))
    assert sum(found) == 10
    assert counted(database, Invitation, DispositionChange) == [10, 30]


@pytest.mark.parametrize("count", [50])
def test_many_reports_through_the_server_are_all_kept(database, count):
    prepared(database)

    async def all_at_once():
        return await asyncio.gather(
            *(database.run(lambda session, n=n: report(session, f"v{n % 25}", new_id=f"i{n}", ticket=f"t{n}"))
              for n in range(count))
        )  # fmt: skip

    outcomes = asyncio.run(all_at_once())
    assert [each.outcome for each in outcomes].count("new") == 25
    assert counted(database, Invitation) == [25]
    assert OUTPATIENT == ("outpatient", "1")
