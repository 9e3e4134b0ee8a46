"""The interface for hospital systems: `POST /api/v1/encounters` tells of a visit and gets the links for its patient.

Knows the shape of a request and who holds which key. The key is looked at before the body; what is not understood is
refused by name. The links stand in the answer alone: of their ticket only a hash is kept.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.addresses import bot_address
from consortium.links import api_key_owner, new_token
from locales.errors import DomainError
from surveys.fielding.applied import settings_of
from surveys.fielding.visits import LONGEST_PERSON, NEW, UNDRAWN, Reported, person_key, report_visit
from surveys.invitations import LONGEST_VISIT
from web.faults import refuse_guesser
from web.site import base_url, site_of

OPENAPI_PATH = "/api/v1/openapi.json"
ENCOUNTERS_PATH = "/api/v1/encounters"
DESCRIPTION = """Tell Tongping of an encounter, get the links by which its patient answers the survey, ask who \
should be written to now, and tell who wants to hear no more.

Every request carries `Authorization: Bearer KEY`; a key is made with `tongping api-key create NAME --unit UNIT` and \
belongs to one unit. Errors have one shape, `{"error": {"code", "message", "details"}}`; the message is in the \
language of the `language` field or of `Accept-Language`."""

router = APIRouter()

_Body = TypeVar("_Body", bound=BaseModel)

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_JSON = "application/json"


def _rfc3339(written: str) -> str:
    if _TIME.fullmatch(written) is None or read_time(written) is None:
        raise PydanticCustomError("time", "not a time as RFC 3339 writes it, with its zone")
    return written


class Encounter(BaseModel):
    """One visit that has ended, or will end within a day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unit: Annotated[
        str, Field(min_length=1, max_length=40, description="Code of the member unit: the one that the key is for.")
    ]
    visit: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_VISIT,
            description="The hospital's own reference of the visit. Visible characters, no space at the ends; "
            "it should not identify a person. The same unit and visit again gives the first invitation.",
        ),
    ]
    kind: Annotated[
        str,
        Field(
            min_length=1,
            max_length=24,
            description="Kind of visit, such as `outpatient`: it decides the questionnaire.",
            examples=["outpatient"],
        ),
    ]
    discharged_at: Annotated[
        str,
        Field(
            json_schema_extra={"format": "date-time"},
            description="When the visit ended, as RFC 3339 with a zone. Answers are taken for 42 days from then.",
            examples=["2026-10-14T16:20:00+08:00"],
        ),
        AfterValidator(_rfc3339),
    ]
    language: Annotated[Literal["zh", "en"], Field(description="Language in which the patient is invited.")]
    person: Annotated[
        str | None,
        Field(
            default=None,
            min_length=1,
            max_length=LONGEST_PERSON,
            description="The hospital's own reference of the patient, the same at every visit, so that nobody is "
            "invited too often. Only a keyed hash of it is kept. It should not be a name, number or address.",
        ),
    ]


class Invitation(BaseModel):
    """What the hospital hands on to the patient. Both links are null where there is nobody to write to: the visit was
    reported before, its patient was invited a short while ago, or it is not in the sample of a wave.
    """

    invitation: Annotated[
        str | None,
        Field(
            description="Id of the invitation. It opens nothing. Null for a visit that was not drawn, and for one that "
            "was reported so long ago that its number is no longer kept."
        ),
    ]
    web_url: Annotated[str | None, Field(description="The survey as a page. Whoever has this address can answer.")]
    telegram_url: Annotated[str | None, Field(description="The survey in Telegram; null where no bot is set.")]
    expires_at: Annotated[
        str | None,
        Field(json_schema_extra={"format": "date-time"}, description="Null for a visit that was not drawn."),
    ]
    selected: Annotated[
        bool,
        Field(
            default=True,
            description="Given, and false, only where the sample of a wave has passed the visit over: no invitation.",
        ),
    ]


class Refusal(BaseModel):
    """Why a request was refused."""

    code: Annotated[str, Field(description="Stable; made for programs.")]
    message: Annotated[str, Field(description="One sentence for people: what is wrong, what to do next.")]
    details: Annotated[dict[str, Any], Field(description="The values behind the message.")]


class ErrorDocument(BaseModel):
    """The shape of every error."""

    error: Refusal


def refusals(**descriptions: str) -> dict[int | str, dict[str, Any]]:
    return {
        int(status.removeprefix("status_")): {"model": ErrorDocument, "description": description}
        for status, description in descriptions.items()
    }


@router.post(
    ENCOUNTERS_PATH,
    status_code=201,
    response_model=Invitation,
    summary="Report an encounter",
    responses={
        200: {
            "model": Invitation,
            "description": "Nobody to write to, both links are null: this unit and visit was reported before, the "
            "person was invited a short while ago, or the visit is not in the sample of a wave.",
        },
        201: {"description": "A new invitation, with its links. They are shown once."},
        **refusals(
            status_401="No key, or one that is not valid.",
            status_403="The key belongs to another unit.",
            status_413="The body is longer than 64 KiB.",
            status_422="The request is not as described, or the kind of visit has no questionnaire.",
            status_429="Too many requests with keys that do not exist.",
        ),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {_JSON: {"schema": Encounter.model_json_schema()}},
        },
        "security": [{"key": []}],
    },
)
async def report_encounter(request: Request) -> Response:
    """Invite the patient of one visit, once. The same unit and visit again changes nothing.

    The links open at any time until the invitation expires. When to write to the patient is for the hospital to keep
    to: from 48 hours after the discharge, unless the consortium has set something else; `GET /api/v1/contacts` tells
    whose time it is.
    """
    site = site_of(request)
    key_name, unit_code = await key_owner(request)
    encounter = await json_body(request, Encounter)
    request.state.language = encounter.language
    if encounter.unit != unit_code:
        raise DomainError("key_of_other_unit")
    discharged_at = read_time(encounter.discharged_at)
    assert discharged_at is not None
    ticket, base, now = new_token(), base_url(request), site.clock()

    def work(session: Session) -> Reported:
        who = encounter.person
        return report_visit(
            session,
            person_key=None
            if who is None
            else person_key(site.secret, settings_of(session), unit_code=unit_code, person=who),
            unit_code=unit_code,
            visit=encounter.visit,
            kind=encounter.kind,
            discharged_at=discharged_at,
            language=encounter.language,
            ticket=ticket,
            new_id=new_token(),
            actor=f"api:{key_name}",
            now=now,
        )

    reported = await site.database.run(work)
    is_new, bot_name = reported.outcome == NEW, site.bot_name()
    document: dict[str, object] = {
        "invitation": reported.invitation_id,
        "web_url": f"{base}/s/{ticket}" if is_new else None,
        "telegram_url": bot_address(bot_name, ticket) if is_new and bot_name else None,
        "expires_at": written_time(reported.expires_at) if reported.expires_at is not None else None,
    }
    if reported.outcome == UNDRAWN:
        document["selected"] = False
    return JSONResponse(document, status_code=201 if is_new else 200)


def read_time(written: str) -> datetime | None:
    """A time with its zone, in UTC; None if there is no such moment."""
    try:
        return datetime.fromisoformat(written.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written_time(moment: datetime) -> str:
    """A moment as RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def key_owner(request: Request) -> tuple[str, str]:
    """Name and unit of the key: `api_key_missing` or `api_key_unknown`."""
    refuse_guesser(request)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise DomainError("api_key_missing")
    owner = await site_of(request).database.run(lambda session: api_key_owner(session, key=key.strip()))
    if owner is None:
        raise DomainError("api_key_unknown")
    return owner


async def json_body(request: Request, shape: type[_Body]) -> _Body:
    """The body, or `json_unreadable`, `unknown_field`, `field_missing`, `field_invalid` naming the field."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _JSON:
        raise DomainError("json_unreadable")
    try:
        return shape.model_validate_json(await request.body())
    except ValidationError as error:
        raise _named(error) from None


async def number_body(request: Request, shape: type[_Body]) -> _Body:
    """The same for a body with exact numbers: each arrives as the text it was written as; NaN and Infinity are none."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _JSON:
        raise DomainError("json_unreadable")
    try:
        document = json.loads(
            await request.body(), parse_float=str, parse_int=str, parse_constant=_no_number, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        raise DomainError("json_unreadable") from None
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise _named(error) from None


def _no_number(written: str) -> str:
    raise ValueError(written)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which nothing stands twice: nobody could say which of two figures is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "a name stands twice"
        raise ValueError(msg)
    return found


def _named(error: ValidationError) -> DomainError:
    """The gravest of the faults: first what was never asked for, then what is missing, then what is wrong."""
    codes = {"extra_forbidden": "unknown_field", "missing": "field_missing"}
    order = ("unknown_field", "field_missing", "field_invalid")
    found = [
        (codes.get(fault["type"], "field_invalid"), str(fault["loc"][0])[:40])
        for fault in error.errors(include_url=False, include_input=False)
        if fault["loc"]
    ]
    if not found:  # the document itself: no JSON, no object, half a character
        return DomainError("json_unreadable")
    code, name = min(found, key=lambda fault: order.index(fault[0]))
    return DomainError(code, field=name)
