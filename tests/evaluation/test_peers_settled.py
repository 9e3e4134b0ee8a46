"""Peers in settlements: the quarter's own fit, and intervals that anybody can work out from what a count publishes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select, update

from consortium.disclosure import band_floor, classed, score_of_mark
from consortium.periods import Period
from evaluation.composite import drawn_totals, seed_of, with_intervals
from evaluation.figures import Input
from evaluation.freezing import Standing, UnitInputs, card_values
from evaluation.models import PeerWaiver, ScoreLine
from evaluation.schemes import scheme_digest, scheme_for
from evaluation.scorecards import frozen_cards
from evaluation.scoring import score_units
from reviews import quarters
from reviews.models import PeerFit, PeerResult
from reviews.quarters import quarter_figures
from tests.evaluation.cast import IN_OCTOBER, Season, indicator, small
from tests.evaluation.test_spans_settled import AUGUST, JULY, Q3, SEPTEMBER, assert_adds_up, settled
from tests.reviews.test_quarters import documents

UNITS = {f"u{number}": (f"单位{number}", "only") for number in range(9)}


@pytest.fixture
def rounds(season: Season) -> Season:
    """Nine units, marked by each other in each month of the third quarter; 70 points for a rate, 30 for peers."""
    quarters._figured.cache_clear()
    document = small(
        {"rate": indicator(target=100), "peer": indicator(unit="score", target=100, input="peer", party="peers")},
        {"rate": {"points": 70}, "peer": {"points": 30}},
    )
    season.is_set_up(UNITS).is_scored_by(document, effective="2026-07")
    for seed, month in enumerate((JULY, AUGUST, SEPTEMBER)):
        season.reads(*(f"{unit},{month},rate,{60 + at},100," for at, unit in enumerate(UNITS)))
        for unit in UNITS:
            season.answers(unit, fives=30, threes=0, period=month)
        counts(season, month, seed)
    return season


def counts(season: Season, month: Period, seed: int) -> None:
    fits = [fit | {"units": [unit | {"tier": "only"} for unit in fit["units"]]} for fit in documents(seed)]
    season.round_is("counted", month)
    for part, fit in enumerate(fits):
        season.session.add(PeerFit(period=str(month), part=part, estimates=fit))
        for unit in fit["units"]:
            score = score_of_mark(classed(Fraction(unit["estimate"], 100)))
            row = {
                "period": str(month),
                "unit_code": unit["unit"],
                "raters": band_floor(unit["raters"]),
                "score": score,
            }
            season.session.add(PeerResult(definition="peer-severity-1", **row))
    season.session.flush()


def test_quarter_of_peers_is_its_own_fit(rounds: Season) -> None:
    settled(rounds, JULY, AUGUST, SEPTEMBER, Q3)
    published = quarter_figures(rounds.session, Q3)
    assert published is not None
    lines = rounds.session.scalars(
        select(ScoreLine).where(ScoreLine.period == "2026-Q3", ScoreLine.indicator == "peer")
    )
    assert {line.unit_code: (line.value, line.definition) for line in lines} == {
        unit.unit: (unit.score, published.definition) for unit in published.units
    }
    assert_adds_up(rounds, Q3)
    cards = frozen_cards(rounds.session, "2026-Q3")
    assert all(card["rank_low"] <= card["rank"] <= card["rank_high"] for card in cards)
    assert all(card["total_low"] <= card["total"] <= card["total_high"] for card in cards)


def test_quarter_with_a_month_settled_without_its_peers_is_the_mean_of_the_others(rounds: Season) -> None:
    """The fit would join what two of the office have left out."""
    values: dict[str, Any] = {"reason": "停电", "proposed_by": "command_line", "proposed_at": IN_OCTOBER}
    rounds.session.add(PeerWaiver(period="2026-08", **values))
    settled(rounds, JULY, AUGUST, SEPTEMBER)
    where = ScoreLine.period == "2026-08", ScoreLine.indicator == "peer"
    missing = {"value": None, "share": None, "points": None, "available": 0, "reason": "peers_waived"}
    rounds.session.execute(update(ScoreLine).where(*where).values(**missing))
    rounds.session.expire_all()
    settled(rounds, Q3)
    months = {
        period: rounds.session.get_one(ScoreLine, (period, "u0", "peer")).value for period in ("2026-07", "2026-09")
    }
    found = rounds.session.get_one(ScoreLine, ("2026-Q3", "u0", "peer"))
    assert (found.value, found.definition) == (sum(months.values()) / 2, "peer-mean-of-months-1")


def test_intervals_follow_from_what_is_published_and_tell_nothing_finer(rounds: Season) -> None:
    """From coarse scores and the count's documents alone, the same places and ends as were frozen."""
    settled(rounds, JULY)
    session = rounds.session
    scheme = scheme_for(session, JULY)
    scores = {row.unit_code: row.score for row in session.scalars(select(PeerResult)) if row.period == "2026-07"}
    given = {unit: {"rate": Input(Fraction(60 + at)), "peer": Input(scores[unit])} for at, unit in enumerate(UNITS)}
    scored = score_units(scheme, dict.fromkeys(UNITS, "only"), given)
    standings = [Standing(unit, "only", UnitInputs(given[unit], 30, 10), scored[unit]) for unit in UNITS]
    fits = [row.estimates for row in session.scalars(select(PeerFit).order_by(PeerFit.part)) if row.period == "2026-07"]
    drawn = drawn_totals(scheme, standings, [fits], seed=seed_of("2026-07", scheme_digest(session, scheme)))
    names = ("unit_code", "total", "rank", "rank_low", "rank_high", "band", "total_low", "total_high")
    worked_out = with_intervals(card_values("2026-07", scheme, standings), drawn)
    assert [[card[name] for name in names] for card in worked_out] == [
        [card[name] for name in names] for card in frozen_cards(session, "2026-07")
    ]
    assert {card["band"] for card in worked_out} <= {"upper", "middle", "lower"}
