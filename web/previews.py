"""The author's preview: a version of a questionnaire as patients will see it, chat and page side by side.

It can be walked: answers come back in the address, are read as those of patients are, and are stored nowhere. For those
who may see the season; drafts and launched versions alike.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import zone
from locales.errors import DomainError, Reask
from surveys.conversation import accept, asked
from surveys.fielding.versions import versions
from surveys.models import QuestionnaireVersion
from surveys.questionnaires import load
from surveys.structure import Questionnaire
from web.forms import Form
from web.pages import Values, language_of, page
from web.preview_views import made_up_sitting, preview_view
from web.site import site_of
from web.survey_fields import PREFIXES, SHOWN, Brought, read_fields
from web.survey_views import Asking
from web.visitors import require_visitor

_NAME = re.compile(r"[A-Za-z0-9._-]{1,24}", re.ASCII)
_MOST_FIELDS = 2_000


async def every_version(request: Request) -> Response:
    """GET /surveys/previews: the versions there are, to choose from."""

    def work(session: Session) -> Values:
        require(may_see_season(require_visitor(session, request).actor))
        return {"versions": versions(session), "zone": zone(session)}

    return page(request, "previews.html.j2", **await site_of(request).database.run(work))


async def show(request: Request) -> Response:
    """GET /surveys/previews/{id}/{version}[?shown=0&a.0=yes]"""
    id_, version = request.path_params["id"], request.path_params["version"]
    if not (_NAME.fullmatch(id_) and _NAME.fullmatch(version)):
        raise DomainError("page_unknown")
    now = site_of(request).clock()

    def work(session: Session) -> tuple[Questionnaire, bool, bool, ZoneInfo]:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        row = session.get(QuestionnaireVersion, (id_, version))
        return load(session, id_, version), row is not None and row.is_draft, may_run_season(actor), zone(session)

    form, is_draft, may_try, place = await site_of(request).database.run(work)
    own = language_of(request)
    language = own if own in form.languages else "zh" if "zh" in form.languages else "en"
    values = await asyncio.to_thread(_drawn, form, _fields(request), language, now, place)
    return page(
        request,
        "preview.html.j2",
        is_draft=is_draft,
        may_try=may_try,
        other_language=language != own,
        wording_language=language,
        **values,
    )


def _drawn(form: Questionnaire, fields: Form, language: str, now: datetime, place: ZoneInfo) -> Values:
    """The walk, worked out while others use the database."""
    brought = read_fields(form, fields.lists, stored={}, language=language, now=now.astimezone(place))
    answers, faults = _walked(form, brought)
    sitting = made_up_sitting(form, language=language, now=now, answers=answers)
    asking = Asking(faults=faults, brought=brought, is_ticked=True)
    return {
        "sitting": sitting,
        "is_walked": bool(brought.given),
        "view": preview_view(sitting, asking, now=now, zone=place),
    }


def _walked(form: Questionnaire, brought: Brought) -> tuple[dict[str, tuple[str, ...]], dict[str, Reask]]:
    """The answers as far as they can be taken; and why the others cannot.

    Conditions may look ahead, and stand behind each other as deep as the form goes: each round takes what the rounds
    before have opened, until nothing more is.
    """
    answers: dict[str, tuple[str, ...]] = {}
    faults = dict(brought.faults)
    refused: set[str] = set()
    for _ in form.questions:
        reached = [each.id for each in asked(form, answers) if each.id not in answers and each.id not in refused]
        before = answers
        for name in reached:
            taken = accept(form, answers, name, values) if (values := brought.values.get(name)) else None
            if isinstance(taken, dict):
                answers = taken
                faults.pop(name, None)
            elif taken is not None and taken.code != "question_not_asked":
                faults[name] = taken
                refused.add(name)
        if answers == before:
            break
    return answers, faults


def _fields(request: Request) -> Form:
    """The fields of the walk out of the address; `form_unreadable` for too many."""
    lists: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise DomainError("form_unreadable") from None
    for name, value in pairs:
        if name == SHOWN or name.startswith(PREFIXES):
            lists[name] = (*lists.get(name, ()), value)
    return Form({}, lists)


ROUTES = [Route("/surveys/previews", every_version), Route("/surveys/previews/{id}/{version}", show)]
