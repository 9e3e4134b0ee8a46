"""Whole forms in sheets: what they become; and any sheets at all, taken whole or refused with reasons."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.structure import (
    ANY,
    CODING,
    DISPLAY,
    GROUP,
    INTEGER,
    TEXT,
    Condition,
    Option,
    Question,
    Questionnaire,
)
from surveys.xlsform.reading import MOST_ROWS, read
from tests.consortium.workbooks import xlsx
from tests.surveys.xlsform.sheets_cast import HEADER, REASONS, form, questions, refusals, whole


def test_a_form_becomes_the_model():
    checked = form(
        [
            ("type", "name", "label::Chinese (zh)", "label::English (en)", "required", "relevant", "constraint"),
            ("begin group", "stay", "住院", "Your stay"),
            ("select_one sat", "overall", "总体如何？", "How was it?", "yes"),
            ("select_multiple why", "why", "为什么？", "Why?", None, "${overall} = '3' or ${overall} = 2",
             "count-selected(.) <= 2 and not(selected(., 'none') and count-selected(.) > 1)"),
            ("end group",),
            ("integer", "age", "年龄", "Age", "no", None, ". >= 0 and . <= 120"),
            ("text", "comment", "意见", "Comment", None, "${why} != ''", "string-length(.) <= 200"),
            ("note", "bye", "谢谢！", "Thank you!"),
        ],
        choices=[
            ("list_name", "name", "label::Chinese (zh)", "label::English (en)", "score"),
            ("sat", 1, "好", "Good", 100), ("sat", 2, "中", "Fair", 12.5), ("sat", 3, "差", "Bad", 0),
            ("sat", "na", "不适用", "Does not apply"),
            ("why", "wait", "等待", "Waiting"), ("why", "none", "都没有", "None of these"),
        ],
        settings=[("form_title", "form_id", "version", "default_language"), ("住院问卷", "ward", 2026, "Chinese (zh)")],
    )  # fmt: skip
    scale = (
        Option("1", {"zh": "好", "en": "Good"}, Fraction(100)),
        Option("2", {"zh": "中", "en": "Fair"}, Fraction(25, 2)),
        Option("3", {"zh": "差", "en": "Bad"}, Fraction(0)),
        Option("na", {"zh": "不适用", "en": "Does not apply"}),
    )
    reasons = (
        Option("wait", {"zh": "等待", "en": "Waiting"}),
        Option("none", {"zh": "都没有", "en": "None of these"}, is_exclusive=True),
    )
    low = (Condition("overall", "=", "3"), Condition("overall", "=", "2"))
    assert checked.questionnaire == Questionnaire(
        id="ward",
        version="2026",
        title={"zh": "住院问卷"},
        languages=("zh", "en"),
        questions=(
            Question("stay", GROUP, {"zh": "住院", "en": "Your stay"}),
            Question(
                "overall", CODING, {"zh": "总体如何？", "en": "How was it?"}, "stay", required=True, options=scale
            ),
            Question(
                "why", CODING, {"zh": "为什么？", "en": "Why?"}, "stay",
                repeats=True, options=reasons, most=2, enable_when=low, enable_behavior=ANY,
            ),
            Question("age", INTEGER, {"zh": "年龄", "en": "Age"}, minimum="0", maximum="120"),
            Question(
                "comment", TEXT, {"zh": "意见", "en": "Comment"},
                enable_when=(Condition("why", "exists", value=True),), max_length=200,
            ),
            Question("bye", DISPLAY, {"zh": "谢谢！", "en": "Thank you!"}),
        ),
    )  # fmt: skip


def test_the_same_from_a_file():
    content = xlsx(survey=[HEADER, ["integer", "age", "Age"], ["text", "c", "Comment"]], Notes=[["=1+1"]])
    form_ = whole(read(content, name="wards/ward 3.xlsx"))
    assert (form_.id, form_.title, form_.languages) == ("ward 3", {"und": "ward 3"}, ("und",))
    assert [(each.id, each.type) for each in form_.questions] == [("age", INTEGER), ("c", TEXT)]


def test_a_formula_in_a_file_is_refused_by_its_cell():
    [refusal] = read(xlsx(survey=[HEADER, ["text", "a", '=A1&"x"']])).refusals
    assert (refusal.link_id, refusal.feature, refusal.code) == ("survey!C2", "cell", "cell_formula")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_workbook_is_refused_as_a_whole(content):
    [refusal] = read(content).refusals
    assert refusal.link_id is None


def test_sheet_names_are_read_in_any_case():
    checked = form([], Survey=[HEADER, ("select_one why", "a", "A")], CHOICES=REASONS)
    assert [refusal.code for refusal in checked.refusals] == ["xlsform_sheet_twice", "xlsform_sheet_missing"]


@pytest.mark.parametrize("survey", [[], [HEADER], [HEADER, ()]])
def test_a_form_without_questions_is_refused(survey):
    [refusal] = form(survey).refusals
    assert refusal.code in {"xlsform_sheet_missing", "xlsform_survey_empty"}


@pytest.mark.parametrize("name", ["external_choices", "entities", "cascades", "osm"])
def test_sheets_that_would_change_what_is_asked_are_refused(name):
    assert refusals(("text", "a", "A"), **{name: [("list_name", "name"), ("l", "x")]}) == [
        (f"{name}!A1", name, "xlsform_sheet_unsupported")
    ]
    assert [each.id for each in questions(("text", "a", "A"), **{name: [("list_name", "name")]})] == ["a"]


def test_a_misspelt_sheet_is_refused_and_others_are_the_authors():
    checked = form([HEADER, ("text", "a", "A")], unread=("Setings", "Notes", "Sheet4"))
    assert [(each.link_id, each.feature, each.code) for each in checked.refusals] == [
        (None, "Setings", "xlsform_sheet_misspelt")
    ]


def test_a_survey_too_long_is_refused():
    rows = [("note", f"n{place}", "N") for place in range(MOST_ROWS + 1)]
    assert refusals(*rows) == [(None, "survey", "xlsform_survey_too_long")]


def test_refusals_end_and_say_how_many_more_there_are():
    checked = form([HEADER, *(("geopoint", f"g{place}", "G") for place in range(500))])
    assert len(checked.refusals) == 201
    assert (checked.refusals[-1].code, checked.refusals[-1].details) == ("refusals_not_shown", {"count": 300})


WORDS = st.sampled_from([
    "", "type", "name", "label", "label::en", "label::Klingonish", "relevant", "constraint", "required", "default", "hint",
    "list_name", "score", "text", "integer", "date", "note", "select_one l", "select_multiple l or_other", "begin group",
    "end group", "begin repeat", "end repeat", "geopoint", "l", "a", "b", "1", "TRUE", "yes", "${a} = 'b'", "${b} > 1",
    "selected(${a}, 'l')", ". > 1", "string-length(.) < 3", "regex(., 'a')", "not(", "~", "\u202e", "名称", "x" * 300,
])  # fmt: skip
GRIDS = st.lists(st.lists(WORDS, max_size=7), max_size=8)


@settings(max_examples=300, deadline=None)
@given(GRIDS, GRIDS, GRIDS)
def test_any_sheets_are_taken_whole_or_refused_with_reasons(survey, choices, settings_):
    checked = form(survey, choices=choices, settings=settings_)
    assert (checked.questionnaire is None) == bool(checked.refusals)
    assert all(refusal.reason("en") for refusal in checked.refusals)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=3, max_size=6), min_size=1, max_size=8))
def test_any_rows_under_real_headings_are_taken_whole_or_refused_with_reasons(rows):
    header = ("type", "name", "label", "relevant", "constraint", "default")
    checked = form([header, *rows], choices=(*REASONS, ("l", "a", "A")))
    assert (checked.questionnaire is None) == bool(checked.refusals)
    if checked.questionnaire is not None:
        asked = [row for row in rows if any(row) and not row[0].startswith("end")]
        assert len(checked.questionnaire.questions) == len(asked)
