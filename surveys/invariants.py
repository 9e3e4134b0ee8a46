"""What must hold in the tables of surveys at any time; each check names what it found, for `doctor`.

Reads answers to count and compare them; a finding names a response or a month, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import Finding
from surveys.comments import words_of
from surveys.conversation import complete, only_asked, review
from surveys.models import Response, Tally
from surveys.sittings import HELD, POSTER, TEST, VISIT, sitting
from surveys.structure import EXISTS, OPTIONS_ONLY, WRITTEN, Questionnaire
from surveys.tallies import counts, recount

_FILE = "database"


def check_surveys(session: Session) -> list[Finding]:
    """Everything below, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


def tallies_equal_answers(session: Session) -> list[Finding]:
    """The tally of every month, stream by stream, is what a recount of its answers gives."""
    months = set(session.scalars(select(Tally.period).distinct()))
    months |= {month for month in session.scalars(select(Response.period).distinct()) if month is not None}
    findings = []
    for month in sorted(months):
        differing = 0
        for stream in (VISIT, POSTER, HELD):
            tallied, counted = (c(session, period=Period.parse(month), stream=stream) for c in (counts, recount))
            differing += sum(tallied.get(key) != counted.get(key) for key in tallied.keys() | counted.keys())
        if differing:
            findings.append(Finding(_FILE, f"tally:{month}", "tally_differs_from_answers", {"figures": differing}))
    return findings


def responses_follow_their_questionnaire(session: Session) -> list[Finding]:
    """Stored answers are answers to questions that are asked; what is sent is whole, what is withdrawn is gone.

    Trials of drafts are left out: their questionnaire changes under them. Which questions followed from words that were
    removed after their time cannot be told any more where a condition compares words.
    """
    findings = []
    rows = select(Response.id, Response.text_removed_at).where(Response.stream != TEST).order_by(Response.id)
    for response_id, removed_at in session.execute(rows):
        found = sitting(session, response_id=response_id)
        form, answers = found.questionnaire, found.answers
        kept = only_asked(form, answers) if not found.sent else complete(form, answers)
        needless = len(answers) if found.withdrawn else len(answers.keys() - kept.keys())
        missing = len(review(form, answers).missing) + len(kept.keys() - answers.keys()) if found.sent else 0
        if found.sent and removed_at is not None and _compares_words(form):
            needless = missing = 0
        without_consent = bool(found.answers) and not found.consented
        if needless or missing or without_consent:
            details = {"needless": needless, "missing": missing}
            findings.append(Finding(_FILE, f"response:{response_id}", "response_not_as_asked", details))
    return findings


def words_go_after_their_time(session: Session) -> list[Finding]:
    """Of a response whose own words were removed none are left."""
    ids = select(Response.id).where(Response.text_removed_at.is_not(None)).order_by(Response.id)
    findings = []
    for response_id in session.scalars(ids):
        found = sitting(session, response_id=response_id)
        questions = {question.id: question for question in found.questionnaire.questions}
        left = sum(
            bool(words_of(questions[name], value))
            for name, values in found.answers.items()
            if name in questions
            for value in values
        )
        if left:
            findings.append(Finding(_FILE, f"response:{response_id}", "response_words_left", {"answers": left}))
    return findings


def _compares_words(form: Questionnaire) -> bool:
    """Whether a condition asks what somebody wrote, and not only whether they did."""
    written = {
        question.id
        for question in form.questions
        if (question.constraint != OPTIONS_ONLY if question.has_options else question.type in WRITTEN)
    }
    return any(
        condition.question in written and condition.operator != EXISTS
        for question in form.questions
        for condition in question.enable_when
    )


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (
    tallies_equal_answers,
    responses_follow_their_questionnaire,
    words_go_after_their_time,
)
