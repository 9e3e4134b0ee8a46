"""Visits that a hospital reports: invited, or passed over by the draw of their wave, or known already.

The one way by which the interface, uploaded lists and whatever else reports visits makes invitations, so that nobody
who reports can choose who is asked. Refuses to know how a visit was reported and how its link travels.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit import record
from surveys.audiences.blindness import blind_visits
from surveys.fielding.models import UNDRAWN_VISITS, UndrawnVisit, Wave
from surveys.fielding.rows import chunks, insert_new_rows
from surveys.fielding.settings import UNIT, FieldingSettings
from surveys.fielding.waves import Draw, wave_among, waves
from surveys.invitations import (
    BLIND,
    Invited,
    NewVisit,
    check_visit,
    invite_many,
    known_invitations,
    record_invitation,
)
from surveys.retention_memory import past_visits

NEW: Final = "new"
KNOWN: Final = "known"
UNDRAWN: Final = "undrawn"
RECENT: Final = "recent"
OUTCOMES = (NEW, KNOWN, UNDRAWN, RECENT)

LONGEST_PERSON = 128
_PURPOSE = b"tongping.person.1\x00"


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a report. `new`: invited, and the ticket is good. `known`: reported before. `undrawn`: not in the
    sample, nobody is invited. `recent`: the person was invited a short while ago.

    `invitation_id` and `expires_at` are None for a visit that was not drawn, and for one reported so long ago that
    nothing but this is known of it.
    """

    outcome: str
    invitation_id: str | None
    expires_at: datetime | None
    wave_id: str | None = None  # the wave that has just passed it over


def report_visit(
    session: Session,
    *,
    unit_code: str,
    visit: str,
    kind: str,
    discharged_at: datetime,
    language: str,
    ticket: str | None,
    new_id: str,
    actor: str,
    now: datetime,
    person_key: str | None = None,
) -> Reported:
    """A visit has ended, or will within a day: invite its patient, unless the wave's draw or the rules say otherwise.

    Handing the ticket's link to whoever reports counts as delivered; without a ticket nothing is handed out yet.
    Errors: `unit_unknown`, `visit_invalid`, `invitation_language`, `discharge_ahead`, `kind_without_questionnaire`.
    """
    check_visit(session, unit_code=unit_code, visit=visit, discharged_at=discharged_at, language=language, now=now)
    reported = NewVisit(visit, kind, discharged_at, language, new_id, ticket, person_key)
    [outcome] = report_visits(session, unit_code=unit_code, visits=[reported], now=now)
    if outcome.outcome == UNDRAWN and outcome.wave_id is not None:
        record(session, actor=actor, action="pass_over_visit", subject=f"wave:{outcome.wave_id}", now=now,
               details={"unit": unit_code, "kind": kind})  # fmt: skip
    elif outcome.outcome in (NEW, RECENT) and outcome.invitation_id and outcome.expires_at:
        invited = Invited(new_id, outcome.expires_at, is_new=True, is_eligible=outcome.outcome == NEW)
        record_invitation(session, invited, unit_code=unit_code, kind=kind, actor=actor, now=now)
    return outcome


def report_visits(session: Session, *, unit_code: str, visits: Sequence[NewVisit], now: datetime) -> list[Reported]:
    """The same for many different visits of a unit at once, which the caller has checked and audits as a whole."""
    known = known_visits(session, unit_code=unit_code, visits=[each.visit for each in visits])
    drawing = waves(session)
    draw = Draw(session, unit_code)
    taken: list[NewVisit] = []
    of_wave: dict[str, Wave] = {}
    undrawn: dict[str, Wave] = {}
    for each in visits:
        if each.visit in known:
            continue
        wave = wave_among(drawing, kind=each.kind, discharged_at=each.discharged_at)
        if wave is not None and not draw.takes(wave, each.visit):
            undrawn[each.visit] = wave
            continue
        taken.append(each)
        if wave is not None:
            of_wave[each.visit] = wave
    _pass_over(session, unit_code, [(each, undrawn[each.visit]) for each in visits if each.visit in undrawn], now)
    invited = invite_many(session, unit_code=unit_code, visits=taken, waves=of_wave, is_handed_out=True, now=now)
    outcomes = {each.visit: _outcome(invitation) for each, invitation in zip(taken, invited, strict=True)}
    outcomes |= {visit: Reported(UNDRAWN, None, None, wave.id) for visit, wave in undrawn.items()}
    return [known[each.visit] if each.visit in known else outcomes[each.visit] for each in visits]


def known_visits(session: Session, *, unit_code: str, visits: Sequence[str]) -> dict[str, Reported]:
    """By visit, what came of those that were reported before."""
    blind = blind_visits(session, unit_code=unit_code, visits=visits)
    invited = known_invitations(session, unit_code, [visit for visit in visits if visit not in blind])
    found = {visit: Reported(KNOWN, each.invitation_id, each.expires_at) for visit, each in invited.items()}
    found |= {visit: Reported(KNOWN, BLIND, None) for visit in blind}
    for some in chunks(visits):
        undrawn = session.scalars(
            select(UndrawnVisit.visit).where(UndrawnVisit.unit_code == unit_code, UndrawnVisit.visit.in_(some))
        )
        found |= {visit: Reported(UNDRAWN, None, None) for visit in undrawn}
    unknown = [visit for visit in visits if visit not in found]  # asked last: a visit is remembered as it is blanked
    found |= {visit: Reported(KNOWN, None, None) for visit in past_visits(session, unit_code=unit_code, visits=unknown)}
    return found


def person_key(secret: bytes, settings: FieldingSettings, *, unit_code: str, person: str) -> str:
    """What is kept of a hospital's reference of a person: a keyed hash. The secret is the installation's own.

    Unless the consortium has references of its own, the same one means different people in different units.
    """
    scope = unit_code if settings.persons == UNIT else ""
    content = _PURPOSE + scope.encode() + b"\x00" + person.encode("utf-8", "surrogatepass")
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


def _pass_over(session: Session, unit_code: str, visits: Sequence[tuple[NewVisit, Wave]], now: datetime) -> None:
    rows = [
        {"unit_code": unit_code, "visit": each.visit, "wave_id": wave.id, "kind": each.kind,
         "discharged_at": each.discharged_at, "noted_at": now}
        for each, wave in visits
    ]  # fmt: skip
    insert_new_rows(session, UNDRAWN_VISITS, rows, conflict=["unit_code", "visit"], key="visit")


def _outcome(invited: Invited) -> Reported:
    if not invited.is_new:  # reported a second time at this very moment
        return Reported(KNOWN, invited.invitation_id, invited.expires_at)
    return Reported(NEW if invited.is_eligible else RECENT, invited.invitation_id, invited.expires_at)
