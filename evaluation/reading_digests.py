"""The digest of a reading, and of all that a period was scored from: what makes a changed figure be found. PURE.

Knows the columns that say what was recorded, by whom and when. Refuses to know where readings are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

DIGESTED = (
    "scope", "unit_code", "period", "indicator", "numerator", "denominator", "value", "origin", "recorded_at",
    "recorded_by", "corrected_at", "corrected_by", "evidence", "approved_at", "approved_by",
)  # fmt: skip
LATE_DIGESTED = (
    "period", "counted_in", "unit_code", "indicator", "numerator", "denominator", "value", "origin", "recorded_at",
    "recorded_by",
)  # fmt: skip
"""What the digest of a late reading covers: `reading_digest(values, columns=LATE_DIGESTED)`."""


READING, LATE = "reading", "late_reading"  # the tables that figures of a period stand in


@dataclass(frozen=True, slots=True)
class DigestedReading:
    """One figure by the table and row that it stands in, with its own digest and its strata.

    A stratum is its code, numerator, denominator and value, exact numbers as text.
    """

    table: str
    id: int
    digest: str
    strata: tuple[tuple[str, str | None, str | None, str | None], ...] = ()


def readings_digest(rows: Iterable[DigestedReading]) -> str:
    """SHA-256 over all figures of a period, whatever order they come in (rule 74)."""
    written = sorted([row.table, row.id, row.digest, sorted(map(list, row.strata), key=str)] for row in rows)
    return hashlib.sha256(json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def reading_digest(values: Mapping[str, Any], *, columns: tuple[str, ...] = DIGESTED) -> str:
    """SHA-256 over the columns of one reading, by name; one that is not there counts as empty."""
    written = [_plain(values.get(name)) for name in columns]
    return hashlib.sha256(json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Exact numbers as they are stored, moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, Fraction) else value
