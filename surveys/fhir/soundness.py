"""Is a parsed file fit to be read as a form at all? One walk over all of it, without recursion. PURE.

Finds what no reader of a part could: JSON nested too deep, text that is no text, numbers that are none, and
extensions that change the meaning of what they stand on (`modifierExtension`), wherever they are. Refuses to know
what is in a form.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from surveys.fhir.elements import MODIFIER, Report

DEEPEST = 200  # levels of JSON; items four levels deep take ten
MOST_VALUES = 150_000  # several times as many as the longest real forms have; they take about a second
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # FHIR's strings may not hold these
_KIND = "Questionnaire"


def is_sound(document: Any, report: Report) -> bool:
    """Whether it makes sense to read on; what is wrong stands in the report."""
    if not isinstance(document, dict):
        report.add(None, "resourceType", "fhir_not_an_object")
        return False
    kind = document.get("resourceType")
    if kind != _KIND:
        named = kind if isinstance(kind, str) and not _UNREADABLE.search(kind) else ""
        report.add(None, named or "resourceType", "fhir_not_a_questionnaire")
        return False
    return _walk(document, report)


def _walk(document: dict[str, Any], report: Report) -> bool:
    """Every value once. What cannot be shown ends the walk: nothing after it could be named safely."""
    waiting: list[tuple[Any, int, str | None]] = [(document, 1, None)]
    values = 0
    while waiting:
        whole, depth, link_id = waiting.pop()
        link_id = _link_id(whole, link_id)
        values += len(whole)
        fault = _fault(whole, depth, values)
        if fault is not None:
            is_of_all = fault[1] in ("fhir_too_deep", "fhir_too_large")
            report.add(None if is_of_all else link_id, fault[0], fault[1], limit=MOST_VALUES)
            return False
        if isinstance(whole, dict) and whole.get(MODIFIER):
            report.add(link_id, MODIFIER, "fhir_modifier_extension")
        parts = whole.values() if isinstance(whole, dict) else whole
        waiting.extend([(each, depth + 1, link_id) for each in parts if isinstance(each, dict | list)][::-1])
    return True


def _link_id(whole: Any, around: str | None) -> str | None:
    """The linkId of an object, or else that of what it stands in."""
    own = whole.get("linkId") if isinstance(whole, dict) else None
    return own if isinstance(own, str) and own and not _UNREADABLE.search(own) else around


def _fault(whole: Any, depth: int, values: int) -> tuple[str, str] | None:
    """Feature and reason, if this object or list cannot be read, whatever it is part of."""
    if depth > DEEPEST:
        return "item", "fhir_too_deep"
    if values > MOST_VALUES:
        return "item", "fhir_too_large"
    if isinstance(whole, dict) and any(_UNREADABLE.search(name) for name in whole):
        return "text", "fhir_text_unreadable"
    parts = whole.values() if isinstance(whole, dict) else whole
    return next((fault for each in parts if (fault := _fault_of_one(each)) is not None), None)


def _fault_of_one(value: Any) -> tuple[str, str] | None:
    """The same of a text or a number."""
    if isinstance(value, str):
        return ("text", "fhir_text_unreadable") if _UNREADABLE.search(value) else None
    if isinstance(value, float | Decimal):
        return None if _is_finite(value) else ("number", "fhir_number_unreadable")
    return None if value is None or isinstance(value, int | dict | list) else ("value", "fhir_not_an_object")


def _is_finite(value: float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
