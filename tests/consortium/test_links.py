"""One-time links: single use, one purpose, one person, until they expire; accounts that wait for a confirmation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium import links
from consortium.links import (
    BIND,
    WEB,
    actor_of_web_session,
    api_key_owner,
    close_web_session,
    confirm_account,
    create_api_key,
    is_link,
    make_link,
    new_token,
    open_web_session,
    refuse_account,
    token_hash,
    use_bind_link,
    use_web_link,
)
from consortium.models import Account, ApiKey, SignInLink
from consortium.people import actor_of, actor_of_account
from locales.errors import DomainError
from storage.database import Database
from tests.cast import NOW, found_consortium

pytestmark = pytest.mark.both_databases


def code_of(call: object) -> str:
    with pytest.raises(DomainError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


@pytest.fixture
def founded(session: Session) -> Session:
    found_consortium(session)
    return session


def made(session: Session, *, person: str = "li", purpose: str = WEB, by: str | None = None) -> str:
    token = new_token()
    make_link(
        session, person_id=person, purpose=purpose, made_by=actor_of(session, by) if by else None, token=token, now=NOW
    )
    return token


def bound(session: Session, token: str, account: str = "55") -> links.Bound:
    return use_bind_link(session, token=token, channel="telegram", account=account, display_name="李", now=NOW)


def test_tokens_are_long_and_fit_a_link() -> None:
    tokens = {new_token() for _ in range(200)}

    assert len(tokens) == 200
    assert all(len(token) == 22 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_only_the_hash_is_stored(founded: Session) -> None:
    token = made(founded)

    assert founded.scalars(select(SignInLink.token_hash)).all() == [token_hash(token)]
    assert token not in token_hash(token)


def test_a_web_link_works_once(founded: Session) -> None:
    token = made(founded)

    assert use_web_link(founded, token=token, now=NOW) == "li"
    assert code_of(lambda: use_web_link(founded, token=token, now=NOW)) == "link_used"


@pytest.mark.parametrize(("purpose", "lifetime"), [(WEB, timedelta(minutes=10)), (BIND, timedelta(days=7))])
def test_a_link_ends_at_the_second(founded: Session, purpose: str, lifetime: timedelta) -> None:
    def use(token: str, late: timedelta) -> object:
        if purpose == WEB:
            return use_web_link(founded, token=token, now=NOW + late)
        return use_bind_link(founded, token=token, channel="telegram", account="7", display_name="", now=NOW + late)

    assert use(made(founded, purpose=purpose), lifetime - timedelta(seconds=1))
    assert code_of(lambda: use(made(founded, purpose=purpose), lifetime)) == "link_expired"


def test_a_link_serves_one_purpose(founded: Session) -> None:
    assert code_of(lambda: use_web_link(founded, token=made(founded, purpose=BIND), now=NOW)) == "link_unknown"
    assert code_of(lambda: bound(founded, made(founded, purpose=WEB))) == "link_unknown"
    assert is_link(founded, token=made(founded, purpose=BIND), purpose=BIND)
    assert not is_link(founded, token=made(founded, purpose=WEB), purpose=BIND)


@pytest.mark.parametrize("odd", ["", "x", "a" * 5000, "é", "\udc80", "../../x", "' or 1=1"])
def test_odd_tokens_are_unknown(founded: Session, odd: str) -> None:
    assert code_of(lambda: use_web_link(founded, token=odd, now=NOW)) == "link_unknown"


def test_a_link_for_who_has_left_is_refused(founded: Session) -> None:
    token = made(founded)
    found_consortium(founded, people=[{"id": "chen", "name": "陈", "roles": ["office"]}])

    assert code_of(lambda: use_web_link(founded, token=token, now=NOW)) == "person_unknown"


def test_only_the_office_makes_links_for_others(founded: Session) -> None:
    assert code_of(lambda: made(founded, person="chen", by="li")) == "not_allowed"
    assert made(founded, by="chen")


def test_people_make_sign_in_links_for_themselves_and_no_others(founded: Session) -> None:
    assert use_web_link(founded, token=made(founded, by="li"), now=NOW) == "li"
    assert code_of(lambda: made(founded, purpose=BIND, by="li")) == "not_allowed"


def test_a_binding_from_the_command_line_acts_at_once(founded: Session) -> None:
    found = bound(founded, made(founded, purpose=BIND))
    actor = actor_of_account(founded, channel="telegram", account="55")

    assert found.confirmed
    assert actor is not None
    assert actor.person_id == "li"


def test_a_binding_of_the_office_waits_for_a_confirmation(founded: Session) -> None:
    found = bound(founded, made(founded, purpose=BIND, by="chen"))
    assert not found.confirmed
    assert actor_of_account(founded, channel="telegram", account="55") is None

    assert (
        code_of(lambda: confirm_account(founded, actor=actor_of(founded, "wang"), account_id=found.account_id, now=NOW))
        == "not_allowed"
    )
    confirm_account(founded, actor=actor_of(founded, "zhao"), account_id=found.account_id, now=NOW)
    again = confirm_account(founded, actor=actor_of(founded, "chen"), account_id=found.account_id, now=NOW)

    assert again.confirmed
    assert actor_of_account(founded, channel="telegram", account="55") is not None


def test_nobody_confirms_themselves(founded: Session) -> None:
    found = bound(founded, made(founded, person="chen", purpose=BIND, by="chen"))

    assert (
        code_of(lambda: confirm_account(founded, actor=actor_of(founded, "chen"), account_id=found.account_id, now=NOW))
        == "account_own"
    )


def test_a_refused_account_is_gone(founded: Session) -> None:
    found = bound(founded, made(founded, purpose=BIND, by="chen"))
    refuse_account(founded, actor=actor_of(founded, "chen"), account_id=found.account_id, now=NOW)

    assert founded.scalars(select(Account)).all() == []
    assert (
        code_of(lambda: confirm_account(founded, actor=actor_of(founded, "zhao"), account_id=found.account_id, now=NOW))
        == "account_unknown"
    )


def test_a_new_account_replaces_the_former(founded: Session) -> None:
    bound(founded, made(founded, purpose=BIND), account="1")
    bound(founded, made(founded, purpose=BIND), account="2")

    assert actor_of_account(founded, channel="telegram", account="1") is None
    assert actor_of_account(founded, channel="telegram", account="2") is not None


def test_an_account_of_somebody_else_is_refused_and_the_link_stays(founded: Session) -> None:
    bound(founded, made(founded, purpose=BIND), account="1")
    token = made(founded, person="wang", purpose=BIND)

    assert code_of(lambda: bound(founded, token, account="1")) == "account_taken"
    assert bound(founded, token, account="2").person_id == "wang"


def test_two_who_open_one_link_at_once(database: Database) -> None:
    import asyncio

    with database.transaction() as session:
        found_consortium(session)
        token = made(session)

    async def race() -> list[object]:
        return await asyncio.gather(
            *(database.run(lambda s: use_web_link(s, token=token, now=NOW)) for _ in range(20)), return_exceptions=True
        )

    outcomes = asyncio.run(race())
    assert sorted(str(outcome) for outcome in outcomes) == ["li"] + ["link_used"] * 19


def test_a_web_session_lasts_twelve_hours(founded: Session) -> None:
    token = new_token()
    ends = open_web_session(founded, person_id="chen", token=token, now=NOW)

    assert ends == NOW + timedelta(hours=12)
    found = actor_of_web_session(founded, token=token, now=ends - timedelta(seconds=1))
    assert found is not None
    assert found.person_id == "chen"
    assert actor_of_web_session(founded, token=token, now=ends) is None
    assert actor_of_web_session(founded, token="other", now=NOW) is None

    close_web_session(founded, token=token, now=NOW)
    close_web_session(founded, token=token, now=NOW)
    assert actor_of_web_session(founded, token=token, now=NOW) is None


def test_an_api_key_belongs_to_one_unit(founded: Session) -> None:
    create_api_key(founded, name="his", unit_code="jia", key="secret", now=NOW)

    assert api_key_owner(founded, key="secret") == ("his", "jia")
    assert api_key_owner(founded, key="other") is None
    assert founded.scalars(select(ApiKey.key_hash)).all() == [token_hash("secret")]
    assert (
        code_of(lambda: create_api_key(founded, name="his", unit_code="yi", key="x", now=NOW)) == "api_key_name_taken"
    )
    assert code_of(lambda: create_api_key(founded, name="lis", unit_code="nowhere", key="y", now=NOW)) == "unit_unknown"
