"""A clinic for the honesty tests: a consortium with people, a questionnaire, and responses at chosen times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import Actor
from surveys.honesty.facts import Content, Facts
from surveys.invitations import invite
from surveys.questionnaires import apply_questionnaire
from surveys.responses import consent_to_text, give_consent, open_ticket, record_page, send_response
from tests.cast import found_consortium
from tests.surveys.cast import BEST, outpatient_document, said

OCTOBER = Period.parse("2026-10")
BEGIN = datetime(2026, 9, 30, 16, tzinfo=UTC)  # October begins in Shanghai
NIGHT = datetime(2026, 10, 31, 18, tzinfo=UTC)  # when the month is looked through
GOOD = {**BEST, "clean": ("4",), "listening": ("4",), "queue": ("3",), "overall": ("4",)}


def open_clinic(session: Session) -> None:
    found_consortium(session, now=BEGIN - timedelta(days=30))
    apply_questionnaire(session, document=outpatient_document(), now=BEGIN - timedelta(days=30))


def actor(session: Session, person: str) -> Actor:
    return actor_of(session, person)


def october(day: int, hour: int = 10, minute: float = 0) -> datetime:
    """A moment on the consortium's calendar."""
    return BEGIN + timedelta(days=day - 1, hours=hour, minutes=minute)


def invited(session: Session, visit: str, at: datetime, unit: str = "jia") -> None:
    invite(
        session, unit_code=unit, visit=visit, kind="outpatient", discharged_at=at - timedelta(hours=2), language="zh",
        ticket=f"ticket {unit} {visit}", new_id=f"i-{unit}-{visit}", actor="api:his", now=at,
    )  # fmt: skip


def answered(
    session: Session,
    visit: str,
    at: datetime,
    *,
    seconds: float = 80,
    after: timedelta = timedelta(hours=2),
    answers: Mapping[str, str | Sequence[str]] = GOOD,
    unit: str = "jia",
    mode: str = "page",
) -> str:
    """A patient who was invited `after` before answers within `seconds` and sends at `at`; gives the response's id."""
    invited(session, visit, at - after, unit)
    response, begun = f"r-{unit}-{visit}", at - timedelta(seconds=seconds)
    in_chat = {"channel": "telegram", "account": visit} if mode == "chat" else {}
    open_ticket(session, ticket=f"ticket {unit} {visit}", mode=mode, new_id=response, now=begun, **in_chat)
    give_consent(session, response_id=response, now=begun)
    consent_to_text(session, response_id=response, now=begun)
    record_page(session, response_id=response, answers=said(answers), now=at)
    send_response(session, response_id=response, receipt_code=f"receipt {unit} {visit}", now=at)
    return response


def facts(
    key: str = "r",
    *,
    seconds: float = 80,
    mode: str = "page",
    marks: str = "5454543545",
    words: str = "",
    sender: str | None = None,
    form: str = "f:1",
) -> Facts:
    """A response of eleven questions as the signals see it; `marks` are 1 to 5, or - for "does not apply"."""
    worths = tuple(25 * (int(mark) - 1) for mark in marks if mark != "-")
    return Facts(key, form, mode, seconds, Content(11, 330, tuple(marks), worths, words), sender)  # type: ignore[arg-type]
