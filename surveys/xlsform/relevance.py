"""The column `relevant` of an XLSForm: conditions about other answers. PURE.

Taken are comparisons of one question with a value, `selected()` and its opposite, all joined by `and` or all by `or`.
Where the convention and the model mean different things (the whole answer of several compared with one code) the
expression is refused. Refuses to judge whether the questions fit together: that is the same for every way in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from locales.errors import Reask
from surveys.structure import (
    ALL,
    ANY,
    CODING,
    EQUAL,
    EXISTS,
    NOT_EQUAL,
    OPTIONS_ONLY,
    WRITTEN,
    Condition,
    Option,
    Question,
)
from surveys.values import read_value
from surveys.xlsform.expressions import (
    AND,
    AT_LEAST,
    AT_MOST,
    GREATER,
    LESS,
    MIRRORED,
    Call,
    Comparison,
    Expression,
    Joined,
    Literal,
    Reference,
    Unsupported,
    opposite,
    parse,
)
from surveys.xlsform.layout import YES

_HOLDS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    LESS: lambda left, right: left < right,
    AT_MOST: lambda left, right: left <= right,
    GREATER: lambda left, right: left > right,
    AT_LEAST: lambda left, right: left >= right,
}


def read_relevant(written: str, questions: Mapping[str, Question]) -> tuple[tuple[Condition, ...], str]:
    """The conditions and how they join. `Unsupported` where the expression says more than conditions can."""
    if written.lower() in YES:
        return (), ALL
    expression = parse(written)
    if not isinstance(expression, Joined):
        return tuple(_conditions(expression, questions, ALL)), ALL
    behaviour = ALL if expression.word == AND else ANY
    found: dict[Condition, None] = {}
    for part in expression.parts:
        found |= dict.fromkeys(_conditions(part, questions, behaviour))
    return tuple(found), behaviour if len(found) > 1 else ALL


def _conditions(expression: Expression, questions: Mapping[str, Question], behaviour: str) -> list[Condition]:
    """One part. It may take several conditions to say it, which then join as all the others do."""
    if isinstance(expression, Joined):
        raise Unsupported("and … or")
    if isinstance(expression, Comparison):
        return _comparison(expression, questions, behaviour)
    if isinstance(expression, Call) and expression.name == "selected":
        question, code = _selected(expression, questions)
        return [Condition(question.id, EQUAL, code)]
    if isinstance(expression, Call) and expression.name == "not" and len(expression.arguments) == 1:
        return _denied(expression.arguments[0], questions, behaviour)
    raise Unsupported(_name(expression))


def _denied(inner: Expression, questions: Mapping[str, Question], behaviour: str) -> list[Condition]:
    if isinstance(inner, Call) and inner.name == "selected":
        question, code = _selected(inner, questions)
        if question.repeats:
            raise Unsupported("not(selected())")
        return [Condition(question.id, NOT_EQUAL, code)]
    turned = opposite(inner)
    if turned is None:
        raise Unsupported("not()")
    return _conditions(turned, questions, behaviour)


def _selected(call: Call, questions: Mapping[str, Question]) -> tuple[Question, str]:
    if len(call.arguments) != 2:  # noqa: PLR2004 - a question and a code
        raise Unsupported("selected()")
    reference, code = call.arguments
    if not isinstance(reference, Reference) or not isinstance(code, Literal):
        raise Unsupported("selected()")
    question = _question(reference, questions)
    if question.type != CODING or not code.text:
        raise Unsupported("selected()")
    return question, code.text


def _comparison(comparison: Comparison, questions: Mapping[str, Question], behaviour: str) -> list[Condition]:
    left, operator, right = comparison.left, comparison.operator, comparison.right
    if isinstance(right, Reference) and not isinstance(left, Reference):
        left, operator, right = right, MIRRORED[operator], left
    if not isinstance(left, Reference):
        raise Unsupported(_name(left))
    question, value = _question(left, questions), _literal(right)
    if not value.text and operator in {EQUAL, NOT_EQUAL}:
        return [Condition(question.id, EXISTS, operator == NOT_EQUAL)]
    if question.type == CODING:
        return _about_choice(question, operator, value, behaviour)
    if question.type in WRITTEN and operator not in {EQUAL, NOT_EQUAL}:
        raise Unsupported(f"{operator} {value.text}")
    stored = read_value(Question(question.id, question.type), value.text)
    if isinstance(stored, Reask):
        raise Unsupported(value.text or "''")
    return [Condition(question.id, operator, stored)]


def _about_choice(question: Question, operator: str, value: Literal, behaviour: str) -> list[Condition]:
    if question.repeats:
        raise Unsupported(f"{operator} '{value.text}'")
    if operator in {EQUAL, NOT_EQUAL}:
        return [Condition(question.id, operator, value.text)]
    return _in_numbers(question, operator, value, behaviour)


def _in_numbers(question: Question, operator: str, value: Literal, behaviour: str) -> list[Condition]:
    """`${q} < 3` where codes are numbers: one of the codes below (any), or none of the others (all)."""
    limit = _number(value.text)
    numbers = [_number(option.code) for option in question.options]
    if limit is None or question.constraint != OPTIONS_ONLY:
        raise Unsupported(f"{operator} {value.text}")
    is_in = [number is not None and _HOLDS[operator](number, limit) for number in numbers]
    within = _codes(question.options, is_in, wanted=True)
    without = _codes(question.options, is_in, wanted=False)
    if not within:
        raise Unsupported(f"{operator} {value.text}")
    if not without:
        return [Condition(question.id, EXISTS, value=True)]
    if behaviour == ANY or len(within) == 1:
        return [Condition(question.id, EQUAL, code) for code in within]
    return [Condition(question.id, NOT_EQUAL, code) for code in without]


def _codes(options: tuple[Option, ...], is_in: list[bool], *, wanted: bool) -> list[str]:
    return [option.code for option, each in zip(options, is_in, strict=True) if each is wanted]


def _question(reference: Reference, questions: Mapping[str, Question]) -> Question:
    question = questions.get(reference.name)
    if question is None:
        raise Unsupported(reference.name, "questionnaire_condition_dangling")
    if not question.is_question:
        raise Unsupported(reference.name, "questionnaire_condition_on_group")
    return question


def _literal(expression: Expression) -> Literal:
    """A value: in quotes, a number, or the day in `date('2026-03-01')`."""
    if isinstance(expression, Call) and expression.name in {"date", "date-time"} and len(expression.arguments) == 1:
        [inner] = expression.arguments
        if isinstance(inner, Literal) and not inner.is_number:
            return inner
    if not isinstance(expression, Literal):
        raise Unsupported(_name(expression))
    return expression


def _number(written: str) -> Decimal | None:
    try:
        number = Decimal(written.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _name(expression: Expression) -> str:
    """By what name a part is refused."""
    if isinstance(expression, Call):
        return f"{expression.name}()"
    if isinstance(expression, Reference):
        return f"${{{expression.name}}}"
    return expression.text if isinstance(expression, Literal) else "."
