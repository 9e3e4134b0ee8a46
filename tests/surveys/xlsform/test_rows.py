"""The cells of a row: read, kept for authors, or refused where they stand."""

from __future__ import annotations

import pytest

from surveys.structure import (
    DISPLAY,
    Condition,
)
from tests.surveys.xlsform.sheets_cast import HEADER, REASONS, form, noted, questions, refusals


@pytest.mark.parametrize(
    ("written", "is_required"),
    [("yes", True), (True, True), ("true()", True), ("no", False), (False, False), (None, False)],
)
def test_required_is_yes_or_no(written, is_required):
    [question] = questions(("text", "a", "A", written), header=(*HEADER, "required"))
    assert question.required == is_required


@pytest.mark.parametrize("written", ["${b} = 1", 1, "maybe"])
def test_anything_else_under_required_is_refused(written):
    assert refusals(("text", "a", "A", written), header=(*HEADER, "required")) == [
        ("survey!D2", "required", "xlsform_truth_expected")
    ]


@pytest.mark.parametrize(
    ("type_", "written", "initial"),
    [
        ("text", "hello (there)", ("hello (there)",)),
        ("integer", 7, ("7",)),
        ("decimal", "2.50", ("2.50",)),
        ("date", "2026-03-01", ("2026-03-01",)),
        ("select_one why", "cost", ("cost",)),
        ("select_multiple why", "cost wait", ("cost", "wait")),
    ],
)
def test_a_default_is_the_initial_answer(type_, written, initial):
    [question] = questions((type_, "a", "A", written), header=(*HEADER, "default"), choices=REASONS)
    assert question.initial == initial


@pytest.mark.parametrize(
    ("type_", "written", "code"),
    [
        ("text", "${b}", "xlsform_default_computed"),
        ("date", "today()", "xlsform_default_computed"),
        ("text", "once(uuid())", "xlsform_default_computed"),
        ("integer", "many", "xlsform_default_unfit"),
        ("date", "soon", "xlsform_default_unfit"),
        ("select_one why", "nothing", "xlsform_default_unfit"),
        ("select_multiple why", "cost nothing", "xlsform_default_unfit"),
    ],
)
def test_a_default_that_is_computed_or_no_answer_is_refused(type_, written, code):
    assert refusals((type_, "a", "A", written), header=(*HEADER, "default"), choices=REASONS) == [
        ("survey!D2", "default", code)
    ]


def test_read_only_with_its_value():
    [question] = questions(("text", "a", "A", "yes", "x"), header=(*HEADER, "readonly", "default"))
    assert (question.is_read_only, question.initial) == (True, ("x",))


@pytest.mark.parametrize(
    ("type_", "heading"), [("note", "required"), ("begin group", "required"), ("begin group", "read_only")]
)
def test_a_note_or_group_cannot_be_answered(type_, heading):
    rows = [(type_, "a", "A", "yes"), *([("end group",)] if "group" in type_ else [])]
    assert refusals(*rows, header=(*HEADER, heading)) == [("survey!D2", heading, "xlsform_cell_needless")]


def test_a_note_is_read_only_anyway():
    [note] = questions(("note", "a", "A", "yes"), header=(*HEADER, "read_only"))
    assert (note.type, note.is_read_only) == (DISPLAY, False)


@pytest.mark.parametrize("heading", ["label", "hint", "constraint_message"])
def test_a_text_that_refers_to_an_answer_is_refused(heading):
    header = ("type", "name", heading)
    assert refusals(("text", "a", "Dear ${name}, how are you?"), header=header) == [
        ("survey!C2", "${…}", "xlsform_reference_in_text")
    ]


def test_messages_looks_and_remarks_are_kept_for_authors():
    header = (*HEADER, "constraint_message", "appearance", "comments")
    [question] = questions(("text", "a", "A", "Too long", "multiline", "ask the ward"), header=header)
    assert question.carried == noted(
        "constraint_message (und): Too long", "appearance: multiline", "comments: ask the ward"
    )


def test_a_hint_is_read_in_the_languages_of_the_form():
    header = ("type", "name", "label::中文", "hint::中文", "label::English (en)", "hint::English (en)")
    [question] = questions(("integer", "a", "几次？", "含急诊", "How often?", "Emergencies too"), header=header)
    assert question.hint == {"zh": "含急诊", "en": "Emergencies too"}
    assert question.carried == {}


def test_a_hint_in_a_language_of_its_own_is_kept_for_authors():
    [question] = questions(("text", "a", "A", "Only one"), header=(*HEADER, "hint::English (en)"))
    assert (question.hint, question.carried) == ({}, noted("hint (en): Only one"))


@pytest.mark.parametrize("type_", ["note", "begin group"])
def test_a_hint_of_what_nobody_answers_is_kept_for_authors(type_):
    rows = [(type_, "a", "A", "Look"), *([("end group",)] if "group" in type_ else [])]
    [item] = questions(*rows, header=(*HEADER, "hint"))
    assert (item.hint, item.carried) == ({}, noted("hint (und): Look"))


@pytest.mark.parametrize("looks", ["search('file')", "ex:com.example.app", "printer:x"])
def test_looks_that_bring_something_from_outside_are_refused(looks):
    [(cell, _, code)] = refusals(("text", "a", "A", looks), header=(*HEADER, "appearance"))
    assert (cell, code) == ("survey!D2", "xlsform_unsupported")


@pytest.mark.parametrize(
    "heading",
    ["calculation", "choice_filter", "repeat_count", "trigger", "parameters", "image", "media::image::English (en)", "audio", "big-image", "save_to"],
)  # fmt: skip
def test_what_is_not_supported_is_refused_at_its_cell(heading):
    [(cell, _, code)] = refusals(("text", "a", "A"), ("text", "b", "B", "x"), header=(*HEADER, heading))
    assert (cell, code) == ("survey!D3", "xlsform_unsupported")


def test_disabled_no_asks_for_nothing():
    assert [each.id for each in questions(("text", "a", "A", "no"), header=(*HEADER, "disabled"))] == ["a"]
    assert refusals(("text", "a", "A", "yes"), header=(*HEADER, "disabled")) == [
        ("survey!D2", "disabled", "xlsform_unsupported")
    ]


def test_an_expression_that_says_too_much_is_refused_at_its_cell():
    header = (*HEADER, "relevant", "constraint")
    rows = [("integer", "a", "A"), ("integer", "b", "B", "${a} + 1 = 2", ". mod 2 = 0")]
    checked = form([header, *rows])
    assert [(each.link_id, each.feature, each.details["part"]) for each in checked.refusals] == [
        ("survey!E3", "constraint", "mod 2 = 0"),
        ("survey!D3", "relevant", "+ 1 = 2"),
    ]


def test_conditions_may_look_ahead_but_not_in_circles_or_at_nothing():
    header = (*HEADER, "relevant")
    first, _ = questions(("text", "a", "A", "${b} = 'x'"), ("text", "b", "B"), header=header)
    assert first.enable_when == (Condition("b", "=", "x"),)
    assert refusals(("text", "a", "A", "${b} = 'x'"), ("text", "b", "B", "${a} = 'x'"), header=header) == [
        ("survey!D2", "relevant", "questionnaire_condition_circular"),
        ("survey!D3", "relevant", "questionnaire_condition_circular"),
    ]
    assert refusals(("text", "a", "A", "${nobody} = 'x'"), header=header) == [
        ("survey!D2", "relevant", "questionnaire_condition_dangling")
    ]


def test_a_condition_about_a_refused_row_is_not_blamed_too():
    assert refusals(("geopoint", "g", "G"), ("text", "a", "A", "${g} != ''"), header=(*HEADER, "relevant")) == [
        ("survey!A2", "geopoint", "xlsform_type_unsupported")
    ]


def test_bounds_that_contradict_each_other_are_refused_at_the_constraint():
    assert refusals(("integer", "a", "A", ". > 5 and . < 3"), header=(*HEADER, "constraint")) == [
        ("survey!D2", "constraint", "questionnaire_bounds_crossed")
    ]


def test_a_pattern_that_could_run_for_ever_or_is_none_is_refused_at_the_constraint():
    assert refusals(("text", "a", "A", "regex(., '(a')"), header=(*HEADER, "constraint")) == [
        ("survey!D2", "constraint", "pattern_unsafe")
    ]
