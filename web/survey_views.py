"""What the survey's templates show, worked out of a sitting: items with their state, entries of the review. PURE.

Refuses to know requests and the database; the fields of a question are drawn in `survey_controls`. Every text in here
is still plain; the templates escape it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from locales.errors import Reask, explain
from locales.texts import pick
from surveys.conversation import Review, review, shown
from surveys.enabling import stand
from surveys.hints import helping, hints_of
from surveys.sittings import Sitting
from surveys.structure import DATETIME, GROUP, TIME, Question, Questionnaire
from surveys.wording import answer_text
from web.survey_controls import ControlView, control_view, local_value
from web.survey_fields import CHOSEN, Brought, Given, keeps_words, places

_DEEPEST_HEADING = 6
_DEEPEST = 12
_UNTICKED = "text_consent_unticked"


@dataclass(frozen=True, slots=True)
class ItemView:
    """A group, a text that is only shown, or a question with its control; and what stands in it.

    `place` names it on the page. `level` is that of a group's heading. `is_new`: the last sending brought it in.
    `described` names what explains its fields, `notes` are the author's help. `is_written`: it keeps own words.
    """

    place: int
    kind: str
    label: str
    prefix: str
    level: int
    is_shown: bool
    is_required: bool = False
    is_answered: bool = False
    is_new: bool = False
    is_written: bool = False
    fault: str | None = None
    described: str = ""
    notes: tuple[str, ...] = ()
    control: ControlView | None = None
    inside: tuple[ItemView, ...] = ()


@dataclass(frozen=True, slots=True)
class TextConsentView:
    """The box before the first words of one's own; `before` is the place of the outermost item behind it."""

    before: int
    is_shown: bool
    is_ticked: bool
    fault: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the review, or of what is still open."""

    place: int
    label: str
    answer: str
    is_missing: bool


@dataclass(frozen=True, slots=True)
class FaultView:
    """What cannot stay as it is, and where it is mended; without a label it is the box about words of one's own."""

    anchor: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PageView:
    """The page of all questions: its outermost items, how much is done, what cannot stay as it is."""

    items: tuple[ItemView, ...]
    required: int
    done: int
    faults: tuple[FaultView, ...]
    text_consent: TextConsentView | None


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page of questions is drawn from beside the sitting: what came and could not be taken, what is new."""

    faults: Mapping[str, Reask] = field(default_factory=dict)
    brought: Brought | None = None
    more: int | None = None
    is_ticked: bool = False


def page_view(sitting: Sitting, asking: Asking, *, language: str, zone: ZoneInfo) -> PageView:
    """Every item of the questionnaire; what is not asked now is hidden, so that a script can show it."""
    questionnaire = sitting.questionnaire
    fields = _fields(sitting, asking)
    seen = _seen(sitting, asking, fields)
    items: dict[str, ItemView] = {}
    for place, item in enumerate(questionnaire.questions):
        given = fields.get(item.id, Given())
        reask = asking.faults.get(item.id)
        items[item.id] = _item(item, place, given, language, zone, is_shown=item.id in seen, reask=reask)
        if item.is_question:
            items[item.id] = _noted(items[item.id], questionnaire, item, language)
        if place == asking.more:
            items[item.id] = replace(items[item.id], is_new=True)
    required = [each for each in items.values() if each.is_required and each.is_shown]
    return PageView(
        items=_nested(questionnaire, items),
        required=len(required),
        done=sum(each.is_answered for each in required),
        faults=_faults(items, asking, language),
        text_consent=_text_consent(questionnaire, items, asking),
    )


def review_entries(sitting: Sitting, language: str, zone: ZoneInfo) -> list[EntryView]:
    """Every question that is asked, with its answer in words; `is_missing` also where an answer is not enough."""
    looked_over = review(sitting.questionnaire, sitting.answers)
    wrong = open_faults(looked_over)
    at = places(sitting.questionnaire)
    return [
        EntryView(
            place=at[entry.question.id],
            label=pick(entry.question.text, language),
            answer=answer_text(entry.question, _readable(entry.question, entry.answer, zone), language),
            is_missing=entry.question.id in wrong,
        )
        for entry in looked_over.entries
    ]


def _readable(question: Question, answer: tuple[str, ...] | None, zone: ZoneInfo) -> tuple[str, ...] | None:
    """An answer with its times as people read them, on the consortium's own clock."""
    if not answer or question.type not in (TIME, DATETIME):
        return answer
    return tuple(local_value(question, value, zone).replace("T", " ") for value in answer)


def open_faults(looked_over: Review) -> dict[str, Reask]:
    """Why the response cannot be sent yet, by question."""
    missing = {question.id: Reask("answer_required") for question in looked_over.missing}
    return missing | dict(looked_over.faults)


def _fields(sitting: Sitting, asking: Asking) -> dict[str, Given]:
    """What stands in the fields: what was refused as it came, else the stored answer, else the initial one."""
    brought = asking.brought.given if asking.brought is not None else {}
    fields = {}
    for item in sitting.questionnaire.questions:
        if item.id in brought and (item.id in asking.faults or item.id not in sitting.answers):
            fields[item.id] = brought[item.id]
        elif item.id in sitting.answers:
            fields[item.id] = Given(sitting.answers[item.id] or ("",))
        elif item.initial:
            fields[item.id] = Given(item.initial)
    return fields


def _seen(sitting: Sitting, asking: Asking, fields: Mapping[str, Given]) -> set[str]:
    """The items on the page: those that the fields as they stand lead to, and what hangs on an answer just refused."""
    questionnaire = sitting.questionnaire
    filled = {name: tuple(value for value in given.values if value.strip()) for name, given in fields.items()}
    standing = {name: values for name, values in filled.items() if values and name not in asking.faults}
    seen = {item.id for item in shown(questionnaire, {**standing, **sitting.answers})}
    if asking.brought is None:
        return seen
    silent = stand(questionnaire, {}).silent
    hanging = set(asking.faults)
    for item in questionnaire.questions:
        needs = {condition.question for condition in item.enable_when} | {item.parent}
        if needs & hanging:
            hanging.add(item.id)
            if filled.get(item.id) and item.id in asking.brought.given and item.id not in silent:
                seen |= {item.id, *_holders(questionnaire, item)}
    return seen


def _holders(questionnaire: Questionnaire, item: Question) -> set[str]:
    by_id = {each.id: each for each in questionnaire.questions}
    found: set[str] = set()
    parent = item.parent
    while parent is not None and parent not in found:
        found.add(parent)
        parent = by_id[parent].parent
    return found


def _item(
    item: Question, place: int, given: Given, language: str, zone: ZoneInfo, *, is_shown: bool, reask: Reask | None
) -> ItemView:
    view = ItemView(place, item.type, pick(item.text, language), item.prefix or "", 2, is_shown)
    if not item.is_question:
        return view
    control = control_view(item, given, language, zone)
    return replace(
        view,
        kind="question",
        is_required=item.required,
        is_answered=any(value.strip() for value in given.values),
        is_written=keeps_words(item),
        fault=explain(language, reask) if reask is not None else None,
        described=_described(control, place, has_fault=reask is not None),
        control=control,
    )


def _noted(view: ItemView, questionnaire: Questionnaire, question: Question, language: str) -> ItemView:
    """With what the author says beneath the question, which its fields are described by before anything else."""
    notes = tuple(words for hint in hints_of(questionnaire, question) if (words := pick(hint, language)))
    if not notes:
        return view
    return replace(view, notes=notes, described=" ".join(filter(None, (f"note-{view.place}", view.described))))


def _faults(items: Mapping[str, ItemView], asking: Asking, language: str) -> tuple[FaultView, ...]:
    """One for each question, and one for all that lack nothing but the tick."""
    found: dict[str, FaultView] = {}
    for name, item in items.items():
        reask = asking.faults.get(name)
        if reask is not None:
            is_about_box = reask.code == _UNTICKED
            anchor = "text-consent" if is_about_box else f"q-{item.place}"
            found[anchor] = FaultView(anchor, "" if is_about_box else item.label, explain(language, reask))
    return tuple(found.values())


def _described(control: ControlView, place: int, *, has_fault: bool) -> str:
    """The ids of the lines that explain a question's fields, in the order in which they are read out."""
    lines = {
        "fault": has_fault,
        "hint": control.hints,
        "limit": control.max_length and control.kind not in CHOSEN,
        "unit": control.unit,
    }
    return " ".join(f"{name}-{place}" for name, is_there in lines.items() if is_there)


def _nested(questionnaire: Questionnaire, items: Mapping[str, ItemView]) -> tuple[ItemView, ...]:
    """The items in each other, without those nobody is asked. From the end: what stands in an item comes after it.

    What lies too deep stands behind its holder instead of in it: neither templates nor readers go down without end. So
    does what stands in a question that nobody is asked.
    """
    never = _never_drawn(questionnaire)
    inside: dict[str | None, list[ItemView]] = defaultdict(list)
    levels: dict[str | None, int] = {None: 1}
    depth: dict[str | None, int] = {None: 0}
    holder: dict[str, str | None] = {}
    for item in questionnaire.questions:
        levels[item.id] = levels[item.parent] + (item.type == GROUP)
        is_outside = item.parent in never or depth[item.parent] >= _DEEPEST
        holder[item.id] = holder[item.parent] if is_outside and item.parent is not None else item.parent
        depth[item.id] = depth[holder[item.id]] + 1
    for item in reversed(questionnaire.questions):
        if item.id not in never:
            level = min(levels[item.id], _DEEPEST_HEADING)
            inside[holder[item.id]].append(
                replace(items[item.id], level=level, inside=tuple(reversed(inside[item.id])))
            )
    return tuple(reversed(inside[None]))


def _never_drawn(questionnaire: Questionnaire) -> set[str]:
    """Hidden items, questions whose answer stands without anybody being asked, texts that are part of a question."""
    standing = stand(questionnaire, {})
    return set(standing.hidden | helping(questionnaire)) | {
        item.id for item in questionnaire.questions if item.is_question and item.id in standing.silent
    }


def _text_consent(
    questionnaire: Questionnaire, items: Mapping[str, ItemView], asking: Asking
) -> TextConsentView | None:
    """Where the questionnaire asks for words, the box stands before the outermost item that holds the first of them."""
    written = [item for item in questionnaire.questions if items[item.id].is_written]
    if not written:
        return None
    holders = _holders(questionnaire, written[0]) | {written[0].id}
    before = next(items[item.id].place for item in questionnaire.questions if item.id in holders)
    codes = {asking.faults[item.id].code for item in written if item.id in asking.faults}
    return TextConsentView(
        before=before,
        is_shown=any(items[item.id].is_shown for item in written),
        is_ticked=asking.is_ticked,
        fault=_UNTICKED in codes,
    )
