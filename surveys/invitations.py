"""Invitations 邀请: one per visit, with tickets that open it. The ticket itself is never stored, only its hash.

Here invitations are made, one or many at once, and nothing else is decided: which visits a wave draws is
`surveys.fielding.visits`. Posters and test links make invitations of their own stream, without a visit behind them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.links import token_hash
from consortium.units import unit
from locales.errors import DomainError
from locales.texts import LANGUAGES
from storage.audit import record
from storage.database import serialize
from surveys.audiences.blindness import blind_visits, note_blind_tickets, note_blind_visits
from surveys.fielding.applied import settings_of
from surveys.fielding.dispositions import DELIVERED, INELIGIBLE, Beginning, begin
from surveys.fielding.models import FIELDED, Wave
from surveys.fielding.person_optouts import OPTED_OUT, barred_persons, person_lock
from surveys.fielding.rows import chunks, insert_new_rows
from surveys.fielding.settings import USUAL
from surveys.fielding.waves import window_of
from surveys.models import INVITATIONS, TICKETS, Invitation, Response
from surveys.questionnaires import in_use, load

WINDOW = USUAL.length
"""How long after discharge a patient may answer where nothing else is set: the six weeks of the strictest surveys."""

AHEAD = timedelta(days=1)
"""How far a discharge may lie ahead: clocks differ and discharges are planned, but not by years."""

LONGEST_VISIT = 64
BLIND = "blind"
"""Instead of the invitation of a visit that a blind survey invited before: whether it still exists is not said."""

RECENTLY_INVITED = "recently_invited"
REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit to invite. `person_key` is a keyed hash; without a ticket there is none yet, links bring theirs later."""

    visit: str
    kind: str
    discharged_at: datetime
    language: str
    new_id: str
    ticket: str | None = field(repr=False)
    person_key: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation; `is_new` is False for a visit that was invited before (its ticket is then not taken).

    `is_eligible` is False where the same person was invited a short while ago or has opted out: nobody is to be written
    to.
    """

    invitation_id: str
    expires_at: datetime
    is_new: bool
    is_eligible: bool = True


def invite(
    session: Session,
    *,
    unit_code: str,
    visit: str,
    kind: str,
    discharged_at: datetime,
    language: str,
    ticket: str,
    new_id: str,
    actor: str,
    now: datetime,
) -> Invited:
    """Invite the patient of one visit, once: the same unit and visit again gives the first invitation, unchanged.

    Errors: `unit_unknown`, `visit_invalid`, `invitation_language`, `kind_without_questionnaire`, `discharge_ahead`.
    A discharge longer ago than the window makes an invitation that has expired already; the caller sees it.
    """
    visits = [NewVisit(visit, kind, discharged_at, language, new_id, ticket)]
    check_visit(session, unit_code=unit_code, visit=visit, discharged_at=discharged_at, language=language, now=now)
    [invited] = invite_many(session, unit_code=unit_code, visits=visits, now=now)
    if invited.is_new:
        record_invitation(session, invited, unit_code=unit_code, kind=kind, actor=actor, now=now)
    return invited


def invite_many(
    session: Session,
    *,
    unit_code: str,
    visits: Sequence[NewVisit],
    now: datetime,
    waves: Mapping[str, Wave] | None = None,
    is_handed_out: bool = False,
) -> list[Invited]:
    """Invite different visits that were checked, in their order. `waves` names by visit the wave that drew it: its
    questionnaire and its window hold. `is_handed_out`: a ticket's link goes out at once, which counts as delivered.

    A person who was invited less than the set interval ago, or has opted out, gets an invitation that is ineligible and
    has no ticket.
    The audit row is the caller's (`record_invitation`, or one for the whole). Error: `kind_without_questionnaire`.
    """
    settings = settings_of(session)
    interval = settings.person_interval
    _wait_for_persons(session, visits)
    barred = _opted_out(session, visits)
    if interval:
        barred = _recently_invited(session, visits, after=now - interval) | barred
    used = {kind: in_use(session, kind) for kind in {each.kind for each in visits}}
    rows, beginnings, tickets = {}, [], []
    used_up = blind_visits(session, unit_code=unit_code, visits=[each.visit for each in visits])
    for each in visits:
        wave = (waves or {}).get(each.visit)
        version = used[each.kind] if wave is None else (wave.questionnaire_id, wave.questionnaire_version)
        if version is None:
            raise DomainError("kind_without_questionnaire", kind=each.kind[:40])
        rows[each.visit] = _row(unit_code, each, version, window_of(settings, wave, each.kind).length, now)
        if each.new_id in barred:
            then: tuple[str, str | None] | None = (INELIGIBLE, barred[each.new_id])
        else:
            then = (DELIVERED, REPORTED) if is_handed_out and each.ticket is not None else None
            tickets += [(each.new_id, each.ticket)] if each.ticket is not None else []
        beginnings.append(Beginning(each.new_id, wave_id=wave.id if wave is not None else None, then=then))
    new = [row for visit, row in rows.items() if visit not in used_up]
    made = insert_new_rows(session, INVITATIONS, new, conflict=["unit_code", "visit"], key="id")
    blind = [row["visit"] for row in new if row["id"] in made and _is_blind(session, row)]
    note_blind_visits(session, unit_code=unit_code, visits=blind)
    begin(session, beginnings=[each for each in beginnings if each.invitation_id in made], now=now)
    store_tickets(session, [pair for pair in tickets if pair[0] in made], now)
    left = [each.visit for each in visits if each.new_id not in made]
    known = known_invitations(session, unit_code, [visit for visit in left if visit not in used_up])
    known |= {visit: Invited(BLIND, rows[visit]["expires_at"], is_new=False) for visit in left if visit in used_up}
    return [
        Invited(each.new_id, rows[each.visit]["expires_at"], is_new=True, is_eligible=each.new_id not in barred)
        if each.new_id in made
        else known[each.visit]
        for each in visits
    ]


def invite_aside(
    session: Session,
    *,
    stream: str,
    unit_code: str,
    visit: str,
    kind: str,
    language: str,
    questionnaire: tuple[str, str],
    lifetime: timedelta,
    ticket: str,
    new_id: str,
    actor: str,
    now: datetime,
    poster_code: str | None = None,
) -> Invited:
    """An invitation without a visit behind it: `poster` for whoever scanned one, `test` for trying a questionnaire."""
    row = {
        "id": new_id, "stream": stream, "person_key": None, "unit_code": unit_code, "visit": visit, "kind": kind,
        "discharged_at": now, "language": language, "questionnaire_id": questionnaire[0],
        "questionnaire_version": questionnaire[1], "created_at": now, "expires_at": now + lifetime,
    }  # fmt: skip
    if not insert_new_rows(session, INVITATIONS, [row], conflict=["unit_code", "visit"], key="id"):
        raise DomainError("ticket_repeated")
    begin(session, beginnings=[Beginning(new_id, poster_code=poster_code)], now=now)
    store_tickets(session, [(new_id, ticket)], now)
    invited = Invited(new_id, now + lifetime, is_new=True)
    record_invitation(session, invited, unit_code=unit_code, kind=kind, actor=actor, now=now, stream=stream)
    return invited


def add_ticket(session: Session, *, invitation_id: str, ticket: str, now: datetime, actor: str = "patient") -> None:
    """One more ticket for an invitation that can still be answered; the earlier ones stay good.

    Errors: `invitation_unknown`, `ticket_used`, `ticket_expired`.
    """
    found = session.execute(
        select(Invitation.expires_at, Response.state)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(Invitation.id == invitation_id)
    ).one_or_none()
    if found is None:
        raise DomainError("invitation_unknown")
    if found.state not in (None, "draft"):
        raise DomainError("ticket_used")
    if now >= found.expires_at:
        raise DomainError("ticket_expired")
    store_tickets(session, [(invitation_id, ticket)], now)
    record(session, actor=actor, action="add_ticket", subject=f"invitation:{invitation_id}", now=now)


def store_tickets(session: Session, tickets: Sequence[tuple[str, str]], now: datetime) -> None:
    """Keep (invitation, ticket) pairs, as hashes. A ticket that exists already opens something else: with 128 random
    bits that is a fault of the caller, `ticket_repeated`.
    """
    rows = [{"hash": token_hash(ticket), "invitation_id": id_, "created_at": now} for id_, ticket in tickets]
    if len(insert_new_rows(session, TICKETS, rows, conflict=["hash"], key="hash")) < len(rows):
        raise DomainError("ticket_repeated")
    note_blind_tickets(session, tickets=tickets)


def known_invitations(session: Session, unit_code: str, visits: Sequence[str]) -> dict[str, Invited]:
    """By visit, the invitations of those that were reported before."""
    found: dict[str, Invited] = {}
    for some in chunks(visits):
        rows = session.execute(
            select(INVITATIONS.c.visit, INVITATIONS.c.id, INVITATIONS.c.expires_at, FIELDED.c.disposition)
            .outerjoin(FIELDED, FIELDED.c.invitation_id == INVITATIONS.c.id)
            .where(INVITATIONS.c.unit_code == unit_code, INVITATIONS.c.visit.in_(some))
        )
        for row in rows:
            found[row.visit] = Invited(row.id, row.expires_at, is_new=False, is_eligible=row.disposition != INELIGIBLE)
    return found


def check_visit(
    session: Session, *, unit_code: str, visit: str, discharged_at: datetime, language: str, now: datetime
) -> None:
    """Refuse what cannot be meant. Errors as `invite`, but for the kind, which a wave may know."""
    unit(session, unit_code)
    refused = odd_visit(visit=visit, discharged_at=discharged_at, language=language, now=now)
    if refused is not None:
        raise refused


def odd_visit(*, visit: str, discharged_at: datetime, language: str, now: datetime) -> DomainError | None:
    """What cannot be meant in a visit, whatever unit reports it; None if it can."""
    if not _is_plain(visit):
        return DomainError("visit_invalid", limit=LONGEST_VISIT)
    if language not in LANGUAGES:
        return DomainError("invitation_language", value=language[:20])
    if discharged_at > now + AHEAD:
        return DomainError("discharge_ahead", discharged_at=discharged_at.isoformat())
    return None


def record_invitation(
    session: Session, invited: Invited, *, unit_code: str, kind: str, actor: str, now: datetime, **more: str
) -> None:
    """The audit row of one invitation: which unit and kind, never the visit."""
    details = {"unit": unit_code, "kind": kind} | more
    if not invited.is_eligible:
        details["ineligible"] = "yes"
    record(
        session, actor=actor, action="invite", subject=f"invitation:{invited.invitation_id}", now=now, details=details
    )


def _row(
    unit_code: str, visit: NewVisit, questionnaire: tuple[str, str], window: timedelta, now: datetime
) -> dict[str, Any]:
    return {
        "id": visit.new_id, "stream": "visit", "person_key": visit.person_key, "unit_code": unit_code,
        "visit": visit.visit, "kind": visit.kind, "group_name": visit.group, "discharged_at": visit.discharged_at,
        "language": visit.language,
        "questionnaire_id": questionnaire[0], "questionnaire_version": questionnaire[1], "created_at": now,
        "expires_at": visit.discharged_at + window,
    }  # fmt: skip


def _is_blind(session: Session, row: Mapping[str, Any]) -> bool:
    return load(session, row["questionnaire_id"], row["questionnaire_version"]).is_blind


def _wait_for_persons(session: Session, visits: Sequence[NewVisit]) -> None:
    """Two reports of a person at once come one after the other, and before or after the person opts out."""
    for key in sorted({each.person_key for each in visits if each.person_key is not None}):
        serialize(session, person_lock(key))


def _opted_out(session: Session, visits: Sequence[NewVisit]) -> dict[str, str]:
    """The ids of those whose person wants no invitations, with the reason."""
    out = barred_persons(session, person_keys=[each.person_key for each in visits if each.person_key is not None])
    return {each.new_id: OPTED_OUT for each in visits if each.person_key in out}


def _recently_invited(session: Session, visits: Sequence[NewVisit], *, after: datetime) -> dict[str, str]:
    """The ids of those whose person was invited `after` that time, or earlier in the list, with the reason."""
    keys = sorted({each.person_key for each in visits if each.person_key is not None})
    invited: set[str | None] = set()
    for some in chunks(keys):
        invited |= set(
            session.scalars(
                select(INVITATIONS.c.person_key)
                .join(FIELDED, FIELDED.c.invitation_id == INVITATIONS.c.id)
                .where(
                    INVITATIONS.c.person_key.in_(some),
                    INVITATIONS.c.created_at > after,
                    FIELDED.c.disposition != INELIGIBLE,
                )
            )
        )
    recent = {}
    for each in visits:
        if each.person_key is not None and each.person_key in invited:
            recent[each.new_id] = RECENTLY_INVITED
        elif each.person_key is not None:
            invited.add(each.person_key)
    return recent


def _is_plain(visit: str) -> bool:
    """A visit is the hospital's opaque reference: short, visible, one way to write it."""
    return (
        1 <= len(visit) <= LONGEST_VISIT
        and all(unicodedata.category(character)[0] not in "CZ" or character == " " for character in visit)
        and visit == visit.strip()
        and unicodedata.is_normalized("NFC", visit)
    )
