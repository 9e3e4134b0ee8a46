"""One-time links by which people get in: single use, for one purpose, for one person. Only hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from consortium.models import Account, ApiKey, Chat, Person, SignInLink, WebSession
from consortium.people import actor_of
from consortium.permissions import Actor, may_manage_people, require
from consortium.units import unit
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new

WEB, BIND = "web", "bind"
LIFETIME = {WEB: timedelta(minutes=10), BIND: timedelta(days=7)}
SESSION_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Bound:
    """The outcome of a binding link: whose account it is, and whether it acts already."""

    account_id: int
    person_id: str
    name: str
    confirmed: bool


def new_token() -> str:
    """128 random bits in 22 characters that fit a link. Draws from the system's random source."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    """What is stored of a token. A plain hash is enough: the token itself is 128 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make_link(
    session: Session, *, person_id: str, purpose: str, made_by: Actor | None, token: str, now: datetime
) -> datetime:
    """A new link for `person_id`; returns when it expires. `made_by` None means the command line.

    The office makes links for everybody; whoever is known in a chat already gets one to the pages for themselves.
    """
    if made_by is not None and (purpose, made_by.person_id) != (WEB, person_id):
        require(may_manage_people(made_by))
    person = actor_of(session, person_id)
    expires = now + LIFETIME[purpose]
    session.add(
        SignInLink(
            token_hash=token_hash(token),
            purpose=purpose,
            person_id=person.person_id,
            made_by=made_by.person_id if made_by else None,
            created_at=now,
            expires_at=expires,
        )
    )
    session.flush()
    actor = made_by.ref if made_by else "command_line"
    record(session, actor=actor, action="make_link", subject=person.ref, now=now, details={"purpose": purpose})
    return expires


def is_link(session: Session, *, token: str, purpose: str) -> bool:
    """Whether such a link was ever made (it may be used or expired)."""
    link = session.get(SignInLink, token_hash(token))
    return link is not None and link.purpose == purpose


def use_web_link(session: Session, *, token: str, now: datetime) -> str:
    """Spend a sign-in link; returns the person. `link_unknown`, `link_expired` or `link_used` otherwise."""
    link = _spend(session, token=token, purpose=WEB, now=now)
    actor_of(session, link.person_id)
    record(session, actor=f"person:{link.person_id}", action="sign_in", subject=f"person:{link.person_id}", now=now)
    return link.person_id


def use_launch(session: Session, *, person_id: str, fingerprint: str, expires_at: datetime, now: datetime) -> None:
    """Spend what a channel has signed for a person who opened a page inside it: a link that was never anybody else's.

    Each is good once; `launch_used` otherwise. `fingerprint` is 64 characters that tell nothing of what was signed.
    """
    spent = {
        "token_hash": fingerprint,
        "purpose": WEB,
        "person_id": actor_of(session, person_id).person_id,
        "created_at": now,
        "expires_at": expires_at,
        "used_at": now,
    }
    if not insert_new(session, SignInLink, spent, ["token_hash"]):
        raise DomainError("launch_used")
    record(session, actor=f"person:{person_id}", action="sign_in", subject=f"person:{person_id}", now=now,
           details={"inside": "telegram"})  # fmt: skip


def use_bind_link(
    session: Session, *, token: str, channel: str, account: str, display_name: str, now: datetime
) -> Bound:
    """Spend a binding link for the account that opened it.

    Made at the command line it acts at once and replaces the person's former account; made by the office it waits for
    a confirmation. An account that belongs to somebody else is refused with `account_taken`, the link stays unspent.
    """
    _refuse_foreign_account(session, channel=channel, account=account, token=token)
    link = _spend(session, token=token, purpose=BIND, now=now)
    person = actor_of(session, link.person_id)
    confirmed = link.made_by is None
    session.execute(
        delete(Account).where(
            Account.channel == channel, Account.account == account, Account.person_id == link.person_id
        )
    )
    row = Account(
        channel=channel, account=account, person_id=link.person_id, display_name=display_name[:120], requested_at=now
    )
    session.add(row)
    session.flush()
    if confirmed:
        _activate(session, row, now)
    action = "bind_account" if confirmed else "request_account"
    record(session, actor=person.ref, action=action, subject=person.ref, now=now, details={"channel": channel})
    return Bound(row.id, person.person_id, person.name, confirmed)


def confirm_account(session: Session, *, actor: Actor, account_id: int, now: datetime) -> Bound:
    """An office person confirms an account that a link of the office asked for; a second click changes nothing."""
    require(may_manage_people(actor))
    row = session.get(Account, account_id, with_for_update=True)
    if row is None:
        raise DomainError("account_unknown")
    person = session.get_one(Person, row.person_id)
    if row.confirmed_at is None:
        if row.person_id == actor.person_id:
            raise DomainError("account_own")
        _activate(session, row, now)
        record(session, actor=actor.ref, action="confirm_account", subject=f"person:{row.person_id}", now=now)
    return Bound(row.id, row.person_id, person.name, confirmed=True)


def refuse_account(session: Session, *, actor: Actor, account_id: int, now: datetime) -> None:
    """An office person refuses an account that is not confirmed yet."""
    require(may_manage_people(actor))
    row = session.get(Account, account_id, with_for_update=True)
    if row is None or row.confirmed_at is not None:
        raise DomainError("account_unknown")
    record(session, actor=actor.ref, action="refuse_account", subject=f"person:{row.person_id}", now=now)
    session.delete(row)


def open_web_session(session: Session, *, person_id: str, token: str, now: datetime) -> datetime:
    """A browser session for a person who has just signed in; returns when it ends."""
    expires = now + SESSION_LIFETIME
    session.add(WebSession(token_hash=token_hash(token), person_id=person_id, created_at=now, expires_at=expires))
    session.flush()
    record(session, actor=f"person:{person_id}", action="open_web_session", subject=f"person:{person_id}", now=now)
    return expires


def actor_of_web_session(session: Session, *, token: str, now: datetime) -> Actor | None:
    """Who sits at the browser, with the roles held now; None if the session is unknown or over."""
    row = session.get(WebSession, token_hash(token))
    if row is None or row.expires_at <= now:
        return None
    person = session.get(Person, row.person_id)
    return actor_of(session, person.id) if person is not None and person.active else None


def close_web_session(session: Session, *, token: str, now: datetime) -> None:
    """Sign out; unknown sessions are nothing to close."""
    ended = delete(WebSession).where(WebSession.token_hash == token_hash(token)).returning(WebSession.person_id)
    for person_id in session.scalars(ended).all():
        record(session, actor=f"person:{person_id}", action="sign_out", subject=f"person:{person_id}", now=now)


def create_api_key(session: Session, *, name: str, unit_code: str, key: str, now: datetime) -> None:
    """A key for one unit's systems; a name that is taken raises `api_key_name_taken`."""
    unit(session, unit_code)
    values = {"key_hash": token_hash(key), "name": name, "unit_code": unit_code, "created_at": now}
    if not insert_new(session, ApiKey, values, ["name"]):
        raise DomainError("api_key_name_taken", name=name)
    record(session, actor="command_line", action="create_api_key", subject=f"unit:{unit_code}", now=now,
           details={"name": name})  # fmt: skip


def api_key_owner(session: Session, *, key: str) -> tuple[str, str] | None:
    """(name, unit code) of a key, or None."""
    row = session.get(ApiKey, token_hash(key))
    return (row.name, row.unit_code) if row is not None else None


def _spend(session: Session, *, token: str, purpose: str, now: datetime) -> SignInLink:
    digest = token_hash(token)
    spent: CursorResult[Any] = session.execute(  # type: ignore[assignment]  # an UPDATE gives a cursor result
        update(SignInLink)
        .where(
            SignInLink.token_hash == digest,
            SignInLink.purpose == purpose,
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
    )
    link = session.get(SignInLink, digest, populate_existing=True)
    if spent.rowcount == 1 and link is not None:
        return link
    if link is None or link.purpose != purpose:
        raise DomainError("link_unknown")
    raise DomainError("link_used" if link.used_at is not None else "link_expired")


def _refuse_foreign_account(session: Session, *, channel: str, account: str, token: str) -> None:
    owner = session.scalar(select(Account.person_id).where(Account.channel == channel, Account.account == account))
    link = session.get(SignInLink, token_hash(token))
    if owner is not None and link is not None and owner != link.person_id:
        raise DomainError("account_taken")


def _activate(session: Session, row: Account, now: datetime) -> None:
    """Make the account the person's own in its channel; the former one, and its chat, no longer speak for them."""
    former = session.scalars(
        select(Account).where(Account.channel == row.channel, Account.person_id == row.person_id, Account.id != row.id)
    ).all()
    for other in former:
        session.execute(
            update(Chat).where(Chat.channel == other.channel, Chat.address == other.account).values(person_id=None)
        )
        session.delete(other)
    session.flush()
    row.confirmed_at = now
    session.execute(
        update(Chat)
        .where(Chat.channel == row.channel, Chat.address == row.account, Chat.kind == "private")
        .values(person_id=row.person_id)
    )
    session.flush()
