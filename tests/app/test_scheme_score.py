"""`tongping scheme score`: the document, the lines, and everything that is refused, by line and column."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.app.command_line import CommandLine

ENGLISH = "en_GB.UTF-8"
HEADER = "unit,period,indicator,numerator,denominator,value"


def words(code: str) -> str:
    return f'{{zh = "{code}指", en = "{code}"}}'


def indicator(code: str, *keys: str, dimension: str = "collaboration", party: str = "committee") -> str:
    usual = ['unit = "percent"', 'direction = "up"'] if not any(key.startswith("unit") for key in keys) else []
    return "\n".join(
        [
            f"[indicators.{code}]",
            f"name = {words(code)}",
            f'dimension = "{dimension}"',
            f'party = "{party}"',
            *usual,
            *keys,
        ]
    )


def scheme(*parts: str, tiers: tuple[str, ...] = ("only",), head: str = "", **lines: str) -> str:
    tables = [
        "\n".join([f"[tiers.{tier}]", f"name = {words(tier)}", f"[tiers.{tier}.indicators]",
                   *(f"{code} = {{points = {points}}}" for code, points in lines.items())])
        for tier in tiers
    ]  # fmt: skip
    names = [f"[{kind}.{code}]\nname = {words(code)}" for kind, codes in
             (("dimensions", ("collaboration", "capacity")), ("parties", ("committee", "patients"))) for code in codes]  # fmt: skip
    return "\n".join(["[scheme]", "year = 2026", "version = 3", f"title = {words('S')}", head, *names, *parts, *tables])


TWO = scheme(
    indicator("rate", "target = 15"),
    indicator("stay", 'unit = "days"', 'direction = "down"', "floor = 12", "target = 8", dimension="capacity", party="patients"),
    rate="15", stay="5",
)  # fmt: skip


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def write(shell: CommandLine, name: str, content: str | bytes) -> Path:
    path = shell.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run(shell: CommandLine, document: str, readings: str | bytes, *options: object, units: str | None = None) -> Any:
    words_ = ["scheme", "score", write(shell, "s.toml", document), write(shell, "r.csv", readings), *options]
    if units is not None:
        words_ += ["--units", write(shell, "u.csv", units)]
    return shell.run(*words_)


def scored(shell: CommandLine, document: str, readings: str | bytes, *options: object, units: str | None = None) -> Any:
    ran = run(shell, document, readings, "--json", *options, units=units)
    assert (ran.exit_code, ran.err) == (0, ""), ran
    return ran.document


def refused(
    shell: CommandLine, document: str, readings: str | bytes, *options: object, units: str | None = None
) -> Any:
    """(key, code) of every finding, or the code alone of a refusal without any."""
    ran = run(shell, document, readings, "--json", *options, units=units)
    assert ran.refusal
    error = ran.document["error"]
    found = error["details"].get("findings")
    return error["code"] if found is None else [(each["key"], each["code"]) for each in found]


# --- the document ----------------------------------------------------------------------------------------------------


def test_document_has_exactly_what_is_promised(shell: CommandLine) -> None:
    """13.5 of 15 % and 9 of 12 to 8 days: 13.5 + 3.75 of 20, by hand."""
    assert scored(shell, TWO, rows("甲,2026-10,rate,81,600,", "甲,2026-10,stay,,,9")) == {
        "period": "2026-10",
        "scheme": {"year": 2026, "version": 3, "title": {"zh": "S指", "en": "S"}},
        "units": [
            {
                "unit": "甲", "tier": "only", "total": 86.25, "complete": True,
                "dimensions": {"collaboration": 67.5, "capacity": 18.75},
                "parties": {"committee": 67.5, "patients": 18.75},
                "indicators": [
                    {"code": "rate", "value": 13.5, "share": 0.9, "points": 13.5, "available": 15, "reason": None},
                    {"code": "stay", "value": 9, "share": 0.75, "points": 3.75, "available": 5, "reason": None},
                ],
            }
        ],
    }  # fmt: skip


def test_missing_figure_is_not_zero(shell: CommandLine) -> None:
    (unit,) = scored(shell, TWO, rows("a,2026-10,rate,0,0,", "a,2026-10,stay,,,12"))["units"]
    assert (unit["total"], unit["complete"], unit["dimensions"]) == (0, False, {"collaboration": None, "capacity": 0})
    assert unit["indicators"][0] == {
        "code": "rate", "value": None, "share": None, "points": None, "available": 0, "reason": "zero_denominator",
    }  # fmt: skip
    (unit,) = scored(shell, TWO, rows("a,2026-10,rate,,,15"))["units"]
    assert (unit["total"], unit["indicators"][1]["reason"]) == (100, "not_collected")


def test_every_unit_of_the_table_appears_in_its_order(shell: CommandLine) -> None:
    document = scheme(indicator("rate", "target = 15"), tiers=("primary", "partner"), rate="100")
    found = scored(shell, document, rows("b,2026-10,rate,,,15"), units="tier,unit\npartner,c\nprimary,b\nprimary,a\n")
    assert [(unit["unit"], unit["tier"], unit["total"]) for unit in found["units"]] == [
        ("c", "partner", None), ("b", "primary", 100), ("a", "primary", None),
    ]  # fmt: skip
    assert found["units"][0]["dimensions"] == {"collaboration": None}


def test_figures_of_surveys_and_peers_are_plain_values_here(shell: CommandLine) -> None:
    document = scheme(
        indicator("seen", 'input = "survey"', 'questionnaire = "outpatient"', "target = 100"),
        indicator("peer", 'input = "peer"', "target = 100"), seen="50", peer="50",
    )  # fmt: skip
    (unit,) = scored(shell, document, rows("a,2026-10,seen,,,80", "a,2026-10,peer,,,60"))["units"]
    assert unit["total"] == 70


def test_region_and_median_are_measured_against(shell: CommandLine) -> None:
    document = scheme(
        indicator("cost", 'unit = "yuan"', 'direction = "down"', 'curve = "relative"', 'against = "region"'),
        indicator("rate", 'curve = "relative"', 'against = "tier_median"', "floor = -10"), cost="50", rate="50",
    )  # fmt: skip
    table = rows("*,2026-10,cost,,,300", "a,2026-10,cost,,,300", "b,2026-10,cost,,,300.01", "a,2026-10,rate,,,40",
                 "b,2026-10,rate,,,50")  # fmt: skip
    assert [unit["total"] for unit in scored(shell, document, table)["units"]] == [75, 50]


# --- periods ---------------------------------------------------------------------------------------------------------

MONTHS = rows("a,2026-10,rate,10,10,", "a,2026-11,rate,0,90,", "a,2026-12,rate,5,100,", "a,2026-01,rate,100,100,")


def test_several_periods_are_refused_unless_one_is_chosen(shell: CommandLine) -> None:
    assert refused(shell, TWO, MONTHS) == "score_periods"
    assert scored(shell, TWO, MONTHS, "--period", "2026-11")["units"][0]["total"] == 0
    assert refused(shell, TWO, MONTHS, "--period", "October") == "period_invalid"


def test_quarter_is_pooled_from_its_months(shell: CommandLine) -> None:
    """15 of 200 are 7.5 %, half of the target; the mean of the months would be 35."""
    (unit,) = scored(shell, TWO, MONTHS, "--period", "2026-Q4")["units"]
    assert (unit["indicators"][0]["value"], unit["total"]) == (7.5, 50)
    (year,) = scored(shell, TWO, MONTHS, "--period", "2026")["units"]
    assert year["indicators"][0]["value"] == pytest.approx(100 * 115 / 300)


def test_year_is_the_mean_of_its_months_only_where_the_scheme_says_so(shell: CommandLine) -> None:
    averaged = TWO.replace("version = 3", 'version = 3\nyear_rule = "mean_of_months"')
    (unit,) = scored(shell, averaged, MONTHS, "--period", "2026")["units"]
    assert unit["total"] == pytest.approx((100 + 0 + 100 / 3 + 100) / 4)
    assert (unit["complete"], unit["indicators"][0]["reason"]) == (False, "mean_of_months")


def test_bonus_counts_once_in_a_year_of_months(shell: CommandLine) -> None:
    """60 in each of two months, and 5 in the first: (65 + 60) ÷ 2."""
    document = scheme(
        indicator("rate", "target = 100"), indicator("extra", "bonus = true", "target = 1"), rate="100", extra="5",
        head='year_rule = "mean_of_months"',
    )  # fmt: skip
    table = rows(
        *(f"a,2026-{month},{code},,,{value}" for month in ("03", "04") for code, value in (("rate", 60), ("extra", 1)))
    )
    (unit,) = scored(shell, document, table, "--period", "2026")["units"]
    assert unit["total"] == 62.5
    assert scored(shell, document, table, "--period", "2026-04")["units"][0]["total"] == 65


def test_count_is_for_the_months_of_the_period(shell: CommandLine) -> None:
    document = scheme(indicator("n", 'unit = "visits"', 'direction = "up"', 'curve = "count"', "target = 4"), n="100")
    table = rows("a,2026-10,n,,,4", "a,2026-11,n,,,2", "a,2026-12,n,,,0")
    totals = {
        period: scored(shell, document, table, "--period", period)["units"][0]["total"]
        for period in ("2026-11", "2026-Q4")
    }
    assert totals == {"2026-11": 50, "2026-Q4": 50}


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "places"),
    [
        ("a,2026-10,ghost,,,1", [("indicator", "reading_indicator_unknown")]),
        ("a,2026-13,rate,,,1", [("period", "reading_period_invalid")]),
        ("a,,rate,,,1", [("period", "reading_period_invalid")]),
        (",2026-10,rate,,,1", [("unit", "score_unit_malformed")]),
        ("a,2026-10,rate,3,,", [("denominator", "reading_pair_incomplete")]),
        ("a,2026-10,rate,,3,", [("numerator", "reading_pair_incomplete")]),
        ("a,2026-10,rate,,,", [("value", "reading_value_missing")]),
        ("a,2026-10,rate,1,-2,", [("denominator", "reading_denominator_negative")]),
        ("a,2026-10,rate,81,600,14", [("value", "reading_value_differs")]),
        ("a,2026-10,rate,81,600,13.51", [("value", "reading_value_differs")]),
        ("a,2026-10,rate,0,0,0", [("value", "reading_value_differs")]),
        ("a,2026-10,rate,,,NaN", [("value", "reading_number")]),
        ("a,2026-10,rate,,,1e5", [("value", "reading_number")]),
        ("a,2026-10,rate,,,Infinity", [("value", "reading_number")]),
        ("a,2026-10,rate,,," + "9" * 19, [("value", "reading_number")]),
        ("a,2026-10,rate,x,,", [("numerator", "reading_number"), ("denominator", "reading_pair_incomplete")]),
        ("a,2026-99,ghost,1,x,", [("period", "reading_period_invalid"), ("indicator", "reading_indicator_unknown"),
                                  ("denominator", "reading_number")]),
    ],
)  # fmt: skip
def test_row_is_refused_by_line_and_column(shell: CommandLine, row: str, places: list[tuple[str, str]]) -> None:
    found = refused(shell, TWO, rows("good,2026-10,rate,,,1", row))
    assert found == [(f"line 3, {column}", code) for column, code in places]


def test_value_beside_its_counts_may_be_exact_or_rounded(shell: CommandLine) -> None:
    for value in ("13.5", "13.50", "13.500"):
        assert scored(shell, TWO, rows(f"a,2026-10,rate,81,600,{value}"))["units"][0]["total"] == 90
    thirds = scored(shell, TWO, rows("a,2026-10,rate,1,30,3.33"))["units"][0]["indicators"][0]
    assert thirds["value"] == pytest.approx(10 / 3, abs=1e-15)


def test_faults_of_all_rows_are_told_at_once(shell: CommandLine) -> None:
    found = refused(
        shell, TWO, rows("a,2026-10,rate,,,x", "a,2026-10,rate,,,1", "a,2026-10,rate,,,2", "b,2026-10,zz,,,1")
    )
    assert found == [
        ("line 2, value", "reading_number"), ("line 4, unit", "reading_twice"),
        ("line 5, indicator", "reading_indicator_unknown"),
    ]  # fmt: skip


def test_computed_indicator_takes_no_figures(shell: CommandLine) -> None:
    document = scheme(
        indicator("rate", "target = 15"), indicator("m", 'input = "mean"', 'of = ["rate"]', "target = 15"), m="9"
    )
    assert refused(shell, document, rows("a,2026-10,m,,,1")) == [("line 2, indicator", "score_indicator_computed")]
    assert scored(shell, document, rows("a,2026-10,rate,,,15"))["units"][0]["total"] == 100


def test_units_are_held_against_their_table(shell: CommandLine) -> None:
    units = "unit,tier\na,only\na,only\n*,only\nb,nowhere\n"
    assert refused(shell, TWO, rows("a,2026-10,rate,,,1"), units=units) == [
        ("line 3, unit", "score_unit_twice"), ("line 4, unit", "score_unit_is_region"), ("line 5, tier", "value_unknown"),
    ]  # fmt: skip
    both = refused(shell, TWO, rows("z,2026-10,rate,,,x"), units=units)
    assert both[3:] == [("line 2, unit", "score_unit_unknown"), ("line 2, value", "reading_number")]
    good = "unit,tier\na,only\n"
    assert refused(shell, TWO, rows("b,2026-10,rate,,,1"), units=good) == [("line 2, unit", "score_unit_unknown")]
    assert refused(shell, TWO, rows("a,2026-10,rate,,,1"), units="unit,tier\n") == [
        ("line 2, unit", "score_unit_unknown")
    ]
    assert refused(shell, TWO, rows("a,2026-10,rate,,,1"), units="unit,tier,name\na,only,A\n") == [
        ("name", "column_unknown")
    ]


def test_several_tiers_need_a_table_of_units(shell: CommandLine) -> None:
    document = scheme(indicator("rate", "target = 15"), tiers=("primary", "partner"), rate="100")
    assert refused(shell, document, rows("a,2026-10,rate,,,1")) == "score_units_needed"


def test_columns_and_empty_tables(shell: CommandLine) -> None:
    assert refused(shell, TWO, HEADER.replace("value", "score") + "\n") == [
        ("value", "column_missing"), ("score", "column_unknown"),
    ]  # fmt: skip
    assert refused(shell, TWO, HEADER + "\n") == "score_nothing"
    assert (
        scored(shell, TWO, HEADER + "\n", "--period", "2026-10", units="unit,tier\na,only\n")["units"][0]["total"]
        is None
    )


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("[scheme", [("file", "toml_malformed")]),
        (b"\xff\xfe\x00\x01\xff", [("file", "file_not_utf8")]),
        (TWO.replace("target = 15", "target = 15.0\nweight = 3"), [("indicators.rate.weight", "key_unknown")]),
        (TWO.replace("target = 15", "target = nan"), [("file", "number_unfit")]),
    ],
)
def test_scheme_that_cannot_be_read_is_refused_by_key(
    shell: CommandLine, document: Any, found: list[tuple[str, str]]
) -> None:
    write(shell, "s.toml", document)
    ran = shell.run("scheme", "score", "s.toml", write(shell, "r.csv", rows("a,2026-10,rate,,,1")), "--json")
    assert ran.exit_code == 2
    assert [(each["key"], each["code"]) for each in ran.document["error"]["details"]["findings"]][:1] == found


def test_files_that_are_not_there_are_refused(shell: CommandLine) -> None:
    assert shell.run("scheme", "score", "nowhere.toml", "r.csv", "--json").refusal == "file_unreadable"
    write(shell, "s.toml", TWO)
    assert shell.run("scheme", "score", "s.toml", "nowhere.csv", "--json").refusal == "file_unreadable"


def test_scheme_that_breaks_every_bound_is_scored(shell: CommandLine) -> None:
    assert (
        scored(shell, scheme(indicator("x", "target = 5"), x="0.3"), rows("a,2026-10,x,,,1"))["units"][0]["total"] == 20
    )


# --- other files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_come_as_spreadsheets_save_them(shell: CommandLine, encoding: str, separator: str) -> None:
    table = rows("人民医院,2026-10,rate,81,600,").replace(",", separator).encode(encoding)
    found = scored(shell, TWO, table)
    assert (found["units"][0]["unit"], found["units"][0]["total"]) == ("人民医院", 90)


def test_workbook_is_a_table_too(shell: CommandLine) -> None:
    book = openpyxl.Workbook()
    for line in rows("甲,2026-10,rate,81,600,").splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    content = io.BytesIO()
    book.save(content)
    assert scored(shell, TWO, content.getvalue())["units"][0]["total"] == 90


# --- for people ------------------------------------------------------------------------------------------------------


def test_lines_rank_within_the_tier(shell: CommandLine) -> None:
    table = rows("a,2026-10,rate,,,15", "b,2026-10,rate,,,15", "a,2026-10,stay,,,8", "b,2026-10,stay,,,8", "c,2026-10,rate,,,3",
                 "c,2026-10,stay,,,9")  # fmt: skip
    ran = run(shell, TWO, table, units="unit,tier\nc,only\na,only\nb,only\nd,only\n")
    assert ran.out.splitlines() == [
        "S指（第 3 版），2026-10",
        "only指（only），4 家，按总分排名：",
        "  1  a  100.00 分（collaboration指 75.00，capacity指 25.00）",
        "  1  b  100.00 分（collaboration指 75.00，capacity指 25.00）",
        "  3  c   33.75 分（collaboration指 15.00，capacity指 18.75）",
        "  —  d       — 分（collaboration指 —，capacity指 —）；不完整，缺：rate, stay",
    ]
    shell.environment["LANG"] = ENGLISH
    english = shell.run("scheme", "score", "s.toml", "r.csv", "--units", "u.csv").out.splitlines()
    assert english[:2] == ["S (version 3), 2026-10", "only (only), 4 units by total:"]
    assert english[-1] == "  —  d       — (collaboration —, capacity —); incomplete, missing: rate, stay"


def test_no_installation_is_touched(tmp_path: Path) -> None:
    """No database is opened, nor even the library for one loaded; a misspelt setting disturbs nobody."""
    (tmp_path / "s.toml").write_text(TWO, encoding="utf-8")
    (tmp_path / "r.csv").write_text(rows("a,2026-10,rate,,,15"), encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from app.scheme_score import score;"
        "score(Path('s.toml'), Path('r.csv'), units=None, period=None);"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'sqlalchemy', 'numpy', 'openpyxl', 'fastapi', 'rich'}))"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(root), "TONGPING_NO_SUCH": "x", "LANG": "C"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.stdout, ran.returncode) == ("[]\n", 0), ran
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "s.toml"]
