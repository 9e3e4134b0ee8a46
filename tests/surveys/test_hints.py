"""What stands beneath a question: its own hint, and the texts nested in it that FHIR marks as its help."""

from __future__ import annotations

import pytest

from surveys.conversation import Ask, next_step, review, shown
from surveys.definition import parse_questionnaire
from surveys.document import to_document
from surveys.fitness import LONGEST_HINT, unfit
from surveys.hints import CONTROLS, helping, hints_of
from surveys.structure import DISPLAY, GROUP, STRING, Condition, Question, Questionnaire

HELP = {"zh": "写全名", "en": "Your full name"}


def form(*questions: Question) -> Questionnaire:
    words = {"zh": "字", "en": "word"}
    return Questionnaire(
        "f", "1", words, ("zh", "en"), questions, notice=words, notice_version="1", thanks=words, kinds=("outpatient",)
    )


def name(**said: object) -> Question:
    return Question("name", STRING, {"zh": "姓名？", "en": "Name?"}, **said)  # type: ignore[arg-type]


def beneath(**said: object) -> Question:
    usual = {"text": HELP, "parent": "name", "control": "help"}
    return Question(id="help", type=DISPLAY, **(usual | said))  # type: ignore[arg-type]


def test_a_question_says_its_own_hint_first() -> None:
    whole = form(name(hint={"zh": "必填", "en": "Needed"}), beneath())

    assert hints_of(whole, whole.questions[0]) == ({"zh": "必填", "en": "Needed"}, HELP)


@pytest.mark.parametrize("control", CONTROLS)
def test_help_is_shown_with_its_question_whether_answered_or_not(control: str) -> None:
    whole = form(name(), beneath(control=control))
    step = next_step(whole, {})

    assert isinstance(step, Ask)
    assert (step.question.id, step.leads) == ("name", ())
    assert [item.id for item in shown(whole, {"name": ("x",)})] == ["name"]
    assert review(whole, {"name": ("x",)}).trailing == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"control": None},
        {"control": "inline"},
        {"parent": None},
        {"is_hidden": True},
        {"enable_when": (Condition("name", "=", "x"),)},
    ],
)
def test_other_texts_are_no_help(odd: dict[str, object]) -> None:
    whole = form(name(), beneath(**odd))

    assert helping(whole) == frozenset()


def test_help_of_a_group_is_a_text_in_it() -> None:
    whole = form(Question("g", GROUP, HELP), beneath(parent="g"), name(parent="g"))

    assert [item.id for item in shown(whole, {})] == ["g", "help", "name"]


def test_a_hint_comes_through_the_document() -> None:
    whole = form(name(hint=HELP))

    assert to_document(whole)["questions"][0]["hint"] == HELP
    assert parse_questionnaire(to_document(whole), file="f") == (whole, [])


@pytest.mark.parametrize("type_", ["group", "display"])
def test_only_a_question_has_a_hint(type_: str) -> None:
    document = to_document(form(name()))
    document["questions"][0] |= {"type": type_, "hint": HELP}
    del document["questions"][0]["required"]

    assert [(each.key, each.code) for each in parse_questionnaire(document, file="f")[1]] == [
        ("questions[0].hint", "key_unknown")
    ]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ({}, []),
        (HELP, []),
        ({"zh": "写"}, [("questions[0].hint.en", "key_missing")]),
        ({"zh": "写" * (LONGEST_HINT + 1), "en": "x"}, [("questions[0].hint.zh", "text_expected")]),
    ],
)
def test_a_hint_stands_in_every_language_and_is_short(hint: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert [(each.key, each.code) for each in unfit(form(name(hint=hint)), file="f")] == expected
