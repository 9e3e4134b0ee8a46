"""Lists as spreadsheets save them: every usual encoding and separator, every fault by row and column, hostile bytes."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from locales.errors import explain
from surveys.fielding.visit_files import MOST_ROWS, VisitRow, read_moment, read_visits
from tests.surveys.hostile import HOSTILE

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "visit,kind,discharged_at,language"
TABLE = f"{HEADER}\n门诊-001,outpatient,2026-03-01 14:30,zh\nV2,outpatient,2026-03-02,en\n"
AFTERNOON = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
LATE = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)


def read(content: bytes | str):
    return read_visits(content.encode() if isinstance(content, str) else content, file="list.csv", zone=SHANGHAI)


def faults(content: bytes | str) -> list[tuple[str, str]]:
    _, findings = read(content)
    for finding in findings:
        assert explain("zh", finding)
        assert explain("en", finding)
    return [(finding.key, finding.code) for finding in findings]


def workbook(*rows: list[object], more: dict[str, list[list[object]]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for name, others in (more or {}).items():
        other = book.create_sheet(name)
        for row in others:
            other.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_usual_encoding_separator_and_line_end_is_understood(encoding, separator, line_end):
    content = TABLE.replace(",", separator).replace("\n", line_end).encode(encoding)
    assert read(content) == (
        [
            VisitRow(2, "门诊-001", "outpatient", AFTERNOON, "zh", None),
            VisitRow(3, "V2", "outpatient", LATE, "en", None),
        ],
        [],
    )


def test_columns_in_any_order_with_persons_and_empty_lines():
    content = (
        "person,language,visit,discharged_at,kind\n,ZH,V1,2026-03-01,Outpatient\n\n4711,en,V2,2026-03-01,inpatient\n"
    )
    rows, findings = read(content)
    assert findings == []
    assert [(row.line, row.visit, row.kind, row.language, row.person) for row in rows] == [
        (2, "V1", "outpatient", "zh", None),
        (4, "V2", "inpatient", "en", "4711"),
    ]


def test_a_workbook_with_dates_as_dates_times_as_times_and_numbers_as_visits():
    content = workbook(
        HEADER.split(","),
        [20260001, "outpatient", AFTERNOON.astimezone(SHANGHAI).replace(tzinfo=None), "zh"],
        ["V2", "outpatient", date(2026, 3, 2), "en"],
        ["V3", "outpatient", "2026-03-02", "en"],
    )
    rows, findings = read(content)
    assert findings == []
    assert [(row.visit, row.discharged_at) for row in rows] == [
        ("20260001", AFTERNOON),
        ("V2", LATE),
        ("V3", LATE),
    ]


MOMENTS = [
    ("2026-03-01T14:30:00+08:00", AFTERNOON),
    ("2026-03-01T06:30:00Z", AFTERNOON),
    ("2026-03-01t06:30:00.123z", AFTERNOON.replace(microsecond=123000)),
    ("2026-03-01 14:30", AFTERNOON),
    ("2026-03-01 14:30:00", AFTERNOON),
    ("2026-03-01T14:30:00", AFTERNOON),
    ("2026/3/1 14:30", AFTERNOON),
    ("2026/3/1 9:05", datetime(2026, 3, 1, 1, 5, tzinfo=UTC)),
    ("2026.03.01 14:30", AFTERNOON),
    ("2026-03-02", LATE),
    ("2026/3/2", LATE),
    ("2026-02-29", None),
    ("2026-13-01", None),
    ("2026-03-01 24:00", None),
    ("2026-03-01 14:60", None),
    ("2026-03-01T14:30", AFTERNOON),
    ("01/03/2026", None),
    ("1.3.2026", None),
    ("20260301", None),
    ("46082", None),
    ("yesterday", None),
    ("", None),
    ("0001-01-01", None),
    ("9999-12-31T23:59:59Z", None),
    ("1999-12-31", None),
    ("２０２６-03-01", None),
    ("2026-03-01T14:30:00+99:00", None),
]


@pytest.mark.parametrize(("written", "expected"), MOMENTS)
def test_moments(written, expected):
    assert read_moment(written, SHANGHAI) == expected


ROWS = [
    (",outpatient,2026-03-01,zh", [("line 2, visit", "cell_empty")]),
    ("V1,,2026-03-01,zh", [("line 2, kind", "cell_empty")]),
    ("V1,outpatient,,zh", [("line 2, discharged_at", "cell_empty")]),
    ("V1,outpatient,2026-03-01,", [("line 2, language", "cell_empty")]),
    ("V1,outpatient,last week,zh", [("line 2, discharged_at", "discharge_unreadable")]),
    ("V1,门诊,2026-03-01,zh", [("line 2, kind", "kind_malformed")]),
    ("V1,outpatient,2026-03-01,fr", [("line 2, language", "invitation_language")]),
    ("V1,门诊,soon,中文", [
        ("line 2, discharged_at", "discharge_unreadable"), ("line 2, kind", "kind_malformed"),
        ("line 2, language", "invitation_language"),
    ]),
    ("V1,outpatient,2026-03-01", [("line 2", "row_ragged")]),
]  # fmt: skip


@pytest.mark.parametrize(("row", "expected"), ROWS)
def test_every_fault_of_a_row_is_named_by_its_place(row, expected):
    assert faults(f"{HEADER}\n{row}\n") == expected


def test_all_bad_rows_are_named_and_the_others_read():
    content = f"{HEADER}\nV1,outpatient,2026-03-01,zh\nV2,outpatient,soon,zh\nV3,outpatient,2026-03-01,xx\n"
    assert [row.visit for row in read(content)[0]] == ["V1"]
    assert faults(content) == [
        ("line 3, discharged_at", "discharge_unreadable"),
        ("line 4, language", "invitation_language"),
    ]


def test_a_person_that_is_too_long_is_named_and_not_repeated():
    rows, findings = read(f"{HEADER},person\nV1,outpatient,2026-03-01,zh,{'9' * 129}\n")
    assert rows == []
    assert [(each.key, each.code, dict(each.details)) for each in findings] == [
        ("line 2, person", "person_too_long", {"limit": 128})
    ]


FILES = [
    ("", [("visit", "column_missing"), ("kind", "column_missing"), ("discharged_at", "column_missing"),
          ("language", "column_missing")]),
    (HEADER, [("file", "visits_missing")]),
    (f"{HEADER},phone\nV1,outpatient,2026-03-01,zh,138\n", [("phone", "column_unknown")]),
    (f"{HEADER},visit\n", [("visit", "column_twice")]),
    (f'{HEADER}\n"V1,outpatient,2026-03-01,zh\n', [("line ?", "table_malformed")]),
    (f"{HEADER}\n".encode() + b"V\x001,outpatient,2026-03-01,zh\n", None),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, [("file", "workbook_old_or_locked")]),
    (b"PK\x03\x04 not a zip", None),
    (b"\xff\xfe\x00\xd8", [("file", "table_encoding_unknown")]),
    (bytes(range(256)), None),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), FILES, ids=range(len(FILES)))
def test_files_that_are_no_list_are_refused_in_a_sentence(content, expected):
    found = faults(content)
    assert found
    if expected is not None:
        assert found == expected


def test_a_list_that_is_too_long_is_refused_whole():
    content = HEADER + "".join(f"\nV{n},outpatient,2026-03-01,zh" for n in range(MOST_ROWS + 1))
    assert faults(content) == [("file", "visits_too_many")]
    rows, findings = read(content.rpartition("\n")[0])
    assert (len(rows), findings) == (MOST_ROWS, [])


def test_many_faults_are_named_up_to_a_limit():
    content = HEADER + "".join(f"\nV{n},outpatient,soon,zh" for n in range(1000))
    assert len(faults(content)) == 200


def test_workbooks_with_formulas_or_a_second_sheet_are_refused():
    row = ["V1", "outpatient", "2026-03-01", "zh"]
    assert faults(workbook(HEADER.split(","), ["=1+1", *row[1:]]))[0][1] == "cell_formula"
    assert faults(workbook(HEADER.split(","), row, more={"other": [["x"]]})) == [("other", "sheet_one_too_many")]


def test_hostile_cells_are_refused_or_read_and_never_raise():
    for each in HOSTILE:
        quoted = '"' + each.replace('"', '""') + '"'
        try:
            content = f"{HEADER}\n{quoted},outpatient,2026-03-01,zh\n".encode()
        except UnicodeEncodeError:
            continue
        rows, findings = read(content)
        assert bool(rows) != bool(findings)
