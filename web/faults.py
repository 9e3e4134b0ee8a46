"""From a broken rule to an answer: the one place where the web translates errors.

A page for people, JSON for programs; one sentence, a fitting status, never a word about how we are built. What nobody
foresaw is logged by its kind and its place in the code, without any text it carries.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locales.errors import DomainError, explain
from web.pages import language_of, page
from web.site import client_of
from web.throttle import Throttle

log = structlog.get_logger(__name__)

STATUS: Mapping[str, int] = {
    "api_key_missing": 401,
    "api_key_unknown": 401,
    "sign_in_needed": 401,
    "launch_invalid": 401,
    "launch_expired": 401,
    "launch_used": 401,
    "launch_not_bound": 403,
    "not_representative": 403,
    "not_allowed": 403,
    "staff_of_unit": 403,
    "expert_of_unit": 403,
    "key_of_other_unit": 403,
    "other_site": 403,
    "form_expired": 403,
    "page_unknown": 404,
    "not_settled": 404,
    "scorecard_missing": 404,
    "receipt_unfound": 404,
    "story_unknown": 404,
    "honour_unknown": 404,
    "nomination_unknown": 404,
    "honour_not_decided": 404,
    "story_pass_invalid": 410,
    "panel_task_unknown": 404,
    "evidence_unknown": 404,
    "reading_table_gone": 410,
    "readings_refused": 422,
    "visit_unknown": 404,
    "method_unknown": 405,
    "ticket_used": 410,
    "ticket_expired": 410,
    "response_sent": 410,
    "response_withdrawn": 410,
    "link_used": 410,
    "link_expired": 410,
    "body_too_large": 413,
    "host_unknown": 421,
    "unknown_field": 422,
    "field_twice": 422,
    "field_missing": 422,
    "field_invalid": 422,
    "form_unreadable": 400,
    "json_unreadable": 422,
    "period_invalid": 422,
    "local_account_malformed": 422,
    "visit_invalid": 422,
    "invitation_language": 422,
    "kind_without_questionnaire": 422,
    "discharge_ahead": 422,
    "button_expired": 422,
    "poster_withdrawn": 410,
    "visit_list_gone": 410,
    "poster_full": 429,
    "too_many_attempts": 429,
    "fault": 500,
    "poster_not_printed": 500,
    "public_url_missing": 503,
    "not_applied": 503,
}
_GUESSES = frozenset({
    "ticket_unknown", "link_unknown", "api_key_unknown", "receipt_unfound", "launch_invalid", "story_pass_invalid",
})  # fmt: skip
_FOR_PROGRAMS = ("/api/", "/simulator/")
_NOT_FOUND, _NOT_ALLOWED = 404, 405


def refuse_guesser(request: Request) -> None:
    """`too_many_attempts` for a client that has just tried too many things that do not exist."""
    throttle: Throttle = request.app.state.throttle
    if not throttle.allows(client_of(request.scope), time.monotonic()):
        raise DomainError("too_many_attempts")


def note_guess(request: Request, error: DomainError) -> None:
    """Count against a client what it tried and does not exist; other faults count for nothing."""
    if error.code in _GUESSES:
        throttle: Throttle = request.app.state.throttle
        throttle.count(client_of(request.scope), time.monotonic())


async def answer_fault(request: Request, error: Exception) -> Response:
    """The answer to a `DomainError`."""
    assert isinstance(error, DomainError)
    note_guess(request, error)
    return _answer(request, error)


async def answer_http(request: Request, error: Exception) -> Response:
    """The answer where no route fits: an unknown page, or a method it does not have."""
    assert isinstance(error, HTTPException)
    codes = {_NOT_FOUND: "page_unknown", _NOT_ALLOWED: "method_unknown"}
    response = _answer(request, DomainError(codes.get(error.status_code, "form_unreadable")))
    if error.headers:
        response.headers.update(error.headers)
    return response


class Catcher:
    """Wraps the application: what nobody foresaw becomes a plain 500 here, and never reaches a log with its text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is there to answer
        except Exception as error:  # noqa: BLE001 - the last net: whatever it is, the visitor gets an answer
            log.error("page_failed", error=type(error).__name__, places=_places(error))  # noqa: TRY400 - a traceback quotes
            if has_begun:
                raise RuntimeError("an answer broke off") from None
            await _answer(Request(scope, receive), DomainError("fault"))(scope, receive, send)


def status_of(error: DomainError) -> int:
    """The status for a code: as listed, 404 for whatever is unknown, else 409."""
    return STATUS.get(error.code, _NOT_FOUND if error.code.endswith("_unknown") else 409)


def error_document(language: str, error: DomainError) -> dict[str, Any]:
    """`{"error": {code, message, details}}`, the shape that all programs get."""
    details = {name: _plain(value) for name, value in error.details.items()}
    return {"error": {"code": error.code, "message": explain(language, error), "details": details}}


def _answer(request: Request, error: DomainError) -> Response:
    status = status_of(error)
    if request.url.path.startswith(_FOR_PROGRAMS):
        return JSONResponse(error_document(language_of(request), error), status_code=status)
    sentence = explain(language_of(request), error)
    return page(request, "fault.html.j2", status=status, sentence=sentence, code=error.code)


def _plain(value: object) -> object:
    if isinstance(value, str | int | bool | None):
        return value
    if isinstance(value, Fraction):
        return str(value)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else str(value)


def _places(error: Exception) -> list[str]:
    """Where it happened: files and lines, innermost last. The message stays out: it may quote what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
