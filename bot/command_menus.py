"""The platform's own command menus: which commands it offers in which chat, and keeping that so.

Knows the scopes: everybody's private chat, every group, one chat. A person known by name is offered what their roles
may say, in the language in which they are spoken to; the office's group what can be said there. Refuses to know how a
menu is set: that is given. Whatever goes wrong is tried again later and stops nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands import OFFICE_ROOM, PRIVATE, Place, commands_for
from bot.telegram_updates import CHANNEL
from consortium.models import Chat, Person, Role
from consortium.permissions import OFFICE
from locales.texts import DEFAULT_LANGUAGE, LANGUAGES, text
from storage.database import Database

EVERYBODY: Final = "default"
EVERY_GROUP: Final = "all_group_chats"
ONE_CHAT: Final = "chat"

_LOOK_EVERY = 15.0  # seconds
_BETWEEN = 0.05  # seconds between two calls
_IN_GROUPS = ("language", "help")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CommandMenu:
    """What the platform offers in a scope, to telephones of one language ("" for all that have no menu of their own).

    `chat` is the chat's number where the scope is one chat. Without `entries` (name, words) the menu is taken away.
    """

    scope: Literal["default", "all_group_chats", "chat"]
    language: str
    entries: tuple[tuple[str, str], ...]
    chat: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it is: of two menus in one place the later one counts."""
        return self.scope, self.chat, self.language


Setter = Callable[[CommandMenu], Awaitable[bool]]
"""Sets one menu; whether that is settled (done, or refused for good), or is to be tried again."""


def command_menus(session: Session) -> tuple[CommandMenu, ...]:
    """Every menu as it should be now."""
    general = [
        menu
        for tag, language in _tagged(None)
        for menu in (
            CommandMenu(EVERYBODY, tag, _entries((), PRIVATE, language)),
            CommandMenu(EVERY_GROUP, tag, _entries((), "group", language, only=_IN_GROUPS)),
        )
    ]
    return (*general, *_of_people(session), *_of_office_groups(session))


async def keep_menus(
    database: Database, set_menu: Setter, *, stopping: asyncio.Event, seconds: float = _LOOK_EVERY
) -> None:
    """Set what should be and is not yet, look again every so often, until told to stop.

    Roles that changed, accounts that were bound and groups that became the office's are seen at the next look.
    """
    standing: dict[tuple[str, str, str], CommandMenu] = {}
    while not stopping.is_set():
        try:
            wanted = {menu.place: menu for menu in await database.run(command_menus)}
            await _set(wanted, standing, set_menu, stopping)
        except Exception as error:  # noqa: BLE001 - the database may be away: the next look makes up for it
            log.warning("menus_failed", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)


async def _set(
    wanted: dict[tuple[str, str, str], CommandMenu],
    standing: dict[tuple[str, str, str], CommandMenu],
    set_menu: Setter,
    stopping: asyncio.Event,
) -> None:
    gone = [CommandMenu(menu.scope, menu.language, (), menu.chat) for at, menu in standing.items() if at not in wanted]
    changed = [menu for at, menu in wanted.items() if standing.get(at) != menu]
    for menu in (*changed, *gone):
        if stopping.is_set():
            return
        if not await set_menu(menu):
            continue
        if menu.entries:
            standing[menu.place] = menu
        else:
            standing.pop(menu.place, None)
        await asyncio.sleep(_BETWEEN)


def _of_people(session: Session) -> list[CommandMenu]:
    """The private chats of people known by name, and of those who were: they are offered what everybody is."""
    roles: dict[str, set[str]] = {}
    for person_id, role in session.execute(select(Role.person_id, Role.role)):
        roles.setdefault(person_id, set()).add(role)
    rows = session.execute(
        select(Chat.address, Chat.language, Person.id, Person.language, Person.active)
        .join(Person, Person.id == Chat.person_id)
        .where(Chat.channel == CHANNEL, Chat.kind == "private", Chat.state == "active")
        .order_by(Chat.id)
    )
    return [
        CommandMenu(ONE_CHAT, "", _entries(roles.get(person, ()) if active else (), PRIVATE, spoken or own), address)
        for address, spoken, person, own, active in rows
    ]


def _of_office_groups(session: Session) -> list[CommandMenu]:
    rows = session.execute(
        select(Chat.address, Chat.language)
        .where(Chat.channel == CHANNEL, Chat.purpose == OFFICE_ROOM, Chat.state == "active")
        .order_by(Chat.id)
    )
    return [
        CommandMenu(ONE_CHAT, tag, _entries({OFFICE}, OFFICE_ROOM, language), address)
        for address, spoken in rows
        for tag, language in _tagged(spoken)
    ]


def _tagged(spoken: str | None) -> tuple[tuple[str, str], ...]:
    """(the telephones' language, the menu's): a chat that has chosen its language has one menu, others one for each."""
    if spoken is not None:
        return (("", spoken),)
    return (("", DEFAULT_LANGUAGE), *((language, language) for language in LANGUAGES))


def _entries(
    roles: Collection[str], place: Place, language: str, *, only: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each.name, text(language, f"commands.menu.{each.name}"))
        for each in commands_for(roles, place)
        if not only or each.name in only
    )
