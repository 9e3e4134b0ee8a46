"""Parting 脱钩: a blind response that is sent lets go of everything that leads to whoever sent it.

The invitation with its visit, its tickets and its history is erased, and with it the response under its old id, which
the audit trail knows. What was answered goes to a new response of a new invitation, whose ids and visit are random and
whose times are all the first moment of a month, so that neither a key nor a time nor an order joins the two. In SQLite
the rows' own numbers are random too, or the order of the answers could be read from them. Draws ids and places from the
system's random source.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from consortium.periods import Period
from surveys.fielding.models import CHANGES, FIELDED
from surveys.fielding.steps import COMPLETE, INVITED
from surveys.models import ANSWERS, INVITATIONS, RESPONSES
from surveys.sittings import SENT, Sitting
from surveys.trials import erase_trial

_INVITATION = (
    select(INVITATIONS, FIELDED.c.wave_id, FIELDED.c.poster_code)
    .outerjoin(FIELDED, FIELDED.c.invitation_id == INVITATIONS.c.id)
)  # fmt: skip
_SCATTER_INVITATION = (  # rows have places among the others; SQLite's are in the order of writing
    text("update invitation set rowid = abs(random() / 4) where id = :id"),
    text("update fielded set rowid = abs(random() / 4) where invitation_id = :id"),
    text("update disposition_change set rowid = abs(random() / 4) where invitation_id = :id"),
)
_SCATTER_RESPONSE = (
    text("update response set rowid = abs(random() / 4) where id = :id"),
    text("update answer set rowid = abs(random() / 4) where response_id = :id"),
)


def part_response(
    session: Session,
    *,
    draft: Sitting,
    answers: Mapping[str, tuple[str, ...]],
    period: Period,
    receipt: str,
    zone: ZoneInfo,
) -> None:
    """Store a whole blind draft as sent in `period`, apart from its invitation, and erase what it came from.

    `receipt` is the hash of the code that its sender keeps: nothing else finds the response again.
    """
    invitation = session.execute(_INVITATION.where(INVITATIONS.c.id == draft.invitation_id)).one()
    erase_trial(session, response_id=draft.response_id, invitation_id=draft.invitation_id)
    invitation_id, response_id, sent_at = _drawn(), _drawn(), period.bounds(zone)[0]
    _keep_invitation(session, invitation, invitation_id, zone)
    session.execute(
        insert(RESPONSES),
        {
            "id": response_id, "invitation_id": invitation_id, "unit_code": draft.unit_code, "state": SENT,
            "stream": draft.stream, "revision": 0, "language": draft.language, "mode": draft.mode, "channel": None,
            "account": None, "message_ref": None, "touched_at": sent_at, "consented_at": sent_at,
            "notice_version": draft.notice_version, "text_consented_at": sent_at if draft.text_consented else None,
            "period": str(period), "sent_at": sent_at, "receipt_hash": receipt,
        },
    )  # fmt: skip
    rows = [
        {"response_id": response_id, "question_id": name, "place": place, "value": value}
        for name, values in answers.items()
        for place, value in enumerate(values or ("",))
    ]
    if rows:
        session.execute(insert(ANSWERS), rows)
    if session.get_bind().dialect.name == "sqlite":
        for statements, id_ in ((_SCATTER_INVITATION, invitation_id), (_SCATTER_RESPONSE, response_id)):
            for statement in statements:
                session.execute(statement, {"id": id_})


def _keep_invitation(session: Session, before: Any, invitation_id: str, zone: ZoneInfo) -> None:
    """What is counted of an invitation: its month, its kind and group, that it is complete; nothing of its history."""
    month = Period.month_of(before.discharged_at, zone)
    first_moment = month.bounds(zone)[0]
    ends_at = Period.month_of(before.expires_at, zone).bounds(zone)[1]
    session.execute(
        insert(INVITATIONS),
        {
            "id": invitation_id, "stream": before.stream, "person_key": None, "unit_code": before.unit_code,
            "visit": _drawn(), "kind": before.kind, "group_name": before.group_name, "discharged_at": first_moment,
            "language": before.language, "questionnaire_id": before.questionnaire_id,
            "questionnaire_version": before.questionnaire_version, "created_at": first_moment, "expires_at": ends_at,
        },
    )  # fmt: skip
    session.execute(
        insert(FIELDED),
        {
            "invitation_id": invitation_id, "wave_id": before.wave_id, "poster_code": before.poster_code,
            "disposition": COMPLETE, "reason": None, "changes": 1, "changed_at": first_moment, "reminders": 0,
        },
    )  # fmt: skip
    session.execute(
        insert(CHANGES),
        [
            {"invitation_id": invitation_id, "number": number, "disposition": step, "reason": None, "at": first_moment}
            for number, step in enumerate((INVITED, COMPLETE))
        ],
    )


def _drawn() -> str:
    return secrets.token_urlsafe(24)
