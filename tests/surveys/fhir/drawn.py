"""Random questionnaires as FHIR may hold them: every field of the model, in several languages, with things carried."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from surveys.structure import (
    ALL,
    ANY,
    BOOLEAN,
    CODING,
    CONSTRAINTS,
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    EQUAL,
    EXISTS,
    GROUP,
    INTEGER,
    MOMENTS,
    NOT_EQUAL,
    NUMBERS,
    OPERATORS,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    STRING,
    TEXT,
    TIME,
    TYPES,
    WRITTEN,
    Condition,
    Dimension,
    Option,
    Question,
    Questionnaire,
    Unit,
    Wording,
)
from tests.surveys.fhir.samples import HL7, SDC

TAGS = ("und", "zh", "en", "nb-NO", "sw")
VALUES = {
    BOOLEAN: ("true", "false"),
    INTEGER: ("0", "-7", "2147483647"),
    DECIMAL: ("0", "3.50", "-0.001", "100000000000000000.5"),
    DATE: ("2026", "2026-02", "2024-02-29"),
    TIME: ("08:30:00", "23:59:59.123"),
    DATETIME: ("2026", "2026-03-01", "2026-03-01T08:30:00+08:00", "2026-03-01T00:30:00Z"),
    STRING: ("好", "two words", "true"),
    TEXT: ("好", "a\nb", "~"),
}
_PLAIN = (STRING, INTEGER, DATE, TIME)
_PLAIN_OF = {CODING: _PLAIN, STRING: (STRING,), TEXT: (STRING,), INTEGER: (INTEGER,), DECIMAL: (INTEGER,)} | {
    DATE: (DATE,), DATETIME: (DATE,), TIME: (TIME,),
}  # fmt: skip
_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6)
_LINKS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=5)
_SCORES = st.none() | st.fractions(-20, 20, max_denominator=9) | st.decimals(-9, 9, places=3).map(Fraction)
_CARRIED: list[dict[str, Any]] = [
    {},
    {"code": [{"system": "http://loinc.org", "code": "44250-9"}], "definition": "http://x#y"},
    {"extension": [{"url": f"{HL7}rendering-style", "valueString": "color: red"}], "id": "e1"},
    {"disabledDisplay": "protected", "_text": {"extension": [{"url": f"{HL7}rendering-xhtml", "valueString": "<b/>"}]}},
]
_OF_FORM: list[dict[str, Any]] = [
    {},
    {"publisher": "x", "contact": [{"name": "y"}], "date": "2026", "meta": {"tag": [{"code": "z"}]}},
    {"copyrightLabel": "c", "versionAlgorithmCoding": {"code": "semver"}},
    {"extension": [{"url": f"{SDC}sdc-questionnaire-entryMode", "valueCode": "sequential"}], "experimental": True},
]


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    languages = tuple(draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True)))
    dimensions = draw(st.lists(_WORDS, max_size=2, unique=True))
    ids = draw(st.lists(_LINKS, min_size=1, max_size=6, unique=True))
    questions: list[Question] = []
    chain: list[Question] = []  # the last item and those it stands in
    for id_ in ids:
        holders = [None, *(each.id for each in chain if each.type != DISPLAY)]
        parent = draw(st.sampled_from(holders))
        question = _question(draw, id_, parent, languages, [each for each in questions if each.is_question])
        if question.is_question and dimensions and draw(st.booleans()):
            question = replace(question, dimension=draw(st.sampled_from(dimensions)))
        chain = [*chain[: holders.index(parent)], question]
        questions.append(question)
    return Questionnaire(
        id=draw(st.sampled_from(["outpatient", "with_underscore", "问卷 一"])),
        version=draw(st.sampled_from(["", "1", "2.0-b"])),
        title=draw(_wordings(languages)),
        languages=languages,
        questions=tuple(questions),
        notice=draw(_wordings(languages)),
        notice_version=draw(st.sampled_from(["", "1"])),
        thanks=draw(_wordings(languages)),
        dimensions=tuple(Dimension(code, draw(_wordings(languages))) for code in dimensions),
        kinds=tuple(draw(st.lists(st.sampled_from(["outpatient", "inpatient"]), max_size=2, unique=True))),
        url=draw(st.sampled_from([None, "http://example.org/Questionnaire/x", "urn:uuid:0"])),
        is_draft=draw(st.booleans()),
        carried=draw(st.sampled_from(_OF_FORM)),
    )


def _wordings(languages: tuple[str, ...]) -> st.SearchStrategy[Wording]:
    return st.dictionaries(st.sampled_from(languages), _WORDS, max_size=3)


def _maybe(draw: st.DrawFn, strategy: st.SearchStrategy[Any]) -> Any:
    return draw(st.none() | strategy)


def _question(
    draw: st.DrawFn, id_: str, parent: str | None, languages: tuple[str, ...], earlier: list[Question]
) -> Question:
    type_ = draw(st.sampled_from(TYPES))
    conditions = tuple(
        _condition(draw, draw(st.sampled_from(earlier))) for _ in range(draw(st.integers(0, 2))) if earlier
    )
    fields: dict[str, Any] = {
        "text": draw(_wordings(languages)),
        "parent": parent,
        "enable_when": conditions,
        "enable_behavior": draw(st.sampled_from([ALL, ANY])) if conditions else ALL,
        "is_hidden": draw(st.booleans()),
        "prefix": _maybe(draw, _WORDS),
        "control": _maybe(draw, st.sampled_from(["slider", "help", "gtable"])),
        "carried": draw(st.sampled_from(_CARRIED)),
    }
    if type_ != DISPLAY:
        fields |= {
            "required": draw(st.booleans()),
            "repeats": draw(st.booleans()),
            "is_read_only": draw(st.booleans()),
            "least": _maybe(draw, st.integers(0, 9)),
            "most": _maybe(draw, st.integers(1, 9)),
        }
    if type_ not in (DISPLAY, GROUP):
        fields |= _of_answers(draw, type_, languages)
    question = Question(id_, type_, **fields)
    return replace(question, initial=_initial(draw, question)) if question.is_question else question


def _of_answers(draw: st.DrawFn, type_: str, languages: tuple[str, ...]) -> dict[str, Any]:
    constraint = draw(st.sampled_from(CONSTRAINTS)) if type_ != BOOLEAN else OPTIONS_ONLY
    fields: dict[str, Any] = {"constraint": constraint, "is_overall": draw(st.booleans())}
    fields["hint"] = draw(_wordings(languages))
    if type_ in _PLAIN_OF and draw(st.booleans()):
        fields["options"] = _options(draw, type_, languages)
    if type_ in (*NUMBERS, *MOMENTS):
        fields |= {"minimum": _maybe(draw, st.sampled_from(VALUES[type_])), "maximum": VALUES[type_][-1]}
    if type_ in NUMBERS:
        fields["max_decimals"] = _maybe(draw, st.integers(0, 9))
        fields["unit"] = _maybe(draw, st.builds(Unit, _WORDS, st.none() | _WORDS, st.none() | _WORDS))
    is_open = type_ != CODING or constraint == OPTIONS_OR_STRING
    if is_open and type_ in (BOOLEAN, CODING, *NUMBERS, *WRITTEN):
        fields |= {"min_length": _maybe(draw, st.integers(0, 9)), "max_length": _maybe(draw, st.integers(1, 9999))}
    if is_open:
        fields["entry_format"] = _maybe(draw, _WORDS)
    if is_open and type_ != BOOLEAN:
        fields["pattern"] = _maybe(draw, st.sampled_from(["[a-z]{2,3}", "(a|b)*"]))
    return fields


def _options(draw: st.DrawFn, type_: str, languages: tuple[str, ...]) -> tuple[Option, ...]:
    options: dict[str, Option] = {}
    for _ in range(draw(st.integers(1, 3))):
        kinds = (CODING, *_PLAIN) if type_ == CODING else _PLAIN_OF[type_]
        option = _option(draw, draw(st.sampled_from(kinds)), languages)
        options.setdefault(option.code, option)
    return tuple(options.values())


def _option(draw: st.DrawFn, kind: str, languages: tuple[str, ...]) -> Option:
    fields: dict[str, Any] = {
        "score": draw(_SCORES),
        "is_exclusive": draw(st.booleans()),
        "prefix": _maybe(draw, _WORDS),
        "carried": draw(st.sampled_from([{}, {"extension": [{"url": f"{HL7}rendering-style", "valueString": "x"}]}])),
    }
    if kind != CODING:
        code = draw(st.sampled_from([each for each in VALUES[kind] if not each.startswith("~")]))
        label = {languages[0]: code} | (draw(_wordings(languages)) if draw(st.booleans()) else {})
        return Option(code, label, value_type=kind, **fields)
    code = draw(_WORDS.filter(lambda each: not each.startswith("~")))
    carried = draw(st.sampled_from([{}, {"valueCoding": {"version": "2.64", "userSelected": False}}]))
    fields["carried"] = fields["carried"] | carried
    return Option(code, draw(_wordings(languages)), system=_maybe(draw, st.just("http://loinc.org")), **fields)


def _initial(draw: st.DrawFn, question: Question) -> tuple[str, ...]:
    """Options in their order, own words last; one answer unless it repeats."""
    most = 2 if question.repeats else 1
    if not question.options:
        values = VALUES[question.type] if question.type != CODING else ("some-code",)
        return tuple(draw(st.lists(st.sampled_from(values), max_size=most)))
    given = [option.code for option in question.options if draw(st.booleans())]
    words = ["~own"] if question.constraint == OPTIONS_OR_STRING and draw(st.booleans()) else []
    return tuple([*given, *words][:most])


def _condition(draw: st.DrawFn, about: Question) -> Condition:
    has_order = about.type not in (BOOLEAN, CODING)
    operator = draw(st.sampled_from(OPERATORS if has_order else (EXISTS, EQUAL, NOT_EQUAL)))
    if operator == EXISTS:
        return Condition(about.id, operator, draw(st.booleans()))
    if about.options:
        option = draw(st.sampled_from(about.options))
        system = _maybe(draw, st.just("http://loinc.org")) if option.value_type == CODING else None
        return Condition(about.id, operator, option.code, system)
    if about.type == CODING:
        return Condition(about.id, operator, "some-code", _maybe(draw, st.just("http://x")))
    return Condition(about.id, operator, draw(st.sampled_from(VALUES[about.type])))
