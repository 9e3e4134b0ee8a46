"""Figures from counts by each definition: hand-computed, at the ends, and where there is none."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.scoring import (
    DEFINITION,
    DEFINITIONS,
    LINEAR,
    MEAN5,
    NPS,
    POSITIVE,
    TOPBOX,
    Scale,
    Scores,
    bounds,
    mean,
    pooled,
    pooled_estimates,
    question_estimate,
    question_score,
    questionnaire_estimates,
    questionnaire_scores,
    scale_of,
    weighted_mean,
    worth,
)
from surveys.structure import BOOLEAN, CODING, DECIMAL, INTEGER, TEXT, Option, Question
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
    assert question_score(Question("q", CODING, {"zh": "q"}, options=options), counts) == score


def test_question_score_with_one_end_only_is_none():
    question = Question("q", CODING, {"zh": "q"}, options=(Option("a", {"zh": "a"}, Fraction(3)),))
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


# --- the other definitions ----------------------------------------------------------------------------------------

_FFT = Question(
    "fft",
    CODING,
    options=(
        *(
            Option(code, {}, Fraction(5 - place))
            for place, code in enumerate(("very good", "good", "neither", "poor", "very poor"))
        ),
        Option("do not know", {}),
    ),
)
_FREQUENCY = Question(
    "f",
    CODING,
    options=tuple(
        Option(code, {}, Fraction(place)) for place, code in enumerate(("never", "sometimes", "usually", "always"), 1)
    ),
)
_RECOMMEND = Question("r", INTEGER, minimum="0", maximum="10")
_YES_NO = Question("y", BOOLEAN)


def test_percent_positive_keeps_do_not_know_in_the_denominator():
    counts = {"very good": 60, "good": 20, "neither": 5, "poor": 3, "very poor": 2, "do not know": 10}
    assert question_score(_FFT, counts, POSITIVE) == 80
    assert question_score(_FFT, {**counts, "": 40}, POSITIVE) == 80
    assert question_score(_FFT, {"do not know": 3}, POSITIVE) == 0
    assert question_score(_FFT, {"": 3}, POSITIVE) is None
    assert question_score(_FFT, {}, POSITIVE) is None


def test_linear_and_top_box_leave_do_not_know_out():
    counts = {"very good": 60, "good": 20, "poor": 20, "do not know": 900}
    assert question_score(_FFT, counts, LINEAR) == Fraction(60 * 100 + 20 * 75 + 20 * 25, 100)
    assert question_score(_FFT, counts, TOPBOX) == 60


@pytest.mark.parametrize(
    ("answer", "linear", "top", "positive"),
    [
        ("never", 0, 0, 0),
        ("sometimes", Fraction(100, 3), 0, 0),
        ("usually", Fraction(200, 3), 0, 100),
        ("always", 100, 100, 100),
    ],
)
def test_a_scale_of_four_frequencies(answer, linear, top, positive):
    assert question_score(_FREQUENCY, {answer: 7}) == linear
    assert question_score(_FREQUENCY, {answer: 7}, TOPBOX) == top
    assert question_score(_FREQUENCY, {answer: 7}, POSITIVE) == positive


def test_the_middle_of_a_scale_is_not_positive():
    assert [question_score(_FIVE, {str(score): 1}, POSITIVE) for score in range(1, 6)] == [0, 0, 0, 100, 100]


def test_net_promoter_score_of_published_vectors():
    assert question_score(_RECOMMEND, {str(score): 1 for score in range(11)}, NPS) == Fraction(-500, 11)
    assert question_score(_RECOMMEND, {"10": 100, "7": 30, "0": 80}, NPS) == Fraction(2000, 210)
    assert question_score(_RECOMMEND, {"9": 250, "6": 75, "8": 675}, NPS) == Fraction(35, 2)
    assert [question_score(_RECOMMEND, {str(score): 1}, NPS) for score in (0, 6, 7, 8, 9, 10)] == [
        -100,
        -100,
        0,
        0,
        100,
        100,
    ]


def test_the_two_conventions_of_a_mean_of_five_are_kept_apart():
    counts = {"5": 42, "4": 58}  # mean 4.42
    assert question_score(_FIVE, counts, MEAN5) == Fraction("88.4")
    assert question_score(_FIVE, counts, LINEAR) == Fraction("85.5")


@pytest.mark.parametrize("definition", [NPS, MEAN5])
def test_a_definition_with_its_own_scale_measures_no_other(definition):
    assert question_score(_FREQUENCY, {"always": 9}, definition) is None
    assert question_score(_YES_NO, {"true": 9}, definition) is None
    assert question_score(Question("q", INTEGER, minimum="1", maximum="10"), {"9": 9}, definition) is None
    own = _RECOMMEND if definition == NPS else _FIVE
    assert question_score(own, {"5": 1}, definition) is not None


@pytest.mark.parametrize(
    ("definition", "score"), [(LINEAR, Fraction(800, 10)), (TOPBOX, 50), (POSITIVE, 90), (NPS, 40)]
)
def test_whole_numbers_are_scored_by_their_value(definition, score):
    assert question_score(_RECOMMEND, {"10": 5, "7": 4, "2": 1}, definition) == score


def test_yes_and_no_are_scored_as_the_ends():
    assert question_score(_YES_NO, {"true": 3, "false": 1}) == 75
    assert question_score(_YES_NO, {"true": 3, "false": 1}, TOPBOX) == 75
    assert question_score(_YES_NO, {"true": 3, "false": 1}, POSITIVE) == 75


@pytest.mark.parametrize(
    "question",
    [
        Question("q", CODING, repeats=True, options=_FIVE.options),
        Question("q", INTEGER),
        Question("q", INTEGER, minimum="1"),
        Question("q", INTEGER, maximum="9"),
        Question("q", INTEGER, minimum="3", maximum="3"),
        Question("q", DECIMAL, minimum="0", maximum="10"),
        Question("q", TEXT),
        Question("q", CODING, options=(Option("5", {}), Option("1", {}))),
        Question("q", CODING, options=(Option("5", {}, Fraction(2)), Option("1", {}, Fraction(2)))),
    ],
)
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_what_has_no_scale_is_never_scored(question, definition):
    assert scale_of(question) is None
    assert question_score(question, {"5": 3, "1": 4}, definition) is None
    assert question_estimate(question, {"5": 3, "1": 4}, definition) is None


def test_options_with_scores_go_before_the_numbers_they_are():
    question = Question(
        "q", INTEGER, minimum="0", maximum="100", options=(Option("1", {}, Fraction(0), value_type=INTEGER), Option("2", {}, Fraction(4), value_type=INTEGER))
    )  # fmt: skip
    assert scale_of(question) == Scale(Fraction(0), Fraction(4))
    assert question_score(question, {"2": 1}) == 100


def test_answers_in_own_words_count_only_in_percent_positive():
    counts = {"5": 1, "~别的": 1}
    assert question_score(_FIVE, counts) == 100
    assert question_score(_FIVE, counts, POSITIVE) == 50
    assert question_score(_RECOMMEND, {"10": 1, "~?": 1}) == 100


def test_a_reversed_question_has_reversed_scores():
    longer = Question("longer", CODING, options=(Option("yes", {}, Fraction(0)), Option("no", {}, Fraction(1))))
    assert question_score(longer, {"yes": 1, "no": 3}, TOPBOX) == 75


def test_a_questionnaire_is_scored_by_the_definition_asked_for():
    questionnaire = parsed(small_document(scored("a", "x"), scored("b", "x"), scored("o", is_overall=True)))
    counts = {"a": {"5": 1, "4": 1}, "b": {"4": 2}, "o": {"5": 1, "3": 1}}
    assert questionnaire_scores(questionnaire, counts) == questionnaire_scores(questionnaire, counts, DEFINITION)
    assert questionnaire_scores(questionnaire, counts, TOPBOX) == Scores(
        Fraction(25), {"x": Fraction(25)}, Fraction(50)
    )
    assert questionnaire_scores(questionnaire, counts, MEAN5) == Scores(Fraction(85), {"x": Fraction(85)}, Fraction(80))
    assert questionnaire_scores(questionnaire, counts, NPS) == Scores(None, {"x": None}, None)


_COUNTS = st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5", "na"]), st.integers(0, 500))


@given(st.sampled_from(DEFINITIONS), _COUNTS, _COUNTS, _COUNTS)
def test_estimates_carry_the_very_same_figures(definition, a, b, o):
    questionnaire = parsed(small_document(scored("a", "x"), scored("b", "y"), scored("o", is_overall=True)))
    counts = {"a": a, "b": b, "o": o}
    scores = questionnaire_scores(questionnaire, counts, definition)
    found = questionnaire_estimates(questionnaire, counts, definition)

    def value(estimate):
        return None if estimate is None else estimate.value

    assert (
        Scores(value(found.score), {code: value(each) for code, each in found.dimensions.items()}, value(found.overall))
        == scores
    )
    together, apart = pooled_estimates([(3, found), (1, found)]), pooled([(3, scores), (1, scores)])
    assert (value(together.score), value(together.overall)) == (apart.score, apart.overall)
    low, high = bounds(definition)
    assert scores.score is None or low <= scores.score <= high


@given(st.sampled_from(DEFINITIONS), st.integers(0, 10))
def test_no_answer_is_worth_more_than_the_definition_can_give(definition, score):
    scale = Scale(Fraction(0), Fraction(10)) if definition != MEAN5 else Scale(Fraction(1), Fraction(5))
    inside = min(max(Fraction(score), scale.lowest), scale.highest)
    low, high = bounds(definition)
    assert low <= worth(inside, scale, definition) <= high
