"""Writing to patients: who is due for a link from the hospital or a reminder in chat, and that it was done.

Only visits are written to; posters and test links have nobody behind them. Each call gives out fresh tickets, which are
stored as hashes only. Who has opted out, answered, refused or expired is never in a list; nor is anybody whose survey
is blind, because the next list would tell who has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, not_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from consortium.models import Chat, Unit
from storage.audit import record
from surveys.audiences.blindness import of_blind_survey
from surveys.fielding import dispositions
from surveys.fielding.applied import settings_of
from surveys.fielding.models import FIELDED, Fielded, OptOut, Wave
from surveys.fielding.rows import chunks
from surveys.fielding.settings import FieldingSettings
from surveys.fielding.steps import OPEN
from surveys.fielding.waves import waves, window_of
from surveys.fielding.windows import CHAT, FIRST, LINK, REMINDER, Standing, due_by_link, is_due_in_chat
from surveys.invitations import store_tickets
from surveys.models import Invitation, Response

_AT_A_TIME = 500
_CONTACT = (
    update(FIELDED)
    .where(FIELDED.c.invitation_id == bindparam("invitation"))
    .values(
        contacted_at=bindparam("at"), contacted_by=bindparam("mode"), reminders=FIELDED.c.reminders + bindparam("more")
    )
)
_Due = Row[Any]


@dataclass(frozen=True, slots=True)
class LinkContact:
    """A patient for the hospital to write to now. `occasion` is `first` or `reminder`; the ticket is fresh."""

    invitation_id: str
    visit: str
    kind: str
    language: str
    occasion: str
    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ChatReminder:
    """A survey that was begun in a chat and left; `number` counts the invitation's reminders, this one included."""

    invitation_id: str
    response_id: str
    channel: str
    account: str
    language: str
    unit_name: Mapping[str, str]
    expires_at: datetime
    number: int


def take_contacts(
    session: Session,
    *,
    unit_code: str,
    limit: int,
    token: Callable[[], str],
    actor: str,
    now: datetime,
    occasion: str | None = None,
) -> list[LinkContact]:
    """Up to `limit` patients of a unit who are due for a link, the longest discharged first, with a ticket each.

    Whoever is given out counts as written to now. `occasion` asks for first contacts or for reminders alone. Quiet
    hours are the caller's. `token` makes a ticket.
    """
    taken = [
        LinkContact(row.id, row.visit, row.kind, row.language, due, token(), row.expires_at)
        for row, due in _due_by_link(session, unit_code, occasion, limit, now)
    ]
    store_tickets(session, [(each.invitation_id, each.ticket) for each in taken], now)
    for is_reminder in (False, True):
        contacts = [(each.invitation_id, now) for each in taken if (each.occasion == REMINDER) is is_reminder]
        note_links(session, contacts=contacts, is_reminder=is_reminder, now=now)
    if taken:
        details = {"count": len(taken), "reminders": sum(each.occasion == REMINDER for each in taken)}
        record(session, actor=actor, action="hand_out_links", subject=f"unit:{unit_code}", now=now, details=details)
    return taken


def count_due(session: Session, *, unit_code: str, now: datetime) -> dict[str, int]:
    """How many patients of a unit are due for a first link and for a reminder, giving out nothing."""
    settings = settings_of(session)
    known = {wave.id: wave for wave in waves(session)}
    counts = {FIRST: 0, REMINDER: 0}
    candidates = _candidates(settings, now).where(Invitation.unit_code == unit_code, not_(of_blind_survey(session)))
    for row in session.execute(candidates):
        due = due_by_link(_standing(row, settings, known), settings, now)
        if due is not None:
            counts[due] += 1
    return counts


def chat_reminders(session: Session, *, now: datetime) -> list[ChatReminder]:
    """Surveys begun in a chat that can be reached, whose patients are due for a reminder there; oldest first.

    Without consent nobody is reminded. Quiet hours are the caller's.
    """
    settings = settings_of(session)
    known = {wave.id: wave for wave in waves(session)}
    rows = session.execute(
        _candidates(settings, now)
        .add_columns(Unit.name.label("unit_name"))
        .join(Unit, Unit.code == Invitation.unit_code)
        .where(Response.account.is_not(None), Response.consented_at.is_not(None), Response.state == "draft")
        .order_by(None)
        .order_by(Response.touched_at, Response.id)
        .with_for_update(of=Fielded, skip_locked=True)
    )
    return [
        ChatReminder(
            invitation_id=row.id,
            response_id=row.response_id,
            channel=row.channel,
            account=row.account,
            language=row.spoken,
            unit_name=row.unit_name,
            expires_at=row.expires_at,
            number=row.reminders + 1,
        )
        for row in rows
        if is_due_in_chat(_standing(row, settings, known), settings, now)
    ]


def note_chat_reminder(session: Session, *, invitation_id: str, now: datetime) -> None:
    """The patient has been reminded in their chat."""
    session.execute(_CONTACT, [{"invitation": invitation_id, "at": now, "mode": CHAT, "more": 1}])


def note_links(session: Session, *, contacts: Sequence[tuple[str, datetime]], is_reminder: bool, now: datetime) -> None:
    """(invitation, when its patient is written to) of links that were handed out: they count as delivered."""
    if not contacts:
        return
    given = [{"invitation": id_, "at": at, "mode": LINK, "more": int(is_reminder)} for id_, at in contacts]
    session.execute(_CONTACT, given)
    reason = "reminded_by_link" if is_reminder else "link_given"
    ids = [id_ for id_, _ in contacts]
    dispositions.note_all(session, invitation_ids=ids, disposition=dispositions.DELIVERED, reason=reason, now=now)


def contact_from(session: Session, *, invitation_ids: Sequence[str]) -> dict[str, datetime]:
    """From when on the patients of these invitations may be written to."""
    settings = settings_of(session)
    known = {wave.id: wave for wave in waves(session)}
    found: dict[str, datetime] = {}
    for some in chunks(invitation_ids):
        rows = session.execute(
            select(Invitation.id, Invitation.kind, Invitation.discharged_at, Fielded.wave_id)
            .join(Fielded, Fielded.invitation_id == Invitation.id)
            .where(Invitation.id.in_(some))
        )
        for row in rows:
            wave = known.get(row.wave_id) if row.wave_id is not None else None
            found[row.id] = row.discharged_at + window_of(settings, wave, row.kind).contact_after
    return found


def _due_by_link(
    session: Session, unit_code: str, occasion: str | None, limit: int, now: datetime
) -> list[tuple[_Due, str]]:
    """The first `limit` that are due, locked; two calls at once never give out the same patient."""
    settings = settings_of(session)
    known = {wave.id: wave for wave in waves(session)}
    statement = (
        _candidates(settings, now)
        .where(Invitation.unit_code == unit_code, not_(of_blind_survey(session)))
        .limit(_AT_A_TIME)
        .with_for_update(of=Fielded, skip_locked=True)
    )
    found: list[tuple[_Due, str]] = []
    after: tuple[datetime, str] | None = None
    while len(found) < limit:
        chunk = statement if after is None else statement.where(_comes_after(after))
        rows = session.execute(chunk).all()
        for row in rows:
            due = due_by_link(_standing(row, settings, known), settings, now)
            if due is not None and occasion in (None, due):
                found.append((row, due))
        if len(rows) < _AT_A_TIME:
            break
        after = rows[-1].discharged_at, rows[-1].id
    return found[:limit]


def _comes_after(mark: tuple[datetime, str]) -> Any:
    return tuple_(Invitation.discharged_at, Invitation.id) > tuple_(*mark)


def _candidates(settings: FieldingSettings, now: datetime) -> Any:
    """Whatever may be due, and little else: what decides is `windows`."""
    silent_since = now - min(settings.spacing, settings.fallback)
    return (
        select(
            Invitation.id,
            Invitation.visit,
            Invitation.kind,
            Invitation.language,
            Invitation.discharged_at,
            Invitation.created_at,
            Invitation.expires_at,
            Fielded.disposition,
            Fielded.wave_id,
            Fielded.contacted_at,
            Fielded.contacted_by,
            Fielded.reminders,
            Response.id.label("response_id"),
            Response.channel,
            Response.account,
            Response.language.label("spoken"),
            Response.touched_at,
            Chat.state.label("chat_state"),
            OptOut.since.label("opted_out_at"),
        )
        .join(Fielded, Fielded.invitation_id == Invitation.id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .outerjoin(Chat, and_(Chat.channel == Response.channel, Chat.address == Response.account))
        .outerjoin(OptOut, and_(OptOut.channel == Response.channel, OptOut.account == Response.account))
        .where(
            Invitation.stream == "visit",
            Invitation.expires_at > now,
            Fielded.disposition.in_(OPEN),
            or_(Response.id.is_(None), Response.state == "draft"),
            or_(
                Fielded.contacted_at.is_(None),
                and_(Fielded.reminders < settings.reminders, Fielded.contacted_at <= silent_since),
            ),
        )
        .order_by(Invitation.discharged_at, Invitation.id)
    )


def _standing(row: _Due, settings: FieldingSettings, known: Mapping[str, Wave]) -> Standing:
    wave = known.get(row.wave_id) if row.wave_id is not None else None
    return Standing(
        disposition=row.disposition,
        invited_at=row.created_at,
        contact_from=row.discharged_at + window_of(settings, wave, row.kind).contact_after,
        expires_at=row.expires_at,
        contacted_at=row.contacted_at,
        contacted_by=row.contacted_by,
        reminders=row.reminders,
        touched_at=row.touched_at,
        is_in_chat=row.account is not None and row.chat_state == "active",
        has_opted_out=row.opted_out_at is not None,
    )
