"""Headings and languages, in every spelling that the convention knows."""

from __future__ import annotations

import pytest

from surveys.structure import (
    Condition,
)
from tests.surveys.xlsform.sheets_cast import HEADER, form, item, questions, refusals, whole


@pytest.mark.parametrize(
    "header",
    [
        ("Type", "NAME", "Label", "Relevance"),
        ("command", "tag", "caption", "bind::relevant"),
        (" type ", "name", "label", "bind:relevant"),
    ],
)
def test_headings_have_many_spellings(header):
    _, second = questions(("text", "a", "A"), ("text", "b", "B", "${a} = 'x'"), header=header)
    assert (second.text, second.enable_when) == ({"und": "B"}, (Condition("a", "=", "x"),))


def test_languages_follow_the_headings_and_the_default_comes_first():
    header = ("type", "name", "label::English (en)", "label:Français", "label::中文 (zh)")
    rows = [header, ("text", "a", "A", "Á", "甲"), ("text", "b", None, "B")]
    assert whole(form(rows)).languages == ("en", "fr", "zh")
    checked = form(rows, settings=[("default_language",), ("Français",)])
    assert whole(checked).languages == ("fr", "en", "zh")
    assert item(checked, "b").text == {"fr": "B"}


def test_plain_labels_are_in_the_default_language():
    rows = [("type", "name", "label", "label::English (en)"), ("text", "a", "甲", "A")]
    assert item(form(rows, settings=[("default_language",), ("zh",)]), "a").text == {"zh": "甲", "en": "A"}
    assert item(form(rows), "a").text == {"und": "甲", "en": "A"}


def test_a_language_of_nothing_is_none():
    assert whole(form([("type", "name", "label::en", "label::fr"), ("text", "a", "A")])).languages == ("en",)


def test_a_language_only_in_the_choices_counts():
    rows = [("type", "name", "label::en"), ("select_one l", "a", "A")]
    assert whole(form(rows, choices=[("list_name", "name", "label::zh"), ("l", "x", "甲")])).languages == ("en", "zh")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ((*HEADER, "Ward"), ("survey!D1", "Ward", "xlsform_heading_unknown")),
        ((*HEADER, "bind::odk:length"), ("survey!D1", "bind::odk:length", "xlsform_heading_unknown")),
        ((*HEADER, "label::Klingonish"), ("survey!D1", "label::Klingonish", "xlsform_language_unknown")),
        ((*HEADER, "caption"), ("survey!D1", "caption", "xlsform_heading_twice")),
        ((*HEADER, "label::default"), ("survey!D1", "label::default", "xlsform_heading_twice")),
        ((*HEADER, None), ("survey!D2", "x", "cell_without_column")),
    ],
)
def test_headings_that_cannot_be_taken_are_refused_by_name(header, found):
    assert refusals(("text", "a", "A", "x"), header=header) == [found]


def test_unknown_headings_over_nothing_are_harmless():
    assert [
        each.id for each in questions(("text", "a", "A"), header=(*HEADER, "Ward", "label::Klingonish", "image"))
    ] == ["a"]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (("name", "label"), [("survey!A1", "type", "xlsform_heading_missing")]),
        (("type", "label"), [("survey!A1", "name", "xlsform_heading_missing")]),
    ],
)
def test_type_and_name_are_needed(header, found):
    assert refusals(("x", "y"), header=header) == found
