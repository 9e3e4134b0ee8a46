"""Conditions in words, for every operator, in both languages."""

from __future__ import annotations

from dataclasses import replace

from surveys.condition_words import condition_words, is_never_asked
from surveys.definition import parse_questionnaire
from surveys.structure import find_question
from tests.web.every_type import every_type


def words(name: str, language: str) -> str:
    form, _ = parse_questionnaire(every_type(), file="q")
    return condition_words(form, find_question(form, name), language)


def test_what_is_asked_of_everybody_has_no_words():
    assert [words(name, "en") for name in ("first-time", "stay/§1", "rate")] == ["", "", ""]


def test_conditions_name_question_and_answer():
    assert words("why", "zh") == "只有当第 6 题“0 分最差，10 分最好，您给这次住院打几分？”的回答不大于 6时才问"
    assert "is 6 or less" in words("why", "en")
    assert "is more than 100" in words("heavy", "en")


def test_several_conditions_are_joined_as_they_join():
    both, either = words("times", "en"), words("weekend", "en")
    assert " and " in both
    assert "is answered" in both
    assert " or " in either


def test_a_question_under_a_question_needs_its_answer():
    assert words("before", "zh") == "只有当第 1 题“这是您第一次在本院住院吗？”的回答是“否”时才问"
    form, _ = parse_questionnaire(every_type(), file="q")
    under = replace(find_question(form, "before"), enable_when=())
    assert condition_words(form, under, "zh") == "只有当第 1 题“这是您第一次在本院住院吗？”已作答时才问"
    either = replace(find_question(form, "weekend"), parent="first-time")
    assert condition_words(form, either, "zh").startswith("只有当第 1 题“这是您第一次在本院住院吗？”已作答，并且")


def test_what_nobody_is_asked():
    form, _ = parse_questionnaire(every_type(), file="q")
    assert [each.id for each in form.questions if is_never_asked(form, each)] == ["silent"]
