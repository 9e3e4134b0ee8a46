"""Answers that a form names: as they are stored, and back."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.fhir.named_answers import Named, asked, read_named, write_named
from surveys.structure import (
    BOOLEAN,
    CODING,
    DATE,
    INTEGER,
    OPTIONS_OR_STRING,
    OPTIONS_OR_TYPE,
    STRING,
    TEXT,
    Option,
    Question,
)

LOINC = "http://loinc.org"
ONE = Option("1", {"und": "One"}, system=LOINC)
FIVE = Option("5", {"und": "5"}, value_type=INTEGER)
SHOWN = Option("Yes", {"und": "Yes"}, carried={"valueCoding": {"code": None}})
MIXED = Question("q", CODING, options=(ONE, FIVE, SHOWN))
DAYS = Question("q", CODING, options=(Option("2026-03-01", {}, value_type=DATE),))
OPEN = Question("q", CODING, options=(ONE,), constraint=OPTIONS_OR_STRING)
OTHERS = Question("q", INTEGER, options=(FIVE,), constraint=OPTIONS_OR_TYPE)


@pytest.mark.parametrize(
    ("question", "suffix", "raw", "named"),
    [
        (Question("q", BOOLEAN), "Boolean", True, Named("true")),
        (Question("q", TEXT), "String", "~x", Named("~x")),
        (Question("q", CODING), "Coding", {"system": LOINC, "code": "z"}, Named("z", LOINC)),
        (Question("q", CODING, constraint=OPTIONS_OR_STRING), "String", "words", Named("~words")),
        (MIXED, "Coding", {"code": "1"}, Named("1")),
        (MIXED, "Coding", {"code": "1", "system": "http://x"}, Named("1", "http://x", is_allowed=False)),
        (MIXED, "Coding", {"code": "z"}, Named("z", is_allowed=False)),
        (MIXED, "Coding", {"code": "5"}, Named("5", is_allowed=False)),
        (MIXED, "Coding", {"display": "Yes"}, Named("Yes")),
        (MIXED, "Integer", 5, Named("5")),
        (MIXED, "Integer", 1, None),
        (MIXED, "Integer", 6, Named("6", is_allowed=False)),
        (DAYS, "Date", "2026-02-01", Named("2026-02-01", is_allowed=False)),
        (DAYS, "Date", "soon", None),
        (MIXED, "String", "words", None),
        (OPEN, "String", "words", Named("~words")),
        (OPEN, "String", "1", Named("~1")),
        (OTHERS, "Integer", 5, Named("5")),
        (OTHERS, "Integer", 6, Named("6")),
        (Question("q", INTEGER, options=(FIVE,)), "Integer", 6, Named("6", is_allowed=False)),
        (Question("q", STRING), "Integer", 6, None),
        (Question("q", DATE), "Date", "tomorrow", None),
    ],
)
def test_an_answer_is_named_as_it_is_stored(question: Question, suffix: str, raw: Any, named: Named | None) -> None:
    assert read_named(asked(question), suffix, raw) == named


@pytest.mark.parametrize(
    ("question", "value", "system", "written"),
    [
        (Question("q", INTEGER), "-7", None, ("Integer", -7)),
        (Question("q", TEXT, constraint=OPTIONS_OR_STRING), "~", None, ("String", "~")),
        (MIXED, "1", None, ("Coding", {"code": "1"})),
        (MIXED, "1", LOINC, ("Coding", {"system": LOINC, "code": "1"})),
        (MIXED, "5", None, ("Integer", 5)),
        (MIXED, "Yes", None, ("Coding", {"display": "Yes"})),
        (MIXED, "z", None, ("Coding", {"code": "z"})),
        (DAYS, "2026-02-01", None, ("Date", "2026-02-01")),
        (OPEN, "~words", None, ("String", "words")),
        (OTHERS, "6", None, ("Integer", 6)),
    ],
)
def test_a_stored_answer_is_written_as_its_option_is(
    question: Question, value: str, system: str | None, written: tuple[str, Any]
) -> None:
    assert write_named(asked(question), value, system, "und") == written
