"""Chats: seen at the first word, bound by the office, followed when they move, marked when they cannot be reached."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.chats import (
    bind_chat,
    bulletin_chats,
    chat_at,
    follow_migration,
    mark_reachable,
    mark_unreachable,
    see_chat,
)
from consortium.models import Chat
from consortium.people import actor_of
from locales.errors import DomainError
from tests.cast import NOW, found_consortium


@pytest.fixture
def founded(session: Session) -> Session:
    found_consortium(session)
    return session


def group(session: Session, address: str = "-100", title: str = "群") -> Chat:
    return see_chat(session, channel="telegram", address=address, kind="group", title=title, now=NOW)


def test_a_chat_is_seen_once_and_titled_as_it_is_now(founded: Session) -> None:
    first = group(founded, title="old")
    second = group(founded, title="new" * 200)

    assert first.id == second.id
    assert founded.scalars(select(Chat)).one().title == ("new" * 200)[:255]


def test_only_the_office_binds_groups(founded: Session) -> None:
    chat = group(founded)
    with pytest.raises(DomainError) as caught:
        bind_chat(founded, actor=actor_of(founded, "li"), chat_id=chat.id, purpose="bulletin", now=NOW)

    assert caught.value.code == "not_allowed"
    assert bulletin_chats(founded) == []


def test_a_group_is_bound_changed_and_released(founded: Session) -> None:
    chat, chen = group(founded), actor_of(founded, "chen")
    bind_chat(founded, actor=chen, chat_id=chat.id, purpose="bulletin", now=NOW)
    assert bulletin_chats(founded) == [chat]

    bind_chat(founded, actor=chen, chat_id=chat.id, purpose="unit", unit_code="jia", now=NOW)
    assert (chat.purpose, chat.unit_code, bulletin_chats(founded)) == ("unit", "jia", [])

    bind_chat(founded, actor=chen, chat_id=chat.id, purpose=None, now=NOW)
    assert (chat.purpose, chat.unit_code) == (None, None)


@pytest.mark.parametrize(
    ("kind", "chat_id", "code"), [("private", None, "chat_unknown"), ("group", 999, "chat_unknown")]
)
def test_only_known_groups_are_bound(founded: Session, kind: str, chat_id: int | None, code: str) -> None:
    chat = see_chat(founded, channel="telegram", address="7", kind=kind, title="", now=NOW)
    with pytest.raises(DomainError) as caught:
        bind_chat(founded, actor=actor_of(founded, "chen"), chat_id=chat_id or chat.id, purpose="bulletin", now=NOW)

    assert caught.value.code == code


def test_a_group_that_moves_keeps_its_purpose(founded: Session) -> None:
    chat = group(founded)
    bind_chat(founded, actor=actor_of(founded, "chen"), chat_id=chat.id, purpose="bulletin", now=NOW)
    follow_migration(founded, channel="telegram", old="-100", new="-1001", now=NOW)
    follow_migration(founded, channel="telegram", old="-100", new="-1001", now=NOW)

    assert [each.address for each in bulletin_chats(founded)] == ["-1001"]


def test_a_group_that_spoke_from_its_new_address_first_inherits(founded: Session) -> None:
    chat = group(founded)
    bind_chat(founded, actor=actor_of(founded, "chen"), chat_id=chat.id, purpose="unit", unit_code="yi", now=NOW)
    group(founded, "-1001")
    follow_migration(founded, channel="telegram", old="-100", new="-1001", now=NOW)

    assert chat_at(founded, channel="telegram", address="-1001").unit_code == "yi"
    assert chat_at(founded, channel="telegram", address="-100").state == "gone"


def test_a_chat_that_blocks_us_gets_nothing_until_it_speaks_again(founded: Session) -> None:
    chat = group(founded)
    bind_chat(founded, actor=actor_of(founded, "chen"), chat_id=chat.id, purpose="bulletin", now=NOW)
    mark_unreachable(founded, channel="telegram", address="-100", state="blocked", now=NOW)
    founded.refresh(chat)
    assert bulletin_chats(founded) == []

    mark_reachable(founded, channel="telegram", address="-100", now=NOW)
    founded.refresh(chat)
    assert bulletin_chats(founded) == [chat]
