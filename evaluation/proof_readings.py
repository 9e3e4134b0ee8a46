"""Whether figures on record are those that were recorded: each by its digest, parts against their whole, and all that a
period was scored from against what its settlement noted. PURE.

Works on stored rows by column name. Refuses to know what the figures earn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from evaluation.freezing import Values
from evaluation.reading_digests import (
    DIGESTED,
    LATE,
    LATE_DIGESTED,
    READING,
    DigestedReading,
    reading_digest,
    readings_digest,
)
from locales.errors import Finding

FILE = "database"
_IN_PERCENT = 100


def reading_findings(readings: Iterable[Values], late: Iterable[Values]) -> Iterator[Finding]:
    """Every figure carries the digest of what it says."""
    for row in readings:
        if row["digest"] != reading_digest(row, columns=DIGESTED):
            yield Finding(FILE, f"reading {_subject(row, row['scope'])}", "reading_digest_differs")
    for row in late:
        if row["digest"] != reading_digest(row, columns=LATE_DIGESTED):
            yield Finding(FILE, f"late_reading {_subject(row, row['unit_code'])}", "reading_digest_differs")


def strata_findings(readings: Iterable[Values], strata: Iterable[Values]) -> Iterator[Finding]:
    """The parts of a figure add up to it exactly, and each part's value follows from its own counts (rule 119)."""
    by_id = {row["id"]: row for row in readings}
    parts: dict[int, list[Values]] = defaultdict(list)
    for part in strata:
        parts[part["reading_id"]].append(part)
    for number, of_reading in parts.items():
        whole = by_id.get(number)
        if whole is None or not _adds_up(whole, of_reading):
            subject = f"reading_stratum {number}" if whole is None else f"reading {_subject(whole, whole['scope'])}"
            yield Finding(FILE, subject, "stored_strata_differ")


def settled_findings(
    settlements: Iterable[Values], readings: Iterable[Values], late: Iterable[Values], strata: Iterable[Values]
) -> Iterator[Finding]:
    """What a settled period was scored from is still what is on record; not noted in periods settled long ago."""
    figures = digested(readings, late, strata)
    for row in settlements:
        noted = row["readings_digest"]
        if noted is not None and noted != readings_digest(figures.get(row["period"], ())):
            yield Finding(FILE, f"settlement {row['period']}", "settlement_readings_differ")


def digested(
    readings: Iterable[Values], late: Iterable[Values], strata: Iterable[Values]
) -> Mapping[str, Sequence[DigestedReading]]:
    """Period → every figure that its settlement's digest of readings covers."""
    parts: dict[int, list[tuple[str, str | None, str | None, str | None]]] = defaultdict(list)
    for part in strata:
        figures = (_written(part["numerator"]), _written(part["denominator"]), _written(part["value"]))
        parts[part["reading_id"]].append((part["stratum"], *figures))
    found: dict[str, list[DigestedReading]] = defaultdict(list)
    for row in readings:
        found[row["period"]].append(DigestedReading(READING, row["id"], row["digest"], tuple(parts[row["id"]])))
    for row in late:
        found[row["counted_in"]].append(DigestedReading(LATE, row["id"], row["digest"]))
    return found


def _adds_up(whole: Values, parts: Sequence[Values]) -> bool:
    if any(part["numerator"] is not None for part in parts):
        sums = {name: _total(part[name] for part in parts) for name in ("numerator", "denominator")}
        return all(whole[name] == total for name, total in sums.items()) and all(map(_follows, parts))
    return bool(whole["value"] == _total(part["value"] for part in parts))


def _follows(part: Values) -> bool:
    """Whether a part's value is that of its counts, as a share or in percent; or is not noted."""
    numerator, denominator, value = part["numerator"], part["denominator"], part["value"]
    if numerator is None or denominator is None:
        return False
    if value is None or not denominator:
        return value is None
    return value in {numerator / denominator, _IN_PERCENT * numerator / denominator}


def _total(numbers: Iterable[Fraction | None]) -> Fraction:
    return sum((number for number in numbers if number is not None), Fraction(0))


def _subject(row: Values, scope: str) -> str:
    return f"{scope}/{row['period']}/{row['indicator']}"


def _written(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
