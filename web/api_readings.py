"""`POST /api/v1/readings`: a unit's systems hand in figures by themselves (rules 32, 34).

All of a request is taken or nothing; every bad figure is named by its place in the list. Numbers may be JSON numbers or
text, and lose nothing on the way. Knows the shape of a request; what a figure does is `evaluation.indicators`' to say.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consortium.imports import Row
from evaluation.indicators import import_rows
from evaluation.reading_writing import AUTO
from evaluation.readings import LONGEST_STRATUM
from locales.errors import DomainError, Finding, explain
from web.api import key_owner, number_body, refusals
from web.pages import language_of
from web.site import site_of

READINGS_PATH = "/api/v1/readings"
LONGEST_BODY = 1024 * 1024
MOST_READINGS = 5000

router = APIRouter()

_SHOWN = 200
_NUMBER_SCHEMA: dict[str, Any] = {"type": ["number", "string", "null"], "examples": [81, "13.5"]}


class Figure(BaseModel):
    """One figure of one indicator for one period."""

    model_config = ConfigDict(extra="forbid", strict=True)

    period: Annotated[
        str,
        Field(min_length=1, max_length=7, description="A month, quarter or year.", examples=["2026-11"]),
    ]
    indicator: Annotated[
        str, Field(min_length=1, max_length=40, description="Code of the indicator in the scheme of that period.")
    ]
    numerator: Annotated[
        str | None,
        Field(default=None, json_schema_extra=_NUMBER_SCHEMA, description="Together with the denominator, or absent."),
    ]
    denominator: Annotated[
        str | None,
        Field(default=None, json_schema_extra=_NUMBER_SCHEMA, description="0: the figure is known to be missing."),
    ]
    value: Annotated[
        str | None,
        Field(
            default=None,
            json_schema_extra=_NUMBER_SCHEMA,
            description="The figure where there are no counts; beside counts it has to agree with them.",
        ),
    ]
    stratum: Annotated[
        str | None,
        Field(default=None, max_length=LONGEST_STRATUM, description="Code of a group of cases; parts are added up."),
    ]


class Figures(BaseModel):
    """What a unit's systems hand in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unit: Annotated[
        str, Field(min_length=1, max_length=40, description="Code of the member unit: the one that the key is for.")
    ]
    readings: Annotated[list[Figure], Field(min_length=1, max_length=MOST_READINGS)]


class Taken(BaseModel):
    """What became of them. What says the same as before counts nowhere."""

    recorded: Annotated[int, Field(description="Figures that were not on record.")]
    corrected: Annotated[int, Field(description="Figures that replaced others; the audit keeps those.")]
    late: Annotated[int, Field(description="Figures of settled months: they count in the next month that is open.")]


@router.post(
    READINGS_PATH,
    response_model=Taken,
    summary="Hand in figures",
    responses={
        200: {"description": "All figures were taken."},
        **refusals(
            status_401="No key, or one that is not valid.",
            status_403="The key belongs to another unit.",
            status_413="The body is longer than 1 MiB.",
            status_422="The request is not as described, or a figure cannot be taken (`readings_refused`): "
            "`details.findings` names each by its place in the list, from 0, and its field. Nothing was written.",
            status_429="Too many requests with keys that do not exist.",
        ),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": Figures.model_json_schema(ref_template="#/$defs/{model}")}},
        },
        "security": [{"key": []}],
    },
)
async def hand_in_readings(request: Request) -> Response:
    """Hand in the figures of a unit: as often as a system likes, all together or not at all.

    The same figure again changes nothing; another one for the same period and indicator is a correction until the
    period is settled. Figures handed in here are marked as coming from a system.
    """
    key_name, unit_code = await key_owner(request)
    given = await number_body(request, Figures)
    if given.unit != unit_code:
        raise DomainError("key_of_other_unit")
    rows = [_row(place, unit_code, figure) for place, figure in enumerate(given.readings)]
    now = site_of(request).clock()

    def work(session: Session) -> dict[str, int]:
        found = import_rows(session, rows, file="readings", origin=AUTO, actor=f"api:{key_name}", now=now)
        if isinstance(found, list):
            raise _refused(found, language_of(request))
        return {"recorded": found.added, "corrected": found.corrected, "late": found.late}

    return JSONResponse(await site_of(request).database.run(work))


def _row(place: int, unit: str, figure: Figure) -> Row:
    """A figure as a row of a table; its line is its place in the list."""
    cells = {
        "unit": unit,
        "period": figure.period,
        "indicator": figure.indicator,
        "numerator": (figure.numerator or "").strip(),
        "denominator": (figure.denominator or "").strip(),
        "value": (figure.value or "").strip(),
        "stratum": (figure.stratum or "").strip(),
    }
    return Row(place, cells)


def _refused(findings: list[Finding], language: str) -> DomainError:
    """Every figure that cannot be taken: its place and field, a stable code, one sentence."""
    named = [
        [finding.key.removeprefix("line "), finding.code, explain(language, finding)] for finding in findings[:_SHOWN]
    ]
    return DomainError("readings_refused", count=len(findings), findings=named)
