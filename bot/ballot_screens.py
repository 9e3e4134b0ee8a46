"""The screens of blind scoring. PURE: drawn from a task, the criteria and the marks given so far.

The marks are in the buttons and nowhere else: one character a criterion, 1–5, `_` not yet given, or all `-` for "no
dealings". Refuses to know how a ballot is cast and sealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.layout import Rows, bar, in_rows, page_of, page_turners, shorten
from locales.texts import pick, text
from outbox.message import Button, Message
from reviews.ballots import AssignmentView
from reviews.criteria import MARKS, NOT_MARKED, Criterion, no_dealings

UNITS, LIST, MARK, LOOK, SEND = "u", "l", "m", "c", "x"
NOT_YET = "_"

_TASKS = 10
_LONGEST_NAME = 30
_LONGEST_MISSING = 1500  # all the names of a large consortium


def task_list(
    language: str,
    *,
    unit_code: str,
    unit_name: str,
    period: str,
    closes: str | None,
    tasks: Sequence[AssignmentView],
    missing: Sequence[str],
    page_number: int,
    ways: Rows = (),
) -> Message:
    """The units a unit is to score, done ones ticked; and, as everybody may see, which units have not finished.

    `ways` are buttons that lead to the page for all of them at once.
    """
    done = sum(task.done for task in tasks)
    lines = [
        text(language, "bot.ballot.list", period=period, unit=unit_name),
        f"{text(language, 'bot.ballot.progress', done=done, total=len(tasks))}  {bar(done, len(tasks))}",
        text(language, "bot.ballot.closes", moment=closes) if closes else text(language, "bot.ballot.no_closing"),
    ]
    if missing:
        names = shorten(text(language, "bot.comma").join(missing), _LONGEST_MISSING)
        lines.append(text(language, "bot.ballot.missing", units=names))
    lines.append(text(language, "bot.ballot.all_done" if done == len(tasks) else "bot.ballot.choose"))
    shown, page = page_of(tasks, page_number, _TASKS)
    turners = page_turners(
        page,
        ("b", LIST, unit_code),
        earlier=text(language, "bot.page.earlier"),
        later=text(language, "bot.page.later"),
    )
    rows = (*((_task_button(language, task),) for task in shown), *turners, *ways, home(language))
    return Message("\n".join(lines), rows)


def criterion_screen(
    language: str, *, task: AssignmentView, criteria: Sequence[Criterion], marks: str, place: int
) -> Message:
    """One criterion with its anchors and the marks from 1 to 5; each button carries all marks as they would then be."""
    criterion, unit = criteria[place], pick(task.target_name, language)
    lines = [
        text(language, "bot.ballot.criterion", unit=unit, number=place + 1, of=len(criteria)),
        "",
        pick(criterion.name, language),
        pick(criterion.text, language),
        "",
        text(language, "bot.ballot.low", anchor=pick(criterion.low, language)),
        text(language, "bot.ballot.high", anchor=pick(criterion.high, language)),
    ]
    if task.done:
        lines += ["", text(language, "bot.ballot.replaces")]
    choices = tuple(
        Button(
            text(language, "bot.chosen", label=mark) if marks[place] == mark else mark,
            ("b", MARK, str(task.id), marks[:place] + mark + marks[place + 1 :]),
        )
        for mark in MARKS
    )
    none = Button(text(language, "bot.ballot.no_dealings"), ("b", MARK, str(task.id), no_dealings(len(criteria))))
    return Message("\n".join(lines), (choices, (none,), _ways_back(language, task, marks, place)))


def review_screen(
    language: str, *, task: AssignmentView, criteria: Sequence[Criterion], marks: str, casts: int
) -> Message:
    """All marks before sending. The button to send knows how often was sent, so a second tap sends nothing."""
    unit = pick(task.target_name, language)
    if is_no_dealings(marks):
        lines = [text(language, "bot.ballot.review_none", unit=unit)]
        changes: Rows = ((_restart(language, task, criteria),),)
    else:
        lines = [text(language, "bot.ballot.review", unit=unit), ""]
        lines += [
            text(language, "bot.ballot.entry", number=number, criterion=pick(criterion.name, language), mark=mark)
            for number, (criterion, mark) in enumerate(zip(criteria, marks, strict=True), start=1)
        ]
        lines += ["", text(language, "bot.ballot.change")]
        numbers = [
            Button(str(place + 1), ("b", LOOK, str(task.id), marks, str(place))) for place in range(len(criteria))
        ]
        changes = in_rows(numbers, len(MARKS))
    lines += ["", text(language, "bot.ballot.replaces" if task.done else "bot.ballot.sealed_at_once")]
    send = Button(text(language, "bot.ballot.send"), ("b", SEND, str(task.id), marks, str(casts)))
    return Message("\n".join(lines), (*changes, (send,), (_to_list(language, task),)))


def receipt_screen(language: str, *, task: AssignmentView, code: str) -> Message:
    """The proof of a cast ballot; it stays in the chat, without buttons."""
    return Message(text(language, "bot.ballot.receipt", unit=pick(task.target_name, language), code=code))


def unit_choice(language: str, units: Sequence[tuple[str, str]]) -> Message:
    """Somebody who represents several units chooses one: (code, name)."""
    buttons = ((Button(shorten(name, _LONGEST_NAME), ("b", LIST, code, "0")),) for code, name in units)
    return Message(text(language, "bot.ballot.which_unit"), (*buttons, home(language)))


def nothing_to_score(language: str, sentence: str) -> Message:
    """There is no round, or nobody to score in it."""
    return Message(sentence, (home(language),))


def home(language: str) -> tuple[Button, ...]:
    """The way back to the main menu."""
    return (Button(text(language, "bot.menu.back"), ("m", "menu")),)


def is_no_dealings(marks: str) -> bool:
    return marks == no_dealings(len(marks))


def are_marks_so_far(marks: str, criteria_count: int) -> bool:
    """Whether a button may carry this: a mark or a gap for each criterion, or "no dealings" for all."""
    return len(marks) == criteria_count and (is_no_dealings(marks) or all(mark in MARKS + NOT_YET for mark in marks))


def next_gap(marks: str) -> int | None:
    """The first criterion without a mark; None if all have one (or there were no dealings)."""
    return marks.index(NOT_YET) if NOT_YET in marks else None


def _task_button(language: str, task: AssignmentView) -> Button:
    name = shorten(pick(task.target_name, language), _LONGEST_NAME)
    label = text(language, "bot.chosen", label=name) if task.done else name
    return Button(label, ("b", LOOK, str(task.id), "", "0"))


def _ways_back(language: str, task: AssignmentView, marks: str, place: int) -> tuple[Button, ...]:
    back = Button(text(language, "bot.ballot.back"), ("b", LOOK, str(task.id), marks, str(place - 1)))
    ways = [back] if place > 0 else []
    if NOT_YET not in marks and NOT_MARKED not in marks:
        ways.append(Button(text(language, "bot.ballot.to_review"), ("b", MARK, str(task.id), marks)))
    return (*ways, _to_list(language, task))


def _restart(language: str, task: AssignmentView, criteria: Sequence[Criterion]) -> Button:
    blank = NOT_YET * len(criteria)
    return Button(text(language, "bot.ballot.give_marks"), ("b", LOOK, str(task.id), blank, "0"))


def _to_list(language: str, task: AssignmentView) -> Button:
    return Button(text(language, "bot.ballot.to_list"), ("b", LIST, task.rater, ""))
