"""What must hold in the tables of surveys at any time; each check names what it found, for `doctor`.

Reads answers to count and compare them; a finding names a response or a month, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import Finding
from surveys.conversation import only_asked, review
from surveys.models import Response, Tally
from surveys.sittings import sitting
from surveys.tallies import counts, recount

_FILE = "database"


def check_surveys(session: Session) -> list[Finding]:
    """Everything below, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


def tallies_equal_answers(session: Session) -> list[Finding]:
    """The tally of every month is what a recount of its answers gives."""
    months = set(session.scalars(select(Tally.period).distinct()))
    months |= {month for month in session.scalars(select(Response.period).distinct()) if month is not None}
    findings = []
    for month in sorted(months):
        tallied, counted = (count(session, period=Period.parse(month)) for count in (counts, recount))
        differing = sum(tallied.get(key) != counted.get(key) for key in tallied.keys() | counted.keys())
        if differing:
            findings.append(Finding(_FILE, f"tally:{month}", "tally_differs_from_answers", {"figures": differing}))
    return findings


def responses_follow_their_questionnaire(session: Session) -> list[Finding]:
    """Stored answers are answers to questions that are asked; a sent response misses nothing that is required."""
    findings = []
    for response_id in session.scalars(select(Response.id).order_by(Response.id)):
        found = sitting(session, response_id=response_id)
        needless = len(found.answers) - len(only_asked(found.questionnaire, found.answers))
        missing = len(review(found.questionnaire, found.answers).missing) if found.sent else 0
        without_consent = bool(found.answers) and not found.consented
        if needless or missing or without_consent:
            details = {"needless": needless, "missing": missing}
            findings.append(Finding(_FILE, f"response:{response_id}", "response_not_as_asked", details))
    return findings


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (
    tallies_equal_answers,
    responses_follow_their_questionnaire,
)
