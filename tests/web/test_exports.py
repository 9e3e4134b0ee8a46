"""Files from the pages: who gets which, what is in them, that each is noted, that no formula is among them."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest

from storage.audit import AuditRow
from tests.surveys.results_cast import patients_answer
from tests.web.cast import signed_in

OFFICE, JIA = "/surveys/results/export", "/units/jia/results/export"
WANTED = {"table": "answers", "form": "csv", "period": "2026-10", "questionnaire": "outpatient", "stream": "visit"}


def fielded(town, count=12, **more):
    with town.database.transaction() as session:
        patients_answer(session, count, 10, **more)
    return town


def asked(browse, town, person, path=OFFICE, **changes):
    browser = signed_in(browse(town.site()), town, person)
    page = browser.opens("/units/jia/results" if path != OFFICE else "/surveys/results")
    tokens = [each["value"] for each in page.every("input", name="csrf")]
    return browser.post(path, {"csrf": tokens[0], **(WANTED | changes)})


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_the_office_gets_every_unit_and_a_unit_its_own(town, browse):
    fielded(fielded(town, 6), 7, unit="yi")
    everything = asked(browse, town, "chen")
    assert everything.status_code == 200
    assert everything.headers["content-disposition"] == 'attachment; filename="answers-2026-10.csv"'
    assert sorted(row[0] for row in rows_of(everything)[1:]) == ["jia"] * 6 + ["yi"] * 7
    assert {row[0] for row in rows_of(asked(browse, town, "li", JIA))[1:]} == {"jia"}
    with town.database.transaction() as session:
        noted = [(each.actor, each.subject) for each in session.query(AuditRow).filter_by(action="export_survey")]
    assert noted == [("person:chen", "survey"), ("person:li", "unit:jia")]


@pytest.mark.parametrize(("person", "path", "status"), [
    ("sun", OFFICE, 403), ("gao", OFFICE, 403), ("li", OFFICE, 403), ("wang", JIA, 404), ("he", JIA, 404), ("sun", JIA, 404),
])  # fmt: skip
def test_nobody_else_gets_a_file(hamlet, browse, person, path, status):
    fielded(hamlet, 6)
    browser = signed_in(browse(hamlet.site()), hamlet, person)
    page = browser.opens("/bulletins")
    token = page.one("input", name="csrf")["value"]
    before = hamlet.everything()
    assert browser.post(path, {"csrf": token, **WANTED}).status_code == status
    assert hamlet.everything() == before


def test_a_form_that_is_not_ours_gets_nothing(hamlet, browse):
    browser = signed_in(browse(hamlet.site()), hamlet, "chen")
    assert browser.post(OFFICE, WANTED).status_code == 403
    assert browser.get(OFFICE).status_code == 405


@pytest.mark.parametrize("changes", [
    {"table": "nothing"}, {"form": "pdf"}, {"table": "responses"}, {"form": "ndjson"}, {"stream": "held"}, {"questionnaire": ""},
    {"table": "figures", "form": "ndjson"},
])  # fmt: skip
def test_what_there_is_not_is_refused(hamlet, browse, changes):
    assert asked(browse, hamlet, "chen", **changes).status_code == 400


def test_unknown_questionnaires_periods_and_definitions_are_refused(hamlet, browse):
    assert asked(browse, hamlet, "chen", questionnaire="other").status_code == 404
    assert asked(browse, hamlet, "chen", questionnaire="=1+1").status_code == 404
    assert asked(browse, hamlet, "chen", period="=1+1").status_code == 422
    assert asked(browse, hamlet, "chen", table="figures", definition="best").status_code == 404


def test_a_workbook_brings_its_codebook_and_holds_no_formula(town, browse):
    fielded(town, 12, words='=HYPERLINK("http://example.org")')
    book = openpyxl.load_workbook(io.BytesIO(asked(browse, town, "chen", form="xlsx").content))
    assert book.sheetnames == ["answers", "codebook"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert sum(str(cell.value).startswith("=HYPERLINK") for cell in cells) == 12
    assert "f" not in {cell.data_type for cell in cells}
    written = rows_of(asked(browse, town, "chen"))
    assert not [cell for row in written for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_figures_codebook_and_responses(town, browse):
    fielded(town, 12)
    figures = rows_of(asked(browse, town, "chen", table="figures"))
    assert figures[1][:6] == ["jia", "人民医院", "outpatient", "visit", "2026-10", "score"]
    assert figures[1][8] == "100.00"
    book = rows_of(asked(browse, town, "chen", table="codebook"))
    assert {row[0] for row in book} >= {"question", "option", "definition", "column"}
    answered = asked(browse, town, "chen", table="responses", form="ndjson")
    lines = [json.loads(line) for line in answered.text.splitlines()]
    assert len(lines) == 12
    assert not any("subject" in each for each in lines)


def test_small_units_leave_nothing(town, browse):
    fielded(town, 4)
    assert len(rows_of(asked(browse, town, "li", JIA))) == 1
    assert {row[8] for row in rows_of(asked(browse, town, "li", JIA, table="figures"))[1:]} == {""}
