"""How an answer reads in a review."""

from __future__ import annotations

import pytest

from surveys.structure import find_question
from surveys.wording import answer_text
from tests.surveys.cast import outpatient


@pytest.mark.parametrize(
    ("question", "answer", "zh", "en"),
    [
        ("clean", "5", "非常满意", "Very satisfied"),
        ("signs", "na", "不适用：不需要找路", "Does not apply: I knew the way"),
        ("clean", None, "（未作答）", "(not answered)"),
        ("comment", "", "（已跳过）", "(skipped)"),
        ("comment", "5", "5", "5"),
        ("comment", "{name} <b>", "{name} <b>", "{name} <b>"),
    ],
)
def test_answer_text_shows_words_not_codes(question, answer, zh, en):
    found = find_question(outpatient(), question)
    assert found is not None
    assert (answer_text(found, answer, "zh"), answer_text(found, answer, "en")) == (zh, en)


def test_answer_text_in_a_language_the_questionnaire_lacks_falls_back_to_chinese():
    found = find_question(outpatient(), "clean")
    assert found is not None
    assert answer_text(found, "1", "fr") == "非常不满意"
