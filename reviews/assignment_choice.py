"""PURE: drawing a fixed number of raters for every unit: at random, with equal loads, some of them across districts.

Units are numbers here. Knows who may score whom and in which district each lies. Refuses to invent a partner: a unit
with fewer partners than raters wanted is scored by all of them. The loads are the most even that there can be: nobody
could hand over a task, directly or along a chain, to one who has two fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest
from math import ceil
from random import Random

from reviews.assignment_graph import Joined

TARGET_ACROSS = Fraction(1, 5)  # of the tasks; below a tenth the intervals no longer hold the truth

_LOOKED_AT = 96  # candidates whose loads are compared for one slot: enough of them are idle, and a draw stays a draw


@dataclass(frozen=True, slots=True)
class _Slot:
    """So many raters of one unit, from the partners of its own district or from the others."""

    unit: int
    wanted: int
    eligible: Sequence[int]


def choose_raters(
    partners: Sequence[Sequence[int]], *, raters: int, districts: Sequence[str], seed: int
) -> list[list[int]]:
    """For every unit the numbers of its raters: `raters` of its partners, or all of them if there are fewer.

    `districts` has "" where the district is not known. What the partners allow to be compared stays comparable: the
    tasks have no more parts than scoring every partner would have; for a join that is not to be had otherwise a unit
    may get one rater more.
    """
    random = Random(seed)  # noqa: S311 - a fair draw that can be repeated, no secret
    slots = _slots(partners, raters, districts, random)
    assigned = _drawn(slots, len(partners), random)
    _even_out(slots, assigned, len(partners))
    chosen: list[set[int]] = [set() for _ in partners]
    for slot, taken in zip(slots, assigned, strict=True):
        chosen[slot.unit] |= taken
    _join(chosen, partners, raters, random)
    return [sorted(taken) for taken in chosen]


def _slots(partners: Sequence[Sequence[int]], raters: int, districts: Sequence[str], random: Random) -> list[_Slot]:
    across = [
        [rater for rater in known if districts[rater] and districts[unit] and districts[rater] != districts[unit]]
        for unit, known in enumerate(partners)
    ]
    wanted = [min(raters, len(known)) for known in partners]
    quotas = _quotas(wanted, [len(each) for each in across], [len(each) for each in partners], random)
    slots = []
    for unit, known in enumerate(partners):
        others = set(across[unit])
        near = [rater for rater in known if rater not in others]
        slots.append(_Slot(unit, quotas[unit], across[unit]))
        slots.append(_Slot(unit, wanted[unit] - quotas[unit], near))
    return [slot for slot in slots if slot.wanted]


def _quotas(wanted: Sequence[int], across: Sequence[int], known: Sequence[int], random: Random) -> list[int]:
    """How many raters of each unit come from other districts: what a blind draw gives, raised where that is too few.

    The bar is raised for all alike, one rater at a time, and the last raters fall to units drawn at random.
    """
    quotas = [_as_drawn(*each, random) for each in zip(wanted, across, known, strict=True)]
    missing = ceil(TARGET_ACROSS * sum(wanted)) - sum(quotas) if any(across) else 0
    while missing > 0:
        can = [unit for unit, quota in enumerate(quotas) if quota < min(wanted[unit], across[unit])]
        if not can:
            break
        lowest = min(quotas[unit] for unit in can)
        raised = [unit for unit in can if quotas[unit] == lowest]
        for unit in random.sample(raised, min(missing, len(raised))):
            quotas[unit] += 1
            missing -= 1
    return quotas


def _as_drawn(wanted: int, across: int, known: int, random: Random) -> int:
    """How many of `wanted` fall across in a blind draw, rounded up or down by lot."""
    if not known:
        return 0
    whole, rest = divmod(wanted * across, known)
    least = max(0, wanted - (known - across))
    return max(least, min(across, whole + (random.random() * known < rest)))


def _drawn(slots: Sequence[_Slot], units: int, random: Random) -> list[set[int]]:
    """A first draw, slot by slot in random order, from those who have least to do so far."""
    loads = [0] * units
    assigned: list[set[int]] = [set() for _ in slots]
    order = list(range(len(slots)))
    random.shuffle(order)
    for place in order:
        slot = slots[place]
        looked_at = slot.eligible
        if len(looked_at) > _LOOKED_AT:
            looked_at = random.sample(looked_at, _LOOKED_AT)
        lots = [(loads[rater], random.random(), rater) for rater in looked_at]
        for _, _, rater in nsmallest(slot.wanted, lots):
            assigned[place].add(rater)
            loads[rater] += 1
    return assigned


def _even_out(slots: Sequence[_Slot], assigned: list[set[int]], units: int) -> None:
    """Move tasks along chains, from the busiest down, until nobody can be relieved by one who has two tasks fewer."""
    tasks: list[set[int]] = [set() for _ in range(units)]
    for place, taken in enumerate(assigned):
        for rater in taken:
            tasks[rater].add(place)
    settled = [False] * units  # these lead only to each other, and all of them are as busy
    for load in range(max((len(each) for each in tasks), default=0), 1, -1):
        for rater in range(units):
            while len(tasks[rater]) == load and not settled[rater]:
                if not _relieve(rater, slots, assigned, tasks, settled):
                    break


def _relieve(
    busy: int, slots: Sequence[_Slot], assigned: list[set[int]], tasks: list[set[int]], settled: list[bool]
) -> bool:
    """Take one task from the busy rater along the shortest chain; if there is none, all it reaches are settled."""
    enough = len(tasks[busy]) - 2
    reached: dict[int, tuple[int, int]] = {busy: (-1, -1)}  # rater → (slot it can take over, from whom)
    seen: set[int] = set()
    queue = [busy]
    for rater in queue:  # grows while it is read
        for place in sorted(tasks[rater] - seen):
            seen.add(place)
            taken = assigned[place]
            for other in slots[place].eligible:
                if other in reached or other in taken or settled[other]:
                    continue
                reached[other] = (place, rater)
                if len(tasks[other]) <= enough:
                    _pass_on(other, reached, assigned, tasks)
                    return True
                queue.append(other)
    for rater in queue:
        settled[rater] = True
    return False


def _pass_on(last: int, reached: dict[int, tuple[int, int]], assigned: list[set[int]], tasks: list[set[int]]) -> None:
    place, giver = reached[last]
    while giver >= 0:
        assigned[place].remove(giver)
        tasks[giver].remove(place)
        assigned[place].add(last)
        tasks[last].add(place)
        last = giver
        place, giver = reached[last]


def _join(chosen: list[set[int]], partners: Sequence[Sequence[int]], raters: int, random: Random) -> None:
    """Join the parts of the draw that the partners allow to be joined."""
    units = len(chosen)
    joined: Joined[int] = Joined()  # raters by their number, units behind them
    scored: list[set[int]] = [set() for _ in range(units)]
    for unit, taken in enumerate(chosen):
        for rater in taken:
            joined.join(rater, units + unit)
            scored[rater].add(unit)
    if len({joined.root(units + unit) for unit in range(units)}) == 1:
        return
    lines = [(rater, unit) for unit, known in enumerate(partners) for rater in known]
    random.shuffle(lines)
    for rater, unit in lines:
        if scored[rater] and joined.join(rater, units + unit):
            _add(chosen, scored, rater, unit, raters)
    for rater, known in enumerate(partners):  # who scores nobody yet joins parts only by scoring in two of them
        ends = {joined.root(units + unit): unit for unit in known}
        if scored[rater] or len(ends) == 1:
            continue
        for unit in ends.values():
            joined.join(rater, units + unit)
            _add(chosen, scored, rater, unit, raters)


def _add(chosen: list[set[int]], scored: list[set[int]], rater: int, unit: int, raters: int) -> None:
    """Give a unit one more rater and take the busiest other off it, if they stay joined without that task.

    They do if that rater scores another unit together with one who stays: a circle of four.
    """
    chosen[unit].add(rater)
    scored[rater].add(unit)
    if len(chosen[unit]) <= raters:
        return
    free = [
        other
        for other in sorted(chosen[unit] - {rater})
        if any(chosen[elsewhere] & (chosen[unit] - {other}) for elsewhere in scored[other] - {unit})
    ]
    if free:
        busiest = max(free, key=lambda other: len(scored[other]))
        chosen[unit].remove(busiest)
        scored[busiest].remove(unit)
