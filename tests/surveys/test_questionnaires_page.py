"""The page for authors names everything that is understood, every column, every code; and shows what is really printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.questionnaire_report import report_lines
from locales.texts import text
from surveys.fhir.bounds import BOUNDS
from surveys.fhir.extensions import segment
from surveys.fhir.hints import INSTRUCTION
from surveys.fhir.options import EXCLUSIVE, PREFIX
from surveys.fhir.scores import ORDINAL, WEIGHT
from surveys.fhir.validation import validation_document
from surveys.fitness import unfit
from surveys.forms import read_form
from surveys.structure import TYPES
from surveys.xlsform.rows import SURVEY
from tests.surveys.fhir.forms import response

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "questionnaires.md").read_text(encoding="utf-8")
FAULTS = re.findall(
    r'^msgid "errors\.answer_fault_(\w+)"', (ROOT / "locales/zh/errors_answers.po").read_text(), re.MULTILINE
)
WARD = """{
  "resourceType": "Questionnaire", "status": "active", "language": "en", "title": "Your stay", "id": "ward",
  "item": [
    {"linkId": "nurse", "type": "choice", "required": true, "text": "Did nurses listen to you?",
     "answerOption": [
       {"valueCoding": {"code": "always", "display": "Always"},
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 100}]},
       {"valueCoding": {"code": "never", "display": "Never"},
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 0}]}]},
    {"linkId": "why", "type": "text", "text": "What happened?",
     "enableWhen": [{"question": "nurse", "operator": "=", "answerCoding": {"code": "never"}}]}
  ]
}"""


@pytest.mark.parametrize("url", [*BOUNDS, EXCLUSIVE, PREFIX, ORDINAL, WEIGHT, INSTRUCTION], ids=segment)
def test_every_extension_that_is_understood_is_named(url: str) -> None:
    assert f"`{segment(url)}`" in PAGE


@pytest.mark.parametrize("name", [*TYPES, *sorted(SURVEY.read), *FAULTS, "form_refused", "score", "form_title"])
def test_every_type_column_and_code_is_named(name: str) -> None:
    assert re.search(rf"`{name}[` ]", PAGE)


def test_the_page_shows_what_check_prints() -> None:
    checked = read_form(WARD.encode(), name="ward.json")

    assert checked.questionnaire is not None
    lines = report_lines(checked, unfit(checked.questionnaire, file="ward.json"), "en")
    assert "\n".join(lines[:5]) in PAGE


def test_the_page_shows_what_validate_response_prints() -> None:
    form = read_form(WARD.encode(), name="ward.json").questionnaire
    assert form is not None
    answered = response(
        {"linkId": "nurse", "answer": [{"valueCoding": {"code": "always"}}]},
        {"linkId": "why", "answer": [{"valueString": "Nothing"}]},
    )
    [error] = validation_document(form, answered, "en")["errors"]

    assert " · ".join(error.values()) in PAGE
    assert text("en", "cli.response.invalid", count=1) in PAGE
