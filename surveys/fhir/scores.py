"""The score of an option, there and back: `ordinalValue` in R4, `itemWeight` in R5, and what neither can say. PURE.

Real forms hang it on the option or on its coding, under these and some older names; all are read. A score that no
decimal can write, such as a third, goes under an address of our own, so that it stays exact. Refuses to know what
scores are for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from surveys.fhir.datatypes import exact
from surveys.fhir.elements import Element, Raw, shown
from surveys.fhir.extensions import only_one, only_value, segment
from surveys.fhir.harmless import HL7
from surveys.fhir.own import OWN_SCORE

ORDINAL, WEIGHT = f"{HL7}ordinalValue", f"{HL7}itemWeight"
SCORES = frozenset(
    (
        *(ORDINAL, WEIGHT, OWN_SCORE, f"{HL7}iso21090-CO-value"),
        *(f"{HL7}{each}-ordinalValue" for each in ("questionnaire", "valueset", "codesystem")),
    )
)

_FRACTION = re.compile(r"(-?[0-9]{1,30})/([1-9][0-9]{0,29})")
_MOST_PLACES = 18


def read_score(element: Element, found: Mapping[str, list[Raw]]) -> Fraction | None:
    """The score that all these extensions agree on; None without any, or after a refusal."""
    score: Fraction | None = None
    for url in found:
        if url in SCORES and (raw := only_one(element, found, url)) is not None:
            score = agreed(element, score, _own(element, raw) if url == OWN_SCORE else _standard(element, raw))
    return score


def agreed(element: Element, one: Fraction | None, other: Fraction | None) -> Fraction | None:
    """The score that is given, in one place or in both; two that differ are refused."""
    if one is not None and other is not None and one != other:
        element.refuse(segment(ORDINAL), "fhir_scores_contradict")
    return other if one is None else one


def write_score(score: Fraction, *, is_r5: bool) -> dict[str, Any]:
    """The extension that says it."""
    decimal = _as_decimal(score)
    if decimal is None:
        return {"url": OWN_SCORE, "valueString": f"{score.numerator}/{score.denominator}"}
    return {"url": WEIGHT if is_r5 else ORDINAL, "valueDecimal": decimal}


def _standard(element: Element, raw: Raw) -> Fraction | None:
    given = only_value(element, raw, "valueDecimal", "valueInteger")
    if given is None:
        return None
    score = exact(given[1])
    if score is None:
        element.refuse(segment(str(raw["url"])), "fhir_element_malformed", value=shown(given[1]))
    return score


def _own(element: Element, raw: Raw) -> Fraction | None:
    given = only_value(element, raw, "valueString")
    found = _FRACTION.fullmatch(given[1]) if given and isinstance(given[1], str) else None
    if found is None:
        element.refuse(segment(OWN_SCORE), "fhir_element_malformed", value=shown(raw.get("valueString")))
        return None
    return Fraction(int(found[1]), int(found[2]))


def _as_decimal(score: Fraction) -> Decimal | None:
    """The score in plain digits, if it has few enough of them."""
    for places in range(_MOST_PLACES + 1):
        shifted = score * 10**places
        if shifted.denominator == 1:
            short = abs(shifted.numerator) < 10 ** (_MOST_PLACES + places)
            return Decimal(shifted.numerator).scaleb(-places) if short else None
    return None
