"""The content of any file to a questionnaire: own TOML, FHIR R4 and R5 as JSON, XLSForm. PURE but for workbooks.

The format is told by the content; a name decides only where that leaves it open. Gives a refusal for whatever it cannot
take. Time and memory are bounded from outside: `surveys.exchange` lets it run in a confined process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from consortium.sheets import OLE_MARK, ZIP_MARK
from locales.errors import Finding
from surveys.definition import parse_questionnaire
from surveys.encoding import read_text
from surveys.fhir.reading import read as read_fhir
from surveys.refusals import Checked, Refusal, refuse
from surveys.strict_json import read_json
from surveys.strict_toml import read_toml
from surveys.xlsform.reading import read as read_xlsform

MOST_OPTIONS = 50_000
"""Of all questions together; in TOML a scale counts as often as it is used."""

_EMPTY_ZIP_MARK = b"PK\x05\x06"
_IN_QUESTION = re.compile(r"questions\[([0-9]+)\]\.?(.*)")


def read_form(content: bytes, *, name: str) -> Checked:
    """The questionnaire of a file, or the refusals. `name` is the file's."""
    if content.startswith((ZIP_MARK, OLE_MARK, _EMPTY_ZIP_MARK)):
        return read_xlsform(content, name=name)
    text, fault = read_text(content)
    if fault is not None:
        return Checked(None, (fault,))
    if is_json(text, name):
        document, fault = read_json(text)
        return Checked(None, (fault,)) if fault is not None else _of_json(document, name)
    table, fault = read_toml(text)
    return Checked(None, (fault,)) if fault is not None else _own(table, name)


def is_json(text: str, name: str) -> bool:
    """A brace begins JSON; so does a bracket, unless the name says that it begins a table of TOML."""
    first, ending = text.lstrip()[:1], name.lower().rpartition(".")[2]
    return first == "{" or ending == "json" or (first == "[" and ending != "toml")


def _of_json(document: Any, name: str) -> Checked:
    """FHIR, or the document in which a questionnaire is stored."""
    if isinstance(document, dict) and "resourceType" not in document and "questions" in document:
        return _own(document, name)
    questionnaire, refusals = read_fhir(document)
    return Checked(questionnaire, tuple(refusals))


def _own(document: Mapping[str, Any], name: str) -> Checked:
    if _options(document) > MOST_OPTIONS:
        return _refused("options", "questionnaire_too_many_options", limit=MOST_OPTIONS)
    questionnaire, findings = parse_questionnaire(document, file=name)
    return Checked(questionnaire, tuple(_refusal(finding, document) for finding in findings))


def _options(document: Mapping[str, Any]) -> int:
    """How many options all questions have together, as far as it can be seen before anything is judged."""
    sizes = {
        each.get("code"): _length(each.get("options")) for each in _tables(document.get("scales")) if _has_code(each)
    }
    questions = _tables(document.get("questions"))
    scales = sum(sizes.get(each.get("scale"), 0) for each in questions if isinstance(each.get("scale"), str))
    return scales + sum(_length(each.get("options")) for each in questions)


def _has_code(table: Mapping[str, Any]) -> bool:
    return isinstance(table.get("code"), str)


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _refusal(finding: Finding, document: Mapping[str, Any]) -> Refusal:
    """A finding by the question that it is in, and the key in that question."""
    inside = _IN_QUESTION.fullmatch(finding.key)
    questions = document.get("questions")
    if inside is None or not isinstance(questions, list) or int(inside[1]) >= len(questions):
        return refuse(finding.key, finding.code, None, **finding.details)
    question = questions[int(inside[1])]
    id_ = question.get("id") if isinstance(question, dict) else None
    link_id = id_ if isinstance(id_, str) and id_ else None
    return refuse(inside[2] or finding.key, finding.code, link_id, **finding.details)


def _refused(feature: str, code: str, **details: object) -> Checked:
    return Checked(None, (refuse(feature, code, None, **details),))
