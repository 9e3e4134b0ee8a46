"""What leaves: single answers that point at nobody, figures with all beside them, codebook, FHIR; no formula fires."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest

from consortium.tables_out import write_csv, write_workbook
from locales.errors import DomainError
from surveys import exports
from surveys.codebook import HEADER, codebook
from surveys.definition import parse_questionnaire
from surveys.exports import (
    ANSWERS_HEADER,
    FIGURES_HEADER,
    SingleAnswers,
    _coarse,
    answers_sheet,
    figures_sheet,
    response_lines,
    single_answers,
)
from surveys.fhir.validation import validate
from surveys.questionnaires import apply_questionnaire
from surveys.results import results, window_of
from tests.consortium.test_tables_out import FORMULAS
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.cast import JIA, NOW, YI, outpatient
from tests.surveys.results_cast import month_of, patients_answer
from tests.web.every_type import every_type

SEP, OCT = month_of(9), month_of(10)
CLOSED = (SEP, OCT)
KEY = b"k" * 32


def taken(session, *, months=(OCT,), closed=CLOSED, key=KEY, **more):
    return single_answers(session, questionnaire_id="outpatient", months=months, closed=closed, key=key, **more)


def test_single_answers_point_at_nobody(ready):
    ids = patients_answer(ready, 12, 10, words="w")
    sheet = answers_sheet(taken(ready))
    written = write_csv(sheet.header, sheet.rows).decode()
    assert len(sheet.rows) == 12
    assert not [each for each in ids if each in written]
    for telling in ("2026-10-15", "code jia", "t-jia", "i-jia", "2026-10-0", "page"):
        assert telling not in written
    assert tuple(sheet.header[: len(ANSWERS_HEADER)]) == ANSWERS_HEADER
    assert list(sheet.rows[0][:5]) == [JIA, "2026-10", "outpatient", "1", "visit"]


def test_the_order_is_drawn_anew_each_time(ready):
    patients_answer(ready, 12, 10, words="w")
    orders = {tuple(each.answers["comment"] for each in taken(ready, key=bytes([n]) * 32)) for n in range(3)}
    assert len(orders) == 3
    assert len({frozenset(order) for order in orders}) == 1


def test_a_month_of_four_leaves_no_row(ready):
    patients_answer(ready, 4, 10)
    patients_answer(ready, 5, 10, unit=YI)
    assert {each.unit_code for each in taken(ready)} == {YI}
    assert taken(ready, unit_code=JIA) == []


def test_an_open_month_leaves_no_row(ready):
    patients_answer(ready, 6, 10)
    assert taken(ready, closed=(SEP,)) == []


def test_words_leave_from_ten_on_and_with_consent_only(ready):
    patients_answer(ready, 9, 10, words="nine")
    patients_answer(ready, 5, 10)
    assert not any("comment" in each.answers for each in taken(ready))
    patients_answer(ready, 1, 10, words="the tenth")
    patients_answer(ready, 3, 10, words="refused", consent=False)
    kept = [each.answers["comment"][0] for each in taken(ready) if "comment" in each.answers]
    assert len(kept) == 10
    assert not [each for each in kept if each.startswith("refused")]


def test_a_unit_gets_its_own(ready):
    patients_answer(ready, 5, 10)
    patients_answer(ready, 5, 10, unit=YI)
    assert {each.unit_code for each in taken(ready, unit_code=YI)} == {YI}


def test_moments_in_answers_are_cut():
    form, _ = parse_questionnaire(every_type(), file="q")
    by_id = {each.id: each for each in form.questions}
    assert _coarse(by_id["before"], "2026-03-17") == "2026-03"
    assert _coarse(by_id["left"], "2026-11-05T10:20:00+08:00") == "2026-11"
    assert _coarse(by_id["rounds"], "08:35:00") == "08:00:00"
    assert _coarse(by_id["times"], "12") == "12"


def test_numbers_are_numbers_and_several_stand_in_one_cell():
    form, _ = parse_questionnaire(every_type(), file="q")
    answers = {"times": ("12",), "weight": ("70.5",), "help<b>": ("eat", "walk"), "values": ("120", "130")}
    sheet = answers_sheet([SingleAnswers(JIA, "2026-10", form, "visit", answers)])
    row = dict(zip(sheet.header, sheet.rows[0], strict=True))
    assert (row["times"], row["weight"]) == (Decimal(12), Decimal("70.5"))
    assert (row["help<b>"], row["values"], row["drugs"]) == ("eat; walk", "120; 130", None)


def test_no_answer_of_anybody_becomes_a_formula():
    form, _ = parse_questionnaire(every_type(), file="q")
    found = [SingleAnswers(JIA, "2026-10", form, "visit", {"why": (each,), "drugs": (each, each)}) for each in FORMULAS]
    sheet = answers_sheet(found)
    book = openpyxl.load_workbook(io.BytesIO(write_workbook([sheet, codebook([form])])))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert len(cells) > 300
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    content = write_csv(sheet.header, sheet.rows).decode("utf-8-sig").replace("\0", "?")
    place = list(sheet.header).index("why")
    rows = list(csv.reader(io.StringIO(content, newline="")))[1:]
    assert len(rows) == len(FORMULAS)
    assert all(row[place].startswith("'") for row in rows)


def test_a_hostile_questionnaire_puts_no_formula_into_header_or_codebook():
    form, _ = parse_questionnaire(every_type(), file="q")
    evil = replace(form.questions[2], id="=1+1", text={"zh": "=1+1", "en": "@x"})
    hostile = replace(form, questions=(evil,), title={"zh": "=2", "en": "+3"})
    sheet = answers_sheet([SingleAnswers(JIA, "2026-10", hostile, "visit", {"=1+1": ("true",)})])
    book = openpyxl.load_workbook(io.BytesIO(write_workbook([sheet, codebook([hostile])])))
    assert "f" not in {cell.data_type for page in book for row in page.iter_rows() for cell in row}


def test_fhir_lines_are_sound_responses_of_nobody(ready):
    patients_answer(ready, 6, 10)
    lines = response_lines(taken(ready), "zh").decode().splitlines()
    responses = [json.loads(line) for line in lines]
    assert len(responses) == 6
    for each in responses:
        assert not each.keys() & {"subject", "author", "authored", "id", "source", "encounter"}
        assert (each["resourceType"], each["status"]) == ("QuestionnaireResponse", "completed")
        assert validate(outpatient(), each) == []


def test_fhir_lines_of_every_type_are_one_line_each():
    form, _ = parse_questionnaire(every_type(), file="q")
    answers = {
        "first-time": ("false",),
        "before": ("2026-03",),
        "rounds": ("08:00:00",),
        "why": ("a\nb",),
        "rate": ("5",),
    }
    line = response_lines([SingleAnswers(JIA, "2026-10", form, "visit", answers)], "en")
    assert line.count(b"\n") == 1
    assert "2026-03" in json.dumps(json.loads(line))


def test_figures_have_all_beside_them_and_hidden_ones_nothing(ready):
    patients_answer(ready, 5, 10)
    patients_answer(ready, 4, 10, unit=YI)
    found = results(ready, window=window_of("2026-10", CLOSED), closed=CLOSED)
    sheet = figures_sheet(found, units={JIA: {"zh": "=人民医院"}}, dimensions={}, language="zh")
    rows = [dict(zip(FIGURES_HEADER, row, strict=True)) for row in sheet.rows]
    jia = next(row for row in rows if (row["unit"], row["measure"]) == (JIA, "score"))
    assert (jia["score"], jia["n"], jia["invited"], jia["response_rate"], jia["page"]) == (100, 5, 5, Decimal(100), 5)
    assert (jia["definition"], jia["window"], jia["note"]) == ("linear-0-100", "2026-10", "人数太少，不排名")
    assert jia["low"] < 100
    yi = [row for row in rows if row["unit"] == YI]
    assert {(row["score"], row["n"], row["low"], row["page"], row["note"]) for row in yi} == {
        (None, None, None, None, "人数太少，不显示")
    }


def test_the_codebook_says_what_everything_means():
    form, _ = parse_questionnaire(every_type(), file="q")
    rows = [dict(zip(HEADER, row, strict=True)) for row in codebook([outpatient(), form]).rows]
    kinds = {row["about"] for row in rows}
    assert kinds == {"column", "stream", "definition", "questionnaire", "dimension", "question", "option"}
    assert {row["code"] for row in rows if row["about"] == "definition"} == {
        "linear-0-100", "topbox", "positive", "nps", "mean5"
    }  # fmt: skip
    columns = {row["code"] for row in rows if row["about"] == "column"}
    assert {*FIGURES_HEADER, *ANSWERS_HEADER} <= columns
    asked = {row["question"] for row in rows if row["about"] == "question" and row["questionnaire"] == "every-type"}
    assert asked == {each.id for each in form.questions}
    clean = {row["code"]: row["score"] for row in rows if row["question"] == "clean" and row["about"] == "option"}
    assert clean["5"] == 5
    before = next(row for row in rows if row["question"] == "before")
    assert "only when" in before["asked_en"]
    assert "只有当" in before["asked_zh"]
    yes = [row["code"] for row in rows if row["question"] == "first-time" and row["about"] == "option"]
    assert yes == ["true", "false"]


def test_of_a_blind_survey_no_single_answer_leaves(ready):
    apply_questionnaire(ready, document=BLIND, now=NOW)
    numbers = [str(number) for number in range(12)]
    invite_staff(ready, *numbers)
    for number in numbers:
        answer(ready, number)
    with pytest.raises(DomainError) as refused:
        single_answers(ready, questionnaire_id="small", months=(OCT,), closed=CLOSED, key=KEY)
    assert refused.value.code == "export_blind"
    assert results(ready, window=window_of("2026-10", CLOSED), closed=CLOSED) == []


def test_more_than_a_file_holds_is_refused(ready, monkeypatch):
    monkeypatch.setattr(exports, "MOST_RESPONSES", 6)
    patients_answer(ready, 6, 10)
    assert len(taken(ready)) == 6
    patients_answer(ready, 5, 10, unit=YI)
    assert len(taken(ready, unit_code=JIA)) == 6
    with pytest.raises(DomainError) as refused:
        taken(ready)
    assert (refused.value.code, refused.value.details) == ("export_too_large", {"limit": 6})
