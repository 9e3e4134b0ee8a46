"""Fields into values: which control a question gets, which fields are taken, and what odd ones come to."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from locales.errors import DomainError, Reask
from surveys.structure import (
    BOOLEAN,
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    OPTIONS_OR_STRING,
    OPTIONS_OR_TYPE,
    STRING,
    TEXT,
    TIME,
    Option,
    Question,
    Questionnaire,
)
from web.survey_fields import Given, control, keeps_words, read_fields, scale, takes_own_words

NOW = datetime(2026, 11, 6, 11, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
AB = (Option("a", {"zh": "甲"}, Fraction(1)), Option("b", {"zh": "乙"}))


def questionnaire(*questions: Question) -> Questionnaire:
    return Questionnaire(id="q", version="1", title={}, languages=("zh",), questions=questions)


def read(*questions: Question, stored=None, **fields):
    """`a0="x"` is the field a.0; a list is several."""
    lists = {"shown": tuple(fields.pop("shown", ()))}
    for name, value in fields.items():
        lists[f"{name[0]}.{name[1:]}"] = tuple(value) if isinstance(value, list) else (value,)
    return read_fields(questionnaire(*questions), lists, stored=stored or {}, language="zh", now=NOW)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (Question("x", BOOLEAN), "radios"),
        (Question("x", CODING, options=AB), "radios"),
        (Question("x", CODING, options=AB, repeats=True), "boxes"),
        (Question("x", INTEGER, options=(Option("1", {}, value_type=INTEGER),)), "radios"),
        (Question("x", INTEGER, minimum="0", maximum="10"), "scale"),
        (Question("x", INTEGER, minimum="-5", maximum="5"), "scale"),
        (Question("x", INTEGER, minimum="0", maximum="11"), "line"),
        (Question("x", INTEGER, minimum="0", maximum="9" * 400), "line"),
        (Question("x", INTEGER, minimum="0"), "line"),
        (Question("x", INTEGER, minimum="0", maximum="5", repeats=True), "line"),
        (Question("x", DECIMAL, minimum="0", maximum="1"), "line"),
        (Question("x", DATE), "date"),
        (Question("x", TIME), "time"),
        (Question("x", DATETIME), "datetime-local"),
        (Question("x", STRING), "line"),
        (Question("x", TEXT), "area"),
    ],
)
def test_each_type_has_its_control(question, kind):
    assert control(question) == kind


def test_scale_runs_from_the_smallest_to_the_largest():
    assert list(scale(Question("x", INTEGER, minimum="-1", maximum="1"))) == [-1, 0, 1]


def test_words_are_kept_where_they_are_written_or_stand_for_an_option():
    own = Question("x", CODING, options=AB, constraint=OPTIONS_OR_STRING)
    number = Question("x", INTEGER, options=(Option("1", {}),), constraint=OPTIONS_OR_TYPE)
    assert (takes_own_words(own), takes_own_words(number), takes_own_words(Question("x", CODING, options=AB))) == (
        True, True, False,
    )  # fmt: skip
    assert (keeps_words(own), keeps_words(number), keeps_words(Question("x", STRING))) == (True, False, True)


def test_values_are_in_the_machines_form():
    brought = read(
        Question("n", INTEGER), Question("d", DATE), Question("t", TIME), Question("m", DATETIME), Question("s", STRING),
        a0=" １２ ", a1="昨天", a2="下午3点", a3="2026-11-05T10:20", a4="  随便 ",
    )  # fmt: skip
    assert brought.faults == {}
    assert brought.values == {
        "n": ("12",), "d": ("2026-11-05",), "t": ("15:00:00",), "m": ("2026-11-05T10:20:00+08:00",), "s": ("  随便 ",),
    }  # fmt: skip


def test_several_fields_are_several_answers_and_empty_ones_none():
    brought = read(Question("n", INTEGER, repeats=True), a0=["1", "", "  ", "二"])
    assert brought.values == {"n": ("1", "2")}
    assert brought.given == {"n": Given(("1", "", "  ", "二"))}
    assert read(Question("n", INTEGER, repeats=True), a0=["1", "二或三"]).faults == {"n": Reask("typed_not_whole")}


def test_what_is_shown_and_left_is_passed_over_unless_it_is_required():
    optional, needed = Question("o", STRING), Question("r", STRING, required=True)
    assert read(optional, needed, shown=["0", "1"]).values == {"o": ()}
    assert read(optional, needed, shown=["0", "1"], stored={"r": ("x",)}).values == {"o": (), "r": ()}
    assert read(optional, needed).values == {}


def test_shown_places_that_are_none_are_ignored():
    for odd in ("9", "-1", "00", "1e3", "٣", "", "x" * 100, "99999999999"):
        assert read(Question("o", STRING), shown=[odd]).given == {}


@pytest.mark.parametrize("name", ["a7", "a00", "a", "a-1", "ax", "a٣", "a1", "a2", "a3", "o0", "o4", "a99999999999"])
def test_fields_of_what_takes_no_answers_are_refused(name):
    items = (
        Question("o", STRING), Question("g", "group"), Question("h", STRING, is_hidden=True),
        Question("r", STRING, is_read_only=True), Question("c", CODING, options=AB),
    )  # fmt: skip
    with pytest.raises(DomainError) as caught:
        read(*items, **{name: "x"})
    assert (caught.value.code, caught.value.details["field"]) == ("unknown_field", f"{name[0]}.{name[1:]}")


@pytest.mark.parametrize("prefix", ["a", "o"])
def test_second_value_where_one_is_taken_is_refused(prefix):
    with pytest.raises(DomainError) as caught:
        read(Question("c", CODING, options=AB, constraint=OPTIONS_OR_STRING), **{f"{prefix}0": ["a", "b"]})
    assert (caught.value.code, caught.value.details["field"]) == ("field_twice", f"{prefix}.0")


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"a0": "a"}, ("a",)),
        ({"a0": "a", "o0": "words"}, ("a",)),
        ({"a0": "~", "o0": " words "}, ("~words",)),
        ({"o0": "words"}, ("~words",)),
        ({"a0": "", "o0": "words"}, ("~words",)),
        ({"a0": "~", "o0": "乙"}, ("b",)),
        ({"a0": "", "o0": ""}, ()),
        ({"a0": "zzz"}, ("zzz",)),  # whether it is an option is judged where it is stored
    ],
)
def test_own_words_beside_one_choice(fields, values):
    assert read(Question("c", CODING, options=AB, constraint=OPTIONS_OR_STRING), **fields).values == {"c": values}


def test_own_words_beside_several_choices():
    question = Question("c", CODING, options=AB, constraint=OPTIONS_OR_STRING, repeats=True)
    assert read(question, a0=["a", "~"], o0=["x", "", "y"]).values == {"c": ("a", "~x", "~y")}
    assert read(question, a0=["a"], o0=["x"]).values == {"c": ("a",)}
    assert read(question, a0=["a", "~"], o0=[""]).faults == {"c": Reask("answer_words_missing")}


def test_own_value_of_a_type_is_read_as_one():
    question = Question("c", INTEGER, options=(Option("3", {}, value_type=INTEGER),), constraint=OPTIONS_OR_TYPE)
    assert read(question, a0="~", o0="三十").values == {"c": ("30",)}
    assert read(question, a0="3").values == {"c": ("3",)}
    assert set(read(question, a0="~", o0="很多").faults) == {"c"}


def test_half_a_surrogate_pair_is_no_text():
    assert read(Question("n", INTEGER), a0="\ud800").faults == {"n": Reask("answer_unreadable")}
    assert read(Question("s", STRING), a0="\ud800").values == {"s": ("\ud800",)}  # refused where it is stored


def test_nothing_that_was_written_shows_in_a_log():
    assert "秘密" not in repr(read(Question("s", STRING), a0="秘密").given)
