"""When a question is asked, in words: for authors, who look at a questionnaire as a whole, and for the codebook."""

from __future__ import annotations

from locales.texts import pick, text
from surveys.enabling import stand
from surveys.structure import ANY, EXISTS, Condition, Question, Questionnaire, find_question
from surveys.wording import answer_text

_WORDS = {
    "=": "results.condition.equal",
    "!=": "results.condition.not_equal",
    ">": "results.condition.greater",
    "<": "results.condition.less",
    ">=": "results.condition.at_least",
    "<=": "results.condition.at_most",
}
_LONGEST = 40


def condition_words(questionnaire: Questionnaire, item: Question, language: str) -> str:
    """One sentence; "" for what is asked of everybody."""
    parts = [_condition(questionnaire, each, language) for each in item.enable_when]
    key = "results.condition.any" if item.enable_behavior == ANY else "results.condition.all"
    joined = text(language, key).join(parts)
    holder = find_question(questionnaire, item.parent) if item.parent is not None else None
    if holder is not None and holder.is_question and not _needs_answer(item):
        answered = text(language, "results.condition.answered", question=_name(questionnaire, holder, language))
        both = text(language, "results.condition.all")
        joined = f"{answered}{both}{joined}" if joined else answered
    return text(language, "results.condition.only", conditions=joined) if joined else ""


def _needs_answer(item: Question) -> bool:
    """Whether a condition says already that the question it stands in is answered."""
    is_together = item.enable_behavior != ANY or len(item.enable_when) == 1
    return is_together and any(
        each.question == item.parent and (each.operator != EXISTS or each.value) for each in item.enable_when
    )


def is_never_asked(questionnaire: Questionnaire, item: Question) -> bool:
    """Whether it is hidden, or its answer stands without anybody being asked."""
    standing = stand(questionnaire, {})
    return item.id in standing.hidden or (item.is_question and item.id in standing.silent)


def _condition(questionnaire: Questionnaire, condition: Condition, language: str) -> str:
    about = find_question(questionnaire, condition.question)
    if about is None:  # no stored questionnaire has one
        return condition.question
    name = _name(questionnaire, about, language)
    if condition.operator == EXISTS:
        key = "results.condition.answered" if condition.value else "results.condition.unanswered"
        return text(language, key, question=name)
    value = answer_text(about, (str(condition.value),), language)
    return text(language, _WORDS[condition.operator], question=name, value=value)


def _name(questionnaire: Questionnaire, question: Question, language: str) -> str:
    """The question's number among those that are ever asked, and how it begins."""
    words = " ".join((pick(question.text, language) or question.id).split())
    short = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    asked = [
        each.id for each in questionnaire.questions if each.is_question and not is_never_asked(questionnaire, each)
    ]
    if question.id not in asked:
        return text(language, "results.condition.silent", words=short)
    return text(language, "results.condition.question", number=asked.index(question.id) + 1, words=short)
