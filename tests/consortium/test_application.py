"""Applying the consortium: twice is once, who is no longer named is inactive, what was bound in chat stays."""

from __future__ import annotations

from copy import deepcopy

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.chats import see_chat
from consortium.links import BIND, make_link, new_token, use_bind_link
from consortium.models import Account, Chat, Person, Role, Unit
from consortium.people import actor_of, actor_of_account, people_with_role, reach, representatives
from consortium.units import all_units, installation, unit, zone
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.cast import NOW, consortium_document, found_consortium


def code_of(call: object) -> str:
    with pytest.raises(DomainError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_applying_makes_units_people_and_roles(session: Session) -> None:
    found_consortium(session)

    assert [each.code for each in all_units(session)] == ["jia", "yi", "bing"]
    assert actor_of(session, "li").units == {"jia"}
    assert actor_of(session, "chen").roles == {"office"}
    assert [person.id for person in people_with_role(session, "office")] == ["chen", "zhao"]
    assert [person.id for person in representatives(session, "yi")] == ["wang"]
    assert str(zone(session)) == "Asia/Shanghai"
    assert session.scalars(select(AuditRow.action)).all() == ["apply_consortium"]


def test_applying_twice_is_once(session: Session) -> None:
    found_consortium(session)
    found_consortium(session)

    assert len(session.scalars(select(Role)).all()) == 4
    assert len(session.scalars(select(Unit)).all()) == 3


def test_who_is_no_longer_named_is_inactive(session: Session) -> None:
    found_consortium(session)
    document = deepcopy(consortium_document())
    found_consortium(session, people=document["people"][:2], units=document["units"][:2])

    assert [each.code for each in all_units(session)] == ["jia", "yi"]
    assert code_of(lambda: actor_of(session, "li")) == "person_unknown"
    assert code_of(lambda: unit(session, "bing")) == "unit_unknown"
    assert session.get_one(Person, "li").active is False


def test_a_role_that_is_taken_away_is_gone_at_the_next_look(session: Session) -> None:
    found_consortium(session)
    people = deepcopy(consortium_document()["people"])
    people[0]["roles"] = ["auditor"]
    found_consortium(session, people=people)

    assert actor_of(session, "chen").roles == {"auditor"}


def test_a_person_chooses_the_language_only_once(session: Session) -> None:
    found_consortium(session)
    session.get_one(Person, "chen").language = "en"
    found_consortium(session)

    assert actor_of(session, "chen").language == "en"


def test_an_account_of_the_file_acts_and_replaces_the_former(session: Session) -> None:
    people = deepcopy(consortium_document()["people"])
    people[0]["telegram"] = 100
    found_consortium(session, people=people)
    people[0]["telegram"] = 200
    found_consortium(session, people=people)

    assert actor_of_account(session, channel="telegram", account="100") is None
    found = actor_of_account(session, channel="telegram", account="200")
    assert found is not None
    assert found.person_id == "chen"


def test_an_account_bound_in_chat_stays(session: Session) -> None:
    found_consortium(session)
    token = new_token()
    make_link(session, person_id="li", purpose=BIND, made_by=None, token=token, now=NOW)
    use_bind_link(session, token=token, channel="telegram", account="5", display_name="Li", now=NOW)
    found_consortium(session)

    assert actor_of_account(session, channel="telegram", account="5") is not None


def test_an_account_of_somebody_else_is_refused(session: Session) -> None:
    found_consortium(session)
    token = new_token()
    make_link(session, person_id="li", purpose=BIND, made_by=None, token=token, now=NOW)
    use_bind_link(session, token=token, channel="telegram", account="5", display_name="Li", now=NOW)
    people = deepcopy(consortium_document()["people"])
    people[0]["telegram"] = 5

    assert code_of(lambda: found_consortium(session, people=people)) == "account_bound_to_other"


def test_groups_of_the_file_are_bound(session: Session) -> None:
    found_consortium(
        session, chats=[{"channel": "local", "address": "group.staff", "purpose": "bulletin", "language": "en"}]
    )
    chat = session.scalars(select(Chat)).one()

    assert (chat.kind, chat.purpose, chat.language, chat.state) == ("group", "bulletin", "en", "active")


def test_before_anything_is_applied_the_installation_is_missing(session: Session) -> None:
    assert code_of(lambda: installation(session)) == "not_applied"


def test_reach_is_where_a_person_has_spoken(session: Session) -> None:
    found_consortium(session)
    assert reach(session, "wang") == []

    see_chat(session, channel="local", address="person:wang", kind="private", title="", now=NOW, person_id="wang")
    (found,) = reach(session, "wang")

    assert (found.channel, found.address, found.language) == ("local", "person:wang", "en")


def test_local_accounts_name_their_person(session: Session) -> None:
    found_consortium(session)
    found = actor_of_account(session, channel="local", account="person:li")

    assert found is not None
    assert found.person_id == "li"
    assert actor_of_account(session, channel="local", account="patient:li") is None
    assert actor_of_account(session, channel="local", account="person:nobody") is None
    assert actor_of_account(session, channel="telegram", account="person:li") is None


def test_an_unconfirmed_account_opens_nothing(session: Session) -> None:
    found_consortium(session)
    session.add(Account(channel="telegram", account="9", person_id="chen", display_name="x", requested_at=NOW))
    session.flush()

    assert actor_of_account(session, channel="telegram", account="9") is None
