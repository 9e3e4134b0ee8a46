"""What is read from a response: questions asked, what is chosen, what is worth what, own words."""

from __future__ import annotations

import pytest

from surveys.honesty.facts import content_of, words_of
from surveys.honesty.texts import plain
from tests.surveys.cast import BEST, outpatient, said


def test_the_content_of_a_response():
    found = content_of(
        outpatient(), said({**BEST, "signs": "na", "longer": "yes", "where": "tests", "comment": "谢谢！"}), "zh"
    )
    assert found.questions == 12
    assert found.values == ("5", "na", "5", "5", "5", "5", "yes", "tests", "5", "5", "5")
    assert found.worths == (100,) * 8
    assert found.words == "谢谢！"
    assert 150 < found.characters < 400


def test_questions_that_were_not_asked_are_not_in_it():
    found = content_of(outpatient(), said(BEST), "en")
    assert found.questions == 11
    assert found.characters > content_of(outpatient(), said(BEST), "zh").characters


def test_own_words_beside_options_are_words():
    assert words_of(outpatient(), {"where": ("~电梯里",), "comment": ("等太久",)}) == "电梯里 等太久"
    assert words_of(outpatient(), {}) == ""


@pytest.mark.parametrize(
    ("written", "letters"), [("ＡＢ c，。1 ２", "abc12"), ("很 好！", "很好"), ("🙂", ""), ("İ", "i̇".replace("̇", ""))]
)
def test_words_are_compared_by_letters(written, letters):
    assert plain(written) == letters
