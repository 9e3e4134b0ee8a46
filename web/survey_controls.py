"""How one question's fields look: its options, its scale, or the lines to type into, and what helps. PURE.

Knows what a browser's own fields take; what they would lose is shown in a plain line of text instead. Refuses to know
what the answer means and whether the question is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from locales.texts import text
from surveys.structure import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBERS,
    OPTIONS_OR_STRING,
    OTHER,
    TIME,
    USUAL_ANSWER,
    WRITTEN,
    Question,
    find_option,
)
from surveys.values import shown_range
from surveys.wording import choices
from web.survey_fields import (
    BOXES,
    CHOSEN,
    LINE,
    NATIVE_DATE,
    NATIVE_MOMENT,
    NATIVE_TIME,
    RADIOS,
    SCALE,
    Given,
    control,
    scale,
    takes_own_words,
)

_OWN_FORM = {
    DATE: re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII),
    TIME: re.compile(r"(\d{2}:\d{2})(:\d{2})?", re.ASCII),
    DATETIME: re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII),
}
_READS: Mapping[str, Callable[[str], object]] = {
    DATE: date.fromisoformat,
    TIME: time.fromisoformat,
    DATETIME: datetime.fromisoformat,
}
_NATIVE = (NATIVE_DATE, NATIVE_TIME, NATIVE_MOMENT)
_MOST_LINES = 50
_CHOOSE = {
    "any": "web.survey.choose.any",
    "most": "web.survey.choose.most",
    "least": "web.survey.choose.least",
    "between": "web.survey.choose.between",
}
_GIVE = {
    "any": "web.survey.give.any",
    "most": "web.survey.give.most",
    "least": "web.survey.give.least",
    "between": "web.survey.give.between",
}


@dataclass(frozen=True, slots=True)
class OptionView:
    """One option. `is_apart`: it gives no score in a scored question, such as "does not apply"."""

    code: str
    label: str
    is_chosen: bool
    is_apart: bool = False
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class ControlView:
    """The fields of a question. `kind` is one of `survey_fields.control`, a native field or a line.

    `lines` stand in the fields to type into; `own` in those for own words, which are there only if it is not None.
    `may_take_back`: a choice among radios, which nobody could undo otherwise, may be none again.
    """

    kind: str
    options: tuple[OptionView, ...] = ()
    may_take_back: bool = False
    is_taken_back: bool = False
    own: tuple[str, ...] | None = None
    own_is_chosen: bool = False
    lines: tuple[str, ...] = ()
    repeats: bool = False
    may_add: bool = False
    most: int | None = None
    max_length: int | None = None
    input_mode: str | None = None
    low: str | None = None
    high: str | None = None
    unit: str = ""
    hints: tuple[str, ...] = ()


def control_view(question: Question, given: Given, language: str, zone: ZoneInfo) -> ControlView:
    """The fields of a question with `given` in them: a stored answer, or what was typed and could not be taken."""
    kind = control(question)
    hints = _hints(question, kind, language)
    if kind in CHOSEN:
        return _chosen(question, kind, given, language, hints)
    lines = tuple(local_value(question, value, zone) for value in given.values)
    return _typed(question, kind, lines, hints)


def _chosen(question: Question, kind: str, given: Given, language: str, hints: tuple[str, ...]) -> ControlView:
    offered = choices(question, language) if kind != SCALE else [(str(n), str(n)) for n in scale(question)]
    options = [_option(question, code, label, given) for code, label in offered]
    takes_own = takes_own_words(question)
    own = given.own + _own_words(question, given) if takes_own else ()
    if question.repeats or not own:
        own = (*(words for words in own if words.strip()), "")
    return ControlView(
        kind=kind,
        options=tuple(options),
        may_take_back=kind != BOXES and not question.required,
        is_taken_back=given.values == ("",),
        own=own if takes_own else None,
        own_is_chosen=takes_own and (OTHER in given.values or any(words.strip() for words in own)),
        repeats=question.repeats,
        most=question.most,
        max_length=question.max_length or USUAL_ANSWER,
        hints=hints,
    )


def _option(question: Question, code: str, label: str, given: Given) -> OptionView:
    option = find_option(question, code)
    return OptionView(
        code=code,
        label=label,
        is_chosen=code in given.values,
        is_apart=question.is_scored and option is not None and option.score is None,
        is_exclusive=option is not None and option.is_exclusive,
    )


def _own_words(question: Question, given: Given) -> tuple[str, ...]:
    """The stored answers that are no option: words behind the sign for them, or a value of the type."""
    codes = {option.code for option in question.options} | {OTHER, ""}
    others = [value for value in given.values if value not in codes]
    if question.constraint == OPTIONS_OR_STRING:
        return tuple(value.removeprefix(OTHER) for value in others)
    return tuple(others)


def _typed(question: Question, kind: str, lines: tuple[str, ...], hints: tuple[str, ...]) -> ControlView:
    filled = tuple(line for line in lines if line.strip())
    most = question.most or _MOST_LINES
    if question.repeats:
        lines = (*filled, "") if len(filled) < most else filled
    if kind in _NATIVE and not all(_is_own_form(question, line) for line in filled):
        kind = LINE  # a browser would throw away what it cannot read
    is_native = kind in _NATIVE
    return ControlView(
        kind=kind,
        lines=lines or ("",),
        repeats=question.repeats,
        may_add=question.repeats and len(filled) + 1 < most,
        most=most if question.repeats else None,
        max_length=(question.max_length or USUAL_ANSWER) if question.type in WRITTEN else None,
        input_mode=_input_mode(question),
        low=_bound(question, question.minimum) if is_native else None,
        high=_bound(question, question.maximum) if is_native else None,
        unit=(question.unit.text or question.unit.code) if question.unit is not None else "",
        hints=hints,
    )


def _input_mode(question: Question) -> str | None:
    """The keyboard of a phone; where a number may be negative, one that has a minus."""
    if question.type not in NUMBERS or question.minimum is None or question.minimum.startswith("-"):
        return None
    return "numeric" if question.type == INTEGER else "decimal"


def _bound(question: Question, value: str | None) -> str | None:
    """A bound as the browser's own field takes it, which then offers nothing else; none if it cannot be said there."""
    return value if value is not None and _is_own_form(question, value) else None


def _is_own_form(question: Question, value: str) -> bool:
    """Whether a browser's own field for the type takes this value."""
    if not _OWN_FORM[question.type].fullmatch(value):
        return False
    try:
        _READS[question.type](value)
    except ValueError:
        return False
    return True


def local_value(question: Question, value: str, zone: ZoneInfo) -> str:
    """A stored value as a browser's own field takes it: minutes where there are no seconds, moments on our clock."""
    if question.type == TIME and value.endswith(":00") and len(value) == len("08:30:00"):
        return value.removesuffix(":00")
    if question.type != DATETIME:
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None or moment.microsecond:
        return value
    local = moment.astimezone(zone).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _hints(question: Question, kind: str, language: str) -> tuple[str, ...]:
    found = [_how_many(question, kind, language)]
    if kind not in (RADIOS, SCALE):
        found.append(shown_range(question, language) if question.type not in WRITTEN else "")
    if kind not in CHOSEN:
        found.append(_format(question, language) or _example(question, language))
    return tuple(hint for hint in found if hint)


def _how_many(question: Question, kind: str, language: str) -> str:
    """How many options may be chosen, or how many answers given, in words."""
    if not question.repeats:
        return ""
    least, most = question.least or 0, question.most
    if least > 1 or (least == 1 and most is not None):
        bounds = "between" if most else "least"
    else:
        bounds = "most" if most else "any"
    key = (_CHOOSE if kind == BOXES else _GIVE)[bounds]
    return text(language, key, least=least, most=most)


def _format(question: Question, language: str) -> str:
    """What the author says about how to write it."""
    return text(language, "web.survey.format", example=question.entry_format) if question.entry_format else ""


def _example(question: Question, language: str) -> str:
    """How a date, time or moment may be written, for browsers without a field of their own for it."""
    examples = {
        DATE: "web.survey.example_date",
        TIME: "web.survey.example_time",
        DATETIME: "web.survey.example_moment",
        DECIMAL: "",
        BOOLEAN: "",
    }
    key = examples.get(question.type, "")
    return text(language, key) if key else ""
