"""The path of one response: what is asked, what is accepted, what falls away."""

from __future__ import annotations

import pytest

from locales.errors import Reask
from surveys.conversation import SKIPPED, Ask, Entry, Review, accept, asked, next_step, only_asked, review
from tests.surveys.cast import BEST, choice, free_text, outpatient, parsed, said, scored, small_document, when
from tests.surveys.hostile import HOSTILE

# waited? → where? → who?; and a comment at the end
CHAIN = parsed(
    small_document(
        choice("waited", required=True),
        choice("where", "desk", "doctor", required=True, enable_when=[when("waited", "=", "yes")]),
        free_text("who", max_length=10, enable_when=[when("where", "!=", "desk")]),
        free_text("comment", max_length=10),
    )
)


def ids(answers) -> list[str]:
    return [question.id for question in asked(CHAIN, said(answers))]


def walk(questionnaire, *steps: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    answers: dict[str, tuple[str, ...]] = {}
    for question, value in steps:
        accepted = accept(questionnaire, answers, question, [value])
        assert isinstance(accepted, dict), (question, value, accepted)
        answers = accepted
    return answers


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({}, ["waited", "comment"]),
        ({"waited": "no"}, ["waited", "comment"]),
        ({"waited": "yes"}, ["waited", "where", "comment"]),
        ({"waited": "yes", "where": "desk"}, ["waited", "where", "comment"]),
        ({"waited": "yes", "where": "doctor"}, ["waited", "where", "who", "comment"]),
        ({"waited": "no", "where": "doctor"}, ["waited", "comment"]),  # a needless answer opens nothing
        ({"where": "doctor", "who": "x"}, ["waited", "comment"]),
    ],
)
def test_asked_follows_the_conditions(answers, path):
    assert ids(answers) == path


@pytest.mark.parametrize(
    ("operator", "value", "answer", "is_asked"),
    [
        ("=", "yes", "yes", True),
        ("=", "yes", "no", False),
        ("=", "yes", "", False),
        ("=", "yes", None, False),
        ("!=", "yes", "yes", False),
        ("!=", "yes", "no", True),
        ("!=", "yes", "", False),  # what was never said is not unequal
        ("!=", "yes", None, False),
        ("exists", True, "no", True),
        ("exists", True, "", False),
        ("exists", True, None, False),
        ("exists", False, "no", False),
        ("exists", False, "", True),
        ("exists", False, None, True),
    ],
)
def test_condition_of_every_operator_on_every_answer(operator, value, answer, is_asked):
    questionnaire = parsed(small_document(choice("a"), choice("b", enable_when=[when("a", operator, value)])))
    answers = {} if answer is None else said({"a": answer})
    assert (len(asked(questionnaire, answers)) == 2) == is_asked


@pytest.mark.parametrize(
    ("behaviour", "first", "second", "is_asked"),
    [
        ("all", "yes", "yes", True),
        ("all", "yes", "no", False),
        ("any", "yes", "no", True),
        ("any", "no", "yes", True),
        ("any", "no", "no", False),
    ],
)
def test_several_conditions_join_by_the_behaviour(behaviour, first, second, is_asked):
    conditions = [when("a", "=", "yes"), when("b", "=", "yes")]
    questionnaire = parsed(
        small_document(choice("a"), choice("b"), choice("c", enable_when=conditions, enable_behavior=behaviour))
    )
    assert (len(asked(questionnaire, said({"a": first, "b": second}))) == 3) == is_asked


def test_next_step_shows_the_first_question_and_where_it_stands():
    step = next_step(CHAIN, {})
    assert isinstance(step, Ask)
    assert (step.question.id, step.number, step.total) == ("waited", 1, 2)
    assert (step.answer, step.previous, step.following) == (None, None, "comment")


def test_next_step_goes_on_where_an_answer_is_missing_and_counts_what_is_asked_now():
    step = next_step(CHAIN, said({"waited": "yes", "where": "doctor"}))
    assert isinstance(step, Ask)
    assert (step.question.id, step.number, step.total) == ("who", 3, 4)
    assert (step.previous, step.following) == ("where", "comment")


def test_next_step_goes_back_to_any_question_that_is_asked():
    answers = said({"waited": "yes", "where": "doctor"})
    step = next_step(CHAIN, answers, at="waited")
    assert isinstance(step, Ask)
    assert (step.question.id, step.answer, step.previous, step.following) == ("waited", ("yes",), None, "where")


@pytest.mark.parametrize("at", ["where", "nobody", "", "waited; drop table"])
def test_next_step_at_a_question_not_asked_goes_on_as_usual(at):
    step = next_step(CHAIN, said({"waited": "no"}), at=at)
    assert isinstance(step, Ask)
    assert step.question.id == "comment"


def test_next_step_passes_over_what_was_skipped_and_ends_in_the_review():
    step = next_step(CHAIN, said({"waited": "no", "comment": ""}))
    waited, _, _, comment = CHAIN.questions
    assert step == Review((Entry(waited, ("no",)), Entry(comment, SKIPPED)), (), {}, ())


def test_review_lists_every_asked_question_and_names_what_is_missing():
    waited, where, _, comment = CHAIN.questions
    shown = review(CHAIN, said({"waited": "yes", "who": "needless"}))
    assert shown == Review((Entry(waited, ("yes",)), Entry(where, None), Entry(comment, None)), (where,), {}, ())


def test_review_does_not_miss_optional_or_unasked_questions():
    assert review(CHAIN, said({"waited": "no"})).missing == ()


def test_review_takes_a_skipped_required_question_as_missing():
    assert [question.id for question in review(CHAIN, {"waited": SKIPPED}).missing] == ["waited"]


def test_accept_stores_and_goes_on():
    assert walk(CHAIN, ("waited", "yes"), ("where", "doctor"), ("who", " 李医生 "), ("comment", "")) == {
        "waited": ("yes",), "where": ("doctor",), "who": ("李医生",), "comment": SKIPPED,
    }  # fmt: skip


def test_accept_of_a_correction_drops_the_whole_branch_behind_it():
    answers = walk(CHAIN, ("waited", "yes"), ("where", "doctor"), ("who", "x"), ("comment", "y"))
    assert accept(CHAIN, answers, "where", ["desk"]) == said({"waited": "yes", "where": "desk", "comment": "y"})
    assert accept(CHAIN, answers, "waited", ["no"]) == said({"waited": "no", "comment": "y"})


def test_accept_of_a_correction_and_back_asks_the_branch_again():
    answers = walk(CHAIN, ("waited", "yes"), ("where", "doctor"), ("waited", "no"), ("waited", "yes"))
    step = next_step(CHAIN, answers)
    assert isinstance(step, Ask)
    assert (step.question.id, step.answer) == ("where", None)


def test_accept_leaves_the_answers_it_was_given_alone():
    answers = said({"waited": "yes", "where": "desk"})
    accept(CHAIN, answers, "waited", ["no"])
    assert answers == said({"waited": "yes", "where": "desk"})


@pytest.mark.parametrize(
    ("question", "value", "code"),
    [
        ("waited", "maybe", "answer_not_an_option"),
        ("waited", "YES", "answer_not_an_option"),
        ("waited", " yes", "answer_not_an_option"),
        ("waited", "是", "answer_not_an_option"),
        ("waited", "", "answer_required"),
        ("where", "desk", "question_not_asked"),
        ("who", "x", "question_not_asked"),
        ("nobody", "x", "question_not_asked"),
        ("", "", "question_not_asked"),
        ("comment", "x" * 11, "answer_too_long"),
        ("comment", "x" * 10**6, "answer_too_long"),
        ("comment", "\ud800", "answer_unreadable"),
    ],
)
def test_accept_asks_again_saying_why(question, value, code):
    again = accept(CHAIN, {}, question, [value])
    assert isinstance(again, Reask)
    assert again.code == code


def test_accept_says_how_long_a_text_may_be():
    assert accept(CHAIN, {}, "comment", ["x" * 11]) == Reask("answer_too_long", {"limit": 10})


@pytest.mark.parametrize(
    "value", ["x" * 10, "好" * 10, "👍" * 10, "e\u0301" * 10, "\u1112\u1161\u11ab" * 10, " " * 9999 + "x"]
)
def test_accept_measures_characters_as_they_are_stored(value):
    accepted = accept(CHAIN, {}, "comment", [value])
    assert isinstance(accepted, dict)
    assert len(accepted["comment"][0]) <= 10


@pytest.mark.parametrize("value", ["", "  \n", "\u200b", "\x00\x00", "\u3164"])
def test_accept_takes_an_empty_text_as_skipped_where_it_may_be(value):
    assert accept(CHAIN, {}, "comment", [value]) == {"comment": SKIPPED}
    required = parsed(small_document(free_text("why", required=True)))
    assert accept(required, {}, "why", [value]) == Reask("answer_required")


def test_accept_lets_an_optional_choice_be_skipped():
    questionnaire = parsed(small_document(choice("a"), choice("b", enable_when=[when("a", "exists", True)])))
    answers = walk(questionnaire, ("a", "yes"), ("b", "no"), ("a", ""))
    assert answers == {"a": SKIPPED}


@pytest.mark.parametrize("value", HOSTILE)
def test_accept_survives_hostile_text(value):
    result = accept(CHAIN, {}, "comment", [value])
    assert isinstance(result, Reask) or "\x00" not in "".join(result["comment"])
    refused = accept(CHAIN, {}, "waited", [value])
    assert isinstance(refused, Reask)


def test_only_asked_keeps_the_order_of_the_questionnaire():
    assert list(only_asked(CHAIN, said({"comment": "x", "who": "y", "where": "desk", "waited": "yes"}))) == [
        "waited", "where", "comment",
    ]  # fmt: skip


def test_outpatient_walks_to_the_end_in_eleven_or_twelve_steps():
    for longer, steps in (("no", 11), ("yes", 12)):
        answers: dict[str, tuple[str, ...]] = {}
        seen = []
        while isinstance(step := next_step(outpatient(), answers), Ask):
            seen.append(step.number)
            values = {**BEST, "longer": (longer,), "where": ("doctor",)}.get(step.question.id, SKIPPED)
            accepted = accept(outpatient(), answers, step.question.id, values)
            assert isinstance(accepted, dict)
            answers = accepted
        assert seen == list(range(1, steps + 1))
        assert step.missing == ()


def test_scored_question_takes_not_applicable():
    questionnaire = parsed(small_document(scored("a", "x")))
    assert accept(questionnaire, {}, "a", ["na"]) == {"a": ("na",)}
