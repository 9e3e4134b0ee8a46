"""What `tongping questionnaire check` says of a file: one document for programs, lines for people. PURE.

Items stand in their order, groups and texts included, by the names that FHIR R5 has for types; texts are in the form's
first language. Of a refused form only the reasons are told. What stands in a foreign file is shown without characters
that a terminal would obey.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from locales.errors import Finding, explain
from locales.texts import text
from surveys.refusals import Checked, Refusal
from surveys.structure import BOOLEAN, EXISTS, NUMBERS, Condition, Option, Question, Questionnaire, Wording

_WIDEST_NAME = 28
_SHOWN_TEXT = 100
_WIDE = frozenset("WF")


def check_document(checked: Checked, language: str) -> dict[str, Any]:
    """`{"accepted", "title", "languages", "questions", "refusals"}`."""
    form = checked.questionnaire
    return {
        "accepted": form is not None,
        "title": None if form is None else in_first(form.title, form.languages[0]) or None,
        "languages": [] if form is None else list(form.languages),
        "questions": [] if form is None else _questions(form),
        "refusals": refusals_document(checked.refusals, language),
    }


def refusals_document(refusals: Sequence[Refusal], language: str) -> list[dict[str, Any]]:
    return [{"linkId": each.link_id, "feature": each.feature, "reason": each.reason(language)} for each in refusals]


def refusal_lines(refusals: Sequence[Refusal], language: str) -> list[str]:
    """One line a refusal: where, what, why."""
    return [
        printable(" · ".join(filter(None, (each.link_id, each.feature, each.reason(language))))) for each in refusals
    ]


def report_lines(checked: Checked, missing: Sequence[Finding], language: str) -> list[str]:
    """The same for people. `missing`: what an accepted form still lacks before it can be asked here."""
    form = checked.questionnaire
    if form is None:
        count = len(checked.refusals)
        return [text(language, "cli.questionnaire.refused", count=count), *refusal_lines(checked.refusals, language)]
    first = form.languages[0]
    title = in_first(form.title, first) or form.id
    languages = text(language, "cli.questionnaire.separator").join(form.languages)
    lines = [text(language, "cli.questionnaire.accepted", title=title, languages=languages, items=len(form.questions))]
    lines += _table(form, first, language)
    if missing:
        lines += ["", text(language, "cli.questionnaire.unfit", count=len(missing))]
        lines += [f"{each.key}: {explain(language, each)}" for each in missing]
    return [printable(line) for line in lines]


def in_first(wording: Wording, language: str) -> str:
    """The words in the first language; where they are missing, in any."""
    return wording.get(language) or next(iter(wording.values()), "")


def printable(line: str) -> str:
    """One line, without characters that a terminal obeys."""
    return "".join(character if character.isprintable() else " " for character in line).rstrip()


def _questions(form: Questionnaire) -> list[dict[str, Any]]:
    first = form.languages[0]
    by_id = {question.id: question for question in form.questions}
    return [_question(question, by_id, first) for question in form.questions]


def _question(question: Question, by_id: Mapping[str, Question], first: str) -> dict[str, Any]:
    return {
        "linkId": question.id,
        "type": question.type,
        "text": in_first(question.text, first),
        "required": question.required,
        "options": [_option(option, first) for option in question.options],
        "enableWhen": [_condition(each, by_id.get(each.question)) for each in question.enable_when],
        "enableBehavior": question.enable_behavior if question.enable_when else None,
    }


def _option(option: Option, first: str) -> dict[str, Any]:
    return {"code": option.code, "text": in_first(option.text, first), "score": _score(option.score)}


def _condition(condition: Condition, about: Question | None) -> dict[str, Any]:
    answer = _answer(condition, about)
    return {"question": condition.question, "operator": condition.operator, "answer": answer}


def _answer(condition: Condition, about: Question | None) -> Any:
    """Truth values and numbers as JSON has them, everything else as it is stored."""
    value = condition.value
    if condition.operator == EXISTS or isinstance(value, bool) or about is None:
        return value
    if about.type == BOOLEAN:
        return value == "true"
    return _number(Fraction(Decimal(value))) if about.type in NUMBERS else value


def _score(score: Fraction | None) -> int | float | None:
    return None if score is None else _number(score)


def _number(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)


def _table(form: Questionnaire, first: str, language: str) -> Iterator[str]:
    """One line an item, indented by its groups, and under it its options and its conditions."""
    depths: dict[str | None, int] = {None: -1}
    width = min(_WIDEST_NAME, max((_width(question.id) for question in form.questions), default=0))
    for question in form.questions:
        depths[question.id] = depths[question.parent] + 1
        before = "  " * depths[question.id]
        needed = "*" if question.required else " "
        words = in_first(question.text, first)
        yield f"{before}{_padded(question.id, width)}  {question.type:<9}{needed} {_cut(words)}"
        indent = " " * (len(before) + width + 13)
        for option in question.options:
            score = "" if option.score is None else f" ({_number(option.score)})"
            yield f"{indent}{option.code} = {_cut(in_first(option.text, first))}{score}"
        if question.enable_when:
            yield indent + _shown_conditions(question, language)


def _shown_conditions(question: Question, language: str) -> str:
    joint = text(language, f"cli.questionnaire.{question.enable_behavior}")
    conditions = (f"{each.question} {each.operator} {str(each.value).lower()}" for each in question.enable_when)
    return text(language, "cli.questionnaire.when", conditions=joint.join(conditions))


def _padded(words: str, width: int) -> str:
    return words + " " * (width - _width(words))


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in words)


def _cut(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _SHOWN_TEXT else f"{line[:_SHOWN_TEXT]}…"
