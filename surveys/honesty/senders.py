"""Which answers of one month came from one account: noted when a response is sent, because then it loses its account.

What is kept is a hash under the installation's secret, with the month in it: nobody can go from it to an account, nor
from one month to the next. Deleted with the month's settlement. Pages have no account and leave nothing.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import delete, func, not_, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from storage.audit import record
from storage.database import insert_new
from surveys.audiences.blindness import of_blind_survey
from surveys.honesty.models import SenderTrace
from surveys.models import Invitation, Response
from surveys.sittings import DRAFT, VISIT

_PURPOSE = "survey sender"


def note_sender(session: Session, *, response_id: str, sender: str, key: bytes, now: datetime) -> None:
    """Note who sends, in the transaction of sending and before it. `sender` is `channel:account`.

    Answers to posters and trials never carry points, and blind surveys tell nobody apart. No audit row: sending
    writes one.
    """
    stream = session.scalar(
        select(Response.stream)
        .join(Invitation, Invitation.id == Response.invitation_id)
        .where(Response.id == response_id, Response.state == DRAFT, not_(of_blind_survey(session)))
    )
    if stream != VISIT:
        return
    period = str(Period.month_of(now, zone(session)))
    values = {"response_id": response_id, "period": period, "sender": sender_key(key, period, sender)}
    insert_new(session, SenderTrace, values, ["response_id"])


def sender_key(key: bytes, period: str, sender: str) -> str:
    """The same for one account in one month, and for nothing else."""
    return hmac.digest(key, f"{_PURPOSE}\n{period}\n{sender}".encode(), "sha256").hex()


def forget_senders(session: Session, *, period: Period, now: datetime, actor: str = "schedule") -> int:
    """Delete what tells the senders of a month apart, once it is settled; how many rows there were."""
    count = session.scalar(select(func.count()).where(SenderTrace.period == str(period))) or 0
    if count:
        session.execute(delete(SenderTrace).where(SenderTrace.period == str(period)))
        details = {"rows": count}
        record(session, actor=actor, action="forget_senders", subject=f"period:{period}", now=now, details=details)
    return count
