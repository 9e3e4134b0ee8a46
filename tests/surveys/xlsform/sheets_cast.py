"""Forms in sheets, as authors write them, without a file: the tests are about what sheets mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from consortium.sheets import NUMBER, TEXT, TRUTH, Cell, Sheet, Workbook
from surveys.refusals import Checked
from surveys.structure import Question, Questionnaire, find_question
from surveys.xlsform.reading import read_sheets

Rows = Iterable[Iterable[Any]]
HEADER = ("type", "name", "label")
SATISFACTION = (
    ("list_name", "name", "label", "score"),
    ("sat", 1, "好", 100),
    ("sat", 2, "中", 50),
    ("sat", 3, "差", 0),
    ("sat", "na", "不适用", None),
)
REASONS = (
    ("list_name", "name", "label"),
    ("why", "wait", "等太久"),
    ("why", "cost", "太贵"),
    ("why", "none", "都没有"),
)


def form(survey: Rows, *, unread: tuple[str, ...] = (), **sheets: Rows) -> Checked:
    """What a workbook with these sheets holds."""
    named = {"survey": survey, **sheets}
    return read_sheets(Workbook(tuple(sheet(name, rows) for name, rows in named.items()), unread), name="ward.xlsx")


def questions(*rows: Iterable[Any], header: Iterable[Any] = HEADER, **sheets: Rows) -> tuple[Question, ...]:
    """The items of a form that must be fine."""
    return whole(form([header, *rows], **sheets)).questions


def whole(checked: Checked) -> Questionnaire:
    assert [(each.link_id, each.feature, each.code) for each in checked.refusals] == []
    assert checked.questionnaire is not None
    return checked.questionnaire


def refusals(*rows: Iterable[Any], header: Iterable[Any] = HEADER, **sheets: Rows) -> list[tuple[str | None, str, str]]:
    """(cell, feature, code) of all that is refused; each has its sentence in both languages."""
    checked = form([header, *rows], **sheets)
    assert checked.questionnaire is None
    assert all(each.reason("zh") != each.reason("en") for each in checked.refusals)
    return [(each.link_id, each.feature, each.code) for each in checked.refusals]


def item(checked: Checked, name: str) -> Question:
    found = find_question(whole(checked), name)
    assert found is not None
    return found


def noted(*words: str) -> dict[str, Any]:
    """What is carried of an item whose author left these notes."""
    url = "http://hl7.org/fhir/StructureDefinition/designNote"
    return {"extension": [{"url": url, "valueMarkdown": each} for each in words]}


def sheet(name: str, rows: Rows) -> Sheet:
    """A sheet as it is read from a file: filled cells only."""
    cells = (
        tuple(_cell(row, column, value) for column, value in enumerate(values, start=1) if value not in (None, ""))
        for row, values in enumerate(rows, start=1)
    )
    return Sheet(name, tuple(row for row in cells if row))


def _cell(row: int, column: int, value: object) -> Cell:
    if isinstance(value, bool):
        return Cell(row, column, TRUTH, str(value).upper())
    return Cell(row, column, NUMBER if isinstance(value, int | float) else TEXT, str(value))
