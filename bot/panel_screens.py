"""The screens of the expert panel. PURE: drawn from tasks, criteria, the names of files and the marks given so far.

As with ballots the marks are in the buttons and nowhere else: one character an indicator, 1–5, `-` for "no basis to
judge", `_` not yet given. Refuses to know how a ballot is sealed, and what is in a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.ballot_screens import NOT_YET, home
from bot.layout import Rows, in_rows, page_of, page_turners, shorten
from locales.texts import pick, text
from outbox.message import Button, Message
from reviews.criteria import MARKS, NOT_MARKED, Criterion
from reviews.panel_ballots import PanelTaskView

LETTER = "e"
"""The conversation that these buttons belong to."""
UNITS, LOOK, MARK, SEND, LINK = "u", "c", "m", "x", "w"

_ON_A_PAGE = 10
_LONGEST_NAME = 30
_MOST_FILES = 6
_IN_A_ROW = 6


@dataclass(frozen=True, slots=True)
class Sheet:
    """One unit before an expert: what to mark, the marks so far, and (name, KB) of the files by indicator."""

    task: PanelTaskView
    criteria: Sequence[Criterion]
    marks: str
    files: dict[str, list[tuple[str, int]]]

    @property
    def gap(self) -> int | None:
        """The first indicator without an answer."""
        return self.marks.index(NOT_YET) if NOT_YET in self.marks else None

    def marked(self, place: int, mark: str) -> str:
        return self.marks[:place] + mark + self.marks[place + 1 :]


def units_screen(
    language: str, *, period: str, closes: str | None, tasks: Sequence[PanelTaskView], number: int, ways: Rows
) -> Message:
    """The units to mark, done ones ticked; `ways` lead to the page with the files."""
    done = sum(task.done for task in tasks)
    said = [
        text(language, "panel.month", period=period),
        text(language, "panel.progress", done=done, total=len(tasks)),
        text(language, "panel.closes", moment=closes) if closes else text(language, "panel.no_closing"),
        "",
        text(language, "panel.all_done" if done == len(tasks) else "panel.chat.choose"),
    ]
    shown, page = page_of(tasks, number, _ON_A_PAGE)
    turn = {"earlier": text(language, "bot.page.earlier"), "later": text(language, "bot.page.later")}
    rows: list[tuple[Button, ...]] = []
    for task in shown:
        name = shorten(pick(task.unit_name, language), _LONGEST_NAME)
        label = text(language, "bot.chosen", label=name) if task.done else name
        rows.append((Button(label, (LETTER, LOOK, str(task.id), "", "0")),))
    return Message("\n".join(said), (*rows, *page_turners(page, (LETTER, UNITS), **turn), *ways, home(language)))


def nothing_screen(language: str, sentence: str) -> Message:
    return Message(sentence, (home(language),))


def indicator_screen(language: str, sheet: Sheet, place: int) -> Message:
    """One indicator with its anchors and the names of its files; each button carries all marks as they then are."""
    criterion, unit = sheet.criteria[place], pick(sheet.task.unit_name, language)
    head = text(language, "panel.chat.indicator", unit=unit, number=place + 1, of=len(sheet.criteria))
    said = [head, "", pick(criterion.name, language), pick(criterion.text, language), ""]
    said.append(text(language, "panel.scale_low", anchor=pick(criterion.low, language)))
    said.append(text(language, "panel.scale_high", anchor=pick(criterion.high, language)))
    said += ["", *_files(language, sheet.files.get(criterion.code, []))]
    said += ["", text(language, "panel.replaces")] if sheet.task.done else []
    marks = tuple(_answer(language, sheet, place, mark, mark) for mark in MARKS)
    none = _answer(language, sheet, place, NOT_MARKED, text(language, "panel.no_basis"))
    ways = [_look(text(language, "panel.chat.back"), sheet, place - 1)] if place else []
    if sheet.gap is None:
        ways.append(Button(text(language, "panel.chat.to_review"), (LETTER, MARK, str(sheet.task.id), sheet.marks)))
    return Message("\n".join(said), (marks, (none,), (*ways, _to_units(language))))


def review_screen(language: str, sheet: Sheet) -> Message:
    """All marks of a unit before sending. The button knows how often was sent: a second tap sends nothing."""
    said = [text(language, "panel.chat.review", unit=pick(sheet.task.unit_name, language)), ""]
    for number, (criterion, mark) in enumerate(zip(sheet.criteria, sheet.marks, strict=True), start=1):
        shown = text(language, "panel.no_basis") if mark == NOT_MARKED else mark
        said.append(text(language, "panel.chat.entry", number=number, name=pick(criterion.name, language), mark=shown))
    said += ["", text(language, "panel.chat.change"), text(language, "panel.promise")]
    numbers = [_look(str(place + 1), sheet, place) for place in range(len(sheet.criteria))]
    action = (LETTER, SEND, str(sheet.task.id), sheet.marks, str(sheet.task.casts))
    send = (Button(text(language, "panel.seal"), action),)
    return Message("\n".join(said), (*in_rows(numbers, _IN_A_ROW), send, (_to_units(language),)))


def receipt_screen(language: str, task: PanelTaskView, code: str) -> Message:
    """The proof of a cast ballot; it stays in the chat, without buttons."""
    return Message(text(language, "panel.chat.receipt", unit=pick(task.unit_name, language), code=code))


def are_answers_so_far(marks: str, count: int) -> bool:
    """Whether a button may carry this: a mark, no basis or a gap for each indicator."""
    return len(marks) == count and all(mark in MARKS + NOT_MARKED + NOT_YET for mark in marks)


def _files(language: str, files: Sequence[tuple[str, int]]) -> list[str]:
    if not files:
        return [text(language, "panel.no_evidence")]
    said = [text(language, "panel.chat.files")]
    said += [text(language, "panel.chat.file", name=name, size=size) for name, size in files[:_MOST_FILES]]
    return said + ([text(language, "panel.chat.more_files", count=len(files))] if len(files) > _MOST_FILES else [])


def _answer(language: str, sheet: Sheet, place: int, mark: str, label: str) -> Button:
    shown = text(language, "bot.chosen", label=label) if sheet.marks[place] == mark else label
    return Button(shown, (LETTER, MARK, str(sheet.task.id), sheet.marked(place, mark)))


def _look(label: str, sheet: Sheet, place: int) -> Button:
    return Button(label, (LETTER, LOOK, str(sheet.task.id), sheet.marks, str(place)))


def _to_units(language: str) -> Button:
    return Button(text(language, "panel.back"), (LETTER, UNITS))
