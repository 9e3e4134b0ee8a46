"""The quarter from the database: which months it joins, once, and that it says nothing without any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from consortium.periods import Period
from reviews import quarters
from reviews.figures_parts import fitted_parts
from reviews.figures_round import published_fits
from reviews.models import PeerFit, ReviewRound
from reviews.quarters import figure_quarter, quarter_figures, read_quarter
from tests.reviews.figures_cast import some_marks

AUTUMN = Period(2026, quarter=4)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    quarters._figured.cache_clear()


def documents(seed: int, units: int = 9) -> tuple[dict[str, Any], ...]:
    marks = some_marks(seed, units)
    dealt = [(mark.rater, mark.target, mark.marks) for mark in marks]
    tiers = {f"u{at}": "primary" for at in range(units)}
    return published_fits(fitted_parts(dealt), marks, tiers=tiers, unranked=(), seed=2**63 + seed)


def counted(session: Session, period: str, fits: tuple[dict[str, Any], ...]) -> None:
    opened = datetime(2026, 1, 1, tzinfo=UTC)
    session.execute(
        insert(ReviewRound).values(
            period=period, state="counted", public_key="k", criteria=[], thresholds={}, opened_at=opened
        )
    )
    for part, estimates in enumerate(fits):
        session.execute(insert(PeerFit).values(period=period, part=part, estimates=estimates))
    session.flush()


def test_quarter_joins_its_own_counted_months(session: Session) -> None:
    for number, period in enumerate(("2026-09", "2026-10", "2026-12", "2027-01")):
        counted(session, period, documents(number))
    found = quarter_figures(session, AUTUMN)
    assert found is not None
    assert (found.quarter, found.months) == ("2026-Q4", ("2026-10", "2026-12"))
    assert {unit.months for unit in found.units} == {2}
    assert found == quarter_figures(session, AUTUMN)


def test_quarter_without_a_counted_month_is_none(session: Session) -> None:
    counted(session, "2026-09", documents(1))
    counted(session, "2026-10", ())  # nobody had five raters
    assert quarter_figures(session, AUTUMN) is None


def test_months_are_joined_once_and_again_when_one_is_added(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    answer = quarters.ask
    monkeypatch.setattr(quarters, "ask", lambda *words: asked.append(words) or answer(*words))
    counted(session, "2026-10", documents(21))
    first = quarter_figures(session, AUTUMN)
    assert quarter_figures(session, AUTUMN) is first
    assert len(asked) == 1
    counted(session, "2026-11", documents(22))
    second = quarter_figures(session, AUTUMN)
    assert len(asked) == 2
    assert (first and first.months, second and second.months) == (("2026-10",), ("2026-10", "2026-11"))


def test_reading_and_computing_are_two_steps(session: Session) -> None:
    counted(session, "2026-11", documents(31))
    rounds = read_quarter(session, AUTUMN)
    assert rounds is not None
    assert figure_quarter(rounds) == quarter_figures(session, AUTUMN)


@pytest.mark.parametrize("period", [Period(2026, month=10), Period(2026)])
def test_another_period_is_no_quarter(session: Session, period: Period) -> None:
    with pytest.raises(ValueError, match="quarter"):
        read_quarter(session, period)
