"""What has been kept long enough is removed: every night, as much as is due, each sort by its own limit.

Finds what is left to do, so that a night left out is made good by the next, and a run that breaks off leaves nothing
behind. What was removed is gone from the SQLite file as well (`secure_delete`); what a PostgreSQL server and backups
keep is beyond it. Refuses to know how months are settled: the caller says which are.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, and_, column, delete, exists, not_, select, table
from sqlalchemy.orm import Session

from consortium.models import Account, Chat, SignInLink, WebSession
from consortium.periods import Period
from consortium.units import zone
from outbox.models import Delivery
from storage.audit import record
from storage.base import UtcDateTime
from surveys.audiences.models import ThirdPartyImport
from surveys.fielding.applied import settings_of
from surveys.fielding.models import PosterDay
from surveys.fielding.optouts import REMINDER_KEYS
from surveys.honesty.models import SenderTrace
from surveys.honesty.senders import forget_senders
from surveys.models import RESPONSES, Invitation, Response
from surveys.retention_contacts import remove_persons, remove_undrawn_visits, remove_visits
from surveys.retention_limits import DAYS, LIMITS
from surveys.retention_words import remove_own_words
from surveys.sittings import DRAFT, TEST
from surveys.trials import erase

MOST = 50_000
"""Responses, drafts, visits and persons in one night, each: nobody waits long, and the next nights do what is left."""

_ACTOR = "schedule"
_HANDLED = table("handled_update", column("at", UtcDateTime))  # the chat's own tables, which lie on a floor above
_SET_ASIDE = table("set_aside", column("at", UtcDateTime))
_EVIDENCE = table("evidence_file", column("id"), column("period"))  # of the domain beside this one
_READING = table("reading", column("evidence"))  # of the one above: a figure keeps what it rests on


def remove_overdue(
    session: Session, *, now: datetime, settled: Collection[str] = (), most: int = MOST
) -> dict[str, int]:
    """Remove what is due; by the names of `LIMITS` how much that was, nothing where nothing was.

    `persons` are the hashes that went with visits, or after them. `settled` are the months that are settled, as they
    are written. One audit row with these counts, or none.
    """
    place, settings = zone(session), settings_of(session)
    reached = {name: limit.reached(now) for name, limit in LIMITS.items() if limit.unit == DAYS}
    last = LIMITS["own_words"].reached_month(Period.month_of(now, place))
    counts = {
        "own_words": remove_own_words(session, last=last, now=now, most=most),
        "drafts": _remove_drafts(session, reached["drafts"], most),
        "visits": remove_visits(session, closed_until=reached["visits"], zone=place, now=now, most=most),
        "persons": remove_persons(session, invited_until=now - settings.person_interval, zone=place, most=most),
        "undrawn_visits": remove_undrawn_visits(
            session, settings=settings, kept_for=now - reached["undrawn_visits"], zone=place, now=now, most=most
        ),
        "senders": _forget_senders(session, reached["senders"], settled, now),
    }
    statements = _aged(reached, reached["poster_days"].astimezone(place).date().isoformat())
    month = LIMITS["evidence"].reached_month(Period.month_of(now, place))
    rests_on_it = exists().where(_READING.c.evidence == _EVIDENCE.c.id)
    statements["evidence"] = delete(_EVIDENCE).where(_EVIDENCE.c.period <= str(month), not_(rests_on_it))
    for name, statement in statements.items():
        gone: Any = session.execute(statement)
        counts[name] = gone.rowcount
    removed = {name: count for name, count in counts.items() if count}
    if removed:
        record(session, actor=_ACTOR, action="remove_overdue", subject="time_limits", now=now, details=removed)
    return removed


def _remove_drafts(session: Session, closed_until: datetime, most: int) -> int:
    """Responses that were never sent, with their answers and whatever else hangs on them. Their invitations stay."""
    due = session.scalars(
        select(Response.id)
        .join(Invitation, Invitation.id == Response.invitation_id)
        .where(Response.state == DRAFT, Response.stream != TEST, Invitation.expires_at <= closed_until)
        .order_by(Response.id)
        .limit(most)
        .with_for_update(of=Response)
    ).all()
    erase(session, RESPONSES, due)
    return len(due)


def _forget_senders(session: Session, over_until: datetime, settled: Collection[str], now: datetime) -> int:
    """Of months that are settled, and of those that have been over for long whether settled or not."""
    place = zone(session)
    months = [Period.parse(month) for month in session.scalars(select(SenderTrace.period).distinct())]
    due = sorted(month for month in months if str(month) in settled or month.bounds(place)[1] <= over_until)
    return sum(forget_senders(session, period=month, now=now, actor=_ACTOR) for month in due)


def _aged(reached: dict[str, datetime], poster_day: str) -> dict[str, Delete]:
    """What simply goes with age: the statement that deletes each sort."""
    return {
        "chats": delete(Chat).where(
            Chat.kind == "private",
            Chat.person_id.is_(None),
            Chat.seen_at <= reached["chats"],
            not_(exists(_account_of_chat())),
            not_(exists(_draft_of_chat())),
        ),
        "reminders": delete(Delivery).where(
            Delivery.dedupe_key.startswith(REMINDER_KEYS, autoescape=True),
            Delivery.settled_at <= reached["reminders"],
        ),
        "handled_updates": delete(_HANDLED).where(_HANDLED.c.at <= reached["handled_updates"]),
        "set_aside": delete(_SET_ASIDE).where(_SET_ASIDE.c.at <= reached["set_aside"]),
        "sign_in_links": delete(SignInLink).where(SignInLink.expires_at <= reached["sign_in_links"]),
        "web_sessions": delete(WebSession).where(WebSession.expires_at <= reached["web_sessions"]),
        "poster_days": delete(PosterDay).where(PosterDay.day <= poster_day),
        "third_party_imports": delete(ThirdPartyImport).where(
            ThirdPartyImport.imported_at.is_(None), ThirdPartyImport.expires_at <= reached["third_party_imports"]
        ),
    }


def _account_of_chat() -> Select[Any]:
    """Whoever asked to speak for a person here is not forgotten while that is open."""
    return select(Account.id).where(and_(Account.channel == Chat.channel, Account.account == Chat.address))


def _draft_of_chat() -> Select[Any]:
    """Whoever has a survey under way there may still be reminded."""
    return select(Response.id).where(
        and_(Response.channel == Chat.channel, Response.account == Chat.address, Response.state == DRAFT)
    )
