"""What is said beneath a question to help with answering it, there and back: `questionnaire-instruction`. PURE.

On a group or a text it is carried. Texts that stand as items of their own and are marked as help stay items. Refuses to
know how a hint is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from surveys.fhir.elements import Element, Raw, Report
from surveys.fhir.extensions import is_harmless_inside, keep_richer, only_one, segment
from surveys.fhir.harmless import HL7
from surveys.fhir.translations import Tongues, read_wording, write_wording
from surveys.structure import DISPLAY, GROUP, Question, Wording

INSTRUCTION = f"{HL7}questionnaire-instruction"
_VALUES = ("valueString", "valueMarkdown")


def read_hint(element: Element, found: Mapping[str, list[Raw]], type_: str, tongues: Tongues) -> Wording:
    """The hint of a question in all its languages; {} where it has none."""
    raw = only_one(element, found, INSTRUCTION)
    if raw is None:
        return {}
    if type_ in (GROUP, DISPLAY):
        if is_harmless_inside(element, raw):
            keep_richer(element, raw, {})
        return {}
    hint = _words(element.within(raw), tongues)
    if not hint:
        element.refuse(segment(INSTRUCTION), "fhir_element_malformed", value=segment(INSTRUCTION))
    elif raw != _extension(hint, tongues.first):
        keep_richer(element, raw, {})
    return hint


def write_hint(question: Question, first: str) -> list[dict[str, Any]]:
    """The extension that says it, if there is a hint."""
    return [_extension(question.hint, first)] if question.hint else []


def hint_meaning(question: Question, first: str) -> dict[str, Callable[[Raw], Any]]:
    """How to tell whether two extensions say the same hint; of what is no question nothing is said by one."""
    if not question.is_question:
        return {}
    return {INSTRUCTION: lambda raw: _words(Element(raw, None, Report()), Tongues(first))}


def _words(inside: Element, tongues: Tongues) -> Wording:
    name = next((each for each in _VALUES if inside.has(each) or inside.has(f"_{each}")), _VALUES[0])
    hint = read_wording(inside, name, tongues)
    inside.take("url")
    inside.take("id")
    inside.refuse_unread()
    return hint


def _extension(hint: Wording, first: str) -> dict[str, Any]:
    extension: dict[str, Any] = {"url": INSTRUCTION}
    write_wording(extension, _VALUES[0], hint, first)
    return extension
