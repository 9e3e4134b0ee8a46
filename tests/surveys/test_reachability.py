"""What is required can be answered: nobody waits for a question that is never asked, and no required group stays empty."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveys.fitness import unfit
from surveys.reachability import HOLLOW, UNASKED, unreachable
from surveys.structure import BOOLEAN, DISPLAY, GROUP, Condition, Question, Questionnaire

WORDS = {"zh": "字", "en": "word"}
YES = (Condition("first", "=", "true"),)


def question(id_: str = "q", **said: object) -> Question:
    return Question(id_, BOOLEAN, WORDS, **said)  # type: ignore[arg-type]


def group(id_: str = "g", **said: object) -> Question:
    return Question(id_, GROUP, WORDS, **({"required": True} | said))  # type: ignore[arg-type]


def form(*items: Question) -> Questionnaire:
    return Questionnaire("f", "1", WORDS, ("zh", "en"), (question("first"), *items))


@pytest.mark.parametrize("silence", [{"is_hidden": True}, {"is_read_only": True}])
def test_a_required_question_that_nobody_is_asked_brings_its_answer(silence: dict[str, bool]) -> None:
    unasked = question(required=True, **silence)

    assert list(unreachable(form(unasked))) == [(1, UNASKED)]
    assert list(unreachable(form(replace(unasked, initial=("true",))))) == []
    assert list(unreachable(form(replace(unasked, required=False)))) == []


def test_so_does_one_in_a_hidden_group() -> None:
    assert list(unreachable(form(group(required=False, is_hidden=True), question(required=True, parent="g")))) == [
        (2, UNASKED)
    ]


@pytest.mark.parametrize(
    ("inside", "is_fulfilled"),
    [
        ([], False),
        ([question(parent="g")], False),
        ([question(parent="g", required=True)], True),
        ([question(parent="g", required=True, enable_when=YES)], False),
        ([question(parent="g"), question("r", parent="g", required=True)], True),
        ([question(parent="g", is_hidden=True, initial=("true",))], True),
        ([question(parent="g", initial=("true",))], False),
        ([Question("t", DISPLAY, WORDS, parent="g")], False),
        ([group("inner", parent="g", required=False), question(parent="inner", required=True)], True),
        ([group("inner", parent="g", required=False), question(parent="inner")], False),
        ([group("inner", parent="g", required=False, enable_when=YES), question(parent="inner", required=True)], False),
        ([question(parent="g"), question("under", parent="q", required=True)], False),
    ],
)
def test_a_required_group_always_holds_an_answer(inside: list[Question], *, is_fulfilled: bool) -> None:
    assert list(unreachable(form(group(), *inside))) == ([] if is_fulfilled else [(1, HOLLOW)])


def test_a_group_that_is_required_only_sometimes_is_judged_alike() -> None:
    assert list(unreachable(form(group(enable_when=YES), question(parent="g", required=True)))) == []


def test_fitness_names_it_by_its_key() -> None:
    whole = replace(form(question(required=True, is_hidden=True)), notice=WORDS, thanks=WORDS, notice_version="1")

    assert [(each.key, each.code) for each in unfit(replace(whole, kinds=("outpatient",)), file="f")] == [
        ("questions[1].required", UNASKED)
    ]
