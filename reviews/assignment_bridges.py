"""PURE: which pairs would join the parts of a round, if the office can confirm that they worked together.

Knows the tasks that stand and with how many partners each unit has dealings. Refuses to assign anything: a bridge is
a question to the office. The units that know most partners are asked first, since they can judge most easily.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reviews.assignment_graph import Joined


@dataclass(slots=True)
class _Part:
    """One part: who scores in it and who is scored, those with most partners first."""

    raters: list[str]
    units: list[str]


def propose_bridges(tasks: Iterable[tuple[str, str]], partners: Mapping[str, int]) -> list[tuple[str, str]]:
    """(rater, unit) pairs that join all parts of the tasks (rater, unit) into one: one pair for every join.

    `partners` names every unit there is and with how many others it cooperated. The largest part is the trunk; its
    raters take turns. Two units that know only each other can be joined by a third alone, which then scores both; if
    there is no third unit, nothing can be proposed.
    """
    parts = sorted(_parts(tasks, partners), key=lambda part: (-len(part.units), part.units))
    if not parts:
        return []
    trunk, others = parts[0], parts[1:]
    bridges: list[tuple[str, str]] = []
    mirrors = []
    for part in others:
        bridge = _bridge(trunk, part, turn=len(bridges))
        if bridge is None:
            mirrors.append(part)
            continue
        bridges.append(bridge)
    for part in mirrors:  # at most one, and only to a trunk of one unit: whatever else there is stands between
        between = _bridge(_merged(others, without=part), part, turn=0)
        bridges += [between] if between is not None else _by_a_third(trunk, part, partners)
    return bridges


def _parts(tasks: Iterable[tuple[str, str]], partners: Mapping[str, int]) -> list[_Part]:
    joined: Joined[tuple[bool, str]] = Joined()
    nodes: dict[tuple[bool, str], None] = {}
    for rater, unit in tasks:
        joined.join((False, rater), (True, unit))
        nodes[False, rater] = nodes[True, unit] = None
    parts: dict[tuple[bool, str], _Part] = {}
    for is_unit, code in sorted(nodes, key=lambda node: (-partners[node[1]], node[1])):
        part = parts.setdefault(joined.root((is_unit, code)), _Part([], []))
        (part.units if is_unit else part.raters).append(code)
    return list(parts.values())


def _merged(parts: Iterable[_Part], *, without: _Part) -> _Part:
    kept = [part for part in parts if part is not without]
    return _Part([rater for part in kept for rater in part.raters], [unit for part in kept for unit in part.units])


def _bridge(one: _Part, other: _Part, *, turn: int) -> tuple[str, str] | None:
    """A pair that joins two parts, from the first to the second if there is one; never a unit with itself."""
    for raters, units in ((one.raters, other.units), (other.raters, one.units)):
        for offset in range(min(2, len(raters))):
            rater = raters[(turn + offset) % len(raters)]
            unit = next((unit for unit in units[:2] if unit != rater), None)
            if unit is not None:
                return rater, unit
    return None


def _by_a_third(one: _Part, other: _Part, partners: Mapping[str, int]) -> list[tuple[str, str]]:
    """Two pairs of a unit that stands in neither part; nothing if there is no such unit."""
    known = {*one.raters, *one.units, *other.raters, *other.units}
    third = next((unit for unit in partners if unit not in known), None)
    return [] if third is None else [(third, one.units[0]), (third, other.units[0])]
