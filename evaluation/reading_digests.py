"""The digest of a reading: what makes a figure that was changed behind the product's back be found. PURE.

Knows the columns that say what was recorded, by whom and when. Refuses to know where readings are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

DIGESTED = (
    "scope", "unit_code", "period", "indicator", "numerator", "denominator", "value", "origin", "recorded_at",
    "recorded_by", "corrected_at", "corrected_by", "evidence", "approved_at", "approved_by",
)  # fmt: skip


def reading_digest(values: Mapping[str, Any], *, columns: tuple[str, ...] = DIGESTED) -> str:
    """SHA-256 over the columns of one reading, by name; one that is not there counts as empty."""
    written = [_plain(values.get(name)) for name in columns]
    return hashlib.sha256(json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Exact numbers as they are stored, moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, Fraction) else value
