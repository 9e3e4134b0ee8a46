"""Files of other audiences: what is hidden on the page is hidden there, and no cell becomes a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from fractions import Fraction

import openpyxl
import pytest

from consortium.periods import Period
from consortium.tables_out import write_csv, write_workbook
from surveys.audiences.groups import unit_groups
from surveys.audiences.models import ThirdPartyResult
from surveys.audiences.tables import GROUPS_HEADER, groups_sheet, third_party_sheet
from surveys.audiences.third_party import of_window
from surveys.questionnaires import apply_questionnaire
from surveys.results import ROLLING, Window, window_of
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.audiences.test_third_party import table, take
from tests.surveys.cast import JIA, NOW, YI, parsed

OCTOBER = Period(2026, 10)


def exported(session, marks):
    apply_questionnaire(session, document=BLIND, now=NOW)
    for group, given in marks.items():
        numbers = [f"{group}{place}" for place in range(len(given))]
        invite_staff(session, *numbers, group=group, now=NOW)
        for number, mark in zip(numbers, given, strict=True):
            answer(session, number, mark)
    found = unit_groups(session, unit_code=JIA, questionnaire_id="small", period=OCTOBER, is_closed=True)
    return groups_sheet([(found, parsed(BLIND))], unit_code=JIA, definition="linear-0-100", language="zh")


def by_group(sheet, measure="score"):
    rows = [dict(zip(GROUPS_HEADER, row, strict=True)) for row in sheet.rows]
    return {row["group"]: row for row in rows if row["measure"] == measure}


def test_hidden_groups_have_empty_cells_and_a_note(ready):
    rows = by_group(exported(ready, {"外科": "5555", "内科": "11111", "检验科": "3333333"}))
    assert {name: (row["score"], row["n"]) for name, row in rows.items()} == {
        "全单位": (rows["全单位"]["score"], 16), "外科": (None, None), "内科": (None, None), "检验科": (Decimal("50.00"), 7),
    }  # fmt: skip
    assert rows["外科"]["note"] == "人数太少，不显示"
    assert rows["检验科"]["low"] < 50 < rows["检验科"]["high"]
    assert (rows["检验科"]["unit"], rows["检验科"]["month"], rows["检验科"]["questionnaire"]) == (
        JIA,
        "2026-10",
        "small",
    )


def test_a_survey_without_answers_has_no_row(ready):
    assert exported(ready, {}).rows == []


@pytest.mark.parametrize("group", ["=1+1", "+外科", "@SUM(A1)", "-2", "＝1"])
def test_no_group_becomes_a_formula(ready, group):
    sheet = exported(ready, {group: "55555"})
    book = openpyxl.load_workbook(io.BytesIO(write_workbook([sheet])))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    rows = list(csv.reader(io.StringIO(write_csv(sheet.header, sheet.rows).decode("utf-8-sig"), newline="")))
    assert f"'{group}" in {row[3] for row in rows}


def result(**more):
    values = {
        "unit_code": JIA, "period": "2026-10", "source": "=省卫健委", "definition": "~满意率", "score": Fraction("92.5"),
        "n": 400, "low": None, "high": None, "import_id": "t",
    }  # fmt: skip
    return ThirdPartyResult(**(values | more))


def test_results_of_third_parties_leave_as_they_came_and_small_ones_hidden():
    found = [result(), result(n=4, low=Fraction(1), high=Fraction(99))]
    sheet = third_party_sheet(found, units={JIA: {"zh": "人民医院"}}, language="zh")
    assert list(sheet.rows) == [
        [JIA, "人民医院", "2026-10", "=省卫健委", "~满意率", Decimal("92.5"), None, None, 400],
        [JIA, "人民医院", "2026-10", "=省卫健委", "~满意率", None, None, None, 4],
    ]
    assert "'=省卫健委" in write_csv(sheet.header, sheet.rows).decode()


def test_a_window_holds_the_periods_in_it_and_no_others(ready):
    periods_of_all = ("2026-10", "2026-Q4", "2026", "2026-09", "2025")
    take(ready, table(*(f"jia,{period},省卫健委,topbox,92,400" for period in periods_of_all)))
    closed = (Period(2026, 9), OCTOBER)

    def periods(window):
        return sorted({each.period for each in of_window(ready, window)})

    assert periods(window_of("2026-10", closed)) == ["2026-10"]
    assert periods(window_of("2026-Q4", closed)) == ["2026-10", "2026-Q4"]
    assert periods(window_of("2026", closed)) == ["2026", "2026-09", "2026-10", "2026-Q4"]
    assert periods(Window(ROLLING, closed)) == ["2026-09", "2026-10"]
    assert of_window(ready, window_of("2026-10", closed), unit_code=YI) == []
