"""Tables as people's spreadsheets save them: encodings, separators, workbooks, and what is none of them."""

from __future__ import annotations

import io

import openpyxl
import pytest

from consortium.imports import MAXIMUM_BYTES
from consortium.tables_in import decode, read_table

COLUMNS, OPTIONAL = ("unit", "name"), ("note",)
TABLE = 'unit,name,note\njia,人民医院,"a,b"\nyi,二院,\n'
ROWS = [{"unit": "jia", "name": "人民医院", "note": "a,b"}, {"unit": "yi", "name": "二院", "note": ""}]


def read(content: bytes) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    rows, findings = read_table(content, file="list.csv", columns=COLUMNS, optional=OPTIONAL)
    return [dict(row.values) for row in rows], [(finding.key, finding.code) for finding in findings]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_encoding_reads_the_same(encoding: str) -> None:
    assert read(TABLE.encode(encoding)) == (ROWS, [])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_read_as_commas(separator: str) -> None:
    table = f"unit{separator}name{separator}note\njia{separator}人民医院{separator}a,b\nyi{separator}二院{separator}\n"
    assert read(table.encode()) == (ROWS, [])


def test_a_separator_inside_a_table_with_commas_is_text() -> None:
    assert read(b"unit,name\njia,a;b\n")[0] == [{"unit": "jia", "name": "a;b"}]


def test_a_workbook_is_told_by_how_it_begins() -> None:
    book = openpyxl.Workbook()
    for row in (["unit", "name", "note"], ["jia", "人民医院", "a,b"], ["yi", "二院", None]):
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    assert read(written.getvalue()) == (ROWS, [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xff\xff", "table_encoding_unknown"),
        (b"PK\x03\x04 and nothing", "workbook_damaged"),
        (b"x" * (MAXIMUM_BYTES + 1), "table_too_large"),
        (b'unit;name\n"jia;x\n', "column_missing"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, code: str) -> None:
    rows, findings = read(content)
    assert rows == []
    assert findings[0][1] == code


def test_text_that_is_none_is_none() -> None:
    assert decode(b"\xff\xff\xff") is None
    assert decode(b"") == ""
