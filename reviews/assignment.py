"""PURE: who scores whom, from who worked with whom (rule 21).

Up to about thirty units everyone scores everyone they cooperated with; beyond, as many raters a unit as asked, drawn
anew for each round. Knows pairs of units, their districts and tiers. Refuses to know marks, and to let anyone score
whom they have no cooperation with on record: what would join parts is proposed, never assigned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from locales.errors import DomainError
from reviews.assignment_bridges import propose_bridges
from reviews.assignment_choice import choose_raters
from reviews.assignment_graph import parts_of_units

EVERYONE_UP_TO = 30  # units; with more, a representative could not score all of them with care
FEWEST_RATERS, MOST_RATERS = 12, 20
USUAL_RATERS = 16


@dataclass(frozen=True, slots=True, order=True)
class RaterAndTarget:
    """One scoring task: the unit `rater` scores the unit `target`."""

    rater: str
    target: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who scores whom in a round, before it opens.

    `parts`: scored units that common raters join; only within a part can scores be compared. `bridges`: one pair for
    every join that is missing, for the office to confirm as cooperation on record. `raters_per_unit`: the mean over
    the scored units. `cross_district_share`: of the tasks whose two districts are known; None where there is none.
    """

    tasks: tuple[RaterAndTarget, ...]
    parts: tuple[tuple[str, ...], ...]
    bridges: tuple[RaterAndTarget, ...]
    raters_per_unit: Fraction | None
    cross_district_share: Fraction | None


def plan_round(
    pairs: Iterable[tuple[str, str]],
    *,
    seed: int,
    raters: int = USUAL_RATERS,
    districts: Mapping[str, str] | None = None,
    units: Collection[str] = (),
) -> Plan:
    """The round that these pairs allow. The same pairs and seed give the same plan, in whatever order the pairs come.

    `raters` a unit are drawn where more than `EVERYONE_UP_TO` units cooperated; a unit with fewer partners is scored
    by all of them. `districts` may lack units or name "" for them. `units` that cooperated with nobody are scored by
    nobody and serve at most as an end of a bridge. `raters_out_of_range` unless 12 to 20.
    """
    if not FEWEST_RATERS <= raters <= MOST_RATERS:
        raise DomainError("raters_out_of_range", raters=raters, fewest=FEWEST_RATERS, most=MOST_RATERS)
    partners = _partners(pairs)
    codes = list(partners)
    if len(codes) <= EVERYONE_UP_TO:
        scored_by = partners
    else:
        place = {code: index for index, code in enumerate(codes)}
        chosen = choose_raters(
            [[place[partner] for partner in known] for known in partners.values()],
            raters=raters,
            districts=[(districts or {}).get(code, "") for code in codes],
            seed=seed,
        )
        scored_by = {code: [codes[rater] for rater in drawn] for code, drawn in zip(codes, chosen, strict=True)}
    edges = sorted((rater, unit) for unit, raters_ in scored_by.items() for rater in raters_)
    parts = parts_of_units(edges)
    knows = {code: len(partners.get(code, ())) for code in sorted({*codes, *units})}
    bridges = propose_bridges(edges, knows) if len(parts) > 1 else []
    return Plan(
        tasks=tuple(RaterAndTarget(rater, unit) for rater, unit in edges),
        parts=parts,
        bridges=tuple(RaterAndTarget(rater, target) for rater, target in bridges),
        raters_per_unit=Fraction(len(edges), len(codes)) if codes else None,
        cross_district_share=_cross_share(edges, districts or {}),
    )


def tiers_split(parts: Collection[Collection[str]], tiers: Mapping[str, str]) -> tuple[str, ...]:
    """The tiers whose units do not all lie in one part. Ranking is within a tier, so such a round must not open."""
    seen: dict[str, set[int]] = {}
    for place, part in enumerate(parts):
        for unit in part:
            seen.setdefault(tiers[unit], set()).add(place)
    return tuple(sorted(tier for tier, places in seen.items() if len(places) > 1))


def assign(pairs: Iterable[tuple[str, str]]) -> tuple[RaterAndTarget, ...]:
    """Both directions of every pair, each once, sorted by rater and target; never a unit for itself.

    A pair may come in either order and several times. ValueError on a unit paired with itself: such a record of
    cooperation must have been refused at the door.
    """
    return tuple(RaterAndTarget(rater, target) for rater, known in _partners(pairs).items() for target in known)


def raters_per_unit(tasks: Iterable[RaterAndTarget]) -> dict[str, int]:
    """How many raters each unit can expect, for every unit that rates or is rated, in the order of the codes."""
    raters: dict[str, int] = {}
    for task in sorted(set(tasks)):
        raters.setdefault(task.rater, 0)
        raters[task.target] = raters.get(task.target, 0) + 1
    return dict(sorted(raters.items()))


def units_with_few_raters(tasks: Iterable[RaterAndTarget], minimum: int = 5) -> tuple[str, ...]:
    """The units that cannot reach a score even if everybody votes: fewer than `minimum` expected raters."""
    return tuple(unit for unit, raters in raters_per_unit(tasks).items() if raters < minimum)


def _partners(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """With whom each unit cooperated, both in the order of the codes."""
    partners: dict[str, set[str]] = {}
    for one, other in pairs:
        if one == other:
            msg = f"unit {one} cannot be its own rater"
            raise ValueError(msg)
        partners.setdefault(one, set()).add(other)
        partners.setdefault(other, set()).add(one)
    return {unit: sorted(partners[unit]) for unit in sorted(partners)}


def _cross_share(tasks: Iterable[tuple[str, str]], districts: Mapping[str, str]) -> Fraction | None:
    ends = ((districts.get(rater, ""), districts.get(unit, "")) for rater, unit in tasks)
    known = [one != other for one, other in ends if one and other]
    return Fraction(sum(known), len(known)) if known else None
