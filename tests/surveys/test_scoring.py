"""Linear scores, 0 to 100, from counts: hand-computed figures, ends, and what has no figure."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definition import Option, Question
from surveys.scoring import Scores, mean, pooled, question_score, questionnaire_scores, weighted_mean
from tests.surveys.cast import choice, outpatient, parsed, scored, small_document

_FIVE = parsed(small_document(scored("q", "d"))).questions[0]


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ({"5": 1}, Fraction(100)),
        ({"1": 1}, Fraction(0)),
        ({"3": 7}, Fraction(50)),
        ({"5": 1, "1": 1}, Fraction(50)),
        ({"5": 2, "4": 1}, Fraction(275, 3)),
        ({"5": 1, "na": 99}, Fraction(100)),
        ({"4": 1, "": 3}, Fraction(75)),
    ],
)
def test_question_score_is_the_mean_of_linear_answers(counts, score):
    assert question_score(_FIVE, counts) == score


@pytest.mark.parametrize("counts", [{}, {"na": 12}, {"5": 0}, {"": 4}])
def test_question_score_without_a_scored_answer_is_none_and_never_nought(counts):
    assert question_score(_FIVE, counts) is None


def test_question_score_of_answers_by_hand():
    # ten times 5, five times 4, three times 3, once 2, once 1: (10·100 + 5·75 + 3·50 + 25 + 0) ÷ 20 = 77.5
    assert question_score(_FIVE, {"5": 10, "4": 5, "3": 3, "2": 1, "1": 1}) == Fraction("77.5")


@pytest.mark.parametrize(
    ("points", "counts", "score"),
    [
        ((1, 2, 3, 4), {"1": 1, "2": 1, "3": 1, "4": 1}, Fraction(50)),
        ((1, 2, 3, 4), {"2": 1}, Fraction(100, 3)),
        (tuple(range(11)), {"9": 1, "10": 1}, Fraction(95)),
        ((0, 1), {"1": 2, "0": 1}, Fraction(200, 3)),
        ((-5, 5), {"-5": 1, "5": 3}, Fraction(75)),
        (("0.5", "1.5", "4.5"), {"1-5": 1}, Fraction(25)),
    ],
)
def test_question_score_measures_between_the_ends_of_its_own_scale(points, counts, score):
    options = tuple(Option(str(point).replace(".", "-"), {"zh": str(point)}, Fraction(str(point))) for point in points)
    assert question_score(Question("q", "choice", {"zh": "q"}, options=options), counts) == score


def test_question_score_with_one_end_only_is_none():
    question = Question("q", "choice", {"zh": "q"}, options=(Option("a", {"zh": "a"}, Fraction(3)),))
    assert question_score(question, {"a": 5}) is None


def test_scores_of_a_dimension_are_the_mean_of_its_questions_and_of_the_unit_the_mean_of_all():
    questionnaire = parsed(
        small_document(scored("a", "x"), scored("b", "x"), scored("c", "y"), scored("o", is_overall=True))
    )
    scores = questionnaire_scores(questionnaire, {"a": {"5": 3}, "b": {"3": 1, "na": 8}, "c": {"1": 2}, "o": {"4": 2}})
    assert scores == Scores(Fraction(50), {"x": Fraction(75), "y": Fraction(0)}, Fraction(75))


def test_scores_leave_out_questions_nobody_answered():
    questionnaire = parsed(small_document(scored("a", "x"), scored("b", "x"), scored("c", "y")))
    scores = questionnaire_scores(questionnaire, {"a": {"5": 1}, "b": {"na": 1}})
    assert scores == Scores(Fraction(100), {"x": Fraction(100), "y": None}, None)


def test_scores_of_nothing_are_none_everywhere():
    assert questionnaire_scores(outpatient(), {}) == Scores(
        None, dict.fromkeys(("environment", "communication", "waiting", "continuity")), None
    )


def test_scores_ignore_options_with_scores_outside_any_dimension():
    document = small_document(scored("a", "x"), scored("free"), choice("plain"))
    assert questionnaire_scores(parsed(document), {"a": {"5": 1}, "free": {"1": 9}, "plain": {"yes": 2}}) == Scores(
        Fraction(100), {"x": Fraction(100)}, None
    )


def test_pooled_figures_weigh_by_responses_not_by_sets():
    one = Scores(Fraction(72), {"x": Fraction(72), "y": None}, Fraction(80))
    other = Scores(Fraction(59), {"x": Fraction(59), "z": Fraction(10)}, None)
    assert pooled([(526, one), (91, other)]) == Scores(
        Fraction(526 * 72 + 91 * 59, 617),
        {"x": Fraction(526 * 72 + 91 * 59, 617), "y": None, "z": Fraction(10)},
        Fraction(80),
    )


def test_pooled_nothing_is_none():
    assert pooled([]) == Scores(None, {}, None)


def test_means_take_only_figures_that_exist():
    assert mean([None, Fraction(1), Fraction(2)]) == Fraction(3, 2)
    assert mean([None]) is None
    assert mean([]) is None
    assert weighted_mean([(0, Fraction(9))]) is None
    assert weighted_mean([(1, Fraction(0)), (3, Fraction(100))]) == 75


@given(st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5", "na"]), st.integers(0, 10**6)))
def test_question_score_is_exact_bounded_and_the_mean_of_single_answers(counts):
    score = question_score(_FIVE, counts)
    answers = [
        Fraction(25 * (int(code) - 1)) for code, count in counts.items() if code != "na" for _ in range(count % 50)
    ]
    assert score is None or (isinstance(score, Fraction) and 0 <= score <= 100)
    small = {code: count % 50 for code, count in counts.items()}
    assert question_score(_FIVE, small) == (sum(answers) / len(answers) if answers else None)
