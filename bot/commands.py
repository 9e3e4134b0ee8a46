"""The commands of the chat as one table: who may give them, where, what they change and when two have to agree. PURE.

Knows names, roles and places. What a command does is its desk's (`bot.command_desks`), what it says its texts':
`commands.menu.<name>` in the platform's menu, `commands.help.<name>` in the help, `commands.effect.<name>` what it
changes, `commands.second.<name>` when a second person has to agree. Refuses to know chats and databases.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from consortium.permissions import AUDITOR, COMMITTEE, OFFICE, REPRESENTATIVE, ROLES, STAFF

Place = Literal["private", "office", "unit", "bulletin", "group"]
"""Where something is said: alone with the bot, in the office's group, in a unit's, a bulletin's, or another group."""

PRIVATE: Final = "private"
OFFICE_ROOM: Final = "office"
GROUPS: Final[tuple[Place, ...]] = ("office", "unit", "bulletin", "group")

_HERE: Final[frozenset[Place]] = frozenset({"private"})
_HERE_AND_OFFICE: Final[frozenset[Place]] = frozenset({"private", "office"})
_EVERYWHERE: Final[frozenset[Place]] = frozenset({"private", *GROUPS})


@dataclass(frozen=True, slots=True)
class Command:
    """One command. No `roles`: for everybody, patients and strangers included.

    `effect`: it changes something, after showing what and a button. `second`: there are cases in which another person
    of the office has to agree. `example`: arguments as somebody would type them.
    """

    name: str
    roles: frozenset[str] = frozenset()
    places: frozenset[Place] = _HERE
    effect: bool = False
    second: bool = False
    example: str = ""

    @property
    def is_for_everybody(self) -> bool:
        return not self.roles


def _office(name: str, *, effect: bool = False, second: bool = False, example: str = "") -> Command:
    return Command(name, frozenset({OFFICE}), _HERE_AND_OFFICE, effect=effect, second=second, example=example)


COMMANDS: Mapping[str, Command] = MappingProxyType({
    each.name: each
    for each in (
        Command("status", frozenset({OFFICE, COMMITTEE, AUDITOR}), _HERE_AND_OFFICE, example="2026-10"),
        _office("open", effect=True, example="2026-10"),
        _office("remind", effect=True),
        _office("extend", effect=True, second=True, example="2026-11-05 18:00"),
        _office("close", effect=True, second=True),
        _office("settle", effect=True, second=True, example="2026-10"),
        _office("draft", effect=True, example="2026-10"),
        _office("release", effect=True, second=True),
        Command("explain", frozenset({OFFICE, COMMITTEE, AUDITOR, REPRESENTATIVE, STAFF}), example="h2 2026-10"),
        Command("objections", frozenset({OFFICE, COMMITTEE}), _HERE_AND_OFFICE),
        _office("alerts"),
        _office("deliveries"),
        Command("duty", frozenset({OFFICE, COMMITTEE, AUDITOR}), _HERE_AND_OFFICE),
        Command("log", frozenset({OFFICE, AUDITOR}), example="20"),
        Command("visits", frozenset(ROLES)),
        Command("story", frozenset(ROLES)),
        Command("honours", frozenset(ROLES)),
        Command("start", places=_EVERYWHERE),
        Command("receipt", places=_EVERYWHERE),
        Command("stop", effect=True),
        Command("language", places=_EVERYWHERE),
        Command("help", places=_EVERYWHERE),
    )
})  # fmt: skip
"""Every command there is, in the order in which menus and help name them."""

SEASON: Final = ("open", "remind", "extend", "close", "settle", "draft", "release")
"""The steps of a month, in their order."""


def may_give(command: Command, roles: Collection[str]) -> bool:
    """Whether somebody with these roles (none: a patient or a stranger) may give the command."""
    return command.is_for_everybody or not command.roles.isdisjoint(roles)


def commands_for(roles: Collection[str], place: Place) -> tuple[Command, ...]:
    """What somebody with these roles can say there, in the order of the table."""
    return tuple(each for each in COMMANDS.values() if place in each.places and may_give(each, roles))
