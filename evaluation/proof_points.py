"""Whether frozen points follow from frozen figures: shares from curves, totals from lines, ranks from totals; and all
of it once more from the figures and the scheme.

Works on stored rows by column name. What cannot even be computed does not follow. Refuses to know where figures came
from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from consortium.periods import Period
from evaluation.elements import COMPUTED, REGION, Scheme
from evaluation.figures import BONUS_PAID, Input
from evaluation.freezing import COMBINED, Values, applied_curve, card_agrees, given_of, line_agrees
from evaluation.ranking import rank
from evaluation.scoring import LineScore, score_units
from locales.errors import Finding
from surveys.shown import months_of

FILE = "database"
BROKEN = (ValueError, KeyError, TypeError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class ScoredBy:
    """A settled period and the scheme that scored it; `cards` are those of all settled periods, for its months.

    `region`: the region's own readings, by indicator, for parts of a mean that have no line to freeze theirs.
    """

    period: Period
    scheme: Scheme
    cards: Mapping[str, Sequence[Values]]
    region: Mapping[str, Input] = field(default_factory=dict)


def total_findings(cards: Sequence[Values], lines: Sequence[Values]) -> Iterator[Finding]:
    """Lines that do not follow from their own figure and curve, and totals that are not those of their lines."""
    by_unit: dict[str, list[Values]] = defaultdict(list)
    for row in lines:
        by_unit[row["unit_code"]].append(row)
        if not _holds(line_agrees, row):
            yield _line(row)
    for card in cards:
        if not _holds(card_agrees, card, by_unit[card["unit_code"]]):
            yield Finding(FILE, _card(card), "frozen_total_disagrees")


def rank_findings(cards: Sequence[Values]) -> Iterator[Finding]:
    """Ranks within a tier are those of the totals of all who take one (rule 126)."""
    fields: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for card in cards:
        if card["unranked_reason"] is None and card["total"] is not None:
            fields[card["tier"]][card["unit_code"]] = card["total"]
    for card in cards:
        field = fields[card["tier"]]
        if (card["rank"], card["rank_of"]) != (rank(field).get(card["unit_code"]), len(field)):
            yield Finding(FILE, _card(card), "frozen_rank_disagrees")


def points_findings(scored: ScoredBy, lines: Sequence[Values]) -> Iterator[Finding]:
    """Every line once more from what came in, by the scheme; what was put together of parts has its own proof."""
    cards = scored.cards.get(str(scored.period), [])
    if any(row["reason"] in COMBINED for row in lines):
        return
    try:
        found = _scored_again(scored, cards, lines)
    except BROKEN:
        yield Finding(FILE, f"settlement {scored.period}", "frozen_points_disagree")
        return
    for row in lines:
        line = found.get((row["unit_code"], row["indicator"]))
        if line is not None and _figures(row) != (line.value, line.share, line.points, line.available, line.reference):
            yield _line(row)


def _scored_again(
    scored: ScoredBy, cards: Sequence[Values], lines: Sequence[Values]
) -> dict[tuple[str, str], LineScore]:
    scheme, inputs = scored.scheme, _inputs(scored.scheme, lines)
    region = dict(scored.region)
    paid: dict[str, set[str]] = defaultdict(set)
    for row in lines:
        curve = applied_curve(row)
        if curve is not None and curve.against == REGION and row["reference"] is not None:
            region[row["indicator"]] = Input(row["reference"])
        if row["reason"] == BONUS_PAID:
            paid[row["unit_code"]].add(row["indicator"])
    months = {card["unit_code"]: _months(scored, card) for card in cards}
    tiers = {card["unit_code"]: card["tier"] for card in cards}
    scores = score_units(scheme, tiers, inputs, region=region, months=months, paid=paid)
    return {(unit, line.code): line for unit, score in scores.items() for line in score.lines}


def _inputs(scheme: Scheme, lines: Iterable[Values]) -> dict[str, dict[str, Input]]:
    """What came in, by unit and indicator; figures made of others are made again."""
    inputs: dict[str, dict[str, Input]] = defaultdict(dict)
    for row in lines:
        indicator = scheme.indicators.get(row["indicator"])
        if indicator is not None and indicator.input not in COMPUTED:
            inputs[row["unit_code"]][row["indicator"]] = given_of(row)
    return inputs


def _months(scored: ScoredBy, card: Values) -> Fraction:
    """How many months of membership the period holds for a unit: those of its settled months, if it is made of such."""
    if scored.period.is_month:
        return _share(card)
    return sum(
        (
            _share(each)
            for month in months_of(scored.period)
            for each in scored.cards.get(str(month), ())
            if each["unit_code"] == card["unit_code"]
        ),
        Fraction(0),
    )


def _share(card: Values) -> Fraction:
    return Fraction(1) if card["days"] is None else Fraction(card["days"], card["of_days"])


def _figures(row: Values) -> tuple[object, ...]:
    return row["value"], row["share"], row["points"], row["available"], row["reference"]


def _holds(agrees: object, *rows: object) -> bool:
    assert callable(agrees)
    try:
        return bool(agrees(*rows))
    except BROKEN:
        return False


def _line(row: Values) -> Finding:
    key = f"score_line {row['period']}/{row['unit_code']}/{row['indicator']}"
    return Finding(FILE, key, "frozen_line_disagrees")


def _card(card: Values) -> str:
    return f"scorecard {card['period']}/{card['unit_code']}"
