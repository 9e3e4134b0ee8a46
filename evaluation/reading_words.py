"""What people are told of readings: where a fault stands, what a change does, what a figure is, who handed it in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evaluation.reading_plans import CORRECTED, LATE, Change, figure_of
from evaluation.strata import Counts
from locales.errors import Finding
from locales.numbers import plain
from locales.texts import text

_PLACE = re.compile(r"(?:(?P<sheet>.+), )?line (?P<line>[0-9]+)(?:, (?P<column>\w+))?", re.ASCII | re.DOTALL)
_COMMAND_LINE, _API = "command_line", "api:"


def fault_place(finding: Finding, language: str) -> str:
    """Where a fault of a table stands: sheet, row and column; what is no such place is told as it is."""
    found = _PLACE.fullmatch(finding.key)
    if found is None:
        return text(language, "readings.place.file") if finding.key == "file" else finding.key
    place = text(language, "readings.place", line=found["line"], column=found["column"] or "").strip()
    return text(language, "readings.place.sheet", sheet=found["sheet"], place=place) if found["sheet"] else place


def figure_line(counts: Counts) -> str:
    """`81 ÷ 600 = 13.5`, `13.5`, `0 ÷ 0`; a dash for nothing."""
    numerator, denominator, value = counts
    said = "—" if value is None else plain(value)
    if numerator is None or denominator is None:
        return said
    counted = f"{plain(numerator)} ÷ {plain(denominator)}"
    return counted if value is None else f"{counted} = {said}"


def change_line(change: Change, language: str) -> str:
    """One change of a table in a sentence: what it is of, what stood before, what comes, where it counts."""
    entry = change.entry
    what = {"unit": entry.scope, "period": entry.period, "indicator": entry.indicator}
    after = figure_line(figure_of(entry))
    if change.outcome == LATE and change.late is not None:
        part = figure_line(change.late.part)
        return text(language, "readings.change.late", **what, after=after, part=part, month=change.late.counted_in)
    if change.outcome == CORRECTED and change.before is not None:
        return text(
            language, "readings.change.corrected", **what, before=figure_line(change.before.counts), after=after
        )
    return text(language, "readings.change.new", **what, after=after)


def who_name(recorded_by: str, names: Mapping[str, str], language: str) -> str:
    """A person by name, a system by its key's name, the command line by its own."""
    if recorded_by == _COMMAND_LINE:
        return text(language, "readings.by.command_line")
    if recorded_by.startswith(_API):
        return text(language, "readings.by.system", name=recorded_by.removeprefix(_API))
    return names.get(recorded_by, recorded_by.removeprefix("person:"))
