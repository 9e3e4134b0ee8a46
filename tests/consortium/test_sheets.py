"""Workbooks from elsewhere: cells as text with addresses, and lists that stand alone in one."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from consortium.imports import Row
from consortium.sheets import Cell, Sheet, column_letters, read_sheet, read_workbook
from locales.errors import Finding, explain
from tests.consortium.workbooks import with_rows, with_sheet, xlsx


def cells(content: bytes) -> list[tuple[str, str, str]]:
    """(address, kind, text) of every cell of a workbook that must be fine."""
    workbook, findings = read_workbook(content, file="list.xlsx")
    assert findings == []
    assert workbook is not None
    return [
        (sheet.address(cell.row, cell.column), cell.kind, cell.text)
        for sheet in workbook.sheets
        for row in sheet.rows
        for cell in row
    ]


def refused(content: bytes, **options) -> tuple[str, str]:
    """(where, code) of the one finding; its sentence exists in both languages."""
    workbook, findings = read_workbook(content, file="list.xlsx", **options)
    assert workbook is None
    [finding] = findings
    assert explain("zh", finding) != explain("en", finding)
    return finding.key, finding.code


# --- what is read --------------------------------------------------------------------------------------------------


def test_text_is_trimmed_and_composed():
    assert cells(xlsx(a=[["  满意 ", "e\u0301"]])) == [("a!A1", "text", "满意"), ("a!B1", "text", "é")]


def test_whole_numbers_have_no_point_however_they_are_stored():
    assert cells(xlsx(a=[[3, 3.0, -7]])) == [("a!A1", "number", "3"), ("a!B1", "number", "3"), ("a!C1", "number", "-7")]


def test_other_numbers_are_the_shortest_digits_that_mean_them():
    assert [text for _, _, text in cells(xlsx(a=[[0.1, 2.5, 1e-7, 123456.789]]))] == [
        "0.1", "2.5", "0.0000001", "123456.789",
    ]  # fmt: skip


def test_truth_values_are_words():
    assert cells(xlsx(a=[[True, False]])) == [("a!A1", "truth", "TRUE"), ("a!B1", "truth", "FALSE")]


def test_days_and_times_are_iso():
    row = [date(2026, 3, 1), datetime(2026, 3, 1, 10, 30), time(8, 30)]  # noqa: DTZ001 - a sheet knows no zones
    assert cells(xlsx(a=[row])) == [
        ("a!A1", "moment", "2026-03-01"),
        ("a!B1", "moment", "2026-03-01T10:30:00"),
        ("a!C1", "moment", "08:30:00"),
    ]


def test_blank_cells_and_rows_are_passed_over_and_addresses_stay():
    assert cells(xlsx(a=[[None, " "], [], ["", None, "x"]])) == [("a!C3", "text", "x")]


def test_a_wrong_dimension_hides_nothing():
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="40"><c r="F40"><v>2</v></c></row>'
    xml = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1"/><sheetData>' + rows + b"</sheetData></worksheet>"
    )
    assert [address for address, _, _ in cells(with_sheet(xml))] == ["survey!A1", "survey!F40"]


def test_a_lone_row_at_the_end_of_the_sheet_is_harmless():
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576" ht="12"/>'
    assert cells(with_rows(rows)) == [("survey!A1", "number", "1")]


def test_texts_within_cells_and_rich_texts_are_read():
    rows = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>one</t></is></c>'
        b'<c r="B1" t="inlineStr"><is><r><t>t</t></r><r><t>wo</t></r></is></c></row>'
    )
    assert [text for _, _, text in cells(with_rows(rows))] == ["one", "two"]


def test_only_the_sheets_asked_for_are_looked_into():
    content = xlsx(Survey=[["a"]], Notes=[["=1+1"]])
    workbook, findings = read_workbook(content, file="f", only=["survey"])
    assert findings == []
    assert workbook.sheets == (Sheet("Survey", ((Cell(1, 1, "text", "a"),),)),)
    assert workbook.unread == ("Notes",)


@pytest.mark.parametrize(
    ("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA"), (16384, "XFD")]
)
def test_columns_have_letters(column, letters):
    assert column_letters(column) == letters


# --- what is refused by address ------------------------------------------------------------------------------------


def test_a_formula_is_refused_where_it_stands_and_never_computed():
    assert refused(xlsx(a=[["x"], [None, "=1+1"]])) == ("a!B2", "cell_formula")


def test_a_formula_is_refused_though_its_last_result_is_stored():
    assert refused(with_rows(b'<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>')) == ("survey!A1", "cell_formula")


def test_a_shared_formula_that_is_nonsense_is_a_formula_too():
    rows = b'<row r="1"><c r="A1"><f t="shared" si="0">((((</f></c><c r="B1"><f t="shared" si="0"/></c></row>'
    _, findings = read_workbook(with_rows(rows), file="f")
    assert [(finding.key, finding.code) for finding in findings] == [
        ("survey!A1", "cell_formula"),
        ("survey!B1", "cell_formula"),
    ]


def test_an_error_value_is_refused_where_it_stands():
    assert refused(with_rows(b'<row r="1"><c r="A1" t="e"><v>#DIV/0!</v></c></row>')) == ("survey!A1", "cell_error")


def test_a_number_without_end_is_an_error():
    assert refused(with_rows(b'<row r="1"><c r="A1"><v>1e999</v></c></row>')) == ("survey!A1", "cell_error")


# --- lists ---------------------------------------------------------------------------------------------------------


def test_a_list_is_read_like_a_csv():
    content = xlsx(visits=[["visit", "kind", "language"], ["v1", "outpatient", "zh"], [], ["v2", "inpatient"]])
    assert read_sheet(content, file="v.xlsx", columns=("visit", "kind"), optional=("language",)) == (
        [
            Row(2, {"visit": "v1", "kind": "outpatient", "language": "zh"}),
            Row(4, {"visit": "v2", "kind": "inpatient", "language": ""}),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("header", "findings"),
    [
        (["visit"], [("kind", "column_missing")]),
        (["visit", "kind", "phone"], [("phone", "column_unknown")]),
        (["visit", "kind", "visit"], [("visit", "column_twice")]),
        ([], [("visit", "column_missing"), ("kind", "column_missing")]),
    ],
)
def test_a_list_with_other_columns_is_refused_by_name(header, findings):
    rows, found = read_sheet(xlsx(visits=[header]), file="v.xlsx", columns=("visit", "kind"))
    assert rows == []
    assert [(finding.key, finding.code) for finding in found] == findings


def test_a_cell_beside_the_list_is_refused_by_address():
    content = xlsx(visits=[["visit"], ["v1", None, "a note"]])
    assert read_sheet(content, file="v.xlsx", columns=("visit",)) == (
        [],
        [Finding("v.xlsx", "visits!C2", "cell_without_column")],
    )


def test_a_second_sheet_that_holds_something_is_refused_not_left_out():
    content = xlsx(visits=[["visit"], ["v1"]], more=[["visit"], ["v2"]])
    assert read_sheet(content, file="v.xlsx", columns=("visit",)) == (
        [],
        [Finding("v.xlsx", "more", "sheet_one_too_many", {"first": "visits"})],
    )


def test_empty_sheets_beside_the_list_are_harmless():
    content = xlsx(Sheet1=[["visit"], ["v1"]], Sheet2=[], Sheet3=[])
    assert read_sheet(content, file="v.xlsx", columns=("visit",)) == ([Row(2, {"visit": "v1"})], [])
