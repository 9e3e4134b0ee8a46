"""Files that go back: no formula can fire, and nothing else is changed."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from surveys.fielding.link_files import CSV, LINK_COLUMNS, XLSX, file_name, harmless, link_row, write_file
from surveys.fielding.list_links import LinkRow
from surveys.fielding.visit_lists import ListedVisit
from tests.surveys.cast import LEFT, NOW

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


def test_a_row_of_the_list_that_comes_back_is_on_the_consortiums_clock_with_its_link():
    visit = ListedVisit(2, "=V1", "outpatient", LEFT, "zh", None, "new", "i1")
    shanghai = ZoneInfo("Asia/Shanghai")
    link = LinkRow(visit, "T1", NOW, NOW + timedelta(days=1))
    row = link_row(link, address=lambda ticket: f"https://h.example/s/{ticket}", zone=shanghai, language="zh")
    local = [f"{moment.astimezone(shanghai):%Y-%m-%d %H:%M}" for moment in (LEFT, NOW, NOW + timedelta(days=1))]
    assert dict(zip(LINK_COLUMNS, row, strict=True)) == {
        "visit": "=V1", "kind": "outpatient", "discharged_at": local[0], "language": "zh",
        "link": "https://h.example/s/T1", "status": "新邀请", "send_from": local[1], "send_until": local[2],
    }  # fmt: skip
    nobody = link_row(LinkRow(visit, None, None, None), address=str, zone=shanghai, language="en")
    assert (nobody[4], nobody[6:]) == ("", ("", ""))
    assert "'=V1" in write_file(CSV, LINK_COLUMNS, [row]).decode("utf-8-sig")


def test_the_file_is_named_after_its_unit_and_day():
    assert file_name("jia", XLSX, now=NOW, zone=ZoneInfo("Asia/Shanghai")) == (
        f"links-jia-{NOW.astimezone(ZoneInfo('Asia/Shanghai')):%Y%m%d}.xlsx"
    )
