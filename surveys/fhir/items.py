"""Reading one item of a form: everything it says about itself; its conditions are read once all items are known. PURE.

What the standard forbids for a type is refused where it would say something (a display that is required), and passed
over or carried where it says nothing (a display that is not required, a display's code). Refuses to know the other
items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveys.fhir.bounds import BOUNDS, read_bounds
from surveys.fhir.elements import Element, Raw, shown
from surveys.fhir.extensions import carry_companions, carry_extensions, only_one, only_value, segment
from surveys.fhir.harmless import R5
from surveys.fhir.hints import INSTRUCTION, read_hint
from surveys.fhir.initial_values import read_initial
from surveys.fhir.options import VALUE_TYPES, read_option
from surveys.fhir.own import OF_ITEM, read_item_facts
from surveys.fhir.translations import Tongues, read_wording
from surveys.fhir.value_sets import ValueSets
from surveys.structure import (
    BOOLEAN,
    CODING,
    CONSTRAINTS,
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    GROUP,
    INTEGER,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    STRING,
    TIME,
    TYPES,
    WRITTEN,
    Option,
    Question,
)

CHOICE, OPEN_CHOICE = "choice", "open-choice"
MOST_OPTIONS = 50_000  # of a whole form, counted again for each question that shares a list

DISABLED_DISPLAY, ANSWER_CONSTRAINT = f"{R5}.item.disabledDisplay", f"{R5}.item.answerConstraint"
_DISABLED = ("hidden", "protected")
_UNASKED = ("attachment", "reference", "quantity", "url", "question")
_UNDERSTOOD = frozenset((*BOUNDS, *OF_ITEM, INSTRUCTION, DISABLED_DISPLAY, ANSWER_CONSTRAINT))
_ANSWERING = ("answerOption", "answerValueSet", "initial")
_FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    GROUP: ("maxLength", *_ANSWERING),
    DISPLAY: ("required", "repeats", "item", "maxLength", *_ANSWERING),
    BOOLEAN: ("answerOption", "answerValueSet"),
    **dict.fromkeys((CODING, DATE, DATETIME, TIME), ("maxLength",)),
}
_UNCHOSEN = (GROUP, DISPLAY, BOOLEAN)
_OPTION_TYPES: Mapping[str, tuple[str, ...]] = {
    CODING: tuple(VALUE_TYPES.values()),
    **dict.fromkeys(WRITTEN, (STRING,)),
    **dict.fromkeys((INTEGER, DECIMAL), (INTEGER,)),
    **dict.fromkeys((DATE, DATETIME), (DATE,)),
    TIME: (TIME,),
}
"""Which options the answers of a type can be chosen from."""


@dataclass(slots=True)
class Surroundings:
    """What an item needs of the form around it; `room` is how many more options the form may have."""

    tongues: Tongues
    value_sets: ValueSets
    room: int = MOST_OPTIONS


def read_item(element: Element, parent: str | None, around: Surroundings) -> Question | None:
    """The item without its conditions; None where its type leaves nothing to be understood."""
    type_ = _type(element)
    if type_ is None:
        return None
    found = carry_extensions(element, _UNDERSTOOD)
    constraint = _constraint(element, found)
    _refuse_forbidden(element, type_, constraint)
    options, chosen = _options(element, type_, around)
    question = Question(
        id=element.link_id or "",
        type=type_,
        text=read_wording(element, "text", around.tongues),
        parent=parent,
        required=element.truth("required") or False,
        repeats=element.truth("repeats") or False,
        options=options,
        constraint=constraint,
        max_length=element.whole("maxLength", 1),
        is_read_only=_is_read_only(element, type_),
        prefix=element.string("prefix"),
        hint=read_hint(element, found, type_, around.tongues),
        carried=element.carried,
        **read_bounds(element, found, type_, constraint),
        **read_item_facts(element, found),
    )
    initial = read_initial(element, question, chosen, around.tongues.first)
    _carry(element, found)
    return replace(question, initial=initial)


def _is_read_only(element: Element, type_: str) -> bool:
    """Whether nobody may answer it. A display says so without meaning: it is carried."""
    is_so = element.truth("readOnly") or False
    if is_so and type_ == DISPLAY:
        element.keep("readOnly", True)
    return is_so and type_ != DISPLAY


def _type(element: Element) -> str | None:
    given = element.string("type")
    if given in (CHOICE, OPEN_CHOICE):
        return CODING
    if given in TYPES:
        return given
    if given in _UNASKED:
        element.refuse(given, "fhir_type_unsupported")
    else:
        element.refuse(given or "type", "fhir_type_unknown")
    return None


def _constraint(element: Element, found: Mapping[str, list[Raw]]) -> str:
    """Whether one may answer in other ways than those offered: R4's `open-choice`, R5's `answerConstraint`."""
    raw = only_one(element, found, ANSWER_CONSTRAINT)
    beside = only_value(element, raw, "valueCode") if raw is not None else None
    if beside is not None and beside[1] not in CONSTRAINTS:
        element.refuse(segment(ANSWER_CONSTRAINT), "fhir_element_malformed", value=shown(beside[1]))
    by_type = OPTIONS_OR_STRING if element.raw.get("type") == OPEN_CHOICE else None
    said = [element.word("answerConstraint", CONSTRAINTS), beside[1] if beside is not None else None, by_type]
    constraints = [each for each in CONSTRAINTS if each in said]
    if len(constraints) > 1:
        element.refuse("answerConstraint", "fhir_constraints_contradict")
    return constraints[0] if constraints else OPTIONS_ONLY


def _refuse_forbidden(element: Element, type_: str, constraint: str) -> None:
    """What says something that the standard does not let this type say. A plain `false` says nothing."""
    for name in _FORBIDDEN.get(type_, ()):
        is_open = name == "maxLength" and constraint == OPTIONS_OR_STRING
        if element.has(name) and element.raw[name] is not False and not is_open:
            element.refuse(name, "fhir_element_misplaced", type=type_)
    if type_ in _UNCHOSEN and constraint != OPTIONS_ONLY:
        element.refuse("answerConstraint", "fhir_element_misplaced", type=type_)


def _options(element: Element, type_: str, around: Surroundings) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """The options that stand in the item, or in the contained set that it points to; the codes chosen beforehand."""
    raws, reference = element.tables("answerOption"), element.string("answerValueSet")
    if raws and reference is not None:
        element.refuse("answerValueSet", "fhir_options_twice")
        return (), ()
    chosen: tuple[str, ...] = ()
    if reference is not None:
        options = around.value_sets.options(element, reference, around.tongues) or ()
        element.keep("answerValueSet", reference)
    else:
        read = [read_option(element.within(raw), around.tongues) for raw in raws]
        options = tuple(each.option for each in read if each is not None)
        chosen = tuple(each.option.code for each in read if each is not None and each.is_chosen)
    around.room -= len(options)
    if around.room < 0:
        element.report.add(None, "answerOption", "fhir_too_many_options", limit=MOST_OPTIONS)
        return (), ()
    _refuse_odd(element, type_, options)
    return options, chosen


def _refuse_odd(element: Element, type_: str, options: tuple[Option, ...]) -> None:
    """Options of another type than the answers, and two with one code: they could not be told apart once stored."""
    codes: set[str] = set()
    for option in options:
        if type_ in _OPTION_TYPES and option.value_type not in _OPTION_TYPES[type_]:
            element.refuse("answerOption", "fhir_option_type", value=shown(option.code), type=type_)
        if option.code in codes:
            element.refuse("answerOption", "fhir_option_twice", value=shown(option.code))
        codes.add(option.code)


def _carry(element: Element, found: Mapping[str, list[Raw]]) -> None:
    """What means nothing to asking the item; anything else that is left is refused."""
    raw = only_one(element, found, DISABLED_DISPLAY)
    beside = only_value(element, raw, "valueCode") if raw is not None else None
    for disabled in (element.word("disabledDisplay", _DISABLED), beside[1] if beside is not None else None):
        if disabled in _DISABLED:
            element.keep("disabledDisplay", disabled)
        elif disabled is not None:
            element.refuse("disabledDisplay", "fhir_element_malformed", value=shown(disabled))
    element.take("linkId")
    element.take("item")
    element.take("enableWhen")
    element.take("enableBehavior")
    element.carry("id", "definition", "code", "fhir_comments")
    carry_companions(element)
    element.refuse_unread()
