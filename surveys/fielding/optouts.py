"""Opting out 退订: an account that said so is not written to again, at once and for good, until it says otherwise.

The channel and the account are kept, and nothing else: whoever writes must know them again. Hashing them would hide
little, since the numbers of a platform can be counted through. What somebody asks for in chat is still answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from outbox.models import Delivery
from outbox.policy import ATTEMPTING, HELD, OWED, REFUSED, UNCERTAIN
from storage.audit import record
from storage.database import insert_new
from surveys.fielding.models import OptOut
from surveys.fielding.person_optouts import OPTED_OUT, close_for_persons, readmit_persons
from surveys.models import Response

REMINDER_KEYS = "resume:"
"""How the dedupe key of a reminder to a patient begins."""

_PATIENT = "patient"


def opt_out(session: Session, *, channel: str, account: str, now: datetime) -> bool:
    """Write to this account no more. What it has under way counts as refused, reminders that are still owed are not
    sent, and one that is being sent at this moment is not tried again.

    The drafts stay: whoever opted out of being written to may still finish them. False if it had opted out before.
    """
    values = {"channel": channel, "account": account, "since": now}
    if not insert_new(session, OptOut, values, ["channel", "account"]):
        return False
    close_for_persons(session, invitation_ids=_drafts(session, channel, account), now=now)
    session.execute(
        update(Delivery)
        .where(
            Delivery.channel == channel,
            Delivery.address == account,
            Delivery.dedupe_key.startswith(REMINDER_KEYS, autoescape=True),
            Delivery.state.in_((OWED, ATTEMPTING, HELD, UNCERTAIN)),
        )
        .values(state=REFUSED, code=OPTED_OUT, settled_at=now, not_before=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    record(session, actor=_PATIENT, action="opt_out", subject=f"channel:{channel}", now=now)
    return True


def opt_in(session: Session, *, channel: str, account: str, now: datetime) -> bool:
    """The account wants to be written to again; False if it had never opted out."""
    gone = session.execute(
        delete(OptOut)
        .where(OptOut.channel == channel, OptOut.account == account)
        .returning(OptOut.since)
        .execution_options(synchronize_session=False)
    ).first()
    if gone is None:
        return False
    readmit_persons(session, invitation_ids=_drafts(session, channel, account))
    record(session, actor=_PATIENT, action="opt_in", subject=f"channel:{channel}", now=now)
    return True


def has_opted_out(session: Session, *, channel: str, account: str) -> bool:
    """Whether this account must not be written to of our own accord."""
    found = session.scalar(select(OptOut.since).where(OptOut.channel == channel, OptOut.account == account))
    return found is not None


def _drafts(session: Session, channel: str, account: str) -> Sequence[str]:
    """The invitations that this account has under way."""
    return session.scalars(
        select(Response.invitation_id)
        .where(Response.channel == channel, Response.account == account, Response.state == "draft")
        .order_by(Response.id)
    ).all()
