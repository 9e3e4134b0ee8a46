"""Files that go back: no formula can fire, and nothing else is changed."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from surveys.fielding.link_files import CSV, XLSX, harmless, write_file

HEADER = ("visit", "link")
PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://x")',
]
PLAIN = ["V1", "门诊-001", "a=b", "1", "", " =1", "'=1", 'say "x"', "a,b", "a;b", "https://h.example/s/x", "\u202e"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_could_be_a_formula_gets_an_apostrophe(payload):
    assert harmless(payload) == "'" + payload


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_stays(text):
    assert harmless(text) == text


def test_a_csv_opens_as_utf8_and_gives_back_what_was_written():
    content = write_file(CSV, HEADER, [(text, "x") for text in PLAIN])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [list(HEADER), *([text, "x"] for text in PLAIN)]


def test_a_workbook_holds_text_only():
    values = [text for text in (*PAYLOADS, *PLAIN) if not set(text) & set("\r")]
    book = openpyxl.load_workbook(io.BytesIO(write_file(XLSX, HEADER, [(text, "x") for text in values])))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert [cell.value or "" for cell in cells] == values
    assert [cell.value for cell in book.active[1]] == list(HEADER)
    assert book.active.freeze_panes == "A2"
