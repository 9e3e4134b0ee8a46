"""How an answer reads in a review."""

from __future__ import annotations

import pytest

from surveys.structure import Option, Question, Unit, find_question
from surveys.wording import answer_text, choices
from tests.surveys.cast import outpatient


@pytest.mark.parametrize(
    ("question", "answer", "zh", "en"),
    [
        ("clean", ("5",), "非常满意", "Very satisfied"),
        ("signs", ("na",), "不适用：不需要找路", "Does not apply: I knew the way"),
        ("clean", None, "（未作答）", "(not answered)"),
        ("comment", (), "（已跳过）", "(skipped)"),
        ("comment", ("5",), "5", "5"),
        ("comment", ("{name} <b>",), "{name} <b>", "{name} <b>"),
    ],
)
def test_answer_text_shows_words_not_codes(question, answer, zh, en):
    found = find_question(outpatient(), question)
    assert found is not None
    assert (answer_text(found, answer, "zh"), answer_text(found, answer, "en")) == (zh, en)


def test_answer_text_in_a_language_the_questionnaire_lacks_falls_back_to_chinese():
    found = find_question(outpatient(), "clean")
    assert found is not None
    assert answer_text(found, ("1",), "fr") == "非常不满意"


WORDS = {"zh": "字", "en": "word"}
SEVERAL = Question(
    "q", "coding", WORDS, repeats=True, constraint="optionsOrString",
    options=(Option("a", {"zh": "甲", "en": "A"}, prefix="1."), Option("b", {"zh": "乙"}), Option("c", {})),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer", "zh", "en"),
    [
        (SEVERAL, ("a", "b"), "甲；乙", "A; 乙"),
        (SEVERAL, ("c", "~别的"), "c；别的", "c; 别的"),
        (SEVERAL, ("gone",), "gone", "gone"),
        (Question("q", "boolean", WORDS), ("true",), "是", "Yes"),
        (Question("q", "boolean", WORDS), ("false",), "否", "No"),
        (Question("q", "integer", WORDS, unit=Unit("cm", text="厘米")), ("170",), "170 厘米", "170 厘米"),
        (Question("q", "decimal", WORDS, unit=Unit("kg")), ("3.50",), "3.50 kg", "3.50 kg"),
        (Question("q", "integer", WORDS, repeats=True), ("1", "2"), "1；2", "1; 2"),
        (Question("q", "text", WORDS), ("~so",), "~so", "~so"),
        (Question("q", "date", WORDS), ("2026-03-01",), "2026-03-01", "2026-03-01"),
    ],
)
def test_answer_text_by_type(question, answer, zh, en):
    assert (answer_text(question, answer, "zh"), answer_text(question, answer, "en")) == (zh, en)


def test_choices_are_options_with_their_marks_or_yes_and_no():
    assert choices(SEVERAL, "en") == [("a", "1. A"), ("b", "乙"), ("c", "c")]
    assert choices(Question("q", "boolean", WORDS), "zh") == [("true", "是"), ("false", "否")]
    assert choices(Question("q", "integer", WORDS), "zh") == []
