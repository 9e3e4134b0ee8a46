"""The order of rows: what begins must end, and a name stands once."""

from __future__ import annotations

import pytest

from surveys.structure import (
    Condition,
)
from tests.surveys.xlsform.sheets_cast import questions, refusals


def test_groups_nest_and_keep_the_order():
    found = questions(
        ("begin group", "a", "A"), ("begin_group", "b"), ("text", "c", "C"), ("end_group",), ("text", "d", "D"),
        ("end  group", "a"), ("text", "e", "E"),
    )  # fmt: skip
    assert [(each.id, each.parent) for each in found] == [("a", None), ("b", "a"), ("c", "b"), ("d", "a"), ("e", None)]


def test_a_condition_on_a_group_is_the_groups():
    header = ("type", "name", "label", "relevant")
    _, group, _ = questions(
        ("integer", "n", "N"), ("begin group", "g", "G", "${n} > 1"), ("text", "t", "T"), ("end group",), header=header
    )
    assert group.enable_when == (Condition("n", ">", "1"),)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("begin group", "a", "A"), ("text", "b", "B")], [("survey!A2", "begin group", "xlsform_group_unclosed")]),
        ([("text", "b", "B"), ("end group",)], [("survey!A3", "end group", "xlsform_group_not_open")]),
        (
            [("begin repeat", "a", "A"), ("text", "b", "B"), ("end repeat",)],
            [("survey!A2", "repeat", "xlsform_type_unsupported")],
        ),
        (
            [("begin repeat", "a", "A"), ("text", "b", "B"), ("end group",)],
            [
                ("survey!A2", "repeat", "xlsform_type_unsupported"),
                ("survey!A4", "end group", "xlsform_group_not_open"),
                ("survey!A2", "begin repeat", "xlsform_group_unclosed"),
            ],
        ),
        ([("begin loop over why", "a", "A"), ("end loop",)], [("survey!A2", "repeat", "xlsform_type_unsupported")]),
        ([("begin group", "a", "A"), ("end group", None, "bye")], [("survey!C3", "label", "xlsform_cell_needless")]),
    ],
)
def test_what_begins_must_end_and_repeats_are_refused(rows, found):
    assert refusals(*rows) == found


def test_a_note_may_go_without_a_name():
    assert [each.id for each in questions(("text", "a", "A"), ("note", None, "Hello"))] == [
        "a",
        "generated_note_name_3",
    ]


@pytest.mark.parametrize("name", ["_a", "a.b-c_1", "名称", "É1"])
def test_names_are_ids(name):
    [question] = questions(("text", name, "Q"))
    assert question.id == name


@pytest.mark.parametrize("name", ["1a", "a b", "a/b", "-a", "a" * 300, "$a"])
def test_names_that_cannot_be_ids_are_refused(name):
    assert refusals(("text", name, "Q")) == [("survey!B2", "name", "xlsform_name_malformed")]


def test_every_row_needs_type_and_name():
    assert refusals(("text", None, "A"), (None, "b", "B"), ("begin group", None, "C"), ("end group",)) == [
        ("survey!B2", "name", "xlsform_cell_needed"),
        ("survey!A3", "type", "xlsform_cell_needed"),
        ("survey!B4", "name", "xlsform_cell_needed"),
    ]


def test_a_name_stands_once_in_the_whole_form():
    rows = [("text", "a", "A"), ("begin group", "g", "G"), ("text", "a", "A"), ("text", "g", "G"), ("end group",)]
    assert refusals(*rows) == [
        ("survey!B4", "name", "xlsform_name_twice"),
        ("survey!B5", "name", "xlsform_name_twice"),
    ]
