"""Reading a FHIR Questionnaire, R4 or R5: the whole of it, or by name what of it cannot be taken. PURE.

Both versions are read by what they say, not by what they claim to be. Nothing is dropped in silence: what is not
understood is carried and given back where it is known to be harmless, and refused otherwise. Takes any JSON value;
walks without recursion. Refuses to know files and bytes, and whether the form may be asked here (`fitness`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from surveys.fhir.conditions import read_conditions
from surveys.fhir.elements import Element, Raw, Report, shown
from surveys.fhir.items import Surroundings, read_item
from surveys.fhir.metadata import read_language, read_metadata
from surveys.fhir.named_answers import Asked, asked
from surveys.fhir.soundness import is_sound
from surveys.fhir.value_sets import ValueSets
from surveys.graph import in_circles
from surveys.refusals import Refusal
from surveys.structure import Question, Questionnaire

MOST_ITEMS = 5_000
LONGEST_LINK_ID = 255

Found = list[tuple[Element, Question | None]]
"""Every item in the order of the form; None for one that could not be read."""


def read(document: Any) -> tuple[Questionnaire | None, list[Refusal]]:
    """The questionnaire that parsed JSON describes, or None and everything that stands against taking it.

    Numbers with a point should come as `Decimal`. A refusal of the whole form has no linkId.
    """
    report = Report()
    if not is_sound(document, report):
        return None, report.refusals()
    root = Element(document, None, report)
    tongues = read_language(root)
    fields = read_metadata(root, tongues)
    around = Surroundings(tongues, ValueSets(document.get("contained")))
    found = _items(root, around)
    questions = _with_conditions(found, tongues.first)
    _refuse_circles(questions, report)
    _refuse_unknown_dimensions(questions, {each.code for each in fields["dimensions"]}, report)
    if not report.is_empty:
        return None, report.refusals()
    return Questionnaire(languages=tongues.all(), questions=questions, **fields), []


def _items(root: Element, around: Surroundings) -> Found:
    """All items, each before those inside it. Two of one linkId are refused, and so is a form without any."""
    found: Found = []
    ids: set[str] = set()
    waiting: list[tuple[Raw, str | None, str]] = _inside(root, None, "")
    if not root.has("item"):
        root.refuse("item", "fhir_without_items")
    while waiting:
        raw, parent, place = waiting.pop()
        link_id = _link_id(raw, place, root.report)
        if len(found) == MOST_ITEMS:
            root.refuse("item", "fhir_too_many_items", limit=MOST_ITEMS)
            break
        element = Element(raw, link_id, root.report)
        if link_id is not None and link_id in ids:
            element.refuse("linkId", "fhir_link_id_twice")
        ids.add(link_id or "")
        found.append((element, read_item(element, parent, around)))
        waiting += _inside(element, link_id, place)
    return found


def _inside(element: Element, parent: str | None, place: str) -> list[tuple[Raw, str | None, str]]:
    """The items directly inside, last first, with their places: `2.1` is the first item inside the second."""
    raws = element.tables("item")
    numbered = [(raw, parent, f"{place}.{number}".lstrip(".")) for number, raw in enumerate(raws, start=1)]
    return numbered[::-1]


def _link_id(raw: Raw, place: str, report: Report) -> str | None:
    link_id = raw.get("linkId")
    if isinstance(link_id, str) and link_id.strip() and len(link_id) <= LONGEST_LINK_ID:
        return link_id
    is_blank = not link_id or (isinstance(link_id, str) and link_id.isspace())
    code = "fhir_link_id_missing" if is_blank else "fhir_element_malformed"
    report.add(None, "linkId", code, value=shown(link_id), place=place)
    return None


def _with_conditions(found: Found, first: str) -> tuple[Question, ...]:
    """The items with their conditions, which can be read once all items are known."""
    known: dict[str, Asked | None] = {
        element.link_id: asked(question) if question is not None else None
        for element, question in found
        if element.link_id is not None
    }
    complete = []
    for element, question in found:
        conditions, behavior = read_conditions(element, known, first)
        if question is not None:
            complete.append(replace(question, enable_when=conditions, enable_behavior=behavior))
    return tuple(complete)


def _refuse_circles(questions: tuple[Question, ...], report: Report) -> None:
    """Items of which each waits for the next, and the last for the first: none of them could ever be decided."""
    edges = {
        question.id: [
            *(each.question for each in question.enable_when),
            *([question.parent] if question.parent else []),
        ]
        for question in questions
    }
    circular = in_circles(edges)
    for question in questions:
        if question.id in circular and question.enable_when:
            report.add(question.id, "enableWhen", "fhir_condition_circular")


def _refuse_unknown_dimensions(questions: tuple[Question, ...], known: set[str], report: Report) -> None:
    for question in questions:
        if question.dimension is not None and question.dimension not in known:
            report.add(question.id, "dimension", "fhir_dimension_unknown", value=shown(question.dimension))
