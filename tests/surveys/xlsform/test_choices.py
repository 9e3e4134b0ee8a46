"""The sheets `choices` and `settings`: options with scores, and what the form is called."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.surveys.xlsform.sheets_cast import HEADER, REASONS, SATISFACTION, form, noted, questions, refusals, whole


def test_choices_have_scores_and_those_without_are_not_scored():
    [question] = questions(("select_one sat", "a", "A"), choices=SATISFACTION)
    assert [(each.code, each.score) for each in question.options] == [
        ("1", Fraction(100)), ("2", Fraction(50)), ("3", Fraction(0)), ("na", None),
    ]  # fmt: skip


CHOICES = ("list_name", "name", "label", "score")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (("l", "x", "again"), ("choices!B3", "name", "xlsform_choice_twice")),
        (("l", None, "no code"), ("choices!B3", "name", "xlsform_cell_needed")),
        ((None, "y", "no list"), ("choices!A3", "list_name", "xlsform_cell_needed")),
        (("l", "~y", "Y"), ("choices!B3", "name", "xlsform_name_malformed")),
        (("l", "y", "Y", "ten"), ("choices!D3", "score", "xlsform_score_no_number")),
        (("l", "y", "Y", "1e3"), ("choices!D3", "score", "xlsform_score_no_number")),
        (("l", "y", "Y", 100_000), ("choices!D3", "score", "questionnaire_score_out_of_range")),
        (("l", "y", "${other}"), ("choices!C3", "${…}", "xlsform_reference_in_text")),
    ],
)
def test_choices_that_cannot_be_options_are_refused_at_their_cell(row, found):
    assert refusals(("select_one l", "a", "A"), choices=[CHOICES, ("l", "x", "X"), row]) == [found]


def test_a_list_that_does_not_exist_is_refused_at_the_type():
    assert refusals(("select_one nothing", "a", "A"), ("select_one", "b", "B"), choices=REASONS) == [
        ("survey!A2", "list_name", "xlsform_list_unknown"),
        ("survey!A3", "list_name", "xlsform_list_unknown"),
    ]


def test_codes_with_spaces_cannot_be_several_answers():
    choices = [CHOICES, ("l", "not sure", "?")]
    assert [each.options[0].code for each in questions(("select_one l", "a", "A"), choices=choices)] == ["not sure"]
    assert refusals(("select_multiple l", "a", "A"), choices=choices) == [("survey!A2", "l", "xlsform_choice_spaced")]


def test_unknown_columns_and_pictures_of_choices_are_refused():
    header = ("list_name", "name", "label", "state", "image")
    assert refusals(("select_one l", "a", "A"), choices=[header, ("l", "x", "X", "kent", "x.png")]) == [
        ("choices!D1", "state", "xlsform_heading_unknown"),
        ("choices!E2", "image", "xlsform_unsupported"),
    ]


def test_lists_too_large_together_are_refused():
    rows = [("select_one l", f"q{place}", "Q") for place in range(60)]
    choices = [CHOICES, *(("l", f"c{place}", "C") for place in range(1000))]
    assert refusals(*rows, choices=choices) == [(None, "choices", "xlsform_too_many_options")]


def test_settings_are_the_forms():
    header = ("form_title", "form_id", "version", "style", "allow_choice_duplicates")
    found = whole(form([HEADER, ("text", "a", "A")], settings=[header, ("Ward", "ward_3", 2026.5, "pages", "no")]))
    assert (found.id, found.version, found.title, found.carried) == (
        "ward_3",
        "2026.5",
        {"und": "Ward"},
        noted("style: pages"),
    )


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("public_key",), ("MIIB",)], ("settings!A2", "public_key", "xlsform_unsupported")),
        ([("submission_url",), ("https://example.org",)], ("settings!A2", "submission_url", "xlsform_unsupported")),
        ([("allow_choice_duplicates",), ("yes",)], ("settings!A2", "allow_choice_duplicates", "xlsform_unsupported")),
        ([("colour",), ("red",)], ("settings!A1", "colour", "xlsform_heading_unknown")),
        ([("default_language",), ("Klingonish",)], ("settings!A2", "Klingonish", "xlsform_language_unknown")),
        ([("form_id",), ("a",), ("b",)], ("settings!A3", "settings", "xlsform_settings_twice")),
        ([("form_id",), ("a" * 300,)], ("settings!A2", "form_id", "xlsform_name_malformed")),
    ],
)
def test_settings_that_cannot_be_kept_are_refused(rows, found):
    assert refusals(("text", "a", "A"), settings=rows) == [found]
