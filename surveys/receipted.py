"""After sending: whoever holds the receipt code sees and copies what they sent, and may take it back.

A receipt opens nothing else: not the unit, not another response. Taken back can be what no settled month counts yet;
the answers are deleted, the row stays without them so that the ticket is not open again. Refuses to know how months are
settled: the caller says it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from locales.errors import DomainError
from storage.audit import record
from surveys.fielding import dispositions
from surveys.models import ANSWERS, RESPONSES
from surveys.receipts import read_receipt_code, receipt_hash
from surveys.sittings import SENT, WITHDRAWN, Sitting, sitting, sitting_by_receipt
from surveys.tallies import uncount_response

_FORGET = delete(ANSWERS).where(ANSWERS.c.response_id == bindparam("response"))
_WITHDRAW = (
    update(RESPONSES)
    .where(RESPONSES.c.id == bindparam("response"), RESPONSES.c.state == SENT)
    .values(state=WITHDRAWN, touched_at=bindparam("now"))
)


def response_by_receipt(session: Session, *, receipt_code: str) -> Sitting:
    """What was sent with this receipt, to show and to copy; `withdrawn` says that its answers are gone.

    The code may be written as people do. Error: `receipt_unfound`.
    """
    code = read_receipt_code(receipt_code) or receipt_code
    found = sitting_by_receipt(session, receipt_hash=receipt_hash(code))
    if found is None:
        raise DomainError("receipt_unfound")
    return found


def withdraw_response(session: Session, *, receipt_code: str, is_settled: bool, now: datetime) -> Sitting:
    """Take back what was sent: its answers are deleted and its month no longer counts them.

    `is_settled` says whether the month of the response (`Sitting.period`) is settled. Errors: `receipt_unfound`,
    `response_withdrawn` the second time, `response_settled`.
    """
    found = response_by_receipt(session, receipt_code=receipt_code)
    found = sitting(session, response_id=found.response_id, lock=True)
    if found.withdrawn:
        raise DomainError("response_withdrawn")
    if is_settled:
        raise DomainError("response_settled", period=found.period)
    uncount_response(
        session,
        period=found.period or "",
        unit_code=found.unit_code,
        mode=found.mode,
        questionnaire=found.questionnaire,
        answers=found.answers,
        stream=found.stream,
    )
    session.execute(_FORGET, {"response": found.response_id})
    noted_at = found.sent_at if found.questionnaire.is_blind and found.sent_at is not None else now
    session.execute(_WITHDRAW, {"response": found.response_id, "now": noted_at})
    dispositions.note(session, invitation_id=found.invitation_id, disposition=dispositions.WITHDRAWN, now=noted_at)
    record(
        session,
        actor="patient",
        action="withdraw_response",
        subject=f"response:{found.response_id}",
        now=now,
        details={"period": found.period, "unit": found.unit_code},
    )
    return sitting(session, response_id=found.response_id)
