"""The audit trail in chat: who did what to what and when, in words, newest first, a page at a time.

Knows the texts of the actions and what a subject is called. Open to the office and to auditors, in private. Refuses to
show details that name nobody's business: of patients there is that it was a patient, of ballots the day and the unit's
representative, as the trail itself has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select

from bot.command_acts import LETTER
from bot.command_words import words_of
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, fitted
from bot.turn import Turn
from bulletins.wording import one_line
from consortium.links import token_hash
from consortium.models import Person, Unit
from consortium.permissions import AUDITOR, OFFICE, require
from consortium.units import zone
from locales.errors import DomainError
from locales.texts import catalogue, pick, text
from outbox.message import Button, Message
from storage.audit import AuditRow

LOG = "l"
EVERYTHING, PERSON, ACTION = "e", "p", "a"

_PAGE, _LONGEST_PAGE = 10, 30
_SHORT = 12  # digits of a hash that stand for a name in a button
_ACTIONS = "audit.action."
_WITHOUT_SUBJECT = frozenset({"response", "invitation", "patient"})  # names of rows about patients


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of the trail is asked for: everything, one person's rows, or those of one action; and how many a page."""

    kind: str = EVERYTHING
    value: str = ""
    size: int = _PAGE


def command(turn: Turn, rest: str) -> Reply:
    """`/log`, `/log 20`, `/log 陈静`, `/log open_round`: a number of rows, a person by id or name, an action."""
    _require_reader(turn)
    return Reply(_screen(turn, _asked(turn, rest), None))


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of the log: ("c", "l", kind, short value, size, the row before which the page begins)."""
    _require_reader(turn)
    kind, short, size, before = (*fields[2:], "", "", "", "")[:4]
    if kind not in {EVERYTHING, PERSON, ACTION} or not (size.isascii() and size.isdecimal()):
        raise DomainError("button_expired")
    value = _person_of(turn, short) if kind == PERSON else _action_of(short) if kind == ACTION else ""
    asked = _Asked(kind, value, min(max(int(size), 1), _LONGEST_PAGE))
    return Reply(_screen(turn, asked, int(before) if before.isascii() and before.isdecimal() else None), edits=True)


def action_text(action: str, language: str) -> str:
    """What an action is called; one without a text (of another version) by its code."""
    key = f"audit.action.{action}"
    return text(language, key) if key in catalogue("zh", "audit") else action


def subject_text(turn: Turn, subject: str) -> str:
    """What was acted upon, in words where the trail's own name for it is a code."""
    kind, _, rest = subject.partition(":")
    if kind in _WITHOUT_SUBJECT:
        return text(turn.language, f"audit.subject.{kind}")
    if kind == "person":
        return _person_name(turn, rest)
    if kind == "unit" or (not rest and turn.session.get(Unit, kind) is not None):
        found = turn.session.get(Unit, rest or kind)
        return one_line(pick(found.name, turn.language)) if found is not None else rest
    key = f"audit.subject.{kind}"
    if key in catalogue("zh", "audit"):
        return f"{text(turn.language, key)} {rest}".rstrip()
    return subject


def actor_text(turn: Turn, actor: str) -> str:
    """Who acted: a person by name, else the program's part."""
    kind, _, rest = actor.partition(":")
    if kind == "person":
        return _person_name(turn, rest)
    key = f"audit.actor.{kind}"
    if key not in catalogue("zh", "audit"):
        return actor
    return text(turn.language, key) + (f" {rest}" if kind == "api" else "")


def _screen(turn: Turn, asked: _Asked, before: int | None) -> Message:
    statement = _rows_of(asked)
    if before is not None:
        statement = statement.where(AuditRow.id < before)
    rows = list(turn.session.scalars(statement.order_by(AuditRow.id.desc()).limit(asked.size + 1)))
    shown = rows[: asked.size]
    lines = [_line(turn, row) for row in shown]
    head = turn.text(f"audit.title.{_title(asked.kind)}", about=_about(turn, asked))
    parts = [head, *(lines or [turn.text("audit.none")])]
    action = (LETTER, LOG, asked.kind, _shortened(asked), str(asked.size))
    turners = []
    if before is not None:
        turners.append(Button(turn.text("audit.newest"), action))
    if len(rows) > asked.size:
        turners.append(Button(turn.text("audit.older"), (*action, str(shown[-1].id))))
    ways = [tuple(turners)] if turners else []
    if OFFICE in turn.known_actor().roles:
        ways.append((Button(turn.text("bot.office.back"), ("o", "menu")),))
    return Message(fitted("\n".join(parts), LONGEST_TEXT), tuple(ways))


def _rows_of(asked: _Asked) -> Select[AuditRow]:
    conditions: dict[str, ColumnElement[bool]] = {
        PERSON: AuditRow.actor == f"person:{asked.value}",
        ACTION: AuditRow.action == asked.value,
    }
    statement = select(AuditRow)
    return statement.where(conditions[asked.kind]) if asked.kind in conditions else statement


def _line(turn: Turn, row: AuditRow) -> str:
    moment = row.at.astimezone(zone(turn.session)).strftime("%m-%d %H:%M")
    return turn.text(
        "audit.line",
        moment=moment,
        who=actor_text(turn, row.actor),
        what=action_text(row.action, turn.language),
        subject=subject_text(turn, row.subject),
    )


def _asked(turn: Turn, rest: str) -> _Asked:
    """What was typed: nothing, a number, an action's code, a person's id or name; `log_nobody` for anything else."""
    written = " ".join(words_of(rest))
    if not written:
        return _Asked()
    if written.isdecimal():
        return _Asked(size=min(max(int(written[:3]), 1), _LONGEST_PAGE))
    if _ACTIONS + written in catalogue("zh", "audit"):
        return _Asked(ACTION, written)
    found = turn.session.scalars(
        select(Person).where((Person.id == written) | (Person.name == written)).order_by(Person.id)
    ).first()
    if found is None:
        raise DomainError("log_nobody", written=written[:30])
    return _Asked(PERSON, found.id)


def _about(turn: Turn, asked: _Asked) -> str:
    if asked.kind == PERSON:
        return _person_name(turn, asked.value)
    return action_text(asked.value, turn.language) if asked.kind == ACTION else ""


def _title(kind: str) -> str:
    return {PERSON: "person", ACTION: "of_action"}.get(kind, "everything")


def _shortened(asked: _Asked) -> str:
    return token_hash(asked.value)[:_SHORT] if asked.value else ""


def _person_of(turn: Turn, short: str) -> str:
    found = next((each for each in turn.session.scalars(select(Person.id)) if token_hash(each)[:_SHORT] == short), None)
    if found is None:
        raise DomainError("button_expired")
    return found


def _action_of(short: str) -> str:
    codes = [key.removeprefix(_ACTIONS) for key in catalogue("zh", "audit") if key.startswith(_ACTIONS)]
    found = next((each for each in codes if token_hash(each)[:_SHORT] == short), None)
    if found is None:
        raise DomainError("button_expired")
    return found


def _person_name(turn: Turn, person_id: str) -> str:
    person = turn.session.get(Person, person_id)
    return one_line(person.name) if person is not None else person_id


def _require_reader(turn: Turn) -> None:
    require(bool(turn.known_actor().roles & {OFFICE, AUDITOR}))
