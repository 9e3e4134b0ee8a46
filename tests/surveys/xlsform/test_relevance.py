"""`relevant`: conditions that mean the same as the expression, or a refusal."""

from __future__ import annotations

import pytest

from surveys.structure import (
    ALL,
    ANY,
    CODING,
    DATE,
    DECIMAL,
    DISPLAY,
    INTEGER,
    OPTIONS_OR_STRING,
    TEXT,
    Condition,
    Option,
    Question,
)
from surveys.xlsform.expressions import Unsupported
from surveys.xlsform.relevance import read_relevant


def choice(name: str, *codes: str, **more) -> Question:
    return Question(name, CODING, options=tuple(Option(code, {"zh": code}) for code in codes), **more)


QUESTIONS = {
    question.id: question
    for question in (
        choice("sat", "1", "2", "3", "4", "na"),
        choice("why", "wait", "cost", repeats=True),
        choice("open", "1", "2", constraint=OPTIONS_OR_STRING),
        Question("age", INTEGER),
        Question("weight", DECIMAL),
        Question("day", DATE),
        Question("words", TEXT),
        Question("note", DISPLAY),
    )
}


def said(written: str) -> tuple[list[tuple[str, str, str | bool]], str]:
    conditions, behaviour = read_relevant(written, QUESTIONS)
    return [(each.question, each.operator, each.value) for each in conditions], behaviour


def refused(written: str) -> tuple[str, str]:
    with pytest.raises(Unsupported) as stopped:
        read_relevant(written, QUESTIONS)
    return stopped.value.code, stopped.value.part


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("${sat} = '1'", ("sat", "=", "1")),
        ("${sat} = 1", ("sat", "=", "1")),
        ("'1' = ${sat}", ("sat", "=", "1")),
        ("${sat} != 'na'", ("sat", "!=", "na")),
        ("not(${sat} = '1')", ("sat", "!=", "1")),
        ("selected(${sat}, '1')", ("sat", "=", "1")),
        ("not(selected(${sat}, '1'))", ("sat", "!=", "1")),
        ("selected(${why}, 'wait')", ("why", "=", "wait")),
        ("${why} != ''", ("why", "exists", True)),
        ("${why} = ''", ("why", "exists", False)),
        ("not(${words} = '')", ("words", "exists", True)),
        ("${age} >= 18", ("age", ">=", "18")),
        ("18 <= ${age}", ("age", ">=", "18")),
        ("${age} > '18'", ("age", ">", "18")),
        ("not(${age} > 18)", ("age", "<=", "18")),
        ("${weight} < 2.50", ("weight", "<", "2.50")),
        ("${day} > date('2026-03-01')", ("day", ">", "2026-03-01")),
        ("${day} = '2026-03-01'", ("day", "=", "2026-03-01")),
        ("${words} = 'yes'", ("words", "=", "yes")),
        ("${open} = 'x'", ("open", "=", "x")),
    ],
)
def test_one_comparison_is_one_condition(written, condition):
    assert said(written) == ([condition], ALL)


def test_several_join_all_by_and_or_all_by_or():
    assert said("${sat}='1' and ${age}>3 and (${words}!='')") == (
        [("sat", "=", "1"), ("age", ">", "3"), ("words", "exists", True)], ALL,
    )  # fmt: skip
    assert said("${sat}='1' or selected(${why},'cost')") == ([("sat", "=", "1"), ("why", "=", "cost")], ANY)


def test_the_same_part_twice_counts_once():
    assert said("${sat}=1 or ${sat}='1'") == ([("sat", "=", "1")], ALL)


@pytest.mark.parametrize("written", ["true()", "TRUE", "yes"])
def test_always_is_no_condition(written):
    assert said(written) == ([], ALL)


def test_codes_that_are_numbers_are_compared_as_numbers():
    assert said("${sat} < 3") == ([("sat", "!=", "3"), ("sat", "!=", "4"), ("sat", "!=", "na")], ALL)
    assert said("${sat} < 3 or ${age} = 1") == ([("sat", "=", "1"), ("sat", "=", "2"), ("age", "=", "1")], ANY)
    assert said("${sat} >= 4") == ([("sat", "=", "4")], ALL)
    assert said("${age} = 1 and ${sat} > 2") == (
        [("age", "=", "1"), ("sat", "!=", "1"), ("sat", "!=", "2"), ("sat", "!=", "na")], ALL,
    )  # fmt: skip


def test_every_code_within_is_any_answer():
    question = choice("q", "1", "2")
    assert read_relevant("${q} < 5", {"q": question}) == ((Condition("q", "exists", value=True),), ALL)


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("${sat} = 1 and ${age} = 2 or ${age} = 3", "and … or"),
        ("not(${sat} = 1 and ${age} = 2)", "not()"),
        ("not(selected(${why}, 'wait'))", "not(selected())"),
        ("${why} = 'wait'", "= 'wait'"),
        ("${why} != 'wait'", "!= 'wait'"),
        ("selected(${age}, '1')", "selected()"),
        ("selected(${sat}, ${age})", "selected()"),
        ("selected(${sat}, '')", "selected()"),
        ("selected(${sat})", "selected()"),
        ("${sat} = ${age}", "${age}"),
        ("${age} = 1.5", "1.5"),
        ("${age} = 'many'", "many"),
        ("${day} > today()", "today()"),
        ("${day} > date('soon')", "soon"),
        ("${words} < 'b'", "< b"),
        ("${sat} > 9", "> 9"),
        ("${sat} < 'b'", "< b"),
        ("${open} < 2", "< 2"),
        ("count-selected(${why}) > 1", "count-selected()"),
        ("string-length(${words}) > 1", "string-length()"),
        (". = 1", "."),
        ("${age}", "${age}"),
        ("false()", "false()"),
        ("1", "1"),
    ],
)
def test_what_conditions_cannot_say_is_refused(written, part):
    assert refused(written) == ("xlsform_expression_unsupported", part)


def test_a_question_that_does_not_exist_is_said_to_be_missing():
    assert refused("${nobody} = 1") == ("questionnaire_condition_dangling", "nobody")


def test_a_note_has_no_answer():
    assert refused("${note} = 1") == ("questionnaire_condition_on_group", "note")
