"""Rows of readings: what a good one says, and every bad one by line, column and reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from consortium.imports import read_csv
from evaluation.elements import Curve
from evaluation.readings import COLUMNS, OPTIONAL, Definitions, Entry, Known, named_periods, read_entries, takes_region
from locales.errors import Finding
from tests.evaluation.cast import assert_told, csv, example, parsed

SCHEME = parsed(example())
NOW = Definitions(SCHEME, is_before_first=False)
BEFORE = Definitions(SCHEME, is_before_first=True)
KNOWN = Known(
    units=frozenset({"jia", "yi"}),
    periods=dict.fromkeys(("2026-09", "2026-10", "2026-Q3", "2026-Q4", "2026"), NOW)
    | dict.fromkeys(("2018", "2018-10"), BEFORE),
    settled=frozenset({"2026-09", "2026-Q3"}),
)


def read(*rows: str) -> tuple[list[Entry], list[Finding]]:
    table, findings = read_csv(csv(*rows), file="r.csv", columns=COLUMNS)
    assert findings == []
    return read_entries(table, file="r.csv", known=KNOWN)


def good(row: str) -> Entry:
    entries, findings = read(row)
    assert findings == []
    return entries[0]


def found(*rows: str) -> list[tuple[str, str]]:
    _, findings = read(*rows)
    for finding in findings:
        assert finding.file == "r.csv"
        assert_told(finding)
    return [(finding.key, finding.code) for finding in findings]


def test_before_the_first_scheme_any_reading_may_be_that_of_the_whole() -> None:
    """What later months are held against; a unit's own year has nothing to stand in."""
    for row in ("*,2018,down_referral,1,2,", "*,2018-10,down_referral,,,35"):
        assert good(row).scope == "*"
    assert found("*,2018,peer_score,,,80") == [("line 2, indicator", "reading_not_from_tables")]
    assert found("*,2018,down_referral,1,,") == [("line 2, denominator", "reading_pair_incomplete")]


def test_row_with_counts_is_a_rate() -> None:
    assert good("jia,2026-10,down_referral,81,600,") == Entry(
        2, "jia", "2026-10", "down_referral", Fraction(81), Fraction(600), Fraction("13.5")
    )


def test_row_with_a_value_has_no_counts() -> None:
    assert good("jia,2026-10,expert_sessions,,,12.5") == Entry(
        2, "jia", "2026-10", "expert_sessions", None, None, Fraction("12.5")
    )


def test_row_over_nothing_is_known_to_be_missing() -> None:
    """Rule 5."""
    entry = good("jia,2026-10,down_referral,0,0,")
    assert (entry.numerator, entry.denominator, entry.value) == (0, 0, None)


def test_counts_of_what_is_no_percentage_are_not_times_a_hundred() -> None:
    assert good("jia,2026-10,average_stay,90,12,").value == Fraction("7.5")


@pytest.mark.parametrize("value", ["25", "25.0", "25.000000000000"])
def test_value_that_agrees_with_its_counts_is_taken(value: str) -> None:
    assert good(f"jia,2026-10,down_referral,1,4,{value}").value == 25


@pytest.mark.parametrize("value", ["33.33", "33.333", "33.333333333333"])
def test_value_may_be_its_counts_rounded(value: str) -> None:
    assert good(f"jia,2026-10,down_referral,1,3,{value}").value == Fraction(100, 3)


@pytest.mark.parametrize("value", ["33", "33.3", "33.34", "33.32", "33.3334", "0.3333", "-33.33", "34"])
def test_value_that_differs_from_its_counts_is_refused(value: str) -> None:
    assert found(f"jia,2026-10,down_referral,1,3,{value}") == [("line 2, value", "reading_value_differs")]


def test_value_beside_an_empty_denominator_is_refused() -> None:
    assert found("jia,2026-10,down_referral,0,0,0") == [("line 2, value", "reading_value_differs")]


@pytest.mark.parametrize("value", ["-3", "-0.5", "0"])
def test_value_may_be_negative(value: str) -> None:
    assert good(f"jia,2026-10,average_stay,,,{value}").value == Fraction(value)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("bing,2026-10,down_referral,1,2,", "unit", "reading_unit_unknown"),
        (",2026-10,down_referral,1,2,", "unit", "reading_unit_unknown"),
        ("JIA,2026-10,down_referral,1,2,", "unit", "reading_unit_unknown"),
        ("*,2026-10,down_referral,1,2,", "unit", "reading_not_for_whole"),
        ("jia,2026-13,down_referral,1,2,", "period", "reading_period_invalid"),
        ("jia,October,down_referral,1,2,", "period", "reading_period_invalid"),
        ("jia,2027-01,down_referral,1,2,", "period", "reading_scheme_missing"),
        ("jia,2026-Q3,down_referral,1,2,", "period", "reading_period_settled"),
        ("*,2026-09,history_referral,,,9", "period", "reading_period_settled"),
        ("jia,2026-10,up_referral,1,2,", "indicator", "reading_indicator_unknown"),
        ("jia,2026-10,peer_score,,,80", "indicator", "reading_not_from_tables"),
        ("jia,2026-10,outpatient_satisfaction,,,80", "indicator", "reading_not_from_tables"),
        ("jia,2018-10,down_referral,1,2,", "indicator", "reading_before_first_scheme"),
        ("jia,2026-10,down_referral,1,,", "denominator", "reading_pair_incomplete"),
        ("jia,2026-10,down_referral,,2,", "numerator", "reading_pair_incomplete"),
        ("jia,2026-10,down_referral,,2,50", "numerator", "reading_pair_incomplete"),
        ("jia,2026-10,down_referral,1,-2,", "denominator", "reading_denominator_negative"),
        ("jia,2026-10,down_referral,,,", "value", "reading_value_missing"),
        ("jia,2026-10,down_referral,1,2,51", "value", "reading_value_differs"),
    ],
)
def test_bad_row_is_named_by_line_and_column(row: str, column: str, code: str) -> None:
    assert found("yi,2026-10,down_referral,1,2,", row) == [(f"line 3, {column}", code)]


@pytest.mark.parametrize(
    "written",
    ["NaN", "nan", "inf", "Infinity", "-Infinity", "1e999", "1E3", "1_000", "1,5", "９", "0x10", "1/3", ".5", "5.",
     "1" * 19, "0." + "1" * 13, "=1+1", "十二", "--1", "1 2"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["numerator", "denominator", "value"])
def test_number_that_is_not_plain_is_refused(column: str, written: str) -> None:
    cells = {"numerator": "", "denominator": "", "value": ""}
    cells |= {"numerator": "1", "denominator": "2"} if column != "value" else {}
    cells[column] = f'"{written}"'
    row = ",".join(["jia", "2026-10", "down_referral", *cells.values()])
    assert (f"line 2, {column}", "reading_number") in found(row)


def test_every_fault_of_a_row_is_told_at_once() -> None:
    assert found("bing,2026-10,nothing,x,-1,y") == [
        ("line 2, indicator", "reading_indicator_unknown"),
        ("line 2, unit", "reading_unit_unknown"),
        ("line 2, numerator", "reading_number"),
        ("line 2, denominator", "reading_denominator_negative"),
        ("line 2, value", "reading_number"),
    ]


def test_row_that_stands_twice_names_the_first() -> None:
    row = "jia,2026-10,down_referral,1,2,"
    _, findings = read(row, "yi,2026-10,down_referral,1,2,", row, row)
    assert [(finding.key, finding.code, finding.details["first"]) for finding in findings] == [
        ("line 4, unit", "reading_twice", 2),
        ("line 5, unit", "reading_twice", 2),
    ]


@pytest.mark.parametrize("period", ["2018", "2018-10", "2026", "2026-Q4", "2026-10"])
@pytest.mark.parametrize("unit", ["*", "jia"])
def test_watched_indicator_takes_years_of_history_and_the_whole_consortium(unit: str, period: str) -> None:
    """Rules 64 and 73: figures of their own definition, of any length of period."""
    entry = good(f"{unit},{period},history_satisfaction,,,65")
    assert (entry.scope, entry.period, entry.value) == (unit, period, 65)


def parts(*rows: str) -> tuple[list[Entry], list[tuple[str, str]]]:
    content = "\n".join(["unit,period,indicator,numerator,denominator,value,stratum", *rows]).encode()
    table, findings = read_csv(content, file="r.csv", columns=COLUMNS, optional=OPTIONAL)
    assert findings == []
    entries, findings = read_entries(table, file="r.csv", known=KNOWN)
    for finding in findings:
        assert_told(finding)
    return entries, [(finding.key, finding.code) for finding in findings]


RATE, COUNT, SCORE = "jia,2026-10,down_referral", "jia,2026-10,joint_projects", "jia,2026-10,teaching_satisfaction"


def test_strata_add_up_to_one_figure() -> None:
    """Rule 119: pooled, not the mean of the parts."""
    entries, findings = parts(f"{RATE},1,4,25,a", f"{RATE},2,2,,b", f"{RATE},0,0,,c")
    assert findings == []
    [entry] = entries
    assert (entry.numerator, entry.denominator, entry.value, len(entry.strata)) == (3, 6, 50, 3)


def test_strata_of_what_is_counted_add_up_without_counts() -> None:
    entries, findings = parts(f"{COUNT},,,2,a", f"{COUNT},,,3,b", f"{COUNT},,,5,")
    assert (findings, [entry.value for entry in entries]) == ([], [5])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((f"{RATE},1,4,,a", f"{RATE},1,4,,a"), ("line 3, stratum", "reading_twice")),
        ((f"{RATE},1,4,,a", f"{RATE},,,25,b"), ("line 2, stratum", "reading_strata_mixed")),
        ((f"{SCORE},,,80,a", f"{SCORE},,,90,b"), ("line 2, stratum", "reading_strata_without_counts")),
        ((f"{RATE},1,4,,a", f"{RATE},2,8,,"), ("line 3, unit", "reading_strata_differ")),
        ((f"{RATE},1,4,,a", f"{RATE},,,26,"), ("line 3, unit", "reading_strata_differ")),
        ((f"{RATE},1,4,,{'x' * 41}",), ("line 2, stratum", "reading_stratum_malformed")),
    ],
)
def test_strata_that_do_not_add_up_are_refused(rows: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert parts(*rows)[1] == [expected]


def test_region_is_taken_for_what_is_measured_against_it() -> None:
    measured = replace(SCHEME.indicators["down_referral"], curve=Curve("relative", against="region"))
    scheme = replace(SCHEME, indicators={**SCHEME.indicators, "down_referral": measured})
    assert takes_region(scheme, scheme.indicators["down_referral"])
    assert not takes_region(SCHEME, SCHEME.indicators["down_referral"])
    assert takes_region(SCHEME, SCHEME.indicators["history_referral"])


def test_message_quotes_only_the_head_of_a_long_cell() -> None:
    _, findings = read(f"{'x' * 5000},2026-10,down_referral,1,2,")
    assert findings[0].details["value"] == "x" * 40


def test_named_periods_pass_over_what_cannot_be_read() -> None:
    table, _ = read_csv(csv("a,2026-10,b,,,", "a,2018,b,,,", "a,soon,b,,,"), file="r.csv", columns=COLUMNS)
    assert {str(period) for period in named_periods(table)} == {"2026-10", "2018"}
