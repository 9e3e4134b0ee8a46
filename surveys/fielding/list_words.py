"""What people are told of a list of visits, on a page or in chat: how many rows of each kind, and where faults are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from locales.errors import Finding
from locales.texts import text
from surveys.fielding.visit_lists import REPEATED, ListedVisit
from surveys.fielding.visits import NEW, OUTCOMES

_PLACE = re.compile(r"line ([0-9]+)(?:, (\w+))?", re.ASCII)


def count_outcomes(rows: Sequence[ListedVisit]) -> list[tuple[str, int]]:
    """How many rows of each outcome there are; how many are new in any case."""
    counted = [(outcome, sum(row.outcome == outcome for row in rows)) for outcome in (*OUTCOMES, REPEATED)]
    return [(outcome, count) for outcome, count in counted if count or outcome == NEW]


def fault_place(finding: Finding, language: str) -> str:
    """Where a fault of a list stands, as people say it; what is no row and column is told as it is."""
    found = _PLACE.fullmatch(finding.key)
    if found is None:
        return text(language, "fielding.list.file_place") if finding.key == "file" else finding.key
    return text(language, "fielding.list.place", line=found[1], column=found[2] or "").strip()
