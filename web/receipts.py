"""What a receipt code opens: one's own answers to see, to copy and, until their month is settled, to take back.

The code comes in forms only and never stands in an address, so that no log, history or referrer holds it. Every page
looks it up anew. Whatever is no code, and a code that belongs to nothing, is answered alike, and counts as a guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.units import zone
from evaluation.schemes import LOCK
from evaluation.scorecards import settlements
from locales.errors import DomainError, explain
from locales.texts import pick, text
from storage.database import serialize
from surveys import responses
from surveys.fhir.answers import to_response
from surveys.fhir.exact_json import encode
from surveys.retention_marks import without_removed
from surveys.sittings import Sitting
from web.faults import note_guess, refuse_guesser
from web.forms import read_form
from web.pages import language_of, local_time, page
from web.site import site_of
from web.survey_views import EntryView, review_entries

CODE = "code"
_LONGEST_CODE = 40
_HYPHENS = re.compile("[‐-―−]")  # as phones write them by themselves


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What was sent, as its patient reads it. `is_settled`: its month is, and nothing can be taken back any more."""

    sitting: Sitting
    sent: str
    is_settled: bool
    zone: ZoneInfo


async def enter(request: Request) -> Response:
    """GET /receipt: a field for the code."""
    return page(request, "receipt.html.j2", code="", fault=None)


async def show(request: Request) -> Response:
    """POST /receipt: the answers behind the code."""
    code = await _code(request)
    try:
        receipt = await _receipt(request, code)
    except DomainError as error:
        if error.code != "receipt_unfound":
            raise
        note_guess(request, error)
        return page(request, "receipt.html.j2", status=404, code=code, fault=explain(language_of(request), error))
    return page(
        request,
        "receipt_answers.html.j2",
        receipt=receipt,
        code=code,
        entries=_entries(receipt, language_of(request)),
    )


async def copy_text(request: Request) -> Response:
    """POST /receipt/text: a copy to read."""
    receipt = await _unwithdrawn(request)
    content = _plain(receipt, language_of(request))
    return _file(content.encode("utf-8", "replace"), "text/plain; charset=utf-8", "tongping.txt")


async def copy_fhir(request: Request) -> Response:
    """POST /receipt/fhir: a copy for other programs, a QuestionnaireResponse of the questionnaire's own version."""
    sitting = (await _unwithdrawn(request)).sitting
    document: dict[str, Any] = to_response(
        sitting.questionnaire,
        without_removed(sitting.answers),
        status="completed",
        authored=sitting.sent_at,
        language=sitting.language,
        response_id=None,
    )
    return _file(encode(document).encode("utf-8", "replace"), "application/fhir+json; charset=utf-8", "tongping.json")


async def confirm(request: Request) -> Response:
    """POST /receipt/withdraw: what taking back means, with a button for it."""
    code = await _code(request)
    receipt = await _receipt(request, code)
    if receipt.sitting.withdrawn or receipt.is_settled:
        return page(request, "receipt_answers.html.j2", receipt=receipt, code=code,
                    entries=_entries(receipt, language_of(request)))  # fmt: skip
    return page(request, "receipt_withdraw.html.j2", receipt=receipt, code=code)


async def withdraw(request: Request) -> Response:
    """POST /receipt/withdraw/confirm: the answers are deleted and count no more. Again says that they are gone."""
    code = await _code(request)

    def work(session: Session) -> ReceiptView:
        serialize(session, LOCK)  # no settlement may count what goes away at the same moment
        receipt = _view(session, code)
        if not receipt.sitting.withdrawn:
            now = site_of(request).clock()
            responses.withdraw_response(session, receipt_code=code, is_settled=receipt.is_settled, now=now)
        return _view(session, code)

    receipt = await site_of(request).database.run(work)
    _speak(request, receipt.sitting)
    return page(request, "receipt_answers.html.j2", receipt=receipt, code=code, entries=[])


async def _code(request: Request) -> str:
    refuse_guesser(request)
    form = await read_form(request, fields=(CODE,))
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", form[CODE][:_LONGEST_CODE])).strip()


async def _receipt(request: Request, code: str) -> ReceiptView:
    receipt = await site_of(request).database.run(lambda session: _view(session, code))
    _speak(request, receipt.sitting)
    return receipt


async def _unwithdrawn(request: Request) -> ReceiptView:
    receipt = await _receipt(request, await _code(request))
    if receipt.sitting.withdrawn:
        raise DomainError("response_withdrawn")
    return receipt


def _view(session: Session, code: str) -> ReceiptView:
    """What the code opens; `receipt_unfound`."""
    sitting = responses.response_by_receipt(session, receipt_code=code)
    local = zone(session)
    sent = local_time(sitting.sent_at, local) if sitting.sent_at is not None else ""
    return ReceiptView(sitting, sent, any(each.period == sitting.period for each in settlements(session)), local)


def _speak(request: Request, sitting: Sitting) -> None:
    """A receipt is read in a language that its questionnaire speaks."""
    request.state.language = sitting.language
    request.state.languages = sitting.questionnaire.languages


def _entries(receipt: ReceiptView, language: str) -> list[EntryView]:
    return [] if receipt.sitting.withdrawn else review_entries(receipt.sitting, language, receipt.zone)


def _plain(receipt: ReceiptView, language: str) -> str:
    sitting = receipt.sitting
    head = [
        pick(sitting.questionnaire.title, language),
        pick(sitting.unit_name, language),
        text(language, "web.receipt.sent", moment=receipt.sent),
        text(language, "web.receipt.notice", version=sitting.notice_version),
    ]
    entries = [
        f"{number}. {entry.label}\n{entry.answer}\n"
        for number, entry in enumerate(review_entries(sitting, language, receipt.zone), start=1)
    ]
    return "\n".join([*head, "", *entries])


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


ROUTES = [
    Route("/receipt", enter),
    Route("/receipt", show, methods=["POST"]),
    Route("/receipt/text", copy_text, methods=["POST"]),
    Route("/receipt/fhir", copy_fhir, methods=["POST"]),
    Route("/receipt/withdraw", confirm, methods=["POST"]),
    Route("/receipt/withdraw/confirm", withdraw, methods=["POST"]),
]
