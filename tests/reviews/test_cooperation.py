from __future__ import annotations

import pytest
from sqlalchemy import select, update

from consortium.models import Unit
from consortium.periods import Period
from locales.errors import Finding
from reviews.cooperation import ImportReport, cooperating_pairs
from reviews.models import Cooperation
from storage.audit import AuditRow
from tests.reviews.season import CHEN, OCTOBER, assert_told, cooperation_csv

HEADER = "unit_a,unit_b,kind,count,period"
FILE = "协作.csv"


def table(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def on_record(session) -> list[tuple[str, str, str, str, int]]:
    rows = session.execute(
        select(Cooperation.period, Cooperation.unit_a, Cooperation.unit_b, Cooperation.kind, Cooperation.count)
    )
    return sorted(tuple(row) for row in rows)


def faults(outcome: ImportReport | list[Finding]) -> list[tuple[str, str]]:
    assert isinstance(outcome, list)
    for finding in outcome:
        assert_told(finding)
    return [(finding.key, finding.code) for finding in outcome]


def test_import_puts_every_pair_in_the_order_of_codes(season, session):
    report = season.is_set_up().imports(table("yi,jia,转诊,12,2026-10", "bing,yi,联合门诊,1,2026-10"))
    assert report == ImportReport(rows=2, periods=("2026-10",))
    assert on_record(session) == [("2026-10", "bing", "yi", "联合门诊", 1), ("2026-10", "jia", "yi", "转诊", 12)]


def test_import_orders_codes_with_hyphens_as_python_does_on_both_databases(season, session):
    season.is_set_up({"a-c": "甲", "ab": "乙", "A": "丙"})
    assert season.imports(table("ab,a-c,x,1,2026-10", "ab,A,x,1,2026-10")) == ImportReport(2, ("2026-10",))
    assert on_record(session) == [("2026-10", "A", "ab", "x", 1), ("2026-10", "a-c", "ab", "x", 1)]


def test_import_takes_a_byte_order_mark_other_column_order_and_spaces(season, session):
    content = "\ufeffperiod,count,kind,unit_b,unit_a\r\n2026-10, 3 ,转诊, yi ,jia\r\n"
    assert season.is_set_up().imports(content.encode()) == ImportReport(1, ("2026-10",))
    assert on_record(session) == [("2026-10", "jia", "yi", "转诊", 3)]


def test_import_keeps_several_kinds_and_months_apart(season, session):
    report = season.is_set_up().imports(
        table("jia,yi,转诊,1,2026-10", "jia,yi,会诊,2,2026-10", "jia,yi,转诊,3,2026-11")
    )
    assert report == ImportReport(rows=3, periods=("2026-10", "2026-11"))
    assert [row[3:] for row in on_record(session)] == [("会诊", 2), ("转诊", 1), ("转诊", 3)]


def test_import_before_the_round_replaces_the_whole_month_and_no_other(season, session):
    season.is_set_up().imports(table("jia,yi,转诊,1,2026-10", "jia,bing,转诊,1,2026-10", "jia,yi,转诊,9,2026-11"))
    season.imports(table("yi,bing,转诊,4,2026-10"))
    assert on_record(session) == [("2026-10", "bing", "yi", "转诊", 4), ("2026-11", "jia", "yi", "转诊", 9)]


WRONG_ROWS = [
    ("jia,nobody,转诊,1,2026-10", "line 2, unit_b", "cooperation_unit_unknown"),
    ("JIA,yi,转诊,1,2026-10", "line 2, unit_a", "cooperation_unit_unknown"),
    (",yi,转诊,1,2026-10", "line 2, unit_a", "cooperation_unit_unknown"),
    ("jia,jia,转诊,1,2026-10", "line 2, unit_b", "cooperation_self"),
    ("jia,yi,,1,2026-10", "line 2, kind", "cooperation_kind"),
    (f"jia,yi,{'长' * 41},1,2026-10", "line 2, kind", "cooperation_kind"),
    ("jia,yi,转\u202e诊,1,2026-10", "line 2, kind", "cooperation_kind"),
    ('jia,yi,"转\n诊",1,2026-10', "line 2, kind", "cooperation_kind"),
    *(
        (f"jia,yi,转诊,{count},2026-10", "line 2, count", "cooperation_count")
        for count in ("", "0", "000", "-1", "+1", "1.5", "1.0", "1e3", "NaN", "Infinity", "一", "１", "1000000000")
    ),
    *(
        (f"jia,yi,转诊,1,{period}", "line 2, period", "cooperation_period")
        for period in ("", "2026", "2026-Q4", "2026-13", "2026-1", "October", "2026-10-01", "２０２６-10")
    ),
    ("jia,yi,转诊,1", "line 2", "row_ragged"),
    ("jia,yi,转诊,1,2026-10,x", "line 2", "row_ragged"),
]


def test_import_names_line_and_column_of_a_wrong_cell(season, session):
    season.is_set_up()
    for row, key, code in WRONG_ROWS:
        outcome = season.imports(table(row, "jia,bing,转诊,1,2026-10"), file=FILE)
        assert (row, faults(outcome), outcome[0].file) == (row, [(key, code)], FILE)
    assert on_record(session) == []


def test_import_names_every_fault_at_once_and_takes_nothing(season, session):
    outcome = season.is_set_up().imports(
        table("jia,yi,转诊,1,2026-10", "x,y,,0,soon", "jia,yi", "yi,jia,转诊,2,2026-10")
    )
    assert sorted(faults(outcome)) == [
        ("line 3, count", "cooperation_count"),
        ("line 3, kind", "cooperation_kind"),
        ("line 3, period", "cooperation_period"),
        ("line 3, unit_a", "cooperation_unit_unknown"),
        ("line 3, unit_b", "cooperation_unit_unknown"),
        ("line 4", "row_ragged"),
        ("line 5", "cooperation_twice"),
    ]
    assert on_record(session) == []
    assert session.scalars(select(AuditRow)).all() == []


def test_import_refuses_the_same_pair_kind_and_month_in_either_order(season):
    outcome = season.is_set_up().imports(table("jia,yi,转诊,1,2026-10", "yi,jia,转诊,1,2026-10"))
    assert faults(outcome) == [("line 3", "cooperation_twice")]
    assert outcome[0].details == {"first": 2}


def test_import_does_not_repeat_a_long_hostile_cell_in_full(season):
    (finding,) = season.is_set_up().imports(table(f"jia,{'<script>' * 100},转诊,1,2026-10"))
    assert len(str(finding.details["value"])) == 40


def test_import_of_a_table_without_rows_or_with_wrong_columns_is_refused(season):
    season.is_set_up()
    assert faults(season.imports(table())) == [("file", "cooperation_empty")]
    assert faults(season.imports(b"unit_a,unit_b,kind,count\njia,yi,x,1\n")) == [("period", "column_missing")]
    assert faults(season.imports(HEADER.encode() + b",note\njia,yi,x,1,2026-10,\n")) == [("note", "column_unknown")]
    assert faults(season.imports(b"\xff\xfe")) == [("line 1", "table_not_utf8")]


def test_import_does_not_know_a_unit_that_has_left(season, session):
    season.is_set_up()
    session.execute(update(Unit).where(Unit.code == "yi").values(active=False))
    assert faults(season.imports(table("jia,yi,转诊,1,2026-10"))) == [("line 2, unit_b", "cooperation_unit_unknown")]


def test_import_writes_one_audit_row_without_names_of_units(season, session):
    season.is_set_up().imports(table("jia,yi,转诊,1,2026-10", "jia,yi,转诊,1,2026-11"))
    (row,) = session.scalars(select(AuditRow)).all()
    assert (row.actor, row.action, row.subject) == (CHEN, "import_cooperation", "cooperation")
    assert row.details == {"rows": 2, "periods": ["2026-10", "2026-11"]}


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (["jia,yi,转诊,2,2026-10", "jia,bing,转诊,1,2026-10"], 2),
        (["jia,yi,转诊,1,2026-10", "jia,bing,会诊,1,2026-10"], 3),
        (["jia,yi,转诊,1,2026-10"], 2),
        (["jia,yi,转诊,1,2026-10", "jia,bing,转诊,1,2026-10", "yi,bing,转诊,1,2026-10"], 4),
        (["jia,yi,转诊,1,2026-11", "yi,bing,转诊,1,2026-10"], 3),
    ],
)
def test_import_cannot_change_a_month_whose_round_has_opened(season, session, rows, line):
    season.is_set_up().imports(table("jia,yi,转诊,1,2026-10", "jia,bing,转诊,1,2026-10"))
    season.opens()
    before = on_record(session)
    assert faults(season.imports(table(*rows))) == [(f"line {line}, period", "cooperation_round_opened")]
    assert on_record(session) == before


def test_import_of_a_growing_file_passes_over_what_stands_already(season, session):
    first = table("jia,yi,转诊,1,2026-10")
    season.is_set_up().imports(first)
    season.opens()
    assert season.imports(first) == ImportReport(rows=1, periods=())
    assert season.imports(first + b"\nyi,bing,\xe8\xbd\xac\xe8\xaf\x8a,2,2026-11") == ImportReport(2, ("2026-11",))
    assert on_record(session) == [("2026-10", "jia", "yi", "转诊", 1), ("2026-11", "bing", "yi", "转诊", 2)]
    assert [row.action for row in session.scalars(select(AuditRow).order_by(AuditRow.id))] == [
        "import_cooperation",
        "open_round",
        "import_cooperation",
    ]


def test_import_stays_refused_after_the_round_is_closed_and_counted(season):
    season.is_open()
    changed = cooperation_csv(("jia", "yi"))
    season.closes()
    assert faults(season.imports(changed)) == [("line 2, period", "cooperation_round_opened")]
    season.counts()
    assert faults(season.imports(changed)) == [("line 2, period", "cooperation_round_opened")]


def test_cooperating_pairs_name_a_pair_once_and_leave_out_who_has_left(season, session):
    season.is_set_up().imports(
        table("yi,jia,转诊,1,2026-10", "jia,yi,会诊,1,2026-10", "jia,bing,转诊,1,2026-10", "bing,yi,转诊,1,2026-11")
    )
    assert cooperating_pairs(session, OCTOBER) == [("bing", "jia"), ("jia", "yi")]
    session.execute(update(Unit).where(Unit.code == "bing").values(active=False))
    session.expire_all()
    assert cooperating_pairs(session, OCTOBER) == [("jia", "yi")]
    assert cooperating_pairs(session, Period(2026, month=11)) == []
