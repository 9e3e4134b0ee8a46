"""What else happens in the demo: a wave that draws, groups of staff, a poster, a third party; each through its own door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest
from sqlalchemy import select

from app.demo import others
from consortium.people import actor_of
from consortium.periods import Period
from consortium.units import all_units
from storage.database import Database
from surveys.audiences.groups import unit_groups
from surveys.audiences.invariants import check_audiences
from surveys.audiences.third_party import third_party_results
from surveys.fielding.models import Fielded, UndrawnVisit
from surveys.fielding.posters import poster_counts
from surveys.models import Invitation, Response
from tests.app.command_line import CommandLine
from tests.app.small_group import OCTOBER

SEED = 7
START = datetime.fromisoformat("2026-10-01T08:00:00+08:00")
END = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
MIDDLE = datetime.fromisoformat("2026-10-10T00:00:00+08:00")


@pytest.fixture
def database(group: CommandLine) -> Iterator[Database]:
    with closing(Database(group.database_url)) as database:
        yield database


def test_inpatients_are_drawn_by_a_wave_and_end_in_different_ways(database: Database) -> None:
    with database.transaction() as session:
        others.launch_inpatient_wave(session, first=OCTOBER, last=Period(2026, 11), now=START, seed=SEED)
        answered = others.inpatients_answer(session, month=OCTOBER, number=0, until=END, seed=SEED)
    with database.transaction() as session:
        hospitals = {unit.code for unit in all_units(session) if unit.tier in others.HOSPITALS}
        assert hospitals
        assert {row.unit_code for row in session.scalars(select(Invitation))} == hospitals
        stands = Counter(row.disposition for row in session.scalars(select(Fielded)))
        assert stands["complete"] == answered > 0
        assert {"delivered", "partial"} < set(stands)
        assert session.scalars(select(UndrawnVisit)).first() is not None
        sent = session.scalars(select(Response).where(Response.state == "sent")).all()
        assert all(each.sent_at is not None and each.sent_at < END for each in sent)


def test_nobody_answers_before_they_have_left(database: Database) -> None:
    with database.transaction() as session:
        some = others.inpatients_answer(session, month=OCTOBER, number=0, until=MIDDLE, seed=SEED)
        assert session.scalars(select(Invitation).where(Invitation.discharged_at > MIDDLE)).all() == []
    assert some > 0


def test_staff_have_groups_and_small_ones_are_hidden(database: Database) -> None:
    with database.transaction() as session:
        answered = others.others_answer(session, month=OCTOBER, number=0, seed=SEED)
        assert {each.state for each in session.scalars(select(Response))} == {"sent"}
        assert len(session.scalars(select(Response)).all()) == answered
        first = all_units(session)[0].code
        found = unit_groups(session, unit_code=first, questionnaire_id="staff", period=OCTOBER, is_closed=True)
        assert found.whole.n == sum(others.GROUPS["staff"].values())
        assert sorted(each.n or 0 for each in found.groups) == [0, 0, 9, 14]
        assert check_audiences(session) == []


def test_poster_is_scanned_and_a_third_party_found_something(database: Database) -> None:
    with database.transaction() as session:
        first = all_units(session)[0].code
        for _ in range(2):  # the second month's poster is the one that hangs there
            others.posters_scanned(session, month=OCTOBER, number=0, until=END, seed=SEED)
        [poster] = poster_counts(session, unit_code=first, now=END)
        assert poster.complete == 2 * others.SCANS
        others.third_party_found(session, period=OCTOBER, now=END, seed=SEED)
        found = third_party_results(session, period=OCTOBER)
        assert {len(results) for results in found.values()} == {2}
        assert actor_of(session, "chen").person_id == "chen"
