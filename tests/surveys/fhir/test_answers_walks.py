"""Random forms, random people: what is written about them is always such as we would take ourselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from surveys.conversation import complete, review
from surveys.fhir.answers import to_response
from surveys.fhir.exact_json import encode
from surveys.fhir.reading import read
from surveys.fhir.validation import validate
from surveys.fhir.writing import R4, R5, to_fhir
from surveys.structure import Questionnaire
from tests.surveys.fhir.random_forms import Answers, sittings

SENT = datetime(2026, 3, 1, tzinfo=UTC)


def written(questionnaire: Questionnaire, answers: Answers, status: str) -> dict[str, Any]:
    return to_response(questionnaire, answers, status=status, authored=SENT, language="zh", response_id=None)


def reread(whole: dict[str, Any]) -> Any:
    """As it comes out of the file again."""
    return json.loads(encode(whole), parse_float=Decimal)


def linked(item_list: list[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for each in item_list:
        inside = [
            *each.get("item", []),
            *(below for answer in each.get("answer", []) for below in answer.get("item", [])),
        ]
        found |= {each["linkId"]} | linked(inside)
    return found


@given(sittings())
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_always_valid(sitting: tuple[Questionnaire, Answers]) -> None:
    """In progress at any time; completed as soon as the review has nothing against it."""
    questionnaire, answers = sitting
    found = review(questionnaire, answers)
    status = "in-progress" if found.missing or found.faults else "completed"
    whole = reread(written(questionnaire, answers, status))

    assert validate(questionnaire, whole) == []
    answered = {each for each, values in complete(questionnaire, answers).items() if values}
    takes = {each.id for each in questionnaire.questions if each.is_question}
    assert linked(whole.get("item", [])) & takes == answered


@pytest.mark.parametrize("version", [R4, R5])
@given(sitting=sittings())
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_valid_by_the_form_as_others_get_it(
    version: str, sitting: tuple[Questionnaire, Answers]
) -> None:
    questionnaire, answers = sitting
    theirs, refusals = read(to_fhir(questionnaire, version=version))
    whole = written(questionnaire, answers, "in-progress")

    assert refusals == []
    assert theirs is not None
    assert validate(theirs, whole) == []
