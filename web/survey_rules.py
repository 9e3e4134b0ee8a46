"""When each item of a questionnaire is shown, as the survey's script reads it: one list, an entry an item. PURE.

The script only shows and hides at once what the server would show and hide after the next sending; the server decides.
Refuses to know what was answered and how an item looks.
"""

from __future__ import annotations

import json
from typing import Any

from surveys.enabling import Standing, stand
from surveys.structure import ANY, OPTIONS_OR_TYPE, Condition, Question, Questionnaire, find_option
from web.survey_fields import keeps_words, places


def rules(questionnaire: Questionnaire) -> str:
    """JSON, by place: `type`, `in` (the place it stands in), `when`, `any`, `needed`, and what its answers may be.

    A condition is [place, operator, value], with a fourth entry where the option of that code is one of another system.
    `chosen`: it offers options; `typed`: beside them a value of its type; `words`: it keeps words, which takes a
    consent of its own; `hidden`: nobody sees it; `fixed`: the standing answer of what nobody is asked.
    """
    at, standing = places(questionnaire), stand(questionnaire, {})
    by_id = {question.id: question for question in questionnaire.questions}
    found = [_rule(each, at, by_id, standing) for each in questionnaire.questions]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _rule(question: Question, at: dict[str, int], by_id: dict[str, Question], standing: Standing) -> dict[str, Any]:
    rule: dict[str, Any] = {"type": question.type}
    if question.parent is not None:
        rule["in"] = at[question.parent]
    if question.enable_when:
        rule["when"] = [_condition(each, at, by_id[each.question]) for each in question.enable_when]
        rule["any"] = question.enable_behavior == ANY
    if question.has_options:
        rule["chosen"] = True
        rule["typed"] = question.constraint == OPTIONS_OR_TYPE
    if keeps_words(question):
        rule["words"] = True
    if question.id in standing.hidden:
        rule["hidden"] = True
    if question.is_question and question.id in standing.silent:
        rule["fixed"] = list(question.initial)
    elif question.is_question and question.required:
        rule["needed"] = True
    return rule


def _condition(condition: Condition, at: dict[str, int], about: Question) -> list[object]:
    option = find_option(about, str(condition.value))
    is_foreign = bool(condition.system and option and option.system and option.system != condition.system)
    return [at[condition.question], condition.operator, condition.value, *([True] if is_foreign else [])]
