"""`POST /api/v1/opt-outs`: a patient answered a hospital's text message with 退订, 停, TD or STOP.

Knows the shape of the request; what it means is `surveys.fielding.patient_optouts`. Told again, it says the same.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from locales.errors import DomainError
from surveys.fielding.applied import settings_of
from surveys.fielding.patient_optouts import opt_out_person, opt_out_visit
from surveys.fielding.visits import LONGEST_PERSON, person_key
from surveys.invitations import LONGEST_VISIT
from web.api import json_body, key_owner, refusals
from web.site import site_of

OPT_OUTS_PATH = "/api/v1/opt-outs"

router = APIRouter()


class OptOut(BaseModel):
    """Who wants no more invitations: one of the two references, as they were or will be reported with visits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unit: Annotated[
        str, Field(min_length=1, max_length=40, description="Code of the member unit: the one that the key is for.")
    ]
    visit: Annotated[
        str | None,
        Field(default=None, min_length=1, max_length=LONGEST_VISIT, description="A visit that was reported before."),
    ]
    person: Annotated[
        str | None,
        Field(
            default=None,
            min_length=1,
            max_length=LONGEST_PERSON,
            description="The reference of the patient that comes with their visits; none has to have been reported.",
        ),
    ]


class Noted(BaseModel):
    """What it covers."""

    later_visits: Annotated[
        bool,
        Field(
            description="Whether later visits of the person invite them no more. False where the visit was reported "
            "without a reference of the person: then only this invitation is closed."
        ),
    ]


@router.post(
    OPT_OUTS_PATH,
    response_model=Noted,
    summary="Report that a patient wants no more invitations",
    responses={
        200: {"description": "Noted, at once and for good."},
        **refusals(
            status_401="No key, or one that is not valid.",
            status_403="The key belongs to another unit.",
            status_404="No visit of this number was invited.",
            status_413="The body is longer than 64 KiB.",
            status_422="The request is not as described, or names both a visit and a person, or neither.",
            status_429="Too many requests with keys that do not exist.",
        ),
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": OptOut.model_json_schema()}}},
        "security": [{"key": []}],
    },
)
async def note_opt_out(request: Request) -> Response:
    """Stop inviting and reminding a patient. Whatever they are invited to already counts as refused."""
    site = site_of(request)
    key_name, unit_code = await key_owner(request)
    given = await json_body(request, OptOut)
    if given.unit != unit_code:
        raise DomainError("key_of_other_unit")
    if (given.visit is None) == (given.person is None):
        raise DomainError("field_invalid", field="visit")
    actor, now = f"api:{key_name}", site.clock()

    def work(session: Session) -> bool:
        if given.visit is not None:
            return opt_out_visit(session, unit_code=unit_code, visit=given.visit, actor=actor, now=now)
        assert given.person is not None
        key = person_key(site.secret, settings_of(session), unit_code=unit_code, person=given.person)
        opt_out_person(session, person_key=key, actor=actor, now=now)
        return True

    return JSONResponse({"later_visits": await site.database.run(work)})
