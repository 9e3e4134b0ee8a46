"""Workbooks that are none, and hostile ones: refused in a sentence, soon and within bounds."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date
from unittest.mock import Mock
from xml.etree import ElementTree as ET
from xml.parsers import expat

import pytest

from consortium import workbook_program
from consortium.confined import Limits
from consortium.sheets import Extent, read_workbook
from consortium.workbook_program import read as take_apart
from locales.errors import explain
from tests.consortium.workbooks import FIRST_SHEET, repacked, with_rows, with_sheet, xlsx


def refused(content: bytes, **options) -> tuple[str, str]:
    """(where, code) of the one finding; its sentence exists in both languages."""
    workbook, findings = read_workbook(content, file="list.xlsx", **options)
    assert workbook is None
    [finding] = findings
    assert explain("zh", finding) != explain("en", finding)
    return finding.key, finding.code


# --- what is no workbook of ours -----------------------------------------------------------------------------------

FINE = xlsx(survey=[["type"]])


def renamed_archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


def encrypted(content: bytes) -> bytes:
    """With the flag that says so in every entry of the list."""
    marked = bytearray(content)
    place = marked.find(b"PK\x01\x02")
    while place >= 0:
        marked[place + 8] |= 1
        place = marked.find(b"PK\x01\x02", place + 4)
    return bytes(marked)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "workbook_expected", id="empty"),
        pytest.param(b"unit,visit\n", "workbook_expected", id="csv"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "workbook_old_or_locked", id="xls or a password"),
        pytest.param(encrypted(FINE), "workbook_encrypted", id="encrypted members"),
        pytest.param(repacked(FINE, changed={"xl/vbaProject.bin": b"x"}), "workbook_macros", id="macros"),
        pytest.param(
            repacked(FINE, changed={"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "workbook_other_format",
            id="OpenDocument",
        ),
        pytest.param(renamed_archive("word/document.xml"), "workbook_other_format", id="Word"),
        pytest.param(renamed_archive("a.txt"), "workbook_other_format", id="any archive"),
        pytest.param(
            repacked(FINE, changed={"xl/workbook.xml": b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'}),
            "workbook_other_format",
            id="strict",
        ),
        pytest.param(FINE[:200], "workbook_damaged", id="cut off"),
        pytest.param(FINE[:-30] + bytes(30), "workbook_damaged", id="end overwritten"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 40, "workbook_damaged", id="only the beginning of an archive"),
        pytest.param(repacked(FINE, without=["xl/workbook.xml"]), "workbook_damaged", id="no workbook"),
        pytest.param(repacked(FINE, changed={"xl/workbook.xml": b"<a"}), "workbook_damaged", id="broken XML"),
        pytest.param(with_rows(b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), "workbook_damaged", id="a text that is not there"),
        pytest.param(with_rows(b'<row r="1"><c r="A1"><v>twelve</v></c></row>'), "workbook_damaged", id="a number that is none"),
        pytest.param(
            with_rows(b'<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>'),
            "workbook_damaged",
            id="rows out of order",
        ),
        pytest.param(
            with_rows(b'<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'), "workbook_damaged", id="a cell twice"
        ),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_in_a_sentence(content, code):
    assert refused(content) == ("file", code)


# --- hostile ones --------------------------------------------------------------------------------------------------


def zeros(megabytes: int) -> bytes:
    """A sheet of so many megabytes of noughts: a small archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FINE)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != FIRST_SHEET:
                new.writestr(name, old.read(name))
        with new.open(FIRST_SHEET, "w") as member:
            for _ in range(megabytes):
                member.write(bytes(1024 * 1024))
    return file.getvalue()


def with_entities(declared: bytes) -> bytes:
    return with_sheet(
        b'<?xml version="1.0"?><!DOCTYPE w [' + declared + b"]>"
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>&z;</t></is></c></row></sheetData></worksheet>'
    )


def test_an_archive_that_unpacks_to_much_is_refused_before_it_is_unpacked():
    assert refused(zeros(60)) == ("file", "workbook_unpacks_too_large")


def test_an_archive_of_very_many_members_is_refused_before_they_are_listed():
    assert refused(renamed_archive(*map(str, range(20_000)))) == ("file", "workbook_unpacks_too_large")


def test_an_archive_that_hides_how_many_members_it_has_is_refused():
    content = bytearray(renamed_archive(*map(str, range(1500))))
    end = content.rfind(b"PK\x05\x06")
    content[end + 8 : end + 12] = b"\x01\x00\x01\x00"
    assert refused(bytes(content)) == ("file", "workbook_unpacks_too_large")


@pytest.mark.parametrize(
    "declared",
    [
        b'<!ENTITY a "aaaaaaaaaa"><!ENTITY z "' + b"&a;" * 100 + b'">',
        b'<!ENTITY z SYSTEM "file:///etc/passwd">',
        b'<!ENTITY z "harmless">',
    ],
)
def test_a_sheet_that_declares_entities_is_refused(declared):
    assert refused(with_entities(declared)) == ("file", "workbook_damaged")


def test_too_many_rows_columns_or_cells_are_refused():
    small = Extent(rows=3, columns=3, cells=5)
    assert refused(xlsx(a=[["x"]] * 4), extent=small) == ("file", "sheet_too_large")
    assert refused(xlsx(a=[["x"] * 4]), extent=small) == ("file", "sheet_too_large")
    assert refused(xlsx(a=[["x"] * 3] * 2), extent=small) == ("file", "sheet_too_large")
    assert refused(xlsx(a=[["x"]] * 2, b=[["x"]] * 2), extent=small) == ("file", "sheet_too_large")
    assert read_workbook(xlsx(a=[["x"] * 2] * 2), file="f", extent=small)[1] == []


def test_a_cell_of_a_hundred_thousand_letters_is_refused_by_address():
    assert refused(with_rows(b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"a" * 100_000 + b"</t></is></c></row>")) == (
        "survey!A1", "cell_too_long",
    )  # fmt: skip


def test_a_file_beyond_the_limit_is_refused_unopened():
    assert refused(FINE + bytes(100), extent=Extent(bytes=len(FINE))) == ("file", "file_too_large")


def test_what_takes_too_long_is_given_up():
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row) for row in range(1, 60_000))
    slow = Extent(rows=10**6, cells=10**6, limits=Limits(seconds=0.3))
    assert refused(with_rows(rows), extent=slow) == ("file", "workbook_too_slow")


def test_what_takes_too_much_memory_is_given_up():
    deep = with_rows(b"<a>" * 5_000_000)
    assert refused(deep, extent=Extent(limits=Limits(seconds=5.0, megabytes=128))) == (
        "file",
        "workbook_needs_too_much",
    )


@pytest.mark.parametrize("kind", [expat.ExpatError, ET.ParseError])
def test_a_parser_that_says_it_lacks_memory_is_believed(monkeypatch, kind):
    """Newer versions of expat limit their own memory and call it an error like any other."""
    lacking, damaged = kind("out of memory"), kind("not well-formed")
    lacking.code, damaged.code = 1, 4
    monkeypatch.setattr(workbook_program, "_take_apart", Mock(side_effect=lacking))
    with pytest.raises(MemoryError):
        take_apart(FINE, ["100", "100", "100", "null"])
    monkeypatch.setattr(workbook_program, "_take_apart", Mock(side_effect=damaged))
    assert take_apart(FINE, ["100", "100", "100", "null"])["fault"]["code"] == "workbook_damaged"


def test_damage_anywhere_never_raises():
    """Bytes turned over at random in an archive that is stored plainly, so that the damage reaches the XML."""
    file = io.BytesIO()
    fine = xlsx(survey=[["type", 1.5, True], ["text", "a", date(2026, 3, 1)]])
    with zipfile.ZipFile(io.BytesIO(fine)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    content, chance = file.getvalue(), random.Random(3)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        found = take_apart(bytes(damaged), ["100", "100", "100", "null"])
        assert set(found) in ({"fault"}, {"sheets", "unread"})
