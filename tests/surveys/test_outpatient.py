"""The outpatient questionnaire that ships: what rule 14 and the house ask of it."""

from __future__ import annotations

from fractions import Fraction

from surveys.conversation import Ask, accept, next_step
from surveys.structure import find_question
from tests.surveys.cast import BEST, outpatient


def test_outpatient_has_the_four_dimensions_of_rule_14_with_two_questions_each():
    questionnaire = outpatient()
    assert [dimension.name["zh"] for dimension in questionnaire.dimensions] == ["环境", "沟通", "等待", "连续性"]
    for dimension in questionnaire.dimensions:
        assert sum(question.dimension == dimension.code for question in questionnaire.questions) == 2


def test_outpatient_asks_twelve_questions_scored_ones_required_and_the_comment_free():
    questionnaire = outpatient()
    assert len(questionnaire.questions) == 12
    assert all(question.required for question in questionnaire.questions if question.is_scored)
    assert [question.id for question in questionnaire.questions if question.is_overall] == ["overall"]
    comment = find_question(questionnaire, "comment")
    assert comment is not None
    assert (comment.type, comment.required, comment.max_length) == ("text", False, 500)


def test_outpatient_scored_questions_have_five_points_and_not_applicable_has_none():
    for question in outpatient().questions:
        if question.is_scored:
            scores = [option.score for option in question.options]
            assert scores[:5] == [Fraction(point) for point in (5, 4, 3, 2, 1)]
            assert all(option.score is None and option.code == "na" for option in question.options[5:])
    with_none = [question.id for question in outpatient().questions if len(question.options) == 6]
    assert with_none == ["signs", "explaining", "booking", "next", "handover"]


def test_outpatient_asks_where_only_who_waited_longer():
    questionnaire = outpatient()
    before = {name: value for name, value in BEST.items() if name not in ("longer", "next", "handover", "overall")}
    for answer, following, total in (("yes", "where", 12), ("no", "next", 11), ("unsure", "next", 11)):
        answers = accept(questionnaire, before, "longer", [answer])
        assert isinstance(answers, dict)
        step = next_step(questionnaire, answers)
        assert isinstance(step, Ask)
        assert (step.question.id, step.total) == (following, total)


def test_outpatient_is_complete_in_both_languages_and_served_for_outpatients():
    questionnaire = outpatient()
    assert (questionnaire.languages, questionnaire.kinds) == (("zh", "en"), ("outpatient",))
    texts = [questionnaire.title, questionnaire.notice, questionnaire.thanks]
    texts += [question.text for question in questionnaire.questions]
    texts += [option.text for question in questionnaire.questions for option in question.options]
    assert all(set(text) == {"zh", "en"} and text["zh"] != text["en"] for text in texts)


def test_outpatient_notice_tells_what_the_law_and_decency_ask():
    notice = outpatient().notice
    for words in ("绩效办", "自愿", "保存", "姓名", "证件号", "聊天账号"):
        assert words in notice["zh"]
    for words in ("office", "voluntary", "What we keep", "names", "ID numbers", "chat account"):
        assert words in notice["en"]
