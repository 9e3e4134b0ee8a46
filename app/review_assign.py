"""`tongping review assign`: who would score whom, from a table of cooperation alone. It needs no installation.

A draw whose units could not be compared is refused in the document that was asked for, with the parts and the pairs
that would join them; a table that cannot be read is refused like any other file.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from math import floor
from pathlib import Path
from typing import Any

from app.answer import DONE, REFUSED, Answer, refused_findings
from app.foreign_file import read_file, shown
from app.settings import terminal_language
from consortium.imports import MAXIMUM_BYTES
from locales.errors import Finding
from locales.texts import text
from reviews.assignment import Plan, plan_round, raters_per_unit, tiers_split
from reviews.assignment_tables import CooperationRow, UnitRow, read_cooperation, read_units, repeats

_HALF = Fraction(1, 2)
_SEEDS = 2**32
_PARTS_NAMED, _UNITS_NAMED = 12, 8  # on the terminal; the document names all


def assign(cooperation: Path, *, units: Path | None, raters: int, seed: int | None) -> Answer:
    """Draw the raters of a round and say whether it could open."""
    language = terminal_language()
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    known, entries, findings = _tables(cooperation, units)
    if findings:
        return refused_findings(findings, language)
    _note_oddities(entries, known, language)
    plan = plan_round(
        [(entry.unit_a, entry.unit_b) for entry in entries],
        seed=seed,
        raters=raters,
        districts={unit.unit: unit.district for unit in known or ()},
        units=[unit.unit for unit in known or ()],
    )
    if _may_open(plan, known):
        return Answer(_document(plan), _lines(plan, seed, language), DONE)
    return Answer(_document(plan), _refusal_lines(plan, language, has_tiers=known is not None), REFUSED, True)


def _tables(
    cooperation: Path, units: Path | None
) -> tuple[Sequence[UnitRow] | None, Sequence[CooperationRow], Sequence[Finding]]:
    """Units, if they are given, cooperation, and what is wrong: first with the units, by which the other is judged."""
    known = None
    if units is not None:
        known, findings = read_units(read_file(units, largest=MAXIMUM_BYTES), file=shown(Path(units.name)))
        if findings:
            return None, [], findings
    codes = None if known is None else [unit.unit for unit in known]
    content = read_file(cooperation, largest=MAXIMUM_BYTES)
    entries, findings = read_cooperation(content, file=shown(Path(cooperation.name)), units=codes, for_record=False)
    return known, entries, findings


def _may_open(plan: Plan, known: Sequence[UnitRow] | None) -> bool:
    """One part may always open; several only where the tiers are known and each lies in one part."""
    if len(plan.parts) == 1:
        return True
    return known is not None and not tiers_split(plan.parts, {unit.unit: unit.tier for unit in known})


def _document(plan: Plan) -> dict[str, Any]:
    return {
        "assignments": [{"rater": task.rater, "unit": task.target} for task in plan.tasks],
        "raters_per_unit": plan.raters_per_unit,
        "cross_district_share": plan.cross_district_share,
        "parts": [list(part) for part in plan.parts],
        "bridges": [{"rater": bridge.rater, "unit": bridge.target} for bridge in plan.bridges],
    }


def _lines(plan: Plan, seed: int, language: str) -> list[str]:
    """A line for every rater, then the draw as a whole."""
    lines = [
        text(language, "assignment.rater", rater=rater, units=", ".join(task.target for task in tasks))
        for rater, tasks in groupby(plan.tasks, key=lambda task: task.rater)
    ]
    raters = raters_per_unit(plan.tasks).values()
    lines.append(
        text(language, "assignment.drawn", tasks=len(plan.tasks), units=len(raters), least=min(raters),
             most=max(raters), seed=seed)
    )  # fmt: skip
    if plan.cross_district_share is not None:
        percent = floor(plan.cross_district_share * 100 + _HALF)  # half up, as every figure
        lines.append(text(language, "assignment.across", percent=percent))
    if len(plan.parts) > 1:
        lines.append(text(language, "assignment.apart", parts=len(plan.parts)))
    return lines


def _refusal_lines(plan: Plan, language: str, *, has_tiers: bool) -> list[str]:
    key = "assignment.refused" if has_tiers else "assignment.refused_without_tiers"
    lines = [text(language, key, parts=len(plan.parts))]
    lines += [
        text(language, "assignment.part", number=number, units=_some(part, _UNITS_NAMED, ", "))
        for number, part in enumerate(plan.parts[:_PARTS_NAMED], start=1)
    ]
    lines += ["…"] * (len(plan.parts) > _PARTS_NAMED)
    if not plan.bridges:
        return [*lines, text(language, "assignment.no_bridge")]
    pairs = [f"{bridge.rater} – {bridge.target}" for bridge in plan.bridges]
    return [*lines, text(language, "assignment.bridges", pairs=_some(pairs, _PARTS_NAMED, ", "))]


def _some(names: Sequence[str], most: int, between: str) -> str:
    return between.join([*names[:most], *["…"] * (len(names) > most)])


def _note_oddities(entries: Sequence[CooperationRow], known: Sequence[UnitRow] | None, language: str) -> None:
    """What is taken although a person may have meant something else; on stderr."""
    periods = sorted({entry.period for entry in entries})
    if len(periods) > 1:
        _note(text(language, "assignment.periods", periods=_some(periods, _UNITS_NAMED, ", ")))
    again = repeats(entries)
    if again:
        _note(text(language, "assignment.repeats", rows=len(again), line=again[0][0], first=again[0][1]))
    partners = {unit for entry in entries for unit in (entry.unit_a, entry.unit_b)}
    idle = [unit.unit for unit in known or () if unit.unit not in partners]
    if idle:
        _note(text(language, "assignment.idle", units=_some(idle, _UNITS_NAMED, ", ")))


def _note(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 - what is odd in a table, beside the answer
