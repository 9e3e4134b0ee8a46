"""What led to the person behind an invitation has its time: number of the visit, tickets, exact times, person's hash.

The invitation stays for the counts of its month, under its random id. Nothing takes the number's place on it, not even
a hash: whoever knows the number must not find what was answered. That the visit was reported is remembered elsewhere
(`retention_memory`). Draws random names for visits nobody invited from the system's random source.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from surveys.audiences.blindness import blind_versions
from surveys.fielding.models import CHANGES, FIELDED, UNDRAWN_VISITS
from surveys.fielding.rows import chunks
from surveys.fielding.settings import FieldingSettings
from surveys.fielding.waves import waves, window_of
from surveys.models import INVITATIONS, TICKETS
from surveys.retention_memory import remember_visits
from surveys.sittings import VISIT

_NAMELESS = "removed:"
_BLANK_INVITATION = (
    update(INVITATIONS)
    .where(INVITATIONS.c.id == bindparam("of"))
    .values(
        visit=bindparam("instead"),
        discharged_at=bindparam("left"),
        created_at=bindparam("made"),
        expires_at=bindparam("ends"),
        contact_removed_at=bindparam("now"),
    )
)
_BLANK_FIELDED = (
    update(FIELDED)
    .where(FIELDED.c.invitation_id == bindparam("of"))
    .values(changed_at=bindparam("changed"), contacted_at=bindparam("contacted"))
)
_BLANK_STEP = (
    update(CHANGES)
    .where(CHANGES.c.invitation_id == bindparam("of"), CHANGES.c.number == bindparam("step"))
    .values(at=bindparam("then"))
)
_BLANK_PERSON = (
    update(INVITATIONS).where(INVITATIONS.c.id == bindparam("of")).values(person_key=None, created_at=bindparam("made"))
)
_BLANK_UNDRAWN = (
    update(UNDRAWN_VISITS)
    .where(UNDRAWN_VISITS.c.unit_code == bindparam("unit"), UNDRAWN_VISITS.c.visit == bindparam("of"))
    .values(
        visit=bindparam("instead"),
        discharged_at=bindparam("left"),
        noted_at=bindparam("noted"),
        contact_removed_at=bindparam("now"),
    )
)


def remove_visits(session: Session, *, closed_until: datetime, zone: ZoneInfo, now: datetime, most: int) -> int:
    """Blank the invitations whose window closed until then, at most so many; how many those were.

    Times become the first moment of their month (the window's end: the last), so that months count what they did. The
    moment of invitation stays exact while the person's hash needs it.
    """
    due = session.scalars(
        select(INVITATIONS.c.id)
        .where(INVITATIONS.c.contact_removed_at.is_(None), INVITATIONS.c.expires_at <= closed_until)
        .order_by(INVITATIONS.c.expires_at, INVITATIONS.c.id)
        .limit(most)
    ).all()
    for some in chunks(due):
        session.execute(delete(TICKETS).where(TICKETS.c.invitation_id.in_(some)))
        _blank_invitations(session, some, zone, now)
        _blank_history(session, some, zone)
    return len(due)


def remove_persons(session: Session, *, invited_until: datetime, zone: ZoneInfo, most: int) -> int:
    """Forget the hashes of persons on invitations that are blank and were made until then; how many those were."""
    due = session.execute(
        select(INVITATIONS.c.id, INVITATIONS.c.created_at)
        .where(
            INVITATIONS.c.person_key.is_not(None),
            INVITATIONS.c.contact_removed_at.is_not(None),
            INVITATIONS.c.created_at <= invited_until,
        )
        .order_by(INVITATIONS.c.id)
        .limit(most)
    ).all()
    if due:
        session.execute(_BLANK_PERSON, [{"of": row.id, "made": _month(row.created_at, zone)[0]} for row in due])
    return len(due)


def remove_undrawn_visits(
    session: Session, *, settings: FieldingSettings, kept_for: timedelta, zone: ZoneInfo, now: datetime, most: int
) -> int:
    """The same for visits that a wave passed over, `kept_for` after they could have been answered at the latest."""
    count = 0
    for wave in waves(session):
        for kind in wave.kinds:
            left_until = now - kept_for - window_of(settings, wave, kind).length
            due = session.execute(
                select(UNDRAWN_VISITS)
                .where(
                    UNDRAWN_VISITS.c.wave_id == wave.id,
                    UNDRAWN_VISITS.c.kind == kind,
                    UNDRAWN_VISITS.c.contact_removed_at.is_(None),
                    UNDRAWN_VISITS.c.discharged_at <= left_until,
                )
                .limit(most - count)
            ).all()
            rows = [
                {"unit": row.unit_code, "of": row.visit, "instead": _NAMELESS + secrets.token_urlsafe(18), "now": now,
                 "left": _month(row.discharged_at, zone)[0], "noted": _month(row.noted_at, zone)[0]}
                for row in due
            ]  # fmt: skip
            if rows:
                remember_visits(session, visits=[(row.unit_code, row.visit) for row in due])
                session.execute(_BLANK_UNDRAWN, rows)
            count += len(rows)
    return count


def _blank_invitations(session: Session, ids: Sequence[str], zone: ZoneInfo, now: datetime) -> None:
    rows = session.execute(select(INVITATIONS).where(INVITATIONS.c.id.in_(ids))).all()
    blind = blind_versions(session)  # remember their visits themselves; what is parted has none
    remember_visits(
        session,
        visits=[
            (row.unit_code, row.visit)
            for row in rows
            if row.stream == VISIT and (row.questionnaire_id, row.questionnaire_version) not in blind
        ],
    )
    session.execute(
        _BLANK_INVITATION,
        [
            {
                "of": row.id,
                "instead": _NAMELESS + row.id,
                "left": _month(row.discharged_at, zone)[0],
                "made": row.created_at if row.person_key is not None else _month(row.created_at, zone)[0],
                "ends": _month_end(row.expires_at, zone),
                "now": now,
            }
            for row in rows
        ],
    )


def _blank_history(session: Session, ids: Sequence[str], zone: ZoneInfo) -> None:
    fielded = session.execute(select(FIELDED).where(FIELDED.c.invitation_id.in_(ids))).all()
    if fielded:
        session.execute(
            _BLANK_FIELDED,
            [
                {"of": row.invitation_id, "changed": _month(row.changed_at, zone)[0],
                 "contacted": _month(row.contacted_at, zone)[0] if row.contacted_at is not None else None}
                for row in fielded
            ],
        )  # fmt: skip
    steps = session.execute(select(CHANGES).where(CHANGES.c.invitation_id.in_(ids))).all()
    if steps:
        session.execute(
            _BLANK_STEP,
            [{"of": row.invitation_id, "step": row.number, "then": _month(row.at, zone)[0]} for row in steps],
        )


def _month(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return Period.month_of(moment, zone).bounds(zone)


def _month_end(moment: datetime, zone: ZoneInfo) -> datetime:
    """The end of the month a window closed in; one that closed with its month stays."""
    start, end = _month(moment, zone)
    return moment if moment == start else end
