"""The column `type`: what a row asks for, in every spelling, and what nobody here can ask."""

from __future__ import annotations

import pytest

from surveys.structure import (
    CODING,
    INTEGER,
    OPTIONS_OR_STRING,
    TEXT,
)
from tests.surveys.xlsform.sheets_cast import REASONS, questions, refusals


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("text", "text"), ("string", "text"), ("integer", "integer"), ("INT", "integer"), ("decimal", "decimal"),
        ("date", "date"), ("time", "time"), ("dateTime", "dateTime"), ("datetime", "dateTime"), ("note", "display"),
        ("add integer prompt", "integer"), ("q date", "date"), ("  text  ", "text"),
    ],
)  # fmt: skip
def test_types_have_their_names_of_the_standard(written, type_):
    [question] = questions((written, "q", "Q"))
    assert question.type == type_


def test_types_with_bounds_of_their_own():
    phone, share = questions(("phone number", "p", "P"), ("percentage", "s", "S"))
    assert (phone.type, phone.pattern) == (TEXT, "^[0-9]*$")
    assert (share.type, share.minimum, share.maximum) == (INTEGER, "0", "100")


@pytest.mark.parametrize(
    ("written", "repeats", "constraint"),
    [
        ("select_one why", False, "optionsOnly"),
        ("select one why", False, "optionsOnly"),
        ("select one from why", False, "optionsOnly"),
        ("select1 why", False, "optionsOnly"),
        ("add select one prompt using why", False, "optionsOnly"),
        ("SELECT_ONE  why", False, "optionsOnly"),
        ("select_multiple why", True, "optionsOnly"),
        ("select multiple from why", True, "optionsOnly"),
        ("select all that apply from why", True, "optionsOnly"),
        ("select_one why or_other", False, OPTIONS_OR_STRING),
        ("select one from why or specify other", False, OPTIONS_OR_STRING),
        ("select_multiple why or_other", True, OPTIONS_OR_STRING),
    ],
)
def test_choices_take_one_or_several_of_a_list(written, repeats, constraint):
    [question] = questions((written, "q", "Q"), choices=REASONS)
    assert (question.type, question.repeats, question.constraint) == (CODING, repeats, constraint)
    assert [option.code for option in question.options] == ["wait", "cost", "none"]


@pytest.mark.parametrize(
    ("written", "feature"),
    [
        ("geopoint", "geopoint"), ("image", "image"), ("audio", "audio"), ("video", "video"), ("file", "file"),
        ("barcode", "barcode"), ("acknowledge", "acknowledge"), ("calculate", "calculate"), ("hidden", "hidden"),
        ("range", "range"), ("rank why", "rank"), ("osm why", "osm"), ("xml-external", "xml-external"),
        ("select_one_external why", "select_one_external"), ("select_one_from_file a.csv", "select_one_from_file"),
        ("select_multiple_from_file a.xml", "select_multiple_from_file"), ("select_one a.csv", "select_from_file"),
        ("set form title", "set form title"), ("nonsense " * 20, ("nonsense " * 20)[:40]),
    ],
)  # fmt: skip
def test_types_that_nobody_can_ask_are_refused_by_name(written, feature):
    assert refusals(("text", "a", "A"), (written, "q", "Q"), choices=REASONS) == [
        ("survey!A3", feature, "xlsform_type_unsupported")
    ]


@pytest.mark.parametrize(
    "written", ["start", "end", "today", "deviceid", "phonenumber", "username", "email", "audit", "imei"]
)
def test_what_records_without_asking_is_refused_as_that(written):
    assert refusals((written, "q")) == [("survey!A2", written, "xlsform_type_records")]
