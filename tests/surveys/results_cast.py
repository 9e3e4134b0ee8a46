"""Months of answers for the tests of results: whole responses, sent in a month, with or without words that are kept."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from consortium.periods import Period
from surveys.models import Response
from surveys.responses import send_response
from tests.surveys.cast import BEST, JIA, fill


def during(month: int, year: int = 2026) -> datetime:
    return datetime(year, month, 15, 2, tzinfo=UTC)


def month_of(month: int, year: int = 2026) -> Period:
    return Period(year, month)


def patients_answer(
    session: Session,
    count: int,
    month: int,
    *,
    unit: str = JIA,
    words: str = "",
    consent: bool = True,
    year: int = 2026,
) -> list[str]:
    """So many patients of a unit send the best answers in a month; `words` (with their number) as a comment."""
    now, sent = during(month, year), []
    for number in range(count):
        answers = dict(BEST) | ({"comment": f"{words} {number}"} if words else {})
        visit = f"{year}-{month}-{number}-{len(words)}-{int(consent)}"
        response = fill(session, answers, visit, unit=unit, now=now)
        if not consent:
            session.execute(update(Response).where(Response.id == response).values(text_consented_at=None))
        send_response(session, response_id=response, receipt_code=f"code {unit} {visit}", now=now)
        sent.append(response)
    return sent
