"""The quarter after its third month: by itself, once, and never in the way of the month."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from consortium.models import Unit
from consortium.periods import Period
from evaluation.models import Scorecard, ScoreLine, Settlement
from scheduler.jobs import JOBS, Run
from scheduler.quarter_settling import figure_peers, quarter_ending
from tests.scheduler.cast import Office, at, only

LATER = at("2027-01-03 06:00")


def settles(here: Office, month: str) -> str:
    with here.database.transaction() as session:
        return JOBS["settle"].step(session, Run(Period.parse(month), LATER, LATER))


def settled(here: Office) -> list[str]:
    with here.database.transaction() as session:
        return sorted(session.scalars(select(Settlement.period)))


def test_quarter_is_settled_after_its_third_month_and_once(office):
    here = office(only("settle"))
    assert [settles(here, month) for month in ("2026-10", "2026-11", "2026-12", "2026-12")] == [
        "settled", "settled", "settled_with_quarter", "already_settled",
    ]  # fmt: skip
    assert settled(here) == ["2026-10", "2026-11", "2026-12", "2026-Q4"]


def test_quarter_waits_for_all_its_months(office):
    here = office(only("settle"))
    assert (settles(here, "2026-12"), settles(here, "2026-10")) == ("settled", "settled")
    assert settles(here, "2026-11") == "settled"  # the office settles the quarter, or the next look at December
    assert settles(here, "2026-12") == "settled_with_quarter"


def test_quarter_that_cannot_be_settled_does_not_hold_its_month_back(office):
    here = office(only("settle"))
    settles(here, "2026-10")
    settles(here, "2026-11")
    with here.database.transaction() as session:  # a tier that the scheme of the quarter does not have
        session.execute(update(Scorecard).where(Scorecard.unit_code == "ji").values(tier="nowhere"))
        session.execute(delete(ScoreLine).where(ScoreLine.unit_code == "ji"))
        session.execute(update(Unit).where(Unit.code == "ji").values(active=False))
    assert settles(here, "2026-12") == "quarter_not_settled"
    assert settled(here) == ["2026-10", "2026-11", "2026-12"]


@pytest.mark.parametrize(
    ("month", "quarter"), [("2026-03", "2026-Q1"), ("2026-12", "2026-Q4"), ("2026-11", None), ("2026-Q4", None)]
)
def test_a_quarter_ends_with_every_third_month(month: str, quarter: str | None) -> None:
    assert quarter_ending(Period.parse(month)) == (None if quarter is None else Period.parse(quarter))


def test_there_is_no_work_without_a_quarter_or_counted_rounds(office):
    here = office(only("settle"))
    for period in (None, Period(2026, 12), Period(2026), Period(2026, quarter=4)):
        assert not figure_peers(here.database, period)
