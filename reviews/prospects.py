"""PURE: whether a consortium is large enough for blindness: how many raters its units can have at most, and what that
keeps from them. Rules 21 and 46.

Knows units, tiers and who works with whom, where that is known. Refuses to know who votes: it tells the best case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consortium.disclosure import MINIMUM_FOR_COMMENTS, MINIMUM_FOR_CRITERION, MINIMUM_RATERS
from locales.texts import text

FEWEST_SCORED = MINIMUM_RATERS + 1  # five raters and the unit they score
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class TierProspect:
    """The units of a tier, by code, that too few others can score: for a score, for single criteria, for comments.

    Each list holds those of the one before it.
    """

    tier: str
    without_score: tuple[str, ...]
    without_criteria: tuple[str, ...]
    without_comments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospects:
    """The best case of a round: `scored` of `units` units can have a score, and so on.

    `tiers` are those with units that lack something; none where cooperation is not on record, and each unit is taken to
    work with every other.
    """

    units: int
    scored: int
    with_criteria: int
    with_comments: int
    tiers: tuple[TierProspect, ...]
    is_by_size: bool

    @property
    def is_large_enough(self) -> bool:
        """Whether every unit can have a score, single criteria and comments."""
        return self.units == self.scored == self.with_criteria == self.with_comments


def prospects(tiers: Mapping[str, str], pairs: Iterable[tuple[str, str]] | None) -> Prospects:
    """What can be hoped for. `tiers`: unit → tier, in the order to be told; `pairs` who worked together, in either
    order, None where nothing is on record. Pairs with a unit that `tiers` does not know are passed over.
    """
    raters = _raters(tiers, pairs)
    reached = {
        minimum: [unit for unit in tiers if raters[unit] >= minimum]
        for minimum in (MINIMUM_RATERS, MINIMUM_FOR_CRITERION, MINIMUM_FOR_COMMENTS)
    }
    by_tier: list[TierProspect] = []
    for tier in dict.fromkeys(tiers.values()) if pairs is not None else ():
        lacking = [
            tuple(unit for unit in tiers if tiers[unit] == tier and unit not in set(units))
            for units in reached.values()
        ]
        if any(lacking):
            by_tier.append(TierProspect(tier, *lacking))
    scored, with_criteria, with_comments = (len(units) for units in reached.values())
    return Prospects(len(tiers), scored, with_criteria, with_comments, tuple(by_tier), is_by_size=pairs is None)


def prospect_lines(found: Prospects, *, names: Mapping[str, str], tiers: Mapping[str, str], language: str) -> list[str]:
    """What people have to know of it, in sentences; none where nothing is lacking. Names of units and tiers by code."""
    if found.is_large_enough or not found.units:
        return []
    lines = []
    if found.scored < FEWEST_SCORED:
        key = "prospects.few" if found.scored else "prospects.none"
        lines.append(_said(key, language, units=found.units, scored=found.scored, fewest=FEWEST_SCORED))
    if found.scored and not found.with_criteria:
        lines.append(_said("prospects.no_criteria", language))
    if found.scored and not found.with_comments:
        lines.append(_said("prospects.no_comments", language))
    for each in found.tiers:
        lines += _tier_lines(each, found, names, tiers.get(each.tier, each.tier), language)
    return [*lines, _said("prospects.by_size", language)] if found.is_by_size and lines else lines


def _tier_lines(each: TierProspect, found: Prospects, names: Mapping[str, str], tier: str, language: str) -> list[str]:
    """What units of one tier lack; what no unit at all can have was said already."""
    lists: list[tuple[str, Sequence[str]]] = []
    if found.scored:
        lists.append(("prospects.tier_score", each.without_score))
    if found.with_criteria:
        lists.append(("prospects.tier_criteria", _beyond(each.without_criteria, each.without_score)))
    if found.with_comments:
        lists.append(("prospects.tier_comments", _beyond(each.without_comments, each.without_criteria)))
    return [
        _said(key, language, tier=tier, count=len(units), units=_named(units, names, language))
        for key, units in lists
        if units
    ]


def _beyond(units: Sequence[str], told: Sequence[str]) -> list[str]:
    return [unit for unit in units if unit not in told]


def _named(units: Sequence[str], names: Mapping[str, str], language: str) -> str:
    shown = [names.get(unit, unit) for unit in units[:_MOST_NAMED]]
    return text(language, "prospects.separator").join(shown + ["…"] * (len(units) > _MOST_NAMED))


def _said(key: str, language: str, **values: object) -> str:
    thresholds = {"raters": MINIMUM_RATERS, "criterion": MINIMUM_FOR_CRITERION, "comments": MINIMUM_FOR_COMMENTS}
    return text(language, key, **thresholds, **values)


def _raters(tiers: Mapping[str, str], pairs: Iterable[tuple[str, str]] | None) -> dict[str, int]:
    """Unit → how many others can score it at most."""
    if pairs is None:
        return dict.fromkeys(tiers, len(tiers) - 1)
    partners: dict[str, set[str]] = {unit: set() for unit in tiers}
    for one, other in pairs:
        if one in partners and other in partners and one != other:
            partners[one].add(other)
            partners[other].add(one)
    return {unit: len(known) for unit, known in partners.items()}
