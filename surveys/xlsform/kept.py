"""What an author wrote beside the questions and nobody is asked: kept as design notes, given back on the way out. PURE.

A design note is FHIR's word for what the author of a form wrote for authors. So hints, messages, looks and remarks come
through every conversion, and are read by people only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_DESIGN_NOTE = "http://hl7.org/fhir/StructureDefinition/designNote"


def design_notes(said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """(heading, words) pairs as what an item carries; {} where there are none."""
    notes = [{"url": _DESIGN_NOTE, "valueMarkdown": f"{heading}: {words}"} for heading, words in said]
    return {"extension": notes} if notes else {}
