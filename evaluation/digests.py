"""The digest of a settled period: SHA-256 over the canonical JSON of everything frozen, chained to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evaluation.freezing import Values
from storage.base import canonical

OPTIONAL = frozenset((
    "too_few", "held_out", "definition", "low", "high", "invited", "mode_mix", "rank_low", "rank_high", "band",
    "total_low", "total_high", "days", "of_days", "curve", "reference", "is_bonus", "origin",
))  # fmt: skip
"""Columns that periods settled by an earlier version do not have: empty, they are no part of a digest."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a digest covers besides the rows: the period, scheme, readings, and the digest before it."""

    period: str
    scheme_year: int
    scheme_version: int
    scheme_digest: str
    previous_digest: str | None
    readings_digest: str | None = None
    """Of the readings it was scored from; None in periods settled before it was noted: then it is no part either."""


def frozen_digest(frozen: Frozen, cards: Iterable[Values], lines: Iterable[Values]) -> str:
    """The digest, whatever order the rows come in; time and person of settling are not part of it (rule 74)."""
    content: dict[str, Any] = {
        "period": frozen.period,
        "scheme": [frozen.scheme_year, frozen.scheme_version, frozen.scheme_digest],
        "previous": frozen.previous_digest,
        "cards": sorted(map(_covered, cards), key=lambda row: str(row["unit_code"])),
        "lines": sorted(map(_covered, lines), key=lambda row: (str(row["unit_code"]), str(row["indicator"]))),
    }
    if frozen.readings_digest is not None:
        content["readings"] = frozen.readings_digest
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _covered(row: Values) -> Values:
    return {name: value for name, value in row.items() if value is not None or name not in OPTIONAL}
