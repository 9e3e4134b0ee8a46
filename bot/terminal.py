"""The conversation in a terminal: choose who you are, read messages with numbered buttons, type a number or words.

Knows a screen of lines and the numbers on it. What is said and answered is the local channel's, the same as in the
simulator. Reading and printing are given; nothing here touches a terminal itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.local import Item, Said, delivered, respond_locally
from bot.turn import Context
from consortium.models import Person
from locales.texts import text
from storage.database import Database

WHO, QUIT, WORDS = "/who", "/quit", "="


@dataclass(slots=True)
class Desk:
    """One terminal: what it shows and what its numbers stand for. `shown` is the last delivery that was printed."""

    database: Database
    context: Callable[[], Context]
    read: Callable[[str], str]
    show: Callable[[str], None]
    language: str
    account: str = ""
    shown: int = 0
    choices: list[tuple[str, Item]] = field(default_factory=list)


def converse(
    *,
    database: Database,
    context: Callable[[], Context],
    read: Callable[[str], str],
    show: Callable[[str], None],
    language: str,
    ticket: str | None = None,
) -> None:
    """Talk until `/quit` or the end of the input. `read(prompt)` gives a line and raises EOFError at the end; with a
    `ticket` the conversation begins as a patient who has opened its link.
    """
    desk = Desk(database, context, read, show, language)
    try:
        if ticket is not None:
            _sit_down(desk, _new_patient())
            _say(desk, Said("start", ticket))
        elif not _choose_person(desk):
            return
        _talk(desk)
    except EOFError:
        show(text(language, "bot.terminal.bye"))


def _talk(desk: Desk) -> None:
    while True:
        _show_delivered(desk)
        line = desk.read(text(desk.language, "bot.terminal.prompt"))
        if line.strip() == QUIT:
            desk.show(text(desk.language, "bot.terminal.bye"))
            return
        if line.strip() == WHO:
            if not _choose_person(desk):
                return
        elif line.strip():
            _say(desk, _said(desk, line))


def _said(desk: Desk, line: str) -> Said:
    """A number that stands at a button is a tap on it; everything else is words, and so is what stands behind "="."""
    number = line.strip()
    if number.startswith(WORDS):
        return Said("text", number.removeprefix(WORDS))
    if number.isascii() and number.isdecimal() and 0 < int(number) <= len(desk.choices):
        ref, button = desk.choices[int(number) - 1]
        if "data" in button:
            return Said("tap", button["data"], ref)
    return Said("text", line)


def _say(desk: Desk, said: Said) -> None:
    with desk.database.transaction() as session:
        reply = respond_locally(
            session, account=desk.account, said=said, context=desk.context(), language=desk.language
        )
    desk.choices = []
    _print(desk, reply.items)


def _show_delivered(desk: Desk) -> None:
    with desk.database.transaction() as session:
        arrived = delivered(session, account=desk.account, after_id=desk.shown, context=desk.context())
    if arrived:
        desk.shown = arrived[-1][0]
        _print(desk, [item for _, item in arrived])


def _print(desk: Desk, items: Iterable[Item]) -> None:
    """Show items and number their buttons: anew with each answer, and on over what is delivered after it."""
    for item in items:
        if item["do"] == "toast":
            desk.show(text(desk.language, "bot.terminal.toast", sentence=item["text"]))
            continue
        desk.show("")
        desk.show(item["text"])
        if "picture" in item:
            desk.show(text(desk.language, "bot.terminal.picture", alt=item["alt"]))
        for row in item.get("buttons", ()):
            desk.show("  ".join(_numbered(desk, item["ref"], button) for button in row))


def _numbered(desk: Desk, ref: str, button: Item) -> str:
    if "url" in button:
        return text(desk.language, "bot.terminal.address", label=button["text"], address=button["url"])
    desk.choices.append((ref, button))
    return text(desk.language, "bot.terminal.button", number=len(desk.choices), label=button["text"])


def _choose_person(desk: Desk) -> bool:
    """Ask who sits here; False if they would rather leave."""
    with desk.database.transaction() as session:
        people = _people(session)
    names = [*(name for _, name in people), text(desk.language, "bot.terminal.patient")]
    desk.show(text(desk.language, "bot.terminal.who"))
    for number, name in enumerate(names, start=1):
        desk.show(text(desk.language, "bot.terminal.button", number=number, label=name))
    while True:
        line = desk.read(text(desk.language, "bot.terminal.prompt")).strip()
        if line == QUIT:
            desk.show(text(desk.language, "bot.terminal.bye"))
            return False
        if line.isascii() and line.isdecimal() and 0 < int(line) <= len(names):
            break
        desk.show(text(desk.language, "bot.terminal.not_a_number"))
    chosen = int(line) - 1
    _sit_down(desk, f"person:{people[chosen][0]}" if chosen < len(people) else _new_patient())
    desk.show(text(desk.language, "bot.terminal.hint"))
    _say(desk, Said("start"))
    return True


def _sit_down(desk: Desk, account: str) -> None:
    desk.account, desk.shown, desk.choices = account, 0, []


def _new_patient() -> str:
    return f"patient:{secrets.token_hex(4)}"


def _people(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Person.id, Person.name).where(Person.active).order_by(Person.name, Person.id))
    return list(rows)
