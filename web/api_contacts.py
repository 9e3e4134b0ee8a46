"""`GET /api/v1/contacts`: whom a hospital should write to now, with fresh links, for text messages of its own.

Whoever is given out counts as written to and is not in the next answer; the links stand in the answer alone. In quiet
hours nobody is given out. Knows the shape of the answer; who is due is `surveys.fielding.contacts`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.addresses import bot_address
from consortium.links import new_token
from consortium.units import zone
from locales.errors import DomainError
from surveys.fielding.applied import settings_of
from surveys.fielding.contacts import LinkContact, take_contacts
from surveys.fielding.windows import FIRST, REMINDER, first_allowed, is_quiet
from web.api import key_owner, refusals, written_time
from web.site import base_url, site_of

CONTACTS_PATH = "/api/v1/contacts"
USUAL_LIMIT, LARGEST_LIMIT = 100, 200

router = APIRouter()

_PARAMETERS = ("unit", "occasion", "limit")


class Contact(BaseModel):
    """One patient to write to."""

    invitation: Annotated[str, Field(description="Id of the invitation. It opens nothing.")]
    visit: Annotated[str, Field(description="The hospital's own reference, as it was reported.")]
    kind: str
    language: Literal["zh", "en"]
    occasion: Annotated[
        Literal["first", "reminder"], Field(description="The first contact, or a reminder of an earlier one.")
    ]
    web_url: Annotated[str, Field(description="The survey as a page. Whoever has this address can answer.")]
    telegram_url: Annotated[str | None, Field(description="The survey in Telegram; null where no bot is set.")]
    expires_at: Annotated[
        str, Field(json_schema_extra={"format": "date-time"}, description="Until when the survey can be answered.")
    ]


class Contacts(BaseModel):
    """Whom to write to now."""

    contacts: Annotated[list[Contact], Field(description="Longest discharged first.")]
    more: Annotated[bool, Field(description="Whether there may be others: ask again.")]
    quiet_until: Annotated[
        str | None,
        Field(
            json_schema_extra={"format": "date-time"},
            description="In quiet hours, when they end: until then nobody is given out. Null otherwise.",
        ),
    ]


def _parameter(name: str, description: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


@router.get(
    CONTACTS_PATH,
    response_model=Contacts,
    summary="Ask who should be written to now",
    responses={
        200: {"description": "Those who are due. They count as written to from now on."},
        **refusals(
            status_401="No key, or one that is not valid.",
            status_403="The key belongs to another unit.",
            status_422="A parameter is missing, unknown or not as described.",
            status_429="Too many requests with keys that do not exist.",
        ),
    },
    openapi_extra={
        "parameters": [
            _parameter(
                "unit", "Code of the member unit: the one that the key is for.", {"type": "string"}, required=True
            ),
            _parameter(
                "occasion",
                "Only first contacts, or only reminders; both without it.",
                {"type": "string", "enum": [FIRST, REMINDER]},
            ),
            _parameter(
                "limit",
                "How many at most.",
                {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": USUAL_LIMIT},
            ),
        ],
        "security": [{"key": []}],
    },
)
async def list_contacts(request: Request) -> Response:
    """Patients whose first contact or reminder is due, each with links made for this answer.

    A patient is given out for the first contact from 48 hours after the discharge (sooner after day surgery) and for
    reminders some days apart, unless they have answered, refused or opted out. A survey begun in Telegram is reminded
    there first. A link that was taken from the answer to `POST /api/v1/encounters` does not count as a contact: a
    hospital that sends that one itself asks with `occasion=reminder`.
    """
    site = site_of(request)
    key_name, unit_code = await key_owner(request)
    asked_unit, occasion, limit = _asked(request)
    if asked_unit != unit_code:
        raise DomainError("key_of_other_unit")
    base, now = base_url(request), site.clock()

    def work(session: Session) -> tuple[list[LinkContact], str | None]:
        quiet, place = settings_of(session).quiet, zone(session)
        if is_quiet(now, quiet, place):
            return [], written_time(first_allowed(now, quiet, place))
        taken = take_contacts(
            session,
            unit_code=unit_code,
            limit=limit,
            token=new_token,
            actor=f"api:{key_name}",
            now=now,
            occasion=occasion,
        )
        return taken, None

    taken, quiet_until = await site.database.run(work)
    bot_name = site.bot_name()
    document = {
        "contacts": [_contact(each, base, bot_name) for each in taken],
        "more": len(taken) == limit,
        "quiet_until": quiet_until,
    }
    return JSONResponse(document)


def _contact(contact: LinkContact, base: str, bot_name: str | None) -> dict[str, Any]:
    return {
        "invitation": contact.invitation_id,
        "visit": contact.visit,
        "kind": contact.kind,
        "language": contact.language,
        "occasion": contact.occasion,
        "web_url": f"{base}/s/{contact.ticket}",
        "telegram_url": bot_address(bot_name, contact.ticket) if bot_name else None,
        "expires_at": written_time(contact.expires_at),
    }


def _asked(request: Request) -> tuple[str, str | None, int]:
    """Unit, occasion and limit; `unknown_field`, `field_twice`, `field_missing`, `field_invalid` name the parameter."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in _PARAMETERS:
            raise DomainError("unknown_field", field=name[:40])
        if name in given:
            raise DomainError("field_twice", field=name)
        given[name] = value
    if "unit" not in given:
        raise DomainError("field_missing", field="unit")
    occasion = given.get("occasion")
    if occasion not in (None, FIRST, REMINDER):
        raise DomainError("field_invalid", field="occasion")
    limit = given.get("limit", str(USUAL_LIMIT))
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= LARGEST_LIMIT):
        raise DomainError("field_invalid", field="limit")
    return given["unit"], occasion, int(limit)
