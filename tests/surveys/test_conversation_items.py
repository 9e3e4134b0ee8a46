"""Groups, texts, hidden and fixed items, several answers, exclusive options, conditions that look ahead."""

from __future__ import annotations

import pytest

from locales.errors import Reask
from surveys.conversation import (
    MOST_ANSWERS,
    SKIPPED,
    Ask,
    Review,
    accept,
    accept_page,
    asked,
    complete,
    next_step,
    review,
    shown,
    toggled,
)
from surveys.structure import Condition, Option, Question, Questionnaire

WORDS = {"zh": "字", "en": "word"}


def form(*questions: Question) -> Questionnaire:
    return Questionnaire("f", "1", WORDS, ("zh", "en"), questions)


def item(id_: str, type_: str = "boolean", **more) -> Question:
    return Question(id_, type_, WORDS, **more)


def several(id_: str = "q", *, alone: tuple[str, ...] = ("none",), **more) -> Question:
    options = tuple(Option(code, WORDS, is_exclusive=code in alone) for code in ("a", "b", "c", "none"))
    return item(id_, "coding", repeats=True, options=options, **more)


def ids(questions) -> list[str]:
    return [question.id for question in questions]


def whenever(question: str, operator: str, value: object) -> tuple[Condition, ...]:
    return (Condition(question, operator, value),)


# --- what is shown --------------------------------------------------------------------------------------------------

WARD = form(
    item("hello", "display"),
    item("stay", "group"),
    item("bell", parent="stay"),
    item("about", "group", parent="stay", enable_when=whenever("bell", "=", "true")),
    item("note", "display", parent="about"),
    item("speed", "integer", parent="about"),
    item("end", "group"),
    item("comment", "text", parent="end"),
    item("thanks", "display", parent="end"),
)


def test_headings_and_texts_lead_to_the_next_question_and_the_last_ones_trail():
    first = next_step(WARD, {})
    assert isinstance(first, Ask)
    assert (first.question.id, ids(first.leads), first.number, first.total) == ("bell", ["hello", "stay"], 1, 2)
    second = next_step(WARD, {"bell": ("true",)})
    assert isinstance(second, Ask)
    assert (second.question.id, ids(second.leads), second.number, second.total) == ("speed", ["about", "note"], 2, 3)
    last = next_step(WARD, {"bell": ("false",)})
    assert isinstance(last, Ask)
    assert (last.question.id, ids(last.leads)) == ("comment", ["end"])
    end = next_step(WARD, {"bell": ("false",), "comment": SKIPPED})
    assert isinstance(end, Review)
    assert ids(end.trailing) == ["thanks"]


def test_group_in_which_nothing_is_asked_is_not_shown():
    assert ids(shown(WARD, {})) == ["hello", "stay", "bell", "end", "comment", "thanks"]
    assert ids(shown(form(item("g", "group"), item("h", "group", parent="g")), {})) == []


def test_closed_group_closes_all_that_it_holds_and_drops_its_answers():
    answers = {"bell": ("true",), "speed": ("3",)}
    assert accept(WARD, answers, "bell", ["false"]) == {"bell": ("false",)}


def test_child_of_a_question_is_asked_once_that_is_answered():
    questionnaire = form(item("a"), item("b", "string", parent="a"), item("c", parent="b"))
    assert ids(asked(questionnaire, {})) == ["a"]
    assert ids(asked(questionnaire, {"a": SKIPPED})) == ["a"]
    assert ids(asked(questionnaire, {"a": ("false",)})) == ["a", "b"]
    assert ids(asked(questionnaire, {"a": ("false",), "b": ("x",), "c": ("true",)})) == ["a", "b", "c"]
    assert ids(asked(questionnaire, {"b": ("x",), "c": ("true",)})) == ["a"]


def test_questionnaire_of_texts_only_goes_to_the_review_at_once():
    questionnaire = form(item("hello", "display"))
    step = next_step(questionnaire, {})
    assert isinstance(step, Review)
    assert (step.entries, ids(step.trailing)) == ((), ["hello"])


# --- hidden and fixed -----------------------------------------------------------------------------------------------


def test_hidden_and_read_only_questions_are_not_asked_and_their_initial_value_stands():
    questionnaire = form(
        item("site", "string", is_hidden=True, initial=("ward",)),
        item("wave", "integer", is_read_only=True, initial=("2",)),
        item("nothing", "integer", is_hidden=True),
        item("a", enable_when=whenever("wave", ">", "1")),
        item("b", enable_when=whenever("nothing", "exists", value=True)),
    )
    assert ids(asked(questionnaire, {})) == ["a"]
    assert ids(asked(questionnaire, {"wave": ("0",), "nothing": ("1",)})) == ["a"]  # nobody can set them
    assert complete(questionnaire, {"a": ("true",)}) == {"site": ("ward",), "wave": ("2",), "a": ("true",)}
    assert accept(questionnaire, {}, "wave", ["0"]) == Reask("question_not_asked")


def test_hidden_or_fixed_group_makes_all_it_holds_so():
    questionnaire = form(
        item("g", "group", is_hidden=True),
        item("a", parent="g"),
        item("b", "integer", parent="a", initial=("1",)),
        item("h", "group", is_read_only=True),
        item("c", "integer", parent="h", initial=("1",)),
        item("d", parent="c"),
        item("t", "display", parent="h"),
    )
    assert ids(asked(questionnaire, {"a": ("true",)})) == ["d"]  # below a fixed question the hand is free again
    assert ids(shown(questionnaire, {})) == ["h", "d", "t"]
    assert complete(questionnaire, {"a": ("true",)}) == {"c": ("1",)}


def test_closed_hidden_question_says_nothing():
    questionnaire = form(
        item("a"), item("b", is_hidden=True, initial=("true",), enable_when=whenever("a", "=", "true"))
    )
    assert complete(questionnaire, {"a": ("false",)}) == {"a": ("false",)}
    assert complete(questionnaire, {"a": ("true",)}) == {"a": ("true",), "b": ("true",)}


def test_initial_value_of_a_question_that_is_asked_is_no_answer():
    questionnaire = form(item("a", initial=("true",)), item("b", enable_when=whenever("a", "exists", value=True)))
    step = next_step(questionnaire, {})
    assert isinstance(step, Ask)
    assert (step.question.id, step.answer, step.total) == ("a", None, 1)
    assert complete(questionnaire, {}) == {}


# --- looking ahead --------------------------------------------------------------------------------------------------


def test_condition_may_look_ahead_and_the_question_appears_before():
    questionnaire = form(item("a", enable_when=whenever("b", "=", "true")), item("b"))
    step = next_step(questionnaire, {})
    assert isinstance(step, Ask)
    assert (step.question.id, step.total) == ("b", 1)
    step = next_step(questionnaire, {"b": ("true",)})
    assert isinstance(step, Ask)
    assert (step.question.id, step.number, step.following) == ("a", 1, "b")
    assert accept(questionnaire, {"a": ("true",), "b": ("true",)}, "b", ["false"]) == {"b": ("false",)}


def test_page_reads_everything_before_it_decides_what_is_asked():
    questionnaire = form(item("a", enable_when=whenever("b", "=", "true")), item("b"))
    assert accept_page(questionnaire, {}, {"a": ["false"], "b": ["true"]}) == ({"a": ("false",), "b": ("true",)}, {})
    assert accept_page(questionnaire, {}, {"a": ["false"], "b": ["false"]}) == ({"b": ("false",)}, {})
    assert accept_page(questionnaire, {}, {"a": ["maybe"], "b": ["false"]}) == ({"b": ("false",)}, {})
    assert accept_page(questionnaire, {}, {"a": ["maybe"], "b": ["true"]}) == (
        {"b": ("true",)},
        {"a": Reask("answer_not_an_option")},
    )


def test_page_that_brings_what_cannot_be_taken_leaves_the_answer_from_before():
    questionnaire = form(item("n", "integer", required=True))
    before = {"n": ("3",)}
    assert accept_page(questionnaire, before, {"n": ["x"]}) == (before, {"n": Reask("answer_not_a_number")})
    assert accept_page(questionnaire, before, {"n": [""]}) == (before, {"n": Reask("answer_required")})
    assert accept_page(questionnaire, before, {"g": ["x"], "": [], "n\x00": ["1"]}) == (before, {})


# --- conditions by type ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "operator", "value", "answer", "is_asked"),
    [
        (item("a", "integer"), ">", "9", "10", True),
        (item("a", "integer"), ">", "10", "9", False),
        (item("a", "integer"), "=", "10", "10", True),
        (item("a", "decimal"), "=", "3.5", "3.50", True),
        (item("a", "decimal"), "<=", "3.5", "3.51", False),
        (item("a", "decimal"), ">=", "3.5", "3.50", True),
        (item("a", "date"), "<", "2026-03", "2026-02-28", True),
        (item("a", "date"), "=", "2026-03", "2026-03-01", False),
        (item("a", "date"), "!=", "2026-03", "2026-03-01", False),
        (item("a", "dateTime"), "=", "2026-03-01T00:00:00Z", "2026-03-01T08:00:00+08:00", True),
        (item("a", "time"), "<", "12:00:00", "08:30:00", True),
        (item("a", "string"), "=", "好", "好", True),
        (item("a", "string"), "!=", "好", "坏", True),
        (item("a"), "!=", "true", "false", True),
        (several("a", constraint="optionsOrString"), "=", "d", "~d", True),
        (several("a", constraint="optionsOrString"), "!=", "a", "~d", True),
    ],
)
def test_condition_compares_by_type(about, operator, value, answer, is_asked):
    questionnaire = form(about, item("b", enable_when=whenever("a", operator, value)))
    assert ("b" in ids(asked(questionnaire, {"a": (answer,)}))) is is_asked


@pytest.mark.parametrize(
    ("operator", "value", "answer", "is_asked"),
    [
        ("=", "a", ("a", "b"), True),
        ("=", "c", ("a", "b"), False),
        ("!=", "a", ("a", "b"), True),  # b is unequal: one suffices
        ("!=", "a", ("a",), False),
        ("exists", True, ("a", "b"), True),
        ("exists", False, (), True),
    ],
)
def test_any_of_several_answers_suffices(operator, value, answer, is_asked):
    questionnaire = form(several("a"), item("b", enable_when=whenever("a", operator, value)))
    assert ("b" in ids(asked(questionnaire, {"a": answer}))) is is_asked


def test_code_of_another_system_is_another_code():
    option = Option("1", WORDS, system="http://loinc.org")
    for system, is_asked in (("http://loinc.org", True), (None, True), ("http://snomed.info/sct", False)):
        questionnaire = form(
            item("a", "coding", options=(option,)), item("b", enable_when=(Condition("a", "=", "1", system),))
        )
        assert ("b" in ids(asked(questionnaire, {"a": ("1",)}))) is is_asked
        other = form(
            item("a", "coding", options=(option,)), item("b", enable_when=(Condition("a", "!=", "1", system),))
        )
        assert ("b" in ids(asked(other, {"a": ("1",)}))) is not is_asked


def test_numbers_that_are_chosen_compare_as_numbers():
    options = tuple(Option(code, {}, value_type="integer") for code in ("9", "10"))
    questionnaire = form(item("a", "coding", options=options), item("b", enable_when=whenever("a", ">", "9")))
    assert ids(asked(questionnaire, {"a": ("10",)})) == ["a", "b"]
    assert ids(asked(questionnaire, {"a": ("9",)})) == ["a"]


# --- several answers ------------------------------------------------------------------------------------------------


def test_several_are_kept_once_each_in_the_order_of_the_form():
    questionnaire = form(several())
    assert accept(questionnaire, {}, "q", ["c", "a", "c"]) == {"q": ("a", "c")}
    assert accept(questionnaire, {}, "q", ["", "b", " "]) == {"q": ("b",)}
    assert accept(questionnaire, {}, "q", []) == {"q": SKIPPED}
    assert accept(questionnaire, {}, "q", [""]) == {"q": SKIPPED}


def test_several_numbers_are_kept_as_given():
    questionnaire = form(item("q", "integer", repeats=True))
    assert accept(questionnaire, {}, "q", ["3", "03", "1"]) == {"q": ("3", "3", "1")}


@pytest.mark.parametrize(
    ("values", "reask"),
    [
        (["a", "none"], Reask("answer_exclusive")),
        (["a", "b", "c"], Reask("too_many_answers", {"most": 2})),
        (["a"] * 6, Reask("too_many_answers", {"most": 2})),  # more than could ever be meant
        (["a", "x"], Reask("answer_not_an_option")),
        (["x"] * 10**5, Reask("too_many_answers", {"most": 2})),
    ],
)
def test_several_that_cannot_stand_together_are_asked_again(values, reask):
    assert accept(form(several(most=2)), {}, "q", values) == reask


def test_exclusive_option_alone_is_taken():
    assert accept(form(several()), {}, "q", ["none", "none"]) == {"q": ("none",)}


def test_single_answer_takes_no_second_one():
    assert accept(form(item("q")), {}, "q", ["true", "false"]) == Reask("too_many_answers", {"most": 1})
    assert accept(form(item("q", "string")), {}, "q", ["a", "b"]) == Reask("too_many_answers", {"most": 1})


def test_repeating_question_without_a_bound_has_one_all_the_same():
    questionnaire = form(item("q", "integer", repeats=True))
    assert accept(questionnaire, {}, "q", ["1"] * MOST_ANSWERS) == {"q": ("1",) * MOST_ANSWERS}
    assert accept(questionnaire, {}, "q", ["1"] * (MOST_ANSWERS + 1)) == Reask(
        "too_many_answers", {"most": MOST_ANSWERS}
    )


def test_too_few_are_taken_and_the_review_says_so():
    questionnaire = form(several(least=2, required=True))
    answers = accept(questionnaire, {}, "q", ["a"])
    assert answers == {"q": ("a",)}
    seen = review(questionnaire, {"q": ("a",)})
    assert (seen.missing, seen.faults) == ((), {"q": Reask("too_few_answers", {"least": 2})})
    assert review(questionnaire, {"q": ("a", "b")}).faults == {}
    assert accept(questionnaire, {}, "q", []) == Reask("answer_required")


def test_optional_question_passed_over_has_not_too_few():
    assert review(form(several(least=2)), {"q": SKIPPED}).faults == {}


def test_own_words_stand_behind_the_options():
    questionnaire = form(several(constraint="optionsOrString"))
    assert accept(questionnaire, {}, "q", ["~别的", "b"]) == {"q": ("b", "~别的")}
    assert accept(questionnaire, {}, "q", ["none", "~别的"]) == Reask("answer_exclusive")


# --- taps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "tap", "after"),
    [
        ((), "b", ("b",)),
        (("b",), "a", ("a", "b")),
        (("a", "b"), "a", ("b",)),
        (("b",), "b", ()),
        (("a", "b"), "none", ("none",)),
        (("none",), "c", ("c",)),
        (("none",), "none", ()),
        (("~别的",), "a", ("a", "~别的")),
    ],
)
def test_tap_takes_or_gives_back_and_exclusive_options_stand_alone(before, tap, after):
    assert toggled(several(), before, tap) == after


def test_tap_on_one_of_one_replaces():
    question = item("q", "coding", options=(Option("a", WORDS), Option("b", WORDS)))
    assert toggled(question, ("a",), "b") == ("b",)
    assert toggled(question, ("b",), "b") == ()


@pytest.mark.parametrize(("operator", "expected"), [("=", ["a"]), ("!=", ["a", "b"])])
def test_condition_that_names_a_system_is_about_no_option_without_one(operator, expected):
    condition = Condition("a", operator, "1", "http://loinc.org")
    questionnaire = form(item("a", "coding", options=(Option("1", WORDS),)), item("b", enable_when=(condition,)))
    assert ids(asked(questionnaire, {"a": ("1",)})) == expected
