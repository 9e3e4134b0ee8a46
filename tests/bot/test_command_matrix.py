"""Role × command × place: exactly who is answered, refused or told nothing, and that no command by itself does anything."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from bot.commands import COMMANDS, may_give
from bot.dialogue import respond
from bot.inbound import Inbound, read_words
from bot.turn import Context
from consortium.models import Account, Chat, Person, Role
from consortium.permissions import ROLES, UNIT_ROLES
from locales.errors import DomainError, explain
from locales.texts import text
from outbox.models import Delivery
from reviews.models import ReviewRound
from scheduler.models import Occurrence, OfficeAct
from storage.audit import AuditRow
from tests.cast import NOW

SECRET = b"a secret for tests"
PLACES = {"private": None, "office": "-1", "unit": "-2", "bulletin": "-3", "group": "-4"}
NOBODY = "stranger"
WHO = (*ROLES, NOBODY)

# What must happen, written down apart from the table of commands: a command that changes its place or role fails here.
OFFICE_ONLY = {"open", "remind", "extend", "close", "settle", "draft", "release", "alerts", "deliveries"}
SEEING = {"office", "committee", "auditor"}
MAY = {
    **{name: {"office"} for name in OFFICE_ONLY},
    "status": SEEING,
    "duty": SEEING,
    "objections": {"office", "committee"},
    "explain": SEEING | {"representative", "staff"},
    "log": {"office", "auditor"},
    "visits": set(ROLES),
    "story": set(ROLES),
    "honours": set(ROLES),
}
IN_GROUP = OFFICE_ONLY | {"status", "duty", "objections"}
FOR_EVERYBODY = {"start", "receipt", "stop", "language", "help"}
EFFECTS = {"open", "remind", "extend", "close", "settle", "draft", "release", "stop"}
SECOND = {"extend", "close", "settle", "release"}


def expected(command: str, who: str, place: str) -> str:
    """answered, refused (one sentence there), told (the same in private), elsewhere, or like any unknown word."""
    if command in FOR_EVERYBODY:
        return "answered"
    may = who in MAY[command]
    if place == "private":
        return "answered" if may else "unknown" if who == NOBODY else "refused"
    if place == "office":
        if may:
            return "answered" if command in IN_GROUP else "elsewhere"
        return "refused" if who == NOBODY else "told"
    return "elsewhere" if may else "unknown"


@dataclass(frozen=True)
class Seen:
    what: str
    has_acted: bool


@pytest.fixture
def world(round_of_october):
    """One person in every role, each with a chat, and a group of every kind."""
    with round_of_october.transaction() as session:
        for number, role in enumerate(ROLES):
            session.add(Person(id=f"p-{role}", name=f"某{role}", language="zh", active=True))
            session.flush()
            session.add(Role(person_id=f"p-{role}", role=role, unit_code="jia" if role in UNIT_ROLES else None))
            account = str(7000 + number)
            session.add(
                Account(channel="telegram", account=account, person_id=f"p-{role}", display_name="", requested_at=NOW,
                        confirmed_at=NOW)
            )  # fmt: skip
            session.add(
                Chat(channel="telegram", address=account, kind="private", title="", state="active",
                     person_id=f"p-{role}", seen_at=NOW)
            )  # fmt: skip
        session.add(Chat(channel="telegram", address="7999", kind="private", title="", state="active", seen_at=NOW))
        for place, address in PLACES.items():
            if address is not None:
                session.add(
                    Chat(channel="telegram", address=address, kind="group", title=place, state="active",
                         purpose=None if place == "group" else place, unit_code="jia" if place == "unit" else None,
                         seen_at=NOW)
                )  # fmt: skip
    return round_of_october


def said(who: str, words: str, place: str) -> Inbound:
    account = str(7000 + ROLES.index(who)) if who != NOBODY else "7999"
    kind, content = read_words(words)
    return Inbound(
        channel="telegram", chat=PLACES[place] or account, account=account, kind=kind, content=content,
        chat_kind="private" if place == "private" else "group", language_hint="zh",
    )  # fmt: skip


def footprint(session):
    """What an effect would change: the trail, what is owed, the round, runs, proposals."""
    rows = [session.scalar(select(func.count()).select_from(table)) for table in (AuditRow, OfficeAct, Occurrence)]
    return rows, session.execute(select(ReviewRound.state, ReviewRound.closes_at)).all()


def seen(session, who: str, words: str, place: str, unknown: list[str]) -> Seen:
    """One turn, looked at and taken back; `unknown` is what a word with a slash that is no command is answered."""
    before = footprint(session)
    owed = session.scalar(select(func.count()).select_from(Delivery))
    texts, has_acted, notices = told(session, who, words, place, before=before, owed=owed)
    if texts == [explain("zh", DomainError("not_allowed"))]:
        return Seen("refused", has_acted)
    if not texts:
        assert [each["text"] for each in notices] == [explain("zh", DomainError("not_allowed"))]
        return Seen("told", False)
    if texts in ([explain("zh", DomainError(code))] for code in ("command_elsewhere", "command_only_private")):
        return Seen("elsewhere", has_acted)
    return Seen("unknown" if texts == unknown else "answered", has_acted)


def told(session, who, words, place, *, before=None, owed=0):
    attempt = session.begin_nested()
    reply = respond(session, said(who, words, place), context=Context(SECRET, NOW, "https://x.example", "bot"))
    messages = [each for each in (reply.screen, *reply.more) if each is not None]
    texts = [each.text for each in messages] or ([reply.toast] if reply.toast else [])
    session.flush()
    has_acted = before is not None and footprint(session) != before
    notices = session.scalars(select(Delivery.message).order_by(Delivery.id).offset(owed)).all() if before else []
    attempt.rollback()
    session.expire_all()
    return texts, has_acted, notices


def test_everybody_gets_what_is_theirs_and_no_command_acts_by_itself(world):
    wrong = {}
    with world.transaction() as session:
        unknown = {key: told(session, key[0], "/nothing", key[1])[0] for key in itertools.product(WHO, PLACES)}
        for command, who, place in itertools.product(MAY, WHO, PLACES):
            found = seen(session, who, f"/{command}", place, unknown[who, place])
            if (found.what, found.has_acted) != (expected(command, who, place), False):
                wrong[command, who, place] = found
    assert wrong == {}


def test_what_is_for_everybody_says_nothing_of_the_office_to_others(world):
    words = text("zh", "commands.season")
    with world.transaction() as session:
        for command, who, place in itertools.product(FOR_EVERYBODY - {"stop"}, WHO, PLACES):
            texts, has_acted, _ = told(session, who, f"/{command}", place, before=footprint(session))
            assert texts
            assert not has_acted
            shown = any(words in each for each in texts)
            assert shown == (command == "help" and who == "office" and place in {"private", "office"})
            if who == NOBODY:
                assert not any(f"/{name}" in each for each in texts for name in MAY)


def test_stop_acts_for_its_speaker_alone_and_only_in_private(world):
    with world.transaction() as session:
        for who, place in itertools.product(("office", NOBODY), PLACES):
            texts, has_acted, _ = told(session, who, "/stop", place, before=footprint(session))
            assert has_acted == (place == "private")
            assert texts


def test_the_table_says_the_same_as_this_matrix():
    assert set(COMMANDS) == set(MAY) | FOR_EVERYBODY
    for name, command in COMMANDS.items():
        may = {role for role in ROLES if may_give(command, {role})}
        assert may == (set(ROLES) if name in FOR_EVERYBODY else MAY[name])
        assert ("office" in command.places) == (name in IN_GROUP or name in FOR_EVERYBODY - {"stop"})
    assert {name for name, each in COMMANDS.items() if each.effect} == EFFECTS
    assert {name for name, each in COMMANDS.items() if each.second} == SECOND
