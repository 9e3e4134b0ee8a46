"""Telling a story on a page, and taking it back with its receipt (rule 46).

A patient comes from the thanks for a survey with a pass that is kept nowhere; somebody who signed in gets one with the
form. The same form a second time is the same story and shows the same receipt. No page knows whose story it is; receipt
codes come in forms only, and guessing them is slowed down.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.stories import DOCTOR, PATIENT, stories_of, story_by_receipt
from bulletins.story_decisions import offer_doctor_story, offer_patient_story, take_back_story
from bulletins.story_passes import DOCTOR as FOR_DOCTOR
from bulletins.story_passes import PATIENT as FOR_PATIENT
from bulletins.story_passes import number_after, read_pass, receipt_for, story_pass
from bulletins.story_texts import story_state, story_words_of
from bulletins.story_wording import consent_words
from bulletins.story_words import CONSENT, LONGEST, LONGEST_BYLINE, SHORTEST
from bulletins.wording import name_in, period_name
from consortium.models import Unit
from consortium.people import units_of
from consortium.permissions import Actor, require
from locales.errors import DomainError, explain
from locales.texts import text
from web.faults import note_guess, refuse_guesser
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page
from web.site import site_of
from web.visitors import require_visitor

OFFER_PATH, RECEIPT_PATH = "/stories/offer", "/stories/receipt"
OF = "of"
NO_UNIT = "-"
_FIELDS = (TOKEN_FIELD, OF, "words", "byline", "unit", "agree", "named")
_FAULTS = frozenset({
    "story_length", "story_lines", "story_byline_length", "story_consent_missing", "story_offered_already",
    "story_day_full", "story_too_many", "story_not_own_unit",
})  # fmt: skip
_LONGEST_CODE, _MOST_WRITTEN = 40, 4000
_HYPHENS = re.compile("[‐-―−]")
_REFUSED = 409


@dataclass(frozen=True, slots=True)
class _Teller:
    """Who fills in the form: a patient with a pass (`actor` None), or somebody who signed in."""

    number: str
    unit_code: str
    actor: Actor | None


async def form(request: Request) -> Response:
    """GET /stories/offer: for a patient with a pass, else for whoever signed in."""
    written = request.query_params.get(OF)
    values = await site_of(request).database.run(lambda session: _values(session, request, written))
    return page(request, "story_offer.html.j2", **values, typed={}, fault=None)


async def offer(request: Request) -> Response:
    """POST /stories/offer: the story, once; its receipt."""
    refuse_guesser(request)
    sent = await read_form(request, fields=_FIELDS)
    try:
        story, code = await site_of(request).database.run(lambda session: _offer(session, request, sent))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request, sent[OF]))
        typed = {name: sent[name][:_MOST_WRITTEN] for name in _FIELDS[2:]}
        fault = explain(language_of(request), error)
        return page(request, "story_offer.html.j2", status=_REFUSED, **values, typed=typed, fault=fault)
    headers = {"Cache-Control": "no-store"}
    return page(request, "story_offered.html.j2", headers=headers, story=story, code=code)


async def enter(request: Request) -> Response:
    """GET /stories/receipt: a field for the code."""
    return page(request, "story_receipt.html.j2", code="", fault=None, story=None, state=None, gone=None)


async def show(request: Request) -> Response:
    """POST /stories/receipt: the story behind the code, as it stands."""
    code = await _code(request)
    return await _shown(request, code, lambda _session: None)


async def take_back(request: Request) -> Response:
    """POST /stories/receipt/withdraw: its words are erased. Again says that they are gone."""
    code = await _code(request)
    language = language_of(request)

    def work(session: Session) -> str | None:
        found = story_by_receipt(session, code)
        if found is None or found.words is None:
            return None
        gone = take_back_story(session, receipt=code, now=site_of(request).clock())
        if gone.printed_in is None:
            return text(language, "stories.taken_back")
        return text(language, "stories.taken_back_printed", period=period_name(gone.printed_in, language))

    return await _shown(request, code, work)


async def _shown(request: Request, code: str, work: Callable[[Session], str | None]) -> Response:
    language = language_of(request)

    def both(session: Session) -> Values | None:
        gone = work(session)
        found = story_by_receipt(session, code)
        if found is None:
            return None
        is_there = found.words is not None
        words = story_words_of(session, found, language) if is_there else None
        return {
            "story": words,
            "state": story_state(found, language) if is_there else None,
            "gone": gone or (None if is_there else text(language, "stories.gone")),
        }

    values = await site_of(request).database.run(both)
    if values is None:
        error = DomainError("receipt_unfound")
        note_guess(request, error)
        more: Values = {"story": None, "state": None, "gone": None}
        return page(request, "story_receipt.html.j2", status=404, code=code, fault=explain(language, error), **more)
    return page(request, "story_receipt.html.j2", code=code, fault=None, **values)


def _teller(session: Session, request: Request, written: str | None, sent: Form | None = None) -> _Teller:
    """Whose pass it is; without one, of whoever signed in. A form of theirs must be signed for their session."""
    secret = site_of(request).secret
    if written and written.startswith(f"{FOR_PATIENT}."):
        number, unit_code = read_pass(secret, written, FOR_PATIENT)
        return _Teller(number, unit_code, None)
    visitor = require_visitor(session, request, sent)
    require(bool(visitor.actor.roles))
    if written:
        return _Teller(read_pass(secret, written, FOR_DOCTOR)[0], "", visitor.actor)
    told = len(stories_of(session, visitor.actor.person_id))  # one pass for each story of a session
    return _Teller(number_after(secret, visitor.session_token, str(told)), "", visitor.actor)


def _values(session: Session, request: Request, written: str | None) -> Values:
    language, site = language_of(request), site_of(request)
    teller = _teller(session, request, written)
    who = FOR_PATIENT if teller.actor is None else FOR_DOCTOR
    codes = [teller.unit_code] if teller.actor is None else units_of(session, teller.actor.person_id)
    units = [
        (code, name_in(unit.name, language, code))
        for code in codes
        if (unit := session.get(Unit, code)) is not None and unit.active
    ]
    return {
        "consent": consent_words(language, is_patient=teller.actor is None),
        OF: story_pass(site.secret, who, teller.number, teller.unit_code),
        "units": units,
        "no_unit": NO_UNIT,
        "is_patient": teller.actor is None,
        "own_name": teller.actor.name if teller.actor is not None else "",
        "shortest": SHORTEST,
        "longest": LONGEST,
        "longest_byline": LONGEST_BYLINE,
    }


def _offer(session: Session, request: Request, sent: Form) -> tuple[str, str]:
    """The story as it would be printed, and its receipt."""
    teller = _teller(session, request, sent[OF], sent)
    unit_code = _unit_of(session, teller, sent["unit"])
    language, site = language_of(request), site_of(request)
    code = receipt_for(site.secret, teller.number)
    common: Mapping[str, str] = {
        "words": sent["words"][:_MOST_WRITTEN],
        "consent": CONSENT if sent["agree"] == "yes" else "",
        "language": language,
        "receipt": code,
    }
    if teller.actor is None:
        byline = sent["byline"][:_MOST_WRITTEN]
        made = offer_patient_story(session, byline=byline, unit_code=unit_code, now=site.clock(), **common)
    else:
        byline = teller.actor.name if sent["named"] == "yes" else ""
        made = offer_doctor_story(
            session, byline=byline, unit_code=unit_code, actor=teller.actor, now=site.clock(), **common
        )
    assert made.teller == (PATIENT if teller.actor is None else DOCTOR)
    return story_words_of(session, made, language), code


def _unit_of(session: Session, teller: _Teller, chosen: str) -> str | None:
    """The unit that may be named. A patient names the one of the visit or none."""
    if chosen in ("", NO_UNIT):
        return None
    if teller.actor is None and chosen != teller.unit_code:
        raise DomainError("form_unreadable")
    if session.get(Unit, chosen) is None:
        raise DomainError("form_unreadable")
    return chosen


async def _code(request: Request) -> str:
    refuse_guesser(request)
    sent = await read_form(request, fields=("code",))
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", sent["code"][:_LONGEST_CODE])).strip()


ROUTES = [
    Route(OFFER_PATH, form),
    Route(OFFER_PATH, offer, methods=["POST"]),
    Route(RECEIPT_PATH, enter),
    Route(RECEIPT_PATH, show, methods=["POST"]),
    Route(f"{RECEIPT_PATH}/withdraw", take_back, methods=["POST"]),
]
