"""Importing readings: all or nothing, corrections kept, closed months closed."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.indicators import Figure, ImportReport, history, import_readings, readings_of, region_readings
from evaluation.models import Reading, ReadingStratum
from evaluation.reading_digests import DIGESTED, reading_digest
from evaluation.reading_words import fault_place
from storage.audit import AuditRow
from tests.consortium.workbooks import xlsx
from tests.evaluation.cast import CHEN, IN_OCTOBER, JIA_READINGS, OCTOBER, Season, csv

HOUR = timedelta(hours=1)
ROW = "jia,2026-10,down_referral,81,600,"


def stored(session: Session) -> list[tuple[str, str, str, Fraction | None]]:
    rows = session.scalars(select(Reading).order_by(Reading.scope, Reading.period, Reading.indicator))
    return [(row.scope, row.period, row.indicator, row.value) for row in rows]


def audited(session: Session) -> list[tuple[str, str, dict[str, object]]]:
    actions = ("import_readings", "correct_reading")
    rows = session.scalars(select(AuditRow).where(AuditRow.action.in_(actions)).order_by(AuditRow.id))
    return [(row.actor, row.subject, row.details) for row in rows]


def test_import_readings_keeps_counts_and_value(season: Season) -> None:
    assert season.is_set_up().reads(ROW) == ImportReport(rows=1, added=1, corrected=0)
    reading = season.session.scalars(select(Reading)).one()
    assert (reading.numerator, reading.denominator, reading.value) == (81, 600, Fraction("13.5"))
    assert (reading.unit_code, reading.origin, reading.recorded_by, reading.recorded_at) == (
        "jia", "imported", CHEN, IN_OCTOBER,
    )  # fmt: skip
    assert audited(season.session) == [(CHEN, "readings", {"rows": 1, "added": 1, "corrected": 0})]


def test_import_readings_takes_nothing_of_a_file_with_one_bad_row(season: Season) -> None:
    season.is_set_up()
    findings = season.reads(*JIA_READINGS, "jia,2026-10,nothing,,,1", "ghost,2026-10,down_referral,1,2,")
    assert isinstance(findings, list)
    assert [(finding.file, finding.key, finding.code) for finding in findings] == [
        ("readings.csv", "line 11, indicator", "reading_indicator_unknown"),
        ("readings.csv", "line 12, unit", "reading_unit_unknown"),
    ]
    assert stored(season.session) == []
    assert audited(season.session) == []


def test_import_readings_again_changes_nothing(season: Season) -> None:
    season.is_set_up().reads(*JIA_READINGS)
    assert season.reads(*JIA_READINGS) == ImportReport(rows=9, added=0, corrected=0, unchanged=9)
    assert len(stored(season.session)) == 9
    assert len(audited(season.session)) == 1


def test_correction_replaces_the_figures_and_keeps_the_old_ones_in_the_audit(season: Season) -> None:
    season.is_set_up().reads(*JIA_READINGS)
    report = season.reads("jia,2026-10,down_referral,80,600,", "yi,2026-10,joint_projects,,,2")
    assert report == ImportReport(rows=2, added=1, corrected=1)
    assert ("jia", "2026-10", "down_referral", Fraction(40, 3)) in stored(season.session)
    assert audited(season.session)[1:] == [
        (
            CHEN,
            "jia/2026-10/down_referral",
            {
                "before": {"numerator": "81", "denominator": "600", "value": "27/2"},
                "after": {"numerator": "80", "denominator": "600", "value": "40/3"},
            },
        ),
        (CHEN, "readings", {"rows": 2, "added": 1, "corrected": 1}),
    ]


def test_same_rate_from_other_counts_is_a_correction(season: Season) -> None:
    season.is_set_up().reads(ROW)
    assert season.reads("jia,2026-10,down_referral,27,200,") == ImportReport(rows=1, added=0, corrected=1)
    assert season.reads("jia,2026-10,down_referral,,,13.5") == ImportReport(rows=1, added=0, corrected=1)


def test_figure_may_turn_out_to_be_missing(season: Season) -> None:
    season.is_set_up().reads(ROW)
    assert season.reads("jia,2026-10,down_referral,0,0,") == ImportReport(rows=1, added=0, corrected=1)
    assert stored(season.session) == [("jia", "2026-10", "down_referral", None)]


def test_settled_month_takes_nothing_of_the_region_and_nothing_unknown(season: Season) -> None:
    """Rule 46: what is late is not slipped in (`test_late_readings` tells where it counts)."""
    season.is_set_up().reads(ROW)
    season.settles()
    findings = season.reads("*,2026-10,history_referral,,,9", "jia,2026-10,peer_score,,,9")
    assert isinstance(findings, list)
    assert [(finding.key, finding.code) for finding in findings] == [
        ("line 2, period", "reading_period_settled"),
        ("line 3, indicator", "reading_not_from_tables"),
    ]
    assert season.reads(ROW) == ImportReport(rows=1, added=0, corrected=0, unchanged=1)
    assert season.reads("jia,2026-11,down_referral,99,600,") == ImportReport(rows=1, added=1, corrected=0)


def test_years_before_the_first_scheme_hold_history_only(season: Season) -> None:
    """Rules 64 and 73: 65 → 92 %, below 8 → above 15 %, of the consortium as a whole."""
    season.is_set_up()
    report = season.reads(
        "*,2018,history_satisfaction,,,65", "*,2021,history_satisfaction,,,92", "*,2018,history_referral,,,8",
        "jia,2021,history_satisfaction,90,100,",
    )  # fmt: skip
    assert report == ImportReport(rows=4, added=4, corrected=0)
    assert history(season.session, "history_satisfaction") == [
        Figure(Period(2018), None, None, None, Fraction(65)),
        Figure(Period(2021), None, None, None, Fraction(92)),
        Figure(Period(2021), "jia", Fraction(90), Fraction(100), Fraction(90)),
    ]
    assert season.reads("*,2018,history_satisfaction,,,64") == ImportReport(rows=1, added=0, corrected=1)


def test_history_never_reaches_a_score(season: Season) -> None:
    season.is_set_up().reads("*,2026-10,history_satisfaction,,,65", "jia,2026-10,history_satisfaction,,,65", ROW)
    assert list(readings_of(season.session, OCTOBER)) == ["jia"]
    season.settles()
    lines = {line.indicator for line in season.session.scalars(select(Reading))}
    assert lines == {"history_satisfaction", "down_referral"}


def test_year_after_the_last_scheme_is_refused(season: Season) -> None:
    findings = season.is_set_up().reads("jia,2027-01,down_referral,1,2,")
    assert isinstance(findings, list)
    assert findings[0].code == "reading_scheme_missing"


def test_unit_that_left_takes_no_reading(season: Season) -> None:
    from consortium.models import Unit

    season.is_set_up()
    season.session.get_one(Unit, "jia").active = False
    season.session.flush()
    findings = season.reads(ROW)
    assert isinstance(findings, list)
    assert findings[0].code == "reading_unit_unknown"


@pytest.mark.parametrize(
    ("content", "key", "code"),
    [
        (b"", "unit", "column_missing"),
        (csv(), "file", "readings_empty"),
        (b"unit,period,indicator,numerator,denominator,value,note\n", "note", "column_unknown"),
        (csv("jia,2026-10,down_referral,81"), "line 2", "row_ragged"),
        ("单位".encode("gb18030"), "unit", "column_missing"),
        (b"\xff\xff\xff", "line 1", "table_not_utf8"),
        (csv("jia,2026-10,down\0referral,1,2,"), "line 2", "table_odd_character"),
    ],
)
def test_file_that_is_no_table_of_readings_is_refused(season: Season, content: bytes, key: str, code: str) -> None:
    season.is_set_up()
    findings = import_readings(season.session, content=content, file="r.csv", actor=CHEN, now=IN_OCTOBER)
    assert isinstance(findings, list)
    assert (findings[0].key, findings[0].code) == (key, code)


def test_table_may_carry_a_byte_order_mark_and_columns_in_any_order(season: Season) -> None:
    season.is_set_up()
    content = "value,denominator,numerator,indicator,period,unit\n,600,81,down_referral,2026-10,jia\n"
    report = import_readings(
        season.session, content=content.encode("utf-8-sig"), file="r.csv", actor=CHEN, now=IN_OCTOBER
    )
    assert report == ImportReport(rows=1, added=1, corrected=0)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-be"])
def test_table_may_be_in_any_encoding_that_spreadsheets_save(season: Season, encoding: str) -> None:
    season.is_set_up()
    content = csv(ROW + ",组一").decode().replace("value\n", "value,stratum\n").encode(encoding)
    report = import_readings(season.session, content=content, file="r.csv", actor=CHEN, now=IN_OCTOBER)
    assert report == ImportReport(rows=1, added=1, corrected=0)
    assert season.session.scalars(select(ReadingStratum.stratum)).all() == ["组一"]


def test_workbook_is_read_and_its_faults_are_named_by_sheet_row_and_column(season: Season) -> None:
    season.is_set_up()
    lines = [line.split(",") for line in csv(ROW, "nowhere,2026-10,down_referral,1,2,").decode().splitlines()]
    findings = import_readings(season.session, content=xlsx(十月=lines), file="r.xlsx", actor=CHEN, now=IN_OCTOBER)
    assert isinstance(findings, list)
    assert [(finding.key, finding.code) for finding in findings] == [("十月, line 3, unit", "reading_unit_unknown")]
    assert [fault_place(finding, "zh") for finding in findings] == ["工作表“十月”第 3 行 unit"]
    report = import_readings(season.session, content=xlsx(十月=lines[:2]), file="r.xlsx", actor=CHEN, now=IN_OCTOBER)
    assert report == ImportReport(rows=1, added=1, corrected=0)


def test_month_that_a_spreadsheet_made_a_date_of_is_that_month(season: Season) -> None:
    season.is_set_up()
    head = csv().decode().split(",")
    cells = ["jia", date(2026, 10, 1), "down_referral", 81, 600, None]
    report = import_readings(season.session, content=xlsx(a=[head, cells]), file="r.xlsx", actor=CHEN, now=IN_OCTOBER)
    assert report == ImportReport(rows=1, added=1, corrected=0)
    assert stored(season.session) == [("jia", "2026-10", "down_referral", Fraction("13.5"))]
    findings = season.reads("jia,2026-10-01,down_referral,81,600,")
    assert isinstance(findings, list)
    assert findings[0].code == "reading_period_invalid"


def test_strata_are_kept_with_the_reading_and_go_with_a_correction(season: Season) -> None:
    """Rule 119."""
    season.is_set_up()
    head = "unit,period,indicator,numerator,denominator,value,stratum\n"
    parts = "jia,2026-10,down_referral,50,400,,a\njia,2026-10,down_referral,31,200,,b\n"
    total = "jia,2026-10,down_referral,81,600,13.5,\n"

    def take(table: str) -> object:
        return import_readings(
            season.session, content=(head + table).encode(), file="r.csv", actor=CHEN, now=IN_OCTOBER
        )

    def kept() -> list[tuple[str, Fraction | None, Fraction | None]]:
        rows = season.session.scalars(select(ReadingStratum).order_by(ReadingStratum.stratum))
        return [(row.stratum, row.numerator, row.denominator) for row in rows]

    assert take(parts + total) == ImportReport(rows=3, added=1, corrected=0)
    assert kept() == [("a", Fraction(50), Fraction(400)), ("b", Fraction(31), Fraction(200))]
    assert take(total) == ImportReport(rows=1, added=0, corrected=0, unchanged=1)
    assert take(parts.replace("50,400", "51,400").replace("31,200", "30,200")) == ImportReport(2, 0, 1)
    assert kept()[0] == ("a", Fraction(51), Fraction(400))
    assert take(total.replace("81", "80").replace("13.5", "")) == ImportReport(1, 0, 1)
    assert kept() == []


def test_every_write_seals_the_reading(season: Season) -> None:
    season.is_set_up().reads(ROW)
    reading = season.session.scalars(select(Reading)).one()
    first = reading.digest
    assert first == reading_digest({name: getattr(reading, name) for name in DIGESTED})
    season.reads("jia,2026-10,down_referral,80,600,", now=IN_OCTOBER + HOUR)
    season.session.refresh(reading)
    assert (reading.corrected_by, reading.corrected_at, reading.recorded_at) == (CHEN, IN_OCTOBER + HOUR, IN_OCTOBER)
    assert first != reading.digest == reading_digest({name: getattr(reading, name) for name in DIGESTED})


def test_region_is_read_apart_and_only_where_it_means_something(season: Season) -> None:
    season.is_set_up()
    assert season.reads("*,2026-10,history_referral,,,9") == ImportReport(rows=1, added=1, corrected=0)
    assert {code: row.value for code, row in region_readings(season.session, OCTOBER).items()} == {
        "history_referral": 9
    }
    assert readings_of(season.session, OCTOBER) == {}


def test_span_takes_readings_of_its_own(season: Season) -> None:
    season.is_set_up()
    assert season.reads("jia,2026-Q4,down_referral,81,600,", "jia,2026,down_referral,1,4,") == ImportReport(2, 2, 0)
    assert readings_of(season.session, Period.parse("2026-Q4"))["jia"]["down_referral"].value == Fraction("13.5")


def test_large_file_is_one_import(season: Season) -> None:
    season.is_set_up()
    rows = [
        f"{unit},2026-{month:02d},{code},{number},1000,"
        for unit in ("jia", "yi", "ding", "bing", "wu")
        for month in range(1, 13)
        for number, code in enumerate(("down_referral", "readmission", "first_visit", "complications"))
    ]
    assert season.reads(*rows) == ImportReport(rows=240, added=240, corrected=0)


def test_database_refuses_a_second_reading_of_the_same_thing(season: Season) -> None:
    season.is_set_up().reads(ROW)
    twin = Reading(scope="jia", unit_code="jia", period="2026-10", indicator="down_referral", value=Fraction(1),
                   origin="imported", recorded_at=IN_OCTOBER, recorded_by=CHEN)  # fmt: skip
    season.session.add(twin)
    with pytest.raises(IntegrityError):
        season.session.flush()
