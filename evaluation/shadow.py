"""A scheme tried beside the one in force: the same frozen figures, scored once more, and every difference. PURE.

Nothing of it is stored, told or paid (rule 116). A figure that the other scheme measures differently, by another
question, definition or unit of measure, is not the same figure and counts as not collected. Refuses to know databases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluation.curves import curve_document, curve_from
from evaluation.elements import COMPUTED, LINEAR, PANEL, REGION, Curve, Indicator, Scheme
from evaluation.figures import BONUS_PAID, Input
from evaluation.freezing import Values, applied_curve, given_of
from evaluation.ranking import VETOED, rank, unranked_reason
from evaluation.scoring import LineScore, UnitScore, score_units

NO_TIER = "no_tier"  # the other scheme has no table for the unit's tier


@dataclass(frozen=True, slots=True)
class FrozenUnit:
    """A unit as it was settled: its card and lines by column name, and figures on record that no line was made of."""

    card: Values
    lines: Sequence[Values]
    others: Mapping[str, Input]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands by one of the schemes: unrounded total, rank of so many, or why it has none."""

    total: Fraction | None
    rank: int | None
    rank_of: int
    unranked_reason: str | None


@dataclass(frozen=True, slots=True)
class Side:
    """One line by one of the schemes."""

    value: Fraction | None
    points: Fraction | None
    of: Fraction
    share: Fraction | None
    reason: str | None
    curve: Curve | None
    reference: Fraction | None


@dataclass(frozen=True, slots=True)
class LineShadow:
    """A line that differs; None where one of the schemes has no such line."""

    indicator: str
    before: Side | None
    after: Side | None


@dataclass(frozen=True, slots=True)
class UnitShadow:
    """A unit by both schemes, and its lines that differ: those of the old table first, in its order."""

    unit_code: str
    tier: str
    before: Place
    after: Place
    lines: tuple[LineShadow, ...]

    @property
    def change(self) -> Fraction | None:
        """By how much the total differs."""
        if self.before.total is None or self.after.total is None:
            return None
        return self.after.total - self.before.total


def shadow_run(
    old: Scheme, new: Scheme, units: Sequence[FrozenUnit], *, months: int, region: Mapping[str, Input]
) -> tuple[UnitShadow, ...]:
    """Score the frozen figures of a period of so many months by `new`; units in the order in which they were settled.

    `region`: readings of the consortium as a whole; what a frozen line was measured against is taken from the line.
    """
    in_table = [each for each in units if each.card["tier"] in new.tiers]
    tiers = {each.card["unit_code"]: each.card["tier"] for each in in_table}
    scores = score_units(
        new,
        tiers,
        {each.card["unit_code"]: _inputs(old, new, each) for each in in_table},
        region={**_references(units), **region},
        months={each.card["unit_code"]: _membership(each.card) * months for each in in_table},
        paid={each.card["unit_code"]: _paid(each.lines) for each in in_table},
    )
    places = _places(new, in_table, scores)
    return tuple(_unit(old, new, each, scores, places) for each in units)


def _inputs(old: Scheme, new: Scheme, unit: FrozenUnit) -> dict[str, Input]:
    """Every figure that means the same to both schemes, but for those that the new one makes of others."""
    known = {**unit.others, **{row["indicator"]: given_of(row) for row in unit.lines}}
    return {
        code: figure
        for code, figure in known.items()
        if code in new.indicators
        and new.indicators[code].input not in COMPUTED
        and (code not in old.indicators or _measures_the_same(old.indicators[code], new.indicators[code]))
    }


def _measures_the_same(old: Indicator, new: Indicator) -> bool:
    """Whether a figure of the one is a figure of the other."""
    if new.input == PANEL and old.panel is not None and new.panel is not None and new.panel.minimum > old.panel.minimum:
        return False  # there may have been too few experts for it
    return all(
        getattr(old, name) == getattr(new, name)
        for name in ("input", "questionnaire", "measure", "definition", "surveyor", "unit", "unit_wording")
    )


def _references(units: Sequence[FrozenUnit]) -> dict[str, Input]:
    """What the region's readings were, as far as lines were measured against them."""
    found: dict[str, Input] = {}
    for unit in units:
        for row in unit.lines:
            curve = applied_curve(row)
            if curve is not None and curve.against == REGION and row["reference"] is not None:
                found[row["indicator"]] = Input(row["reference"])
    return found


def _membership(card: Values) -> Fraction:
    return Fraction(card["days"], card["of_days"]) if card["days"] is not None else Fraction(1)


def _paid(lines: Sequence[Values]) -> frozenset[str]:
    return frozenset(row["indicator"] for row in lines if row["reason"] == BONUS_PAID)


def _places(new: Scheme, units: Sequence[FrozenUnit], scores: Mapping[str, UnitScore]) -> dict[str, Place]:
    """Ranks by the new scheme; whoever was void, or has too few answers, takes none by it either."""
    sizes = Counter(each.card["tier"] for each in units)
    reasons: dict[str, str | None] = {}
    fields: dict[str, dict[str, Fraction]] = {tier: {} for tier in sizes}
    for each in units:
        code, tier = each.card["unit_code"], each.card["tier"]
        is_vetoed = each.card["unranked_reason"] == VETOED
        total = None if is_vetoed else scores[code].total
        reasons[code] = unranked_reason(
            tier_is_ranked=new.tiers[tier].ranked,
            units_in_tier=sizes[tier],
            total=total,
            responses=each.card["responses"],
            is_vetoed=is_vetoed,
        )
        if reasons[code] is None and total is not None:
            fields[tier][code] = total
    ranks = {code: place for field in fields.values() for code, place in rank(field).items()}
    return {
        each.card["unit_code"]: Place(
            total=None if reasons[each.card["unit_code"]] == VETOED else scores[each.card["unit_code"]].total,
            rank=ranks.get(each.card["unit_code"]),
            rank_of=len(fields[each.card["tier"]]),
            unranked_reason=reasons[each.card["unit_code"]],
        )
        for each in units
    }


def _unit(
    old: Scheme, new: Scheme, unit: FrozenUnit, scores: Mapping[str, UnitScore], places: Mapping[str, Place]
) -> UnitShadow:
    card, code = unit.card, unit.card["unit_code"]
    table = {line.indicator for line in old.tiers[card["tier"]].lines} if card["tier"] in old.tiers else set()
    before = {row["indicator"]: _frozen_side(row) for row in unit.lines if row["indicator"] in table}
    after: dict[str, Side] = {}
    if code in scores:
        points = {line.indicator: line.points for line in new.tiers[card["tier"]].lines}
        after = {line.code: _side(line, points[line.code]) for line in scores[code].lines}
    differing = [each for each in dict.fromkeys([*before, *after]) if before.get(each) != after.get(each)]
    return UnitShadow(
        unit_code=code,
        tier=card["tier"],
        before=Place(card["total"], card["rank"], card["rank_of"], card["unranked_reason"]),
        after=places.get(code, Place(None, None, 0, NO_TIER)),
        lines=tuple(LineShadow(each, before.get(each), after.get(each)) for each in differing),
    )


def _frozen_side(row: Values) -> Side:
    return Side(
        value=row["value"],
        points=row["points"],
        of=row["scheme_points"],
        share=row["share"],
        reason=row["reason"],
        curve=_as_frozen(applied_curve(row)),
        reference=row["reference"],
    )


def _side(line: LineScore, of: Fraction) -> Side:
    return Side(line.value, line.points, of, line.share, line.reason, _as_frozen(line.curve), line.reference)


def _as_frozen(curve: Curve | None) -> Curve | None:
    """A curve with nothing but what is frozen of one, so that two can be compared."""
    if curve is None:
        return None
    return Curve(LINEAR, curve.floor, curve.target) if curve.kind == LINEAR else curve_from(curve_document(curve))
