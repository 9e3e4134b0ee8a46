"""What people do in the demo, on the small group: through the same doors as anybody, and as often as it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.configuration import Configuration, read_configuration
from app.demo import play
from bulletins.editions import draft, latest
from consortium.periods import Period
from consortium.units import all_units
from evaluation.indicators import history
from evaluation.models import Reading
from locales.errors import DomainError
from outbox.models import Delivery
from reviews.ballot_store import count_ballots
from reviews.models import Assignment
from reviews.rounds import open_round_of, round_of
from storage.database import Database
from surveys.honesty.holds import examine, held_responses
from surveys.models import Invitation, Response, Ticket
from tests.app.command_line import CommandLine
from tests.app.small_group import CAST, OCTOBER, SETTLED

SEED = 7
END = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
MIDDLE = datetime.fromisoformat("2026-10-10T00:00:00+08:00")


@pytest.fixture
def configuration(group: CommandLine) -> Configuration:
    found, findings = read_configuration(group.folder / "group")
    assert found is not None, findings
    return found


@pytest.fixture
def database(group: CommandLine) -> Iterator[Database]:
    with closing(Database(group.database_url)) as database:
        yield database


def answer(database: Database, configuration: Configuration, *, until: datetime) -> int:
    with database.transaction() as session:
        unit = configuration.consortium.units[0]
        return play.patients_answer(session, unit=unit, month=OCTOBER, number=0, until=until, seed=SEED)


def test_patients_of_a_month_are_between_26_and_40_and_some_stay_silent(
    database: Database, configuration: Configuration
) -> None:
    answered = answer(database, configuration, until=END)
    assert play.LEAST_RESPONSES <= answered <= play.MOST_RESPONSES
    with database.transaction() as session:
        responses = session.scalars(select(Response)).all()
        assert Counter(response.state for response in responses) == {"sent": answered}
        assert {(response.period, response.unit_code, response.mode) for response in responses} == {
            ("2026-10", "jia", "page")
        }
        invited = session.scalar(select(func.count()).select_from(Invitation))
        assert invited is not None
        assert answered < invited <= round(play.MOST_RESPONSES * 1.15)
        assert session.scalar(select(func.count()).select_from(Ticket)) == invited
        assert all(response.sent_at < END for response in responses)


@pytest.mark.parametrize("most", [26, 33, 40])
def test_silent_patients_never_leave_a_unit_below_25_responses(
    database: Database, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(play, "MOST_RESPONSES", most)
    monkeypatch.setattr(play, "LEAST_RESPONSES", most)
    assert 25 <= answer(database, configuration, until=END) <= 40


def test_patients_whose_visit_lies_ahead_are_not_there_yet(database: Database, configuration: Configuration) -> None:
    some = answer(database, configuration, until=MIDDLE)
    with database.transaction() as session:
        assert all(response.sent_at < MIDDLE for response in session.scalars(select(Response)))
    assert 0 < some < play.LEAST_RESPONSES


def test_units_vote_up_to_their_share_and_then_the_rest(voting: CommandLine) -> None:
    now = datetime.fromisoformat(CAST)
    with closing(Database(voting.database_url)) as database, database.transaction() as session:
        assert play.units_vote(session, period=OCTOBER, share=0.6, now=now, seed=SEED) == 18
        assert play.units_vote(session, period=OCTOBER, share=0.6, now=now, seed=SEED) == 0
        assert play.units_vote(session, period=OCTOBER, share=1.0, now=now, seed=SEED) == 12
        assert set(session.scalars(select(Assignment.casts))) == {1}
        assert count_ballots(session, "ballots_2026_10") == 30


def test_units_without_a_round_do_not_vote(database: Database) -> None:
    with database.transaction() as session:
        assert play.units_vote(session, period=OCTOBER, share=1.0, now=MIDDLE, seed=SEED) == 0


def test_readings_of_a_month_come_in_for_every_line_of_every_unit(
    database: Database, configuration: Configuration
) -> None:
    with database.transaction() as session:
        play.import_readings_of(session, configuration=configuration, month=OCTOBER, number=0, now=MIDDLE, seed=SEED)
        found = Counter(session.scalars(select(Reading.unit_code)))
        assert {unit.code: found[unit.code] for unit in all_units(session)} == {
            "jia": 9, "yi": 8, "ding": 8, "bing": 5, "wu": 5, "ji": 5,
        }  # fmt: skip


def test_history_comes_in_for_the_consortium_as_a_whole(database: Database) -> None:
    with database.transaction() as session:
        play.import_history(session, last_year=2025, now=MIDDLE)
        satisfaction = history(session, "history_satisfaction")
    assert [(str(figure.period), figure.unit_code) for figure in satisfaction] == [
        (str(year), None) for year in range(2018, 2026)
    ]
    assert (satisfaction[0].value, satisfaction[-1].value) == (65, 92)


def test_two_people_release_what_was_drafted(october: CommandLine) -> None:
    now = datetime.fromisoformat(SETTLED)
    with closing(Database(october.database_url)) as database, database.transaction() as session:
        session.execute(Delivery.__table__.delete())
        bulletin = latest(session, OCTOBER)
        assert bulletin is not None
        session.delete(bulletin)
        session.flush()
        draft(session, period=OCTOBER, actor="schedule", now=now)
        play.two_people_release(session, period=OCTOBER, now=now)
        released = latest(session, OCTOBER)
        assert released is not None
        assert (released.state, released.proposed_by, released.released_by) == ("released", "chen", "zhao")


def test_present_round_is_opened_once(database: Database, configuration: Configuration) -> None:
    for _ in range(2):
        with database.transaction() as session:
            play.open_present_round(session, configuration=configuration, month=OCTOBER, now=MIDDLE)
    with database.transaction() as session:
        round_ = round_of(session, OCTOBER)
        assert round_ is not None
        assert (round_.state, round_.closes_at) == ("open", datetime.fromisoformat("2026-11-02T18:00:00+08:00"))


def test_present_round_waits_while_another_is_open(voting: CommandLine) -> None:
    configuration, _ = read_configuration(voting.folder / "group")
    assert configuration is not None
    with closing(Database(voting.database_url)) as database, database.transaction() as session:
        play.open_present_round(session, configuration=configuration, month=Period.parse("2026-11"), now=END)
        open_round = open_round_of(session)
        assert open_round is not None
        assert open_round.period == "2026-10"


def test_step_that_is_refused_ends_the_demo_instead_of_being_passed_over(
    database: Database, configuration: Configuration
) -> None:
    (configuration.folder / "cooperation.csv").write_text(
        "unit_a,unit_b,kind,count,period\nno,where,x,1,2026-10\n", encoding="utf-8"
    )
    with database.transaction() as session, pytest.raises(DomainError) as caught:
        play.open_present_round(session, configuration=configuration, month=OCTOBER, now=MIDDLE)
    assert caught.value.code == "demo_refused"
    assert "cooperation_unit_unknown" in str(caught.value.details["code"])


def test_who_clicks_through_is_held_and_nobody_else(database: Database, configuration: Configuration) -> None:
    """Honest answers take their time and comments are too short to be held against each other."""
    with database.transaction() as session:
        for unit in configuration.consortium.units:
            play.patients_answer(session, unit=unit, month=OCTOBER, number=0, until=END, seed=SEED)
        for number, response in enumerate(session.scalars(select(Response).order_by(Response.id))):
            if number % 50 == 0:
                response.consented_at = response.sent_at - timedelta(seconds=play.HASTY_SECONDS)
        hasty = {
            each.id
            for each in session.scalars(select(Response))
            if each.sent_at - each.consented_at < timedelta(seconds=30)
        }
        session.flush()
        examine(session, period=OCTOBER, is_settled=False, now=END)
        held = held_responses(session, period=OCTOBER)
        assert {each.response_id for each in held} == hasty
        assert len(hasty) >= 3
        play.propose_a_held_one(session, month=OCTOBER, now=END)
        assert sorted(each.state for each in held_responses(session, period=OCTOBER)) == [
            *["held"] * (len(hasty) - 1), "proposed",
        ]  # fmt: skip


def test_a_month_without_held_answers_has_nothing_proposed(database: Database) -> None:
    with database.transaction() as session:
        play.propose_a_held_one(session, month=OCTOBER, now=END)
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
