"""Tables of figures, read apart: short plain ones at once, all others in a process with limits; never an exception."""

from __future__ import annotations

import io
import zipfile

import pytest

from consortium import tables_confined
from consortium.imports import Row
from consortium.tables_confined import SHORT, read_table_confined
from locales.errors import explain
from tests.consortium.workbooks import xlsx

COLUMNS, OPTIONAL = ("unit", "value"), ("stratum",)
PLAIN = "unit,value\njia,1\n"


def read(content: bytes) -> tuple[list[tuple[int, dict[str, str], str]], list[tuple[str, str]]]:
    rows, findings = read_table_confined(content, file="t", columns=COLUMNS, optional=OPTIONAL)
    for finding in findings:
        assert all("{" not in explain(language, finding) for language in ("zh", "en"))
    return [(row.line, row.values, row.sheet) for row in rows], [(each.key, each.code) for each in findings]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(), PLAIN.encode("utf-8-sig"), PLAIN.encode("utf-16"), PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(), PLAIN.encode() + b"\n" * SHORT,
    ],
    ids=["utf-8", "bom", "utf-16", "semicolons", "tabs", "long"],
)  # fmt: skip
def test_the_same_table_reads_alike_however_it_was_saved(content: bytes) -> None:
    assert read(content) == ([(2, {"unit": "jia", "value": "1"}, "")], [])


def test_gb18030_and_the_optional_column_come_through() -> None:
    content = "unit,value,stratum\n甲,1,呼吸科\n".encode("gb18030")
    assert read(content) == ([(2, {"unit": "甲", "value": "1", "stratum": "呼吸科"}, "")], [])


def test_workbook_says_its_sheet() -> None:
    assert read(xlsx(甲=[["unit", "value"], ["jia", 1.5]])) == ([(2, {"unit": "jia", "value": "1.5"}, "甲")], [])


def test_short_plain_tables_take_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_confined, "read_confined", lambda *_args, **_more: pytest.fail("a process"))
    assert read(PLAIN.encode())[1] == []


def nulls(size: int) -> bytes:
    """A workbook whose sheet unpacks to so many bytes of nothing."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * size)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff" * 3, b"PK\x03\x04" + b"\0" * 400, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 9000,
        b'unit,value\n"never ends', b"unit,value\njia,1\0\n", bytes(range(256)) * 40, "=cmd()\n".encode("utf-16"),
        xlsx(a=[["unit", "value"], ["jia", "=1+1"]]), nulls(60_000_000),
    ],
    ids=["empty", "odd", "no archive", "old", "quote", "nul", "bytes", "formula", "cell formula", "bomb"],
)  # fmt: skip
def test_hostile_tables_are_findings_and_nothing_is_taken(content: bytes) -> None:
    rows, findings = read(content)
    assert rows == []
    assert findings


def test_too_large_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_confined, "MAXIMUM_BYTES", 10)
    assert read(PLAIN.encode())[1] == [("file", "table_too_large")]


def test_program_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for failed in tables_confined._SAID:
        monkeypatch.setattr(tables_confined, "read_confined", lambda *_args, failed=failed, **_more: (None, failed))
        assert [key for key, _ in read(PLAIN.encode("utf-16"))[1]] == ["file"]


def test_place_of_a_row_names_the_sheet() -> None:
    assert Row(3, {}, "甲").place("value") == "甲, line 3, value"
    assert Row(3, {}).place("value") == "line 3, value"
