"""Reading a questionnaire's document (TOML, or the JSON it is stored as) strictly. PURE.

All that is not understood is refused, by file and key: an unknown key, a missing language, a list too long, a
condition that looks ahead. Refuses to know answers, databases and screens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from consortium.document import Findings, Form, Table
from locales.errors import Finding
from surveys.coherence import MOST_OPTIONS, check
from surveys.plain_text import clean_text, is_blank
from surveys.structure import (
    ALL,
    ANY,
    CHOICE,
    EXISTS,
    OPERATORS,
    TEXT,
    USUAL_ANSWER,
    Condition,
    Dimension,
    Option,
    Question,
    Questionnaire,
)

__all__ = [  # readers of a questionnaire need these together
    "Condition",
    "Dimension",
    "Option",
    "Question",
    "Questionnaire",
    "parse_questionnaire",
]

MOST_QUESTIONS = 100
MOST_DIMENSIONS = 20
MOST_CONDITIONS = 20
MOST_SCALES = 50
MOST_LANGUAGES = 10
MOST_KINDS = 20
LONGEST_TITLE = 120
LONGEST_NOTICE = 2500  # with its buttons it must fit one chat message
LONGEST_THANKS = 1000
LONGEST_NAME = 60
LONGEST_QUESTION = 500
LONGEST_OPTION = 100
LONGEST_ANSWER = 2000
LARGEST_SCORE = 1000

# A button carries conversation, question, option and revision in 52 bytes: the two names share 36 of them.
IDENTIFIER = Form(re.compile(r"[a-z0-9][a-z0-9_-]{0,23}"), "questionnaire_id_malformed")
OPTION_CODE = Form(re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,11}"), "questionnaire_option_malformed")
VERSION = Form(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}"), "questionnaire_version_malformed")
LANGUAGE = Form(re.compile(r"[a-z]{2}"), "questionnaire_language_malformed")


def parse_questionnaire(document: Mapping[str, Any], *, file: str) -> tuple[Questionnaire | None, list[Finding]]:
    """The questionnaire of a document, or None and everything that is wrong with it, by file and key."""
    findings = Findings(file)
    top = Table(document, "", findings)
    languages = top.strings("languages", LANGUAGE, MOST_LANGUAGES)
    if not languages:  # without them no text can be judged
        return None, findings.found
    questionnaire = Questionnaire(
        id=top.string("id", IDENTIFIER),
        version=top.string("version", VERSION),
        title=_wording(top, "title", languages, LONGEST_TITLE),
        notice=_wording(top, "notice", languages, LONGEST_NOTICE),
        notice_version=top.string("notice_version", VERSION),
        thanks=_wording(top, "thanks", languages, LONGEST_THANKS),
        languages=languages,
        dimensions=_dimensions(top, languages),
        questions=_questions(top, languages),
        kinds=top.strings("kinds", IDENTIFIER, MOST_KINDS),
    )
    top.refuse_unread()
    if not findings.found:  # the parts are sound; do they fit together?
        check(questionnaire, findings)
    return (None if findings.found else questionnaire), findings.found


def _dimensions(top: Table, languages: tuple[str, ...]) -> tuple[Dimension, ...]:
    dimensions = []
    for table in top.tables("dimensions", least=0, most=MOST_DIMENSIONS):
        dimensions.append(Dimension(table.string("code", IDENTIFIER), _wording(table, "name", languages, LONGEST_NAME)))
        table.refuse_unread()
    return tuple(dimensions)


def _questions(top: Table, languages: tuple[str, ...]) -> tuple[Question, ...]:
    scales = _scales(top, languages)
    return tuple(_question(table, languages, scales) for table in top.tables("questions", least=1, most=MOST_QUESTIONS))


def _scales(top: Table, languages: tuple[str, ...]) -> dict[str, tuple[Option, ...]]:
    """Lists of options that several questions share, by name."""
    scales: dict[str, tuple[Option, ...]] = {}
    for table in top.tables("scales", least=0, most=MOST_SCALES):
        code = table.string("code", IDENTIFIER)
        if code in scales:
            table.fault("code", "value_twice", value=code)
        scales[code] = _options(table, languages, least=1)
        table.refuse_unread()
    return scales


def _options(table: Table, languages: tuple[str, ...], *, least: int) -> tuple[Option, ...]:
    options = []
    for each in table.tables("options", least=least, most=MOST_OPTIONS):
        wording = _wording(each, "text", languages, LONGEST_OPTION)
        options.append(Option(each.string("code", OPTION_CODE), wording, _score(each)))
        each.refuse_unread()
    return tuple(options)


def _question(table: Table, languages: tuple[str, ...], scales: Mapping[str, tuple[Option, ...]]) -> Question:
    """One question; only the keys of its type are read, so a key of the other type is refused as unknown."""
    kind = table.choice("type", (CHOICE, TEXT))
    is_choice, is_text = kind == CHOICE, kind == TEXT
    conditions = tuple(_condition(each) for each in table.tables("enable_when", least=0, most=MOST_CONDITIONS))
    behaviour = table.choice("enable_behavior", (ALL, ANY), default=ALL if len(conditions) <= 1 else None)
    question = Question(
        id=table.string("id", IDENTIFIER),
        type=kind,
        text=_wording(table, "text", languages, LONGEST_QUESTION),
        required=table.truth("required", default=False),
        options=_scaled_options(table, languages, scales) if is_choice else (),
        dimension=table.string("dimension", IDENTIFIER) if is_choice and table.has("dimension") else None,
        is_overall=table.truth("is_overall", default=False) if is_choice else False,
        enable_when=conditions,
        enable_behavior=behaviour if conditions else ALL,
        max_length=table.whole("max_length", 1, LONGEST_ANSWER, default=USUAL_ANSWER) if is_text else USUAL_ANSWER,
    )
    if kind:  # with an unknown type nothing can be said about the other keys
        table.refuse_unread()
    return question


def _scaled_options(
    table: Table, languages: tuple[str, ...], scales: Mapping[str, tuple[Option, ...]]
) -> tuple[Option, ...]:
    """The shared scale, if one is named, and after it the question's own options."""
    if not table.has("scale"):
        return _options(table, languages, least=1)
    scale = table.string("scale", IDENTIFIER)
    if scale and scale not in scales:
        table.fault("scale", "questionnaire_scale_unknown", value=scale)
    return scales.get(scale, ()) + _options(table, languages, least=0)


def _condition(table: Table) -> Condition:
    question = table.string("question", IDENTIFIER)
    operator = table.choice("operator", OPERATORS)
    value = table.truth("value", default=True) if operator == EXISTS else table.string("value", OPTION_CODE)
    table.refuse_unread()
    return Condition(question, operator, value)


def _score(table: Table) -> Fraction | None:
    score = table.number("score")
    if score is not None and abs(score) > LARGEST_SCORE:
        return table.refuse("score", "questionnaire_score_out_of_range", None, limit=LARGEST_SCORE)
    return score


def _wording(table: Table, name: str, languages: tuple[str, ...], longest: int) -> dict[str, str]:
    """A text in each language, cleaned as answers are: it is shown beside them."""
    wording = table.wording(name, languages=languages, longest=longest)
    cleaned: dict[str, str] = {}
    for language, text in wording.items():
        shown = clean_text(text)
        if shown is None or is_blank(shown):
            table.fault(f"{name}.{language}", "text_expected", limit=longest)
        else:
            cleaned[language] = shown
    return cleaned
