"""Who plays in the tests of other audiences: the staff of 甲 and their numbers, and questionnaires that are blind."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import surveys
from surveys.invitations import NewVisit, invite_many
from surveys.responses import Sent, consent_to_text, give_consent, open_ticket, record_page, send_response
from tests.surveys.cast import JIA, NOW, free_text, scored, small_document

FOLDER = Path(surveys.__file__ or "").parent / "questionnaires"
NAMES = ("staff", "trainee", "resident", "pulse")
BLIND = small_document(
    scored("pay", "pay"), scored("whole", is_overall=True), free_text("comment"), kinds=["staff"], blind=True
)


def document(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


def invite_staff(
    session: Session, *numbers: str, unit: str = JIA, group: str | None = None, kind: str = "staff",
    now: datetime = NOW,
) -> None:  # fmt: skip
    """Each gets the ticket `t-<number>`."""
    visits = [
        NewVisit(number, kind, now - timedelta(hours=1), "zh", f"i-{unit}-{number}", f"t-{number}", group=group)
        for number in numbers
    ]
    invite_many(session, unit_code=unit, visits=visits, now=now, is_handed_out=True)


def begin(
    session: Session,
    number: str,
    answers: Mapping[str, tuple[str, ...]],
    *,
    now: datetime = NOW,
    ticket: str | None = None,
) -> str:
    """Somebody opens their link, agrees and fills the page in; the response's id."""
    draft = open_ticket(session, ticket=ticket or f"t-{number}", mode="page", new_id=f"r-{number}", now=now)
    give_consent(session, response_id=draft.response_id, now=now)
    consent_to_text(session, response_id=draft.response_id, now=now)
    _, refused = record_page(session, response_id=draft.response_id, answers=answers, now=now)
    assert refused == {}
    return draft.response_id


def answer(session: Session, number: str, pay: str = "5", *, comment: str | None = None, now: datetime = NOW) -> str:
    """The same, and sends; gives the receipt code."""
    answers = {"pay": (pay,), "whole": (pay,)} | ({"comment": (comment,)} if comment is not None else {})
    code = f"CODE-{number}"
    response = begin(session, number, answers, now=now)
    assert send_response(session, response_id=response, receipt_code=code, now=now) == Sent(code)
    return code
