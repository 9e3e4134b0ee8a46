"""Reading the items of a questionnaire's document: questions, groups, texts, their options and conditions. PURE.

Strict about shape: a key that the type has no use for is refused as unknown. Bounds here only keep the work bounded;
what a chat can show is judged by `fitness`, what contradicts something else by `coherence`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from consortium.document import Form, Table
from surveys.document import CHOICE, WORDS
from surveys.plain_text import clean_text, is_blank
from surveys.structure import (
    ALL,
    ANY,
    BOOLEAN,
    CODING,
    CONSTRAINTS,
    DISPLAY,
    EXISTS,
    GROUP,
    MOMENTS,
    NUMBERS,
    OPERATORS,
    OPTIONS_ONLY,
    TEXT,
    USUAL_ANSWER,
    Condition,
    Option,
    Question,
    Unit,
)

MOST_ITEMS = 5000
MOST_LISTED = 50_000  # options of one question
MOST_CONDITIONS = 1000
MOST_INITIAL = 1000
LONGEST_WORDS = 1_000_000
LONGEST_CARRIED = 4_000_000
LARGEST_BOUND = 2**31 - 1  # of lengths, of how many answers or decimals
LONGEST_EXPONENT = 30  # keeps 1e999999 from becoming a million digits
LONGEST_VALUE = 10_000

_VISIBLE = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]"
NAME = Form(re.compile(rf"(?!\s+\Z){_VISIBLE}{{1,255}}"), "questionnaire_name_malformed")
"""An id or a code: as the form that it came from wrote it, if it can be seen."""
IDENTIFIER = Form(re.compile(r"[a-z0-9][a-z0-9_-]{0,23}"), "questionnaire_id_malformed")
_ANY = rf"[^\x00\ud800-\udfff]{{1,{LONGEST_VALUE}}}"
VALUE = Form(re.compile(_ANY), "questionnaire_value_malformed")
CODE = Form(re.compile(rf"(?!\s+\Z){_ANY}"), "questionnaire_code_malformed")
WORD = Form(re.compile(rf"(?!\s+\Z){_ANY}"), "questionnaire_word_malformed")
_SCORE = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40}|/0*[1-9][0-9]{0,39})?")

_TYPES = {word: type_ for type_, word in WORDS.items()}


def read_question(table: Table, languages: tuple[str, ...], scales: Mapping[str, tuple[Option, ...]]) -> Question:
    """One item; only the keys that its type can use are read, so another is refused as unknown."""
    type_ = _TYPES.get(table.choice("type", tuple(_TYPES)), "")
    conditions = tuple(_condition(each) for each in table.tables("enable_when", least=0, most=MOST_CONDITIONS))
    behaviour = table.choice("enable_behavior", (ALL, ANY), default=ALL if len(conditions) <= 1 else None)
    said: dict[str, Any] = {}
    if type_ != DISPLAY:
        said |= _of_answers(table, type_)
    if type_ not in {GROUP, DISPLAY, ""}:
        said |= _of_questions(table, type_, languages, scales)
    question = Question(
        id=table.string("id", NAME),
        type=type_,
        text=read_wording(table, "text", languages),
        parent=_name(table, "parent", NAME),
        enable_when=conditions,
        enable_behavior=behaviour if conditions else ALL,
        is_hidden=table.truth("hidden", default=False),
        prefix=_name(table, "prefix", WORD),
        control=_name(table, "control", WORD),
        carried=read_carried(table),
        required=table.truth("required", default=False),
        **said,
    )
    if type_:  # with an unknown type nothing can be said about the other keys
        table.refuse_unread()
    return question


def _of_answers(table: Table, type_: str) -> dict[str, Any]:
    """What groups and questions have in common: they may come several times."""
    has_initial = type_ not in {GROUP, ""}
    return {
        "repeats": table.truth("repeats", default=False),
        "least": _whole(table, "least", 0, LARGEST_BOUND),
        "most": _whole(table, "most", 1, LARGEST_BOUND),
        "is_read_only": table.truth("read_only", default=False),
        "initial": _initial(table) if has_initial else (),
    }


def _of_questions(
    table: Table, type_: str, languages: tuple[str, ...], scales: Mapping[str, tuple[Option, ...]]
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "dimension": _name(table, "dimension", NAME),
        "is_overall": table.truth("is_overall", default=False),
        "hint": read_wording(table, "hint", languages),
    }
    if type_ != BOOLEAN:
        said["constraint"] = table.choice("constraint", CONSTRAINTS, default=OPTIONS_ONLY)
        said["options"] = _scaled_options(table, languages, scales, is_choice=type_ == CODING)
    if type_ in NUMBERS or type_ in MOMENTS:
        said |= {"minimum": read_plain(table, "minimum"), "maximum": read_plain(table, "maximum")}
    if type_ in NUMBERS:
        said |= {"max_decimals": _whole(table, "max_decimals", 0, LARGEST_BOUND), "unit": _unit(table)}
    if type_ != CODING or said["constraint"] != OPTIONS_ONLY:
        longest = table.whole("max_length", 0, LARGEST_BOUND, default=USUAL_ANSWER if type_ == TEXT else 0)
        said |= {
            "min_length": _whole(table, "min_length", 0, LARGEST_BOUND),
            "max_length": longest or None,
            "pattern": _name(table, "pattern", VALUE),
            "entry_format": _name(table, "entry_format", WORD),
        }
    return said


def read_options(table: Table, languages: tuple[str, ...], *, least: int) -> tuple[Option, ...]:
    """The list `options` of a question or of a scale."""
    options = []
    for each in table.tables("options", least=least, most=MOST_LISTED):
        options.append(
            Option(
                code=each.string("code", CODE),
                text=read_wording(each, "text", languages),
                score=_score(each),
                is_exclusive=each.truth("is_exclusive", default=False),
                value_type=_TYPES[each.choice("value_type", tuple(_TYPES), default=CHOICE) or CHOICE],
                system=_name(each, "system", WORD),
                prefix=_name(each, "prefix", WORD),
                carried=read_carried(each),
            )
        )
        each.refuse_unread()
    return tuple(options)


def read_wording(table: Table, name: str, languages: tuple[str, ...]) -> dict[str, str]:
    """A text in some of the languages, cleaned as answers are: it is shown beside them. {} where there is none."""
    value = table.take(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return table.refuse(name, "wording_expected", {}, languages=", ".join(languages))
    words = Table(value, table.key(name), table.findings)
    cleaned: dict[str, str] = {}
    for language in languages:
        written = words.take(language)
        shown = clean_text(written) if isinstance(written, str) and len(written) <= LONGEST_WORDS else None
        if shown is not None and not is_blank(shown):
            cleaned[language] = shown
        elif written is not None and (shown is None or not written.isspace()):
            words.fault(language, "text_expected", limit=LONGEST_WORDS)
    words.refuse_unread()
    return cleaned


def read_carried(table: Table) -> dict[str, Any]:
    """The string of JSON under `carried`: an object, with exact numbers."""
    written = table.take("carried")
    if written is None:
        return {}
    if not isinstance(written, str) or len(written) > LONGEST_CARRIED:
        return table.refuse("carried", "questionnaire_carried_malformed", {})
    try:
        carried = json.loads(written, parse_float=Decimal, parse_constant=_refused_constant)
    except (ValueError, RecursionError):
        return table.refuse("carried", "questionnaire_carried_malformed", {})
    return carried if isinstance(carried, dict) else table.refuse("carried", "questionnaire_carried_malformed", {})


def read_plain(table: Table, name: str) -> str | None:
    """A value as it would be stored, from a string or from TOML's own number, date, time or truth value."""
    value = table.take(name)
    if value is None:
        return None
    written = as_stored(value)
    return written if VALUE.fits(written) else table.refuse(name, VALUE.code, None)


def as_stored(value: object) -> str | None:
    """A value of a document as text; None for anything that no answer can be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value) if abs(value) < 10**LONGEST_EXPONENT else None
    if isinstance(value, Decimal):
        is_short = value.is_finite() and abs(value.adjusted()) < LONGEST_EXPONENT
        return format(value, "f") if is_short else None
    return value.isoformat() if isinstance(value, date | datetime | time) else None


def _scaled_options(
    table: Table, languages: tuple[str, ...], scales: Mapping[str, tuple[Option, ...]], *, is_choice: bool
) -> tuple[Option, ...]:
    """The shared scale, if one is named, and after it the question's own options."""
    if not table.has("scale"):
        if is_choice and not table.has("options"):
            table.fault("options", "key_missing")
        return read_options(table, languages, least=0)
    scale = table.string("scale", IDENTIFIER)
    if scale and scale not in scales:
        table.fault("scale", "questionnaire_scale_unknown", value=scale)
    return scales.get(scale, ()) + read_options(table, languages, least=0)


def _condition(table: Table) -> Condition:
    question = table.string("question", NAME)
    operator = table.choice("operator", OPERATORS)
    value: str | bool
    if operator == EXISTS:
        value = table.truth("value", default=True)
    elif table.has("value"):
        value = read_plain(table, "value") or ""
    else:
        value = table.refuse("value", "key_missing", "")
    system = _name(table, "system", WORD)
    table.refuse_unread()
    return Condition(question, operator, value, system)


def _initial(table: Table) -> tuple[str, ...]:
    """A list of values; one value may stand alone."""
    value = table.take("initial")
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_INITIAL:
        return table.refuse("initial", "list_length", (), low=0, high=MOST_INITIAL)
    written = [as_stored(each) for each in values]
    if not all(VALUE.fits(each) for each in written):
        return table.refuse("initial", VALUE.code, ())
    return tuple(each for each in written if each is not None)


def _unit(table: Table) -> Unit | None:
    if not table.has("unit"):
        return None
    unit = table.table("unit")
    found = Unit(unit.string("code", WORD), _name(unit, "system", WORD), _name(unit, "text", WORD))
    unit.refuse_unread()
    return found


def _score(table: Table) -> Fraction | None:
    """An exact number: of TOML, or its digits in a string, or two of them as a fraction."""
    value = table.take("score")
    if value is None:
        return None
    written = (as_stored(value) or "") if not isinstance(value, bool) else ""
    return Fraction(written) if _SCORE.fullmatch(written) else table.refuse("score", "number_expected", None)


def _name(table: Table, name: str, form: Form) -> str | None:
    return table.string(name, form) or None if table.has(name) else None


def _whole(table: Table, name: str, low: int, high: int) -> int | None:
    return table.whole(name, low, high) if table.has(name) else None


def _refused_constant(name: str) -> Any:
    msg = f"{name} is no number"
    raise ValueError(msg)
