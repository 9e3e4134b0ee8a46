"""One row of the sheet `survey` of an XLSForm to one item, without conditions and bounds. PURE.

Every cell of the row is either read, kept as a note for authors, or refused at its address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from locales.errors import Reask
from surveys.structure import (
    CODING,
    DISPLAY,
    GROUP,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    Option,
    Question,
)
from surveys.values import read_value
from surveys.xlsform.choices import REMARKS
from surveys.xlsform.kept import design_notes
from surveys.xlsform.layout import NO, TRANSLATED, YES, Entry, Expected
from surveys.xlsform.refused import Refused
from surveys.xlsform.types import Asked

SURVEY = Expected(
    read=frozenset({"type", "name", "label", "hint", "required", "relevant", "constraint", "default", "read_only"}),
    kept=frozenset({"guidance_hint", "constraint_message", "required_message", "appearance"}) | REMARKS,
    unsupported=frozenset({
        "image", "big_image", "audio", "video", "calculation", "choice_filter", "repeat_count", "trigger", "parameters",
        "save_to", "autoplay", "disabled", "intent", "query", "rows",
    }),
)  # fmt: skip

_NAME = re.compile(r"[^\W\d][\w.-]{0,254}")
_LOADING = ("search(", "ex:", "printer:", "intent", "query(")  # appearances that bring something from outside
_COMPUTED = re.compile(r"\$\{|[A-Za-z][\w-]*\(.*\)", re.DOTALL)
_LONGEST_DEFAULT = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """An item, the row that it comes from, and what that row says of conditions and bounds."""

    question: Question
    entry: Entry


def read_item(
    entry: Entry, asked: Asked, parent: str | None, lists: Mapping[str, tuple[Option, ...]], refused: Refused
) -> Item | None:
    """The item of a row; None where it has no name that could be its id."""
    name = item_name(entry, asked, refused)
    if name is None:
        return None
    question = Question(
        id=name,
        type=asked.type,
        text=entry.wording("label", refused),
        hint={} if asked.type in {GROUP, DISPLAY} else entry.wording("hint", refused),
        parent=parent,
        required=_truth(entry, "required", refused),
        repeats=asked.is_several,
        options=_options(entry, asked, lists, refused),
        constraint=OPTIONS_OR_STRING if asked.is_open else OPTIONS_ONLY,
        is_read_only=_truth(entry, "read_only", refused),
        minimum=asked.bounds.get("minimum"),
        maximum=asked.bounds.get("maximum"),
        pattern=asked.bounds.get("pattern"),
        carried=_kept(entry, SURVEY.kept | ({"hint"} if asked.type in {GROUP, DISPLAY} else set()), refused),
    )
    if asked.type in {GROUP, DISPLAY}:
        _refuse_needless(entry, question, refused)
        question = Question(name, asked.type, question.text, parent, carried=question.carried)
    return Item(question, entry)


def read_initial(question: Question, entry: Entry, refused: Refused) -> tuple[str, ...]:
    """What stands under `default`, as answers; a computed one is refused."""
    written = entry.text("default")
    if not written or not question.is_question:
        return ()
    if len(written) > _LONGEST_DEFAULT or _COMPUTED.search(written):
        refused.add(entry.address("default"), "default", "xlsform_default_computed")
        return ()
    values = tuple(dict.fromkeys(written.split())) if question.repeats else (written,)
    if question.type == CODING:
        known = {option.code for option in question.options}
        stored: list[str | Reask] = [each if each in known else Reask("answer_not_an_option") for each in values]
    else:
        stored = [read_value(Question(question.id, question.type), each) for each in values]
    if any(isinstance(each, Reask) for each in stored):
        refused.add(entry.address("default"), "default", "xlsform_default_unfit", value=written[:40])
        return ()
    return tuple(each for each in stored if isinstance(each, str))


def item_name(entry: Entry, asked: Asked, refused: Refused) -> str | None:
    """The name, which becomes the id. A note may go without one and is called by its row, as elsewhere."""
    name = entry.text("name")
    if not name and asked.type == DISPLAY:
        return f"generated_note_name_{entry.number}"
    if not name:
        refused.add(entry.address("name"), "name", "xlsform_cell_needed")
        return None
    if _NAME.fullmatch(name) is None:
        refused.add(entry.address("name"), "name", "xlsform_name_malformed", value=name[:40])
        return None
    return name


def _options(
    entry: Entry, asked: Asked, lists: Mapping[str, tuple[Option, ...]], refused: Refused
) -> tuple[Option, ...]:
    if asked.type != CODING:
        return ()
    options = lists.get(asked.list_name, ())
    if not options:
        refused.add(entry.address("type"), "list_name", "xlsform_list_unknown", list=asked.list_name[:40])
    spaced = next((option.code for option in options if asked.is_several and " " in option.code), None)
    if spaced is not None:
        refused.add(entry.address("type"), asked.list_name, "xlsform_choice_spaced", value=spaced[:40])
    return options


def _truth(entry: Entry, name: str, refused: Refused) -> bool:
    written = entry.text(name).lower()
    if written and written not in YES | NO:
        refused.add(entry.address(name), name, "xlsform_truth_expected", value=written[:40])
    return written in YES


def _kept(entry: Entry, kept: frozenset[str], refused: Refused) -> dict[str, object]:
    """Messages, looks and remarks, and the hints of what nobody answers, as notes for authors."""
    said: list[tuple[str, str]] = []
    for name, words in entry.filled().items():
        if name not in kept:
            continue
        if name in TRANSLATED:
            said += [(f"{name} ({language})", each) for language, each in entry.wording(name, refused).items()]
        elif name == "appearance" and words.lower().startswith(_LOADING):
            refused.add(entry.address("appearance"), words.partition("(")[0][:40], "xlsform_unsupported")
        else:
            said.append((name, words))
    return design_notes(said)


def _refuse_needless(entry: Entry, question: Question, refused: Refused) -> None:
    """What only a question can have, on a group or a note."""
    needless = [name for name in ("constraint", "default") if entry.text(name)]
    needless += ["required"] if question.required else []
    if question.is_read_only and question.type == GROUP:
        needless.append("read_only")
    for name in needless:
        refused.add(entry.address(name), name, "xlsform_cell_needless", type=question.type)
