"""The help, by role and place: what there is to say, what it changes, when two have to agree; for the office the month
step by step.

Knows the table of commands and its texts. Whoever reads nothing else can drive a season by it. Refuses to name
anything that the reader may not do.
"""

from __future__ import annotations

from bot import visit_desk
from bot.commands import PRIVATE, SEASON, Command, Place, commands_for
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, fitted
from bot.places import place_of
from bot.turn import Turn
from consortium.permissions import OFFICE, REPRESENTATIVE, may_mark_units, may_see_season
from outbox.message import Button, Message


def help_screen(turn: Turn) -> Reply:
    """What there is, for who asks where they ask."""
    place = place_of(turn)
    if turn.actor is None or place not in {PRIVATE, "office"}:
        return Reply(Message(turn.text("bot.help.patient" if turn.is_private else "bot.group.help")))
    if not turn.is_private:
        is_theirs = may_see_season(turn.actor)
        return Reply(Message(_office_text(turn, place) if is_theirs else turn.text("bot.group.help")))
    parts = [turn.text("bot.help.person", name=turn.actor.name)]
    if REPRESENTATIVE in turn.actor.roles:
        parts += [turn.text("bot.help.representative"), turn.text("reviews.promise")]
    if may_mark_units(turn.actor):
        parts.append(turn.text("panel.promise"))
    if visit_desk.may_send(turn) and OFFICE not in turn.actor.roles:
        parts.append(visit_desk.help_words(turn))
    parts.append(_office_text(turn, place))
    back = (Button(turn.text("bot.menu.back"), ("m", "menu")),)
    return Reply(Message(fitted("\n\n".join(parts), LONGEST_TEXT), (back,)))


def _office_text(turn: Turn, place: Place) -> str:
    """The commands that the speaker may give there, the steps of a month first, as a month."""
    roles = turn.known_actor().roles
    found = commands_for(roles, place)
    parts = []
    if OFFICE in roles:
        steps = [_entry(turn, each) for each in found if each.name in SEASON]
        parts += [turn.text("commands.season"), "\n".join(steps), turn.text("commands.rules")]
    others = [_entry(turn, each) for each in found if OFFICE not in roles or each.name not in SEASON]
    parts.append("\n".join([turn.text("commands.others"), *others]))
    if OFFICE in roles:
        parts.append(turn.text("commands.office_group" if place == PRIVATE else "commands.more_in_private"))
    return "\n\n".join(parts)


def _entry(turn: Turn, command: Command) -> str:
    """`/extend 2026-11-05 18:00　…`, and below it what it changes and who has to agree, where there is something."""
    name = f"/{command.name} {command.example}".rstrip()
    said = turn.text("commands.entry", name=name, help=turn.text(f"commands.help.{command.name}"))
    if command.effect and command.name in SEASON:
        said += "\n" + turn.text(
            "commands.effect",
            effect=turn.text(f"commands.effect.{command.name}"),
            second=turn.text(f"commands.second.{command.name}" if command.second else "commands.second.never"),
        )
    return said
