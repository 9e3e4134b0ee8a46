"""`constraint`: bounds that mean the same as the expression, or a refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveys.structure import CODING, DATE, DATETIME, DECIMAL, INTEGER, TEXT, TIME, Option, Question
from surveys.xlsform.constraints import read_constraint
from surveys.xlsform.expressions import Unsupported

WHOLE, EXACT, WORDS, DAY = Question("q", INTEGER), Question("q", DECIMAL), Question("q", TEXT), Question("q", DATE)
SEVERAL = Question("q", CODING, repeats=True, options=tuple(Option(code, {}) for code in ("a", "b", "none")))


def refused(written: str, question: Question) -> str:
    with pytest.raises(Unsupported) as stopped:
        read_constraint(written, question)
    return stopped.value.part


@pytest.mark.parametrize(
    ("written", "minimum", "maximum"),
    [
        (". >= 1 and . <= 10", "1", "10"),
        (".>=1 and .<=10", "1", "10"),
        ("1 <= . and 10 >= .", "1", "10"),
        (". > 0", "1", None),
        (". < 10", None, "9"),
        (". > -1", "0", None),
        (". > 0.5", "1", None),
        (". >= 0.5", "1", None),
        (". < 9.5", None, "9"),
        (". <= 9.5", None, "9"),
        (". >= 1 and . >= 3 and . <= 9 and . < 8", "3", "7"),
        ("(. >= '1')", "1", None),
        ("true()", None, None),
    ],
)
def test_whole_numbers_have_whole_bounds(written, minimum, maximum):
    assert read_constraint(written, WHOLE) == replace(WHOLE, minimum=minimum, maximum=maximum)


def test_other_numbers_keep_the_bound_as_written():
    assert read_constraint(". >= .5 and . <= 2.50", EXACT) == replace(EXACT, minimum="0.5", maximum="2.50")


def test_days_before_and_after_a_day():
    assert read_constraint(". >= date('2026-01-01') and . < '2026-03-01'", DAY) == replace(
        DAY, minimum="2026-01-01", maximum="2026-02-28"
    )
    assert read_constraint("date('2026-12-31') < .", DAY) == replace(DAY, minimum="2027-01-01")


def test_times_have_bounds_that_are_allowed_themselves():
    time = Question("q", TIME)
    assert read_constraint(". <= '18:00:00'", time) == replace(time, maximum="18:00:00")
    assert refused(". < '18:00:00'", time) == ". <"


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [
        ("string-length(.) <= 20", None, 20),
        ("string-length(.) < 20", None, 19),
        ("string-length(.) > 2 and string-length(.) <= 5", 3, 5),
        ("string-length(.) = 11", 11, 11),
        ("5 >= string-length(.)", None, 5),
    ],
)
def test_texts_have_lengths(written, least, most):
    assert read_constraint(written, WORDS) == replace(WORDS, min_length=least, max_length=most)


def test_texts_have_a_pattern():
    question = read_constraint("regex(., '^1[0-9]{10}$') and string-length(.) = 11", WORDS)
    assert question == replace(WORDS, pattern="^1[0-9]{10}$", min_length=11, max_length=11)


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [
        ("count-selected(.) <= 2", None, 2),
        ("count-selected(.) >= 1 and count-selected(.) < 3", 1, 2),
        ("count-selected(.) = 2", 2, 2),
    ],
)
def test_several_answers_have_a_number(written, least, most):
    assert read_constraint(written, SEVERAL) == replace(SEVERAL, least=least, most=most)


@pytest.mark.parametrize(
    "written",
    [
        "not(selected(., 'none') and count-selected(.) > 1)",
        "not(count-selected(.) >= 2 and selected(., 'none'))",
        "not(selected(., 'none')) or count-selected(.) = 1",
        "count-selected(.) < 2 or not(selected(., 'none'))",
    ],
)
def test_an_option_can_stand_alone(written):
    assert [option.is_exclusive for option in read_constraint(written, SEVERAL).options] == [False, False, True]


@pytest.mark.parametrize(
    ("written", "question", "part"),
    [
        (". > 0.5", EXACT, ". > 0.5"),
        (". < 1", EXACT, ". < 1"),
        (". = 5", WHOLE, ". = 5"),
        (". != 5", WHOLE, ". != 5"),
        (". < 1 or . > 5", WHOLE, "or"),
        (". > ${other}", WHOLE, ". >"),
        (". mod 2 = 0", WHOLE, "mod 2 = 0"),
        (". < 1e9", WHOLE, "1e9"),
        (". <= today()", DAY, "today()"),
        (". <= 5", DAY, ". <="),
        (". <= 'soon'", DAY, "soon"),
        (". > date('9999-12-31')", DAY, "9999-12-31"),
        (". >= '2026-03-01'", Question("q", DATETIME), "2026-03-01"),
        ("regex(., '[0-9]+')", WHOLE, "regex()"),
        ("regex(., ${other})", WORDS, "regex()"),
        ("regex(., 'a') and regex(., 'b')", WORDS, "regex()"),
        (". != ''", WORDS, ". !="),
        ("string-length(.) < 0", WORDS, "< 0"),
        ("string-length(.) = 0", WORDS, "= 0"),
        ("string-length(.) != 3", WORDS, "!= 3"),
        ("string-length(.) > 99999999999", WORDS, "> 99999999999"),
        ("string-length(${other}) < 3", WORDS, "string-length()"),
        ("string-length(.) < 3", WHOLE, "string-length()"),
        ("count-selected(.) < 3", WORDS, "count-selected()"),
        ("selected(., 'a')", SEVERAL, "selected()"),
        ("not(selected(., 'a'))", SEVERAL, "not()"),
        ("not(selected(., 'zz') and count-selected(.) > 1)", SEVERAL, "not()"),
        ("not(selected(., 'a') and count-selected(.) > 2)", SEVERAL, "not()"),
        ("not(selected(., 'a') or count-selected(.) > 1)", SEVERAL, "not()"),
        ("selected(., 'a') or count-selected(.) = 1", SEVERAL, "or"),
        ("${other} > 1", WHOLE, "…"),
        ("false()", WHOLE, "false()"),
    ],
)
def test_what_bounds_cannot_say_is_refused(written, question, part):
    assert refused(written, question) == part


def test_an_option_of_a_single_answer_needs_not_stand_alone():
    single = replace(SEVERAL, repeats=False)
    assert refused("not(selected(., 'none') and count-selected(.) > 1)", single) == "not()"
