"""The column `constraint` of an XLSForm: bounds of an answer. PURE.

Taken are bounds of numbers, dates and lengths, a pattern, how many options may be chosen and which option stands alone,
joined by `and`. Whole numbers and days know no "between", so `. > 0` becomes "at least 1"; for other numbers a bound
that is not itself allowed cannot be said and is refused, like everything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from consortium.imports import exact_number
from locales.errors import Reask
from surveys.structure import CODING, DATE, INTEGER, MOMENTS, NUMBERS, WRITTEN, Question
from surveys.values import compare, read_value
from surveys.xlsform.expressions import (
    AND,
    AT_LEAST,
    AT_MOST,
    EQUAL,
    GREATER,
    LESS,
    MIRRORED,
    Call,
    Comparison,
    Expression,
    Joined,
    Literal,
    Self,
    Unsupported,
    parse,
)
from surveys.xlsform.layout import YES

_LARGEST_COUNT = 1_000_000
_TWO = 2


def read_constraint(written: str, question: Question) -> Question:
    """The question with its bounds. `Unsupported` where the expression says more than bounds can."""
    if written.lower() in YES:
        return question
    expression = parse(written)
    if isinstance(expression, Joined) and expression.word != AND:
        alone = _either_alone(expression, question)
        if alone is None:
            raise Unsupported("or")
        return alone
    for part in expression.parts if isinstance(expression, Joined) else (expression,):
        question = _bounded(part, question)
    return question


def _bounded(part: Expression, question: Question) -> Question:
    if isinstance(part, Comparison):
        return _compared(part, question)
    if isinstance(part, Call) and part.name == "regex" and question.type in WRITTEN and question.pattern is None:
        return replace(question, pattern=_pattern(part))
    if isinstance(part, Call) and part.name == "not" and len(part.arguments) == 1:
        alone = _exclusive(part.arguments[0], question)
        if alone is not None:
            return alone
    raise Unsupported(f"{part.name}()" if isinstance(part, Call) else "or" if isinstance(part, Joined) else ".")


def _pattern(call: Call) -> str:
    if len(call.arguments) == _TWO and isinstance(call.arguments[0], Self):
        written = call.arguments[1]
        if isinstance(written, Literal) and not written.is_number and written.text:
            return written.text
    raise Unsupported("regex()")


def _compared(comparison: Comparison, question: Question) -> Question:
    left, operator, right = comparison.left, comparison.operator, comparison.right
    if isinstance(left, Literal) or (isinstance(left, Call) and _is_day(left)):
        left, operator, right = right, MIRRORED[operator], left
    if isinstance(left, Call):
        return _counted(left, operator, right, question)
    if not isinstance(left, Self):
        raise Unsupported("…")
    if question.type in NUMBERS and isinstance(right, Literal):
        return _number_bound(operator, right, question)
    if question.type in MOMENTS:
        return _moment_bound(operator, right, question)
    raise Unsupported(f". {operator}")


def _number_bound(operator: str, limit: Literal, question: Question) -> Question:
    try:
        number = exact_number(limit.text if not limit.text.startswith(".") else f"0{limit.text}")
    except ValueError:
        raise Unsupported(limit.text) from None
    if operator not in {LESS, AT_MOST, GREATER, AT_LEAST}:
        raise Unsupported(f". {operator} {limit.text}")
    if question.type == INTEGER:
        is_lower = operator in {GREATER, AT_LEAST}
        whole = (
            math.floor(number) + 1
            if operator == GREATER
            else math.ceil(number)
            if is_lower
            else _below(operator, number)
        )
        return _narrowed(question, str(whole), is_lower=is_lower)
    if operator in {LESS, GREATER}:
        raise Unsupported(f". {operator} {limit.text}")
    return _narrowed(question, _stored(question, limit.text), is_lower=operator == AT_LEAST)


def _below(operator: str, number: Fraction) -> int:
    return math.ceil(number) - 1 if operator == LESS else math.floor(number)


def _moment_bound(operator: str, right: Expression, question: Question) -> Question:
    """A day, in quotes or as `date('…')`; before and after a day are at most the day before, at least the day after."""
    if isinstance(right, Call) and _is_day(right):
        [right] = right.arguments
    if not isinstance(right, Literal) or right.is_number or operator not in {LESS, AT_MOST, GREATER, AT_LEAST}:
        raise Unsupported(f"{right.name}()" if isinstance(right, Call) else f". {operator}")
    stored = _stored(question, right.text)
    if operator in {LESS, GREATER}:
        if question.type != DATE:
            raise Unsupported(f". {operator}")
        stored = _day_beside(stored, 1 if operator == GREATER else -1)
    return _narrowed(question, stored, is_lower=operator in {GREATER, AT_LEAST})


def _day_beside(day: str, step: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=step)).isoformat()
    except (ValueError, OverflowError):
        raise Unsupported(day) from None


def _stored(question: Question, written: str) -> str:
    value = read_value(Question(question.id, question.type), written)
    if isinstance(value, Reask):
        raise Unsupported(written)
    return value


def _narrowed(question: Question, value: str, *, is_lower: bool) -> Question:
    """With the bound, unless a narrower one is there already."""
    if is_lower:
        is_needless = question.minimum is not None and compare(question.type, question.minimum, value) != -1
        return question if is_needless else replace(question, minimum=value)
    is_needless = question.maximum is not None and compare(question.type, question.maximum, value) != 1
    return question if is_needless else replace(question, maximum=value)


@dataclass(frozen=True, slots=True)
class _Span:
    """From how many to how many; None is without bound."""

    least: int | None
    most: int | None


def _counted(call: Call, operator: str, right: Expression, question: Question) -> Question:
    """`string-length(.) <= 20`, `count-selected(.) <= 3`."""
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], Self) or not isinstance(right, Literal):
        raise Unsupported(f"{call.name}()")
    span = _span(operator, right)
    if call.name == "string-length" and question.type in WRITTEN:
        least, most = _tighter(question.min_length, question.max_length, span)
        return replace(question, min_length=least, max_length=most)
    if call.name == "count-selected" and question.type == CODING and question.repeats:
        least, most = _tighter(question.least, question.most, span)
        return replace(question, least=least, most=most)
    raise Unsupported(f"{call.name}()")


def _span(operator: str, right: Literal) -> _Span:
    count = int(right.text) if right.text.isascii() and right.text.isdigit() else -1
    if not 0 <= count <= _LARGEST_COUNT:
        raise Unsupported(f"{operator} {right.text}")
    spans = {
        EQUAL: _Span(count, count),
        LESS: _Span(None, count - 1),
        AT_MOST: _Span(None, count),
        GREATER: _Span(count + 1, None),
        AT_LEAST: _Span(count, None),
    }
    span = spans.get(operator)
    if span is None or (span.most is not None and span.most < 1):
        raise Unsupported(f"{operator} {right.text}")
    return span


def _tighter(least: int | None, most: int | None, span: _Span) -> tuple[int | None, int | None]:
    return _pick(max, least, span.least), _pick(min, most, span.most)


def _pick(choose: Callable[[list[int]], int], *bounds: int | None) -> int | None:
    given = [each for each in bounds if each is not None]
    return choose(given) if given else None


def _exclusive(inner: Expression, question: Question) -> Question | None:
    """`not(selected(., 'none') and count-selected(.) > 1)`: the option stands alone."""
    if not isinstance(inner, Joined) or inner.word != AND or len(inner.parts) != _TWO:
        return None
    codes = [_selected_code(each) for each in inner.parts]
    counts = [_is_count(each, {(GREATER, "1"), (AT_LEAST, "2")}) for each in inner.parts]
    return _alone(question, codes, counts)


def _either_alone(expression: Joined, question: Question) -> Question | None:
    """`not(selected(., 'none')) or count-selected(.) = 1`, which says the same."""
    if len(expression.parts) != _TWO:
        return None
    denied = [each.arguments[0] if isinstance(each, Call) and each.name == "not" and len(each.arguments) == 1 else None
              for each in expression.parts]  # fmt: skip
    codes = [None if each is None else _selected_code(each) for each in denied]
    counts = [_is_count(each, {(EQUAL, "1"), (AT_MOST, "1"), (LESS, "2")}) for each in expression.parts]
    return _alone(question, codes, counts)


def _alone(question: Question, codes: list[str | None], counts: list[bool]) -> Question | None:
    """The question with that option standing alone, if one part names an option and the other counts."""
    code = codes[0] or codes[1]
    if not question.repeats or counts.count(True) != 1 or code not in {option.code for option in question.options}:
        return None
    options = (replace(each, is_exclusive=each.is_exclusive or each.code == code) for each in question.options)
    return replace(question, options=tuple(options))


def _selected_code(expression: Expression) -> str | None:
    if isinstance(expression, Call) and expression.name == "selected" and len(expression.arguments) == _TWO:
        own, code = expression.arguments
        if isinstance(own, Self) and isinstance(code, Literal):
            return code.text
    return None


def _is_count(expression: Expression, wanted: set[tuple[str, str]]) -> bool:
    """Whether it compares how many are chosen with a number, in one of the wanted ways."""
    if not isinstance(expression, Comparison) or not isinstance(expression.right, Literal):
        return False
    is_count = isinstance(expression.left, Call) and expression.left.name == "count-selected"
    return is_count and (expression.operator, expression.right.text) in wanted


def _is_day(call: Call) -> bool:
    return call.name in {"date", "date-time"} and len(call.arguments) == 1
