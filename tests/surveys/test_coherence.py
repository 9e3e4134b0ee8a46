"""What contradicts itself in a questionnaire, whatever file it came from: item, key and code."""

from __future__ import annotations

import random
import time

import pytest

from locales.errors import Reask, explain
from surveys.coherence import Clash, clashes, has_two_ends, is_counted_number
from surveys.structure import Condition, Dimension, Option, Question, Questionnaire

WORDS = {"zh": "字", "en": "word"}


def form(*questions: Question, **more) -> Questionnaire:
    return Questionnaire("f", "1", WORDS, ("zh", "en"), questions, **more)


def q(id_: str = "a", type_: str = "boolean", **more) -> Question:
    return Question(id_, type_, WORDS, **more)


def options(*codes: str, **more) -> tuple[Option, ...]:
    return tuple(Option(code, WORDS, **more) for code in codes)


def whenever(question: str, operator: str = "=", value: object = "true") -> tuple[Condition, ...]:
    return (Condition(question, operator, value),)


def faults(*questions: Question, **more) -> list[tuple[str | None, str, str]]:
    found = clashes(form(*questions, **more))
    for clash in found:
        assert all("{" not in explain(language, Reask(clash.code, clash.details)) for language in ("zh", "en"))
    return [(clash.item, clash.key, clash.code) for clash in found]


OTHER_TYPE = "questionnaire_value_of_other_type"


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        # ids and places
        ([q(), q("b"), q()], [("a", "id", "value_twice")]),
        ([q(parent="nobody")], [("a", "parent", "questionnaire_parent_unknown")]),
        ([q(parent="a")], [("a", "parent", "questionnaire_parent_unknown")]),
        ([q(parent="b"), q("b", "group")], [("a", "parent", "questionnaire_parent_unknown")]),
        ([q("t", "display"), q(parent="t")], [("a", "parent", "questionnaire_parent_is_text")]),
        ([q("g", "group"), q("b"), q(parent="g")], [("a", "parent", "questionnaire_parent_apart")]),
        ([q("g", "group"), q("h", "group", parent="g"), q("b", parent="g"), q(parent="h")], [("a", "parent", "questionnaire_parent_apart")]),
        ([q("g", "group"), q("h", "group", parent="g"), q("b", parent="h"), q(parent="g")], []),
        ([Question("a", "slider", WORDS)], [("a", "type", "value_unknown")]),
        # options
        ([q(type_="coding", options=options("x", "y", "x"))], [("a", "options[2].code", "value_twice")]),
        ([q(type_="coding", options=options("~x"))], [("a", "options[0].code", "questionnaire_option_reserved")]),
        ([q(type_="coding", options=options("x", is_exclusive=True), repeats=True)], []),
        ([q(options=options("x"))], [("a", "options[0].code", OTHER_TYPE), ("a", "options", "questionnaire_options_needless")]),
        ([q(type_="group", options=options("x"))], [("a", "options", "questionnaire_options_needless")]),
        ([q(type_="integer", options=options("1", "x"))], [("a", "options[1].code", OTHER_TYPE)]),
        ([q(type_="date", options=options("2026-03", "2026-13"))], [("a", "options[1].code", OTHER_TYPE)]),
        # bounds
        ([q(type_="integer", minimum="2.5")], [("a", "minimum", OTHER_TYPE)]),
        ([q(type_="integer", minimum="x", maximum="2")], [("a", "minimum", OTHER_TYPE)]),
        ([q(type_="decimal", minimum="2.50", maximum="2.5")], []),
        ([q(type_="time", maximum="24:00:00")], [("a", "maximum", OTHER_TYPE)]),
        ([q(least=1, most=1)], []),
        ([q(type_="string", pattern=r"(a)\1")], [("a", "pattern", "pattern_unsafe")]),
        ([q(type_="string", pattern="[a-z]+")], []),
        # initial values
        ([q(initial=("true", "false"))], [("a", "initial", "questionnaire_repeats_missing")]),
        ([q(initial=("yes",))], [("a", "initial", OTHER_TYPE)]),
        ([q(type_="date", initial=("2026-03",))], []),
        ([q(type_="coding", options=options("x"), initial=("y",))], [("a", "initial", OTHER_TYPE)]),
        ([q(type_="coding", initial=("y",))], []),
        ([q(type_="coding", options=options("x"), constraint="optionsOrString", initial=("~y",))], []),
        ([q(type_="coding", options=options("x"), constraint="optionsOrString", initial=("y",))], [("a", "initial", OTHER_TYPE)]),
        ([q(type_="integer", options=options("1"), constraint="optionsOrType", initial=("7",))], []),
        ([q(type_="coding", options=options("x"), constraint="optionsOrType", initial=("y",))], [("a", "initial", OTHER_TYPE)]),
        # conditions
        ([q(enable_when=whenever("nobody"))], [("a", "enable_when[0].question", "questionnaire_condition_dangling")]),
        ([q(enable_when=whenever("a"))], [("a", "enable_when[0].question", "questionnaire_condition_circular")]),
        ([q(enable_when=whenever("b")), q("b")], []),
        ([q(enable_when=whenever("b")), q("b", enable_when=whenever("a"))], [("a", "enable_when[0].question", "questionnaire_condition_circular"), ("b", "enable_when[0].question", "questionnaire_condition_circular")]),
        ([q("g", "group", enable_when=whenever("a")), q(parent="g")], [("g", "enable_when[0].question", "questionnaire_condition_circular")]),
        ([q("g", "group"), q(enable_when=whenever("g", "exists", value=True))], [("a", "enable_when[0].question", "questionnaire_condition_on_group")]),
        ([q("b"), q(enable_when=whenever("b", ">"))], [("a", "enable_when[0].operator", "questionnaire_condition_unordered")]),
        ([q("b", "text"), q(enable_when=whenever("b", "<="))], []),
        ([q("b", "coding", options=options("x")), q(enable_when=whenever("b", ">", "x"))], [("a", "enable_when[0].operator", "questionnaire_condition_unordered")]),
        ([q("b", "coding", options=options("1", value_type="integer")), q(enable_when=whenever("b", ">", "1"))], []),
        ([q("b", "text"), q(enable_when=whenever("b", "=", "x"))], []),
        ([q("b"), q(enable_when=whenever("b", "is"))], [("a", "enable_when[0].operator", "value_unknown")]),
        ([q("b"), q(enable_when=whenever("b", "exists", "true"))], [("a", "enable_when[0].value", "truth_expected")]),
        ([q("b"), q(enable_when=whenever("b", "=", value=True))], [("a", "enable_when[0].value", OTHER_TYPE)]),
        ([q("b", "integer"), q(enable_when=whenever("b", "=", "2.5"))], [("a", "enable_when[0].value", OTHER_TYPE)]),
        ([q("b", "date"), q(enable_when=whenever("b", ">", "2026-03"))], []),
        ([q("b", "coding", options=options("x")), q(enable_when=whenever("b", "=", "anything"))], []),  # judged by fitness
        # figures
        ([q(is_overall=True)], []),
        ([q(type_="text", is_overall=True)], [("a", "options", "questionnaire_scores_missing")]),
        ([q(type_="integer", is_overall=True, minimum="0", maximum="10")], []),
        ([q(type_="integer", is_overall=True, minimum="0", maximum="101")], [("a", "options", "questionnaire_scores_missing")]),
        ([q(type_="integer", is_overall=True, minimum="1", maximum="1")], [("a", "options", "questionnaire_scores_missing")]),
        ([q(type_="integer", is_overall=True, minimum="0")], [("a", "options", "questionnaire_scores_missing")]),
        ([q(type_="integer", is_overall=True, minimum="0", maximum="10", repeats=True)], [("a", "repeats", "questionnaire_scored_repeats")]),
        ([q(is_overall=True), q("b", is_overall=True)], [("b", "is_overall", "questionnaire_overall_twice")]),
        ([q(dimension="x")], [("a", "dimension", "questionnaire_dimension_unknown")]),
    ],
)  # fmt: skip
def test_contradiction_is_named_by_item_key_and_code(questions, expected):
    assert faults(*questions) == expected


def test_dimension_that_nobody_uses_or_twice_is_named_by_the_form():
    assert faults(q(), dimensions=(Dimension("x", WORDS), Dimension("x", WORDS))) == [
        (None, "dimensions[0].code", "questionnaire_dimension_unused"),
        (None, "dimensions[1].code", "value_twice"),
        (None, "dimensions[1].code", "questionnaire_dimension_unused"),
    ]


def test_clash_says_where_the_item_stands():
    assert clashes(form(q(), q("b", initial=("true", "false")))) == [
        Clash(1, "b", "initial", "questionnaire_repeats_missing", {})
    ]


def test_whole_number_with_near_bounds_is_counted_and_others_are_not():
    assert is_counted_number(q(type_="integer", minimum="0", maximum="100"))
    assert is_counted_number(q(type_="integer", minimum="-5", maximum="-5"))
    for other in (
        q(type_="integer", minimum="0", maximum="101"),
        q(type_="integer", minimum="0"),
        q(type_="integer"),
        q(type_="integer", minimum="5", maximum="0"),
        q(type_="integer", minimum="x", maximum="y"),
        q(type_="decimal", minimum="0", maximum="10"),
        q(type_="integer", minimum="0", maximum="10", options=options("1")),
        q(),
    ):
        assert not is_counted_number(other)


def test_scale_has_two_ends_only_with_two_different_scores():
    one, two = Option("1", WORDS, 1), Option("2", WORDS, 2)
    assert has_two_ends(q(type_="coding", options=(one, two)))
    assert not has_two_ends(q(type_="coding", options=(one, Option("2", WORDS, 1), Option("3", WORDS))))
    assert not has_two_ends(q(type_="date"))


def test_circles_are_found_among_thousands_in_no_time():
    chance = random.Random(3)
    many = 4000
    questions = [
        q(f"q{n}", enable_when=tuple(Condition(f"q{chance.randrange(many)}", "=", "true") for _ in range(3)))
        for n in range(many)
    ]
    started = time.process_time()
    found = clashes(form(*questions))
    assert time.process_time() - started < 2
    assert {clash.code for clash in found} == {"questionnaire_condition_circular"}


def test_long_way_round_is_a_circle_and_its_tail_is_not():
    ring = [q(f"q{n}", enable_when=whenever(f"q{(n + 1) % 500}")) for n in range(500)]
    tail = [q("before"), q("after", enable_when=whenever("q0"))]
    found = faults(*ring, *tail)
    assert [item for item, _, _ in found] == [f"q{n}" for n in range(500)]
