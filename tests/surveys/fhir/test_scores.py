"""Scores: in either place, under either name, exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.fhir.scores import SCORES, read_score, write_score
from tests.surveys.fhir.samples import HL7, choice, coding, element, extension, form, only, refused

NAMES = ["ordinalValue", "itemWeight", "questionnaire-ordinalValue", "valueset-ordinalValue", "iso21090-CO-value"]


def scored(*extensions: dict[str, Any], on_coding: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    said: dict[str, Any] = {"x_extension": list(extensions)} if extensions else {}
    return form(choice("q", coding("a", "A", **said, **({"extension": list(on_coding)} if on_coding else {}))))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("kind", "value"), [("Decimal", Decimal("2.5")), ("Integer", 2), ("Decimal", 0)])
def test_a_score_is_read_in_both_places(name: str, kind: str, value: Any) -> None:
    said = extension(name, value, kind)

    assert only(scored(said)).options[0].score == Fraction(value)
    assert only(scored(on_coding=(said,))).options[0].score == Fraction(value)


def test_places_and_names_may_repeat_each_other_but_not_contradict() -> None:
    one, same = extension("ordinalValue", 1, "Decimal"), extension("itemWeight", Decimal("1.0"), "Decimal")
    other = extension("itemWeight", 2, "Decimal")

    assert only(scored(one, same, on_coding=(one,))).options[0].score == 1
    assert refused(scored(one, other)) == [("q", "ordinalValue", "scores_contradict")]
    assert refused(scored(one, on_coding=(other,))) == [("q", "ordinalValue", "scores_contradict")]
    assert refused(scored(one, one)) == [("q", "ordinalValue", "extension_twice")]


@pytest.mark.parametrize(
    "said",
    [
        extension("ordinalValue", "1", "Decimal"),
        extension("ordinalValue", True, "Decimal"),
        extension("ordinalValue", Decimal("1E+999999999"), "Decimal"),
        extension("ordinalValue", "1"),
        {"url": f"{HL7}ordinalValue"},
        {"url": f"{HL7}ordinalValue", "valueDecimal": 1, "valueInteger": 1},
        {"url": f"{HL7}ordinalValue", "valueDecimal": 1, "extension": [{"url": "x"}]},
    ],
)
def test_a_score_that_is_none_is_refused(said: dict[str, Any]) -> None:
    assert refused(scored(said)) == [("q", "ordinalValue", "element_malformed")]


@pytest.mark.parametrize("text", ["1/0", "1.5/2", "x", "1", "", 7, "1/3 ", "١/٣", "1" * 40 + "/1"])
def test_a_fraction_has_a_strict_form(text: Any) -> None:
    assert [each[2] for each in refused(scored({"url": "urn:tongping:score", "valueString": text}))] == [
        "element_malformed"
    ]


@given(st.fractions(-(10**18), 10**18, max_denominator=10**9), st.booleans())
def test_any_score_is_written_and_read_exactly(score: Fraction, is_r5: bool) -> None:  # noqa: FBT001 - drawn
    said = write_score(score, is_r5=is_r5)

    assert said["url"] in SCORES
    assert read_score(element({}), {said["url"]: [said]}) == score


def test_a_third_goes_under_an_address_of_our_own() -> None:
    assert write_score(Fraction(-1, 3), is_r5=True) == {"url": "urn:tongping:score", "valueString": "-1/3"}
    assert write_score(Fraction(1, 8), is_r5=True) == {"url": f"{HL7}itemWeight", "valueDecimal": Decimal("0.125")}
    assert write_score(Fraction(10), is_r5=False) == {"url": f"{HL7}ordinalValue", "valueDecimal": Decimal(10)}
