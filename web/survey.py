"""The survey as a page: notice and consent, all questions, review, thanks. It works without a script.

Knows the way between the pages. What is asked is `surveys.conversation`, what is stored `surveys.responses`, what a
form brings `web.survey_saving`. Opening an address changes nothing; only a button does. A response sent twice by the
same page is sent once, and both answers show the same receipt. Of a trial of a draft nothing is left to show again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.addresses import bot_address
from bulletins.story_passes import PATIENT, number_after, story_pass
from consortium.links import new_token
from consortium.units import patients_may_chat, zone
from locales.errors import DomainError, Reask, explain
from storage.audit import record
from surveys import responses
from surveys.conversation import asked, review
from surveys.fielding.patient_optouts import may_decline
from surveys.receipts import read_receipt_code, receipt_hash
from surveys.sittings import POSTER, TEST, VISIT, Sitting, sitting_by_receipt
from web.faults import refuse_guesser
from web.forms import Form, read_form
from web.pages import language_of, page, see
from web.site import site_of
from web.survey_fields import ADD, PREFIXES, SHOWN, TEXT_CONSENT, TEXT_SHOWN, places
from web.survey_openings import open_on_page, opening, path_of, speak, ticket_of
from web.survey_rules import rules
from web.survey_saving import Saved, save_page
from web.survey_views import Asking, open_faults, page_view, review_entries

ATTEMPT, AGE = "attempt", "age"
GROWN, GUARDIAN, YOUNG = "grown", "guardian", "young"

_ATTEMPT = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_RECEIPT_PURPOSE = b"tongping.receipt.1\x00"
_RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECEIPT_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What a ticket leads to, the consortium's time zone, and whether patients may answer in chat instead."""

    sitting: Sitting
    local: ZoneInfo
    may_chat: bool


async def show(request: Request) -> Response:
    """GET /s/{ticket}: the notice, or, once the patient has agreed, the questions."""
    seen = await _look(request)
    sitting, local = seen.sitting, seen.local
    if not sitting.consented:
        return _notice(request, seen)
    checks, more = "check" in request.query_params, request.query_params.get("more", "")
    faults = open_faults(review(sitting.questionnaire, sitting.answers)) if checks else {}
    asking = Asking(faults=faults, more=int(more) if _NUMBER.fullmatch(more) else None)
    return _questions(request, sitting, asking, local, is_check=checks)


async def consent(request: Request) -> Response:
    """POST /s/{ticket}/consent: by somebody old enough, or for whom they care. Under fourteen nothing is opened."""
    refuse_guesser(request)
    form = await read_form(request, fields=(AGE,))
    if form[AGE] not in (GROWN, GUARDIAN):
        seen = await _look(request)
        if form[AGE] == YOUNG:
            return page(request, "survey_young.html.j2", sitting=seen.sitting, path=path_of(request))
        return _notice(request, seen, Reask("age_missing"))

    def agree(session: Session) -> None:
        sitting, now = open_on_page(session, request), site_of(request).clock()
        responses.give_consent(session, response_id=sitting.response_id, now=now)
        if form[AGE] == GUARDIAN and not sitting.consented:
            record(session, actor="patient", action="answer_as_guardian",
                   subject=f"response:{sitting.response_id}", now=now)  # fmt: skip

    await opening(request, agree)
    return see(path_of(request))


async def save(request: Request) -> Response:
    """POST /s/{ticket}: keep what the page brought, then say what is still open, or go on to the review."""
    refuse_guesser(request)
    form = await read_form(request, fields=(ADD, TEXT_CONSENT, TEXT_SHOWN), many=(SHOWN,), prefixes=PREFIXES)
    outcome = await opening(request, lambda session: _save(session, request, form))
    if outcome is None:
        return see(path_of(request))
    saved, local = outcome
    sitting, at = saved.sitting, places(saved.sitting.questionnaire)
    if saved.faults:
        asking = Asking(faults=saved.faults, brought=saved.brought, is_ticked=saved.is_ticked)
        return _questions(request, sitting, asking, local)
    if _NUMBER.fullmatch(form[ADD]):
        return see(f"{path_of(request)}#q-{form[ADD]}")
    known = {*sitting.answers, *saved.brought.given}
    more = [at[question.id] for question in asked(sitting.questionnaire, sitting.answers) if question.id not in known]
    if more:
        return see(f"{path_of(request)}?more={more[0]}#q-{more[0]}")
    if open_faults(review(sitting.questionnaire, sitting.answers)):
        return see(f"{path_of(request)}?check=1#open")
    return see(f"{path_of(request)}/review")


async def look_over(request: Request) -> Response:
    """GET /s/{ticket}/review: every answer, each with the way back to it."""
    seen = await _look(request)
    sitting = seen.sitting
    if not sitting.consented:
        return see(path_of(request))
    entries = review_entries(sitting, language_of(request), seen.local)
    return page(
        request,
        "survey_review.html.j2",
        sitting=sitting,
        path=path_of(request),
        entries=entries,
        missing=[entry for entry in entries if entry.is_missing],
        attempt=new_token(),
    )


async def send(request: Request) -> Response:
    """POST /s/{ticket}/send: once. The same form a second time leads to the same thanks."""
    refuse_guesser(request)
    form = await read_form(request, fields=(ATTEMPT,))
    attempt = form[ATTEMPT]
    if not _ATTEMPT.fullmatch(attempt):
        raise DomainError("form_unreadable")
    code = receipt_code(site_of(request).secret, ticket_of(request), attempt)
    try:
        sent = await opening(request, lambda session: _send(session, request, code))
    except DomainError as error:
        if error.code not in ("ticket_used", "response_sent"):
            raise
        sent = await site_of(request).database.run(lambda session: _sent_with(session, code))
        if sent is None:
            raise
    if sent is None:
        return see(f"{path_of(request)}?check=1#open")
    if sent.stream == TEST:
        return page(request, "survey_thanks.html.j2", sitting=sent, code=None, story=None)
    return see(f"{path_of(request)}/thanks?of={attempt}")


async def thanks(request: Request) -> Response:
    """GET /s/{ticket}/thanks: the receipt, for the page that sent the response; for others the ticket is used."""
    refuse_guesser(request)
    attempt = request.query_params.get("of", "")[:40]
    code = receipt_code(site_of(request).secret, ticket_of(request), attempt)
    sitting = await site_of(request).database.run(lambda session: _sent_with(session, code))
    if sitting is None:
        await _look(request)
        return see(path_of(request))
    speak(request, sitting)
    story = _story_pass(request, sitting, attempt)
    return page(request, "survey_thanks.html.j2", sitting=sitting, code=code, story=story)


def _story_pass(request: Request, sitting: Sitting, attempt: str) -> str | None:
    """To a patient, the pass to tell a story: worked out from the ticket, so that it is one, and kept nowhere."""
    if sitting.stream not in (VISIT, POSTER) or sitting.questionnaire.is_blind:
        return None
    secret = site_of(request).secret
    number = number_after(secret, ticket_of(request), attempt)
    return story_pass(secret, PATIENT, number, sitting.unit_code)


def receipt_code(secret: bytes, ticket: str, attempt: str) -> str:
    """The receipt of one page's sending: the same page, the same code; 60 bits that only this server can work out."""
    content = f"{ticket}\x00{attempt}".encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, _RECEIPT_PURPOSE + content, hashlib.sha256).digest()
    letters = "".join(_RECEIPT_ALPHABET[byte % len(_RECEIPT_ALPHABET)] for byte in digest[:_RECEIPT_LENGTH])
    code = read_receipt_code(letters)
    assert code is not None
    return code


async def _look(request: Request) -> Seen:
    """The response behind the ticket as it stands; looking opens and changes nothing."""
    refuse_guesser(request)
    ticket, now = ticket_of(request), site_of(request).clock()

    def work(session: Session) -> Seen:
        sitting = responses.view_ticket(session, ticket=ticket, now=now)
        return Seen(sitting, zone(session), patients_may_chat(session))

    seen = await site_of(request).database.run(work)
    speak(request, seen.sitting)
    return seen


def _save(session: Session, request: Request, form: Form) -> tuple[Saved, ZoneInfo] | None:
    """Record the page; None if the patient has not agreed yet."""
    sitting = open_on_page(session, request)
    if not sitting.consented:
        return None
    language, local, now = language_of(request), zone(session), site_of(request).clock()
    return save_page(session, sitting=sitting, form=form, language=language, local=local, now=now), local


def _send(session: Session, request: Request, code: str) -> Sitting | None:
    """The response as it was sent, or None if something is missing."""
    sitting = open_on_page(session, request)
    now = site_of(request).clock()
    outcome = responses.send_response(session, response_id=sitting.response_id, receipt_code=code, now=now)
    return None if isinstance(outcome, Reask) else sitting


def _sent_with(session: Session, code: str) -> Sitting | None:
    """The response that this very receipt belongs to."""
    return sitting_by_receipt(session, receipt_hash=receipt_hash(code))


def _notice(request: Request, seen: Seen, reask: Reask | None = None) -> Response:
    bot_name, ticket = site_of(request).bot_name() if seen.may_chat else None, ticket_of(request)
    return page(
        request,
        "survey_notice.html.j2",
        status=422 if reask is not None else 200,
        sitting=seen.sitting,
        path=path_of(request),
        in_chat=bot_address(bot_name, ticket) if bot_name else None,
        may_decline=may_decline(seen.sitting),
        fault=explain(language_of(request), reask) if reask is not None else None,
    )


def _questions(
    request: Request, sitting: Sitting, asking: Asking, local: ZoneInfo, *, is_check: bool = False
) -> Response:
    """The page of all questions; what could not be taken stays in its field, with the reason beside it."""
    asking = asking if asking.brought is not None else replace(asking, is_ticked=sitting.text_consented)
    offset = site_of(request).clock().astimezone(local).isoformat()[-6:]
    return page(
        request,
        "survey_questions.html.j2",
        status=422 if asking.brought is not None else 200,
        sitting=sitting,
        path=path_of(request),
        view=page_view(sitting, asking, language=language_of(request), zone=local),
        rules=rules(sitting.questionnaire),
        offset=offset,
        is_check=is_check,
    )


ROUTES = [
    Route("/s/{ticket}", show),
    Route("/s/{ticket}", save, methods=["POST"]),
    Route("/s/{ticket}/consent", consent, methods=["POST"]),
    Route("/s/{ticket}/review", look_over),
    Route("/s/{ticket}/send", send, methods=["POST"]),
    Route("/s/{ticket}/thanks", thanks),
]
