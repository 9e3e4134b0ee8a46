"""An attacker who may see everything a unit may see reads every page and every file, and works out what they can.

What is secret: the figures of fewer than five people, and who of them said what. Everybody else's answers are told
apart by their marks, so that a mean gives a single person away at once.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from fractions import Fraction

import openpyxl
import pytest

from surveys.questionnaires import apply_questionnaire
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.results_cast import patients_answer
from tests.web.cast import LONG_AGO, NOW, signed_in

IN_OCTOBER = LONG_AGO + timedelta(days=10)
MARKS = {"外科": "1111", "内科": "55555", "检验科": "3333333", "药剂科": "44444444"}
SECRET = "只有我这样写"
FIELDS = {"period": "2026-10", "definition": "linear-0-100", "stream": "visit", "questionnaire": "small"}


@pytest.fixture
def asked(town):
    with town.database.transaction() as session:
        apply_questionnaire(session, document=BLIND, now=LONG_AGO)
        for group, marks in MARKS.items():
            numbers = [f"{group}{place}" for place in range(len(marks))]
            invite_staff(session, *numbers, group=group, now=IN_OCTOBER)
            for number, mark in zip(numbers, marks, strict=True):
                said = f"{SECRET} {number}" if group == "外科" else None
                answer(session, number, mark, comment=said, now=IN_OCTOBER)
        patients_answer(session, 3, 9)
        patients_answer(session, 8, 10)
    return town


def files(browser, *, unit: str | None = "jia"):
    """Every file there is, by its name."""
    path = f"/units/{unit}/results/export" if unit else "/surveys/results/export"
    token = browser.opens(f"/units/{unit or 'jia'}/results").every("input", name="csrf")[0]["value"]
    found = {}
    for table, form in (("figures", "csv"), ("answers", "csv"), ("responses", "ndjson"), ("codebook", "csv"),
                        ("third_party", "csv")):  # fmt: skip
        for questionnaire in ("small", "outpatient"):
            for period in ("2026-09", "2026-10", "2026-Q3", "2026-Q4", "2026", "rolling"):
                sent = FIELDS | {"table": table, "form": form, "questionnaire": questionnaire, "period": period}
                got = browser.post(path, {"csrf": token, **sent})
                found[table, questionnaire, period] = (got.status_code, got.content.decode("utf-8-sig"))
    return found


def rows(content: str):
    return list(csv.DictReader(io.StringIO(content, newline="")))


@pytest.mark.parametrize("person", ["li", "chen"])
def test_no_page_and_no_file_tells_a_group_of_four(asked, browse, person):
    browser = signed_in(browse(asked.site()), asked, person)
    told = browser.opens("/units/jia/audiences?period=2026-10").text
    for path in ("/units/jia/results", "/units/jia/results?period=2026", "/units/jia/results?period=rolling", "/units/jia",
                 "/units/jia/surveys"):  # fmt: skip
        told += browser.opens(path).text
    got = files(browser)
    told += "".join(content for _, content in got.values())
    assert SECRET not in told
    assert {status for (table, name, _), (status, _) in got.items() if (table, name) in {("answers", "small"), ("responses", "small")}} == {409}  # fmt: skip
    assert not [row for (table, _, _), (status, content) in got.items() if table == "figures" for row in rows(content) if row["questionnaire"] == "small"]  # fmt: skip


def test_what_is_shown_of_groups_does_not_add_up_to_the_hidden_one(asked, browse):
    """The unit's figure less those of the groups shown is a figure of nine, never of four."""
    browser = signed_in(browse(asked.site()), asked, "li")
    page = browser.opens("/units/jia/audiences?period=2026-10")
    shown = {row.one("th").text: [each.text for each in row.every("td")] for row in page.one("tbody").every("tr")}
    total, known = (
        int(shown["全单位"][0]),
        [values for name, values in shown.items() if name != "全单位" and len(values) > 1],
    )
    assert total - sum(int(values[0]) for values in known) == 9
    token = page.every("input", name="csrf")[0]["value"]
    got = browser.post("/units/jia/audiences/export", {"csrf": token, "period": "2026-10", "form": "csv"})
    table = rows(got.content.decode("utf-8-sig"))
    in_file = {row["group"]: row for row in table if row["measure"] == "score"}
    assert {name for name, row in in_file.items() if row["score"]} == {
        name for name, values in shown.items() if len(values) > 1
    }
    left = Fraction(in_file["全单位"]["score"]) * total - sum(
        Fraction(row["score"]) * int(row["n"]) for name, row in in_file.items() if row["score"] and name != "全单位"
    )
    assert abs(left / 9 - Fraction(500, 9)) < 1  # five times 100 and four times 0: of nine, not of four
    assert in_file["外科"]["n"] == in_file["内科"]["n"] == ""
    got = browser.post("/units/jia/audiences/export", {"csrf": token, "period": "2026-10", "form": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(got.content))
    assert book.sheetnames == ["groups", "codebook"]
    columns = [cell.value for cell in book["groups"][1]]
    explained = {row[4].value for row in book["codebook"].iter_rows() if row[0].value == "column"}
    assert set(columns) <= explained
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}


def test_months_that_are_hidden_come_out_of_no_window(asked, browse):
    browser = signed_in(browse(asked.site()), asked, "chen")
    figures = {period: rows(content) for (table, name, period), (_, content) in files(browser).items()
               if (table, name) == ("figures", "outpatient")}  # fmt: skip
    n = {period: {row["n"] for row in found} for period, found in figures.items()}
    assert n["2026-10"] == {"8"}
    assert n["2026-09"] == n["2026-Q3"] == n["rolling"] == {""}
    assert figures["2026-Q4"] == figures["2026"] == []  # not over: as they grew, they would tell a month
    assert not [row for found in figures.values() for row in found if row["n"] == "11"]


def test_a_withdrawn_answer_is_not_told_by_before_and_after(asked, browse):
    """What may still be taken back is not shown yet: with a scheme, nothing is before the month is settled."""
    from evaluation.schemes import apply_scheme
    from tests.evaluation.cast import example

    with asked.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
    browser = signed_in(browse(asked.site()), asked, "li")
    page = browser.opens("/units/jia/audiences")
    assert page.every("tbody") == []
    assert browser.get("/units/jia/audiences?period=2026-10").status_code == 409
    token = page.every("input", name="csrf")[0]["value"]
    for period in ("2026-10", "2026-11", "2026", "x", ""):
        sent = {"csrf": token, "period": period, "form": "csv"}
        got = browser.post("/units/jia/audiences/export", sent)
        assert got.status_code in {409, 422} or not rows(got.content.decode("utf-8-sig"))


def test_comments_of_a_blind_survey_come_from_ten_on_and_without_group(asked, browse):
    with asked.database.transaction() as session:
        invite_staff(session, *(f"x{place}" for place in range(6)), group="内科", now=IN_OCTOBER)
        for place in range(5):
            answer(session, f"x{place}", "5", comment=f"内科 {place}", now=IN_OCTOBER)
    li = signed_in(browse(asked.site()), asked, "li")
    assert li.opens("/units/jia/audiences?period=2026-10").every("blockquote") == []
    with asked.database.transaction() as session:
        answer(session, "x5", "5", comment="<b>第十条</b>", now=IN_OCTOBER)
    page = li.opens("/units/jia/audiences?period=2026-10")
    words = [each.text for each in page.every("blockquote")]
    assert len(words) == 10
    assert "<b>第十条</b>" in words
    assert words != sorted(words)
    assert not re.search(r"2026-10-\d\d", page.text)
    for person in ("sun", "gao"):
        assert (
            signed_in(browse(asked.site()), asked, person)
            .opens("/units/jia/audiences?period=2026-10")
            .every("blockquote")
            == []
        )


def test_every_unit_at_once_shows_no_groups(asked, browse):
    page = signed_in(browse(asked.site()), asked, "chen").opens("/surveys/audiences?period=2026-10")
    [row] = page.one("tbody").every("tr")
    assert row.one("th").text == "人民医院"
    assert row.every("td")[0].text == "24"
    assert not [group for group in MARKS if group in page.text]
    assert NOW > IN_OCTOBER
