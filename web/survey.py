"""The survey as a page: notice and consent, all questions, review, thanks. It works without a script.

Knows the way between the four pages and what a form brings. What is asked is `surveys.conversation`, what is stored
`surveys.responses`. Opening an address changes nothing; only a button does. A response sent twice by the same page is
sent once, and both answers show the same receipt.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.addresses import bot_address
from consortium.links import new_token
from locales.errors import DomainError, Reask
from surveys import responses
from surveys.conversation import SKIPPED, asked, review
from surveys.models import Response as ResponseRow
from surveys.receipts import read_receipt_code, receipt_hash
from surveys.sittings import Sitting
from surveys.structure import find_question
from web.faults import refuse_guesser
from web.forms import Form, read_form
from web.pages import language_of, page, see
from web.site import site_of
from web.survey_views import missing_entries, question_views, review_entries

ANSWER, SHOWN, ATTEMPT = "a.", "shown", "attempt"

_ATTEMPT = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_RECEIPT_PURPOSE = b"tongping.receipt.1\x00"
_RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECEIPT_LENGTH = 12


async def show(request: Request) -> Response:
    """GET /s/{ticket}: the notice, or, once the patient has agreed, the questions."""
    sitting = await _look(request)
    if not sitting.consented:
        bot_name, ticket = site_of(request).bot_name(), _ticket(request)
        in_chat = bot_address(bot_name, ticket) if bot_name else None
        return page(request, "survey_notice.html.j2", sitting=sitting, path=_path(request), in_chat=in_chat)
    checks = "check" in request.query_params
    return _questions(request, sitting, checks=checks, more=request.query_params.get("more", ""))


async def consent(request: Request) -> Response:
    """POST /s/{ticket}/consent"""
    refuse_guesser(request)
    await read_form(request)

    def agree(session: Session) -> None:
        sitting = _open(session, request)
        responses.give_consent(session, response_id=sitting.response_id, now=site_of(request).clock())

    await site_of(request).database.run(agree)
    return see(_path(request))


async def save(request: Request) -> Response:
    """POST /s/{ticket}: keep what the page brought, then say what is still open, or go on to the review."""
    refuse_guesser(request)
    form = await read_form(request, prefix=ANSWER, many=(SHOWN,))
    brought = {name.removeprefix(ANSWER): value for name, value in form.values.items()}
    outcome = await site_of(request).database.run(lambda session: _store(session, request, form, brought))
    if outcome is None:
        return see(_path(request))
    sitting, refused = outcome
    if refused:
        return _questions(request, sitting, refused=refused, brought=brought)
    answers = sitting.answers
    more = [q.id for q in asked(sitting.questionnaire, answers) if q.id not in {*answers, *form.lists[SHOWN]}]
    if more:
        return see(f"{_path(request)}?more={more[0]}#q-{more[0]}")
    if review(sitting.questionnaire, answers).missing:
        return see(f"{_path(request)}?check=1#open")
    return see(f"{_path(request)}/review")


async def look_over(request: Request) -> Response:
    """GET /s/{ticket}/review: every answer, each with the way back to it."""
    sitting = await _look(request)
    if not sitting.consented:
        return see(_path(request))
    language = language_of(request)
    return page(
        request,
        "survey_review.html.j2",
        sitting=sitting,
        path=_path(request),
        entries=review_entries(sitting, language),
        missing=missing_entries(sitting, language),
        attempt=new_token(),
    )


async def send(request: Request) -> Response:
    """POST /s/{ticket}/send: once. The same form a second time leads to the same thanks."""
    refuse_guesser(request)
    form = await read_form(request, fields=(ATTEMPT,))
    attempt = form[ATTEMPT]
    if not _ATTEMPT.fullmatch(attempt):
        raise DomainError("form_unreadable")
    code = receipt_code(site_of(request).secret, _ticket(request), attempt)
    try:
        is_sent = await site_of(request).database.run(lambda session: _send(session, request, code))
    except DomainError as error:
        if error.code not in ("ticket_used", "response_sent"):
            raise
        if await site_of(request).database.run(lambda session: _sent_with(session, code)) is None:
            raise
        is_sent = True
    return see(f"{_path(request)}/thanks?of={attempt}" if is_sent else f"{_path(request)}?check=1#open")


async def thanks(request: Request) -> Response:
    """GET /s/{ticket}/thanks: the receipt, for the page that sent the response; for others the ticket is used."""
    refuse_guesser(request)
    attempt = request.query_params.get("of", "")[:40]
    code = receipt_code(site_of(request).secret, _ticket(request), attempt)
    sitting = await site_of(request).database.run(lambda session: _sent_with(session, code))
    if sitting is None:
        await _look(request)
        return see(_path(request))
    request.state.language = sitting.language
    return page(request, "survey_thanks.html.j2", sitting=sitting, code=code)


def receipt_code(secret: bytes, ticket: str, attempt: str) -> str:
    """The receipt of one page's sending: the same page, the same code; 60 bits that only this server can work out."""
    content = f"{ticket}\x00{attempt}".encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, _RECEIPT_PURPOSE + content, hashlib.sha256).digest()
    letters = "".join(_RECEIPT_ALPHABET[byte % len(_RECEIPT_ALPHABET)] for byte in digest[:_RECEIPT_LENGTH])
    code = read_receipt_code(letters)
    assert code is not None
    return code


async def _look(request: Request) -> Sitting:
    """The response behind the ticket as it stands; looking opens and changes nothing."""
    refuse_guesser(request)
    ticket, now = _ticket(request), site_of(request).clock()
    sitting = await site_of(request).database.run(
        lambda session: responses.view_ticket(session, ticket=ticket, now=now)
    )
    request.state.language = sitting.language
    return sitting


def _open(session: Session, request: Request) -> Sitting:
    """Begin or go on with the response on the page, in the language that the page is read in. Draws its id."""
    now = site_of(request).clock()
    sitting = responses.open_ticket(session, ticket=_ticket(request), mode="page", new_id=new_token(), now=now)
    request.state.language = sitting.language
    language = language_of(request)
    if language != sitting.language and language in sitting.questionnaire.languages:
        sitting = responses.set_language(session, response_id=sitting.response_id, language=language, now=now)
    return sitting


def _store(
    session: Session, request: Request, form: Form, brought: dict[str, str]
) -> tuple[Sitting, dict[str, Reask]] | None:
    """Record the page; None if the patient has not agreed yet. An optional question left empty is passed over."""
    sitting = _open(session, request)
    if not sitting.consented:
        return None
    unknown = next((name for name in brought if find_question(sitting.questionnaire, name) is None), None)
    if unknown is not None:
        raise DomainError("unknown_field", field=f"{ANSWER}{unknown}"[:40])
    passed_over = {
        question.id: SKIPPED
        for question in sitting.questionnaire.questions
        if question.id in form.lists[SHOWN] and not question.required and question.id not in brought
    }
    return responses.record_page(
        session, response_id=sitting.response_id, answers=passed_over | brought, now=site_of(request).clock()
    )


def _send(session: Session, request: Request, code: str) -> bool:
    sitting = _open(session, request)
    outcome = responses.send_response(
        session, response_id=sitting.response_id, receipt_code=code, now=site_of(request).clock()
    )
    return not isinstance(outcome, Reask)


def _sent_with(session: Session, code: str) -> Sitting | None:
    """The response that this very receipt belongs to."""
    found = session.scalar(select(ResponseRow.id).where(ResponseRow.receipt_hash == receipt_hash(code)))
    return responses.sitting(session, response_id=found) if found is not None else None


def _questions(
    request: Request,
    sitting: Sitting,
    *,
    checks: bool = False,
    more: str = "",
    refused: dict[str, Reask] | None = None,
    brought: dict[str, str] | None = None,
) -> Response:
    """The page of all questions; what could not be taken stays in its field, with the reason beside it."""
    language = language_of(request)
    views = question_views(sitting, language, refused=refused or {}, brought=brought or {}, more=more)
    return page(
        request,
        "survey_questions.html.j2",
        status=422 if refused else 200,
        sitting=sitting,
        path=_path(request),
        questions=views,
        missing=missing_entries(sitting, language) if checks else [],
    )


def _ticket(request: Request) -> str:
    ticket: str = request.path_params["ticket"]
    return ticket


def _path(request: Request) -> str:
    """The address of this ticket's page: ours, whatever was asked for."""
    return f"/s/{_ticket(request)}"


ROUTES = [
    Route("/s/{ticket}", show),
    Route("/s/{ticket}", save, methods=["POST"]),
    Route("/s/{ticket}/consent", consent, methods=["POST"]),
    Route("/s/{ticket}/review", look_over),
    Route("/s/{ticket}/send", send, methods=["POST"]),
    Route("/s/{ticket}/thanks", thanks),
]
