"""Reading a questionnaire's document (TOML, or the JSON it is stored as) strictly. PURE.

All that is not understood is refused, by file and key: an unknown key, a list too long, a condition about nothing. A
text may be missing here, as it is in forms from elsewhere; whether a questionnaire may be asked is judged by `fitness`.
Refuses to know answers, databases and screens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from consortium.document import Findings, Form, Table
from locales.errors import Finding
from surveys.coherence import check
from surveys.items import IDENTIFIER, MOST_ITEMS, NAME, WORD, read_carried, read_options, read_question, read_wording
from surveys.structure import Condition, Dimension, Option, Question, Questionnaire

__all__ = [  # readers of a questionnaire need these together
    "Condition",
    "Dimension",
    "Option",
    "Question",
    "Questionnaire",
    "parse_questionnaire",
]

MOST_DIMENSIONS = 20
MOST_SCALES = 50
MOST_LANGUAGES = 200
MOST_KINDS = 20

LANGUAGE = Form(re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8}){0,8}"), "questionnaire_language_malformed")


def parse_questionnaire(document: Mapping[str, Any], *, file: str) -> tuple[Questionnaire | None, list[Finding]]:
    """The questionnaire of a document, or None and everything that is wrong with it, by file and key."""
    findings = Findings(file)
    top = Table(document, "", findings)
    languages = top.strings("languages", LANGUAGE, MOST_LANGUAGES)
    if not languages:  # without them no text can be judged
        return None, findings.found
    questionnaire = Questionnaire(
        id=top.string("id", NAME),
        version=top.string("version", NAME, default=""),
        title=read_wording(top, "title", languages),
        notice=read_wording(top, "notice", languages),
        notice_version=top.string("notice_version", NAME, default=""),
        thanks=read_wording(top, "thanks", languages),
        languages=languages,
        dimensions=_dimensions(top, languages),
        questions=_questions(top, languages),
        kinds=_kinds(top),
        url=top.string("url", WORD) or None if top.has("url") else None,
        is_draft=top.truth("is_draft", default=False),
        is_blind=top.truth("blind", default=False),
        carried=read_carried(top),
    )
    top.refuse_unread()
    if not findings.found:  # the parts are sound; do they fit together?
        check(questionnaire, findings)
    return (None if findings.found else questionnaire), findings.found


def _kinds(top: Table) -> tuple[str, ...]:
    return top.strings("kinds", IDENTIFIER, MOST_KINDS) if top.take("kinds") else ()


def _dimensions(top: Table, languages: tuple[str, ...]) -> tuple[Dimension, ...]:
    dimensions = []
    for table in top.tables("dimensions", least=0, most=MOST_DIMENSIONS):
        dimensions.append(Dimension(table.string("code", IDENTIFIER), read_wording(table, "name", languages)))
        table.refuse_unread()
    return tuple(dimensions)


def _questions(top: Table, languages: tuple[str, ...]) -> tuple[Question, ...]:
    scales = _scales(top, languages)
    tables = top.tables("questions", least=0, most=MOST_ITEMS)
    return tuple(read_question(table, languages, scales) for table in tables)


def _scales(top: Table, languages: tuple[str, ...]) -> dict[str, tuple[Option, ...]]:
    """Lists of options that several questions share, by name."""
    scales: dict[str, tuple[Option, ...]] = {}
    for table in top.tables("scales", least=0, most=MOST_SCALES):
        code = table.string("code", IDENTIFIER)
        if code in scales:
            table.fault("code", "value_twice", value=code)
        scales[code] = read_options(table, languages, least=1)
        table.refuse_unread()
    return scales
