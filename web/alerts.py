"""The office's alerts: what is abnormal, outside its range, or has not come; marking as seen. Others look.

Knows what a form asks for. What rings and when is not decided here.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.permissions import may_run_season, may_see_season, require
from evaluation.alerts import KINDS, arrived, mark_seen, open_alerts, recent_alerts
from locales.errors import DomainError
from locales.texts import text
from web.addresses import CODE
from web.alert_views import open_views, past_views
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/alerts"

_PERIOD = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2]|Q[1-4])", re.ASCII)


async def show(request: Request) -> Response:
    """GET /office/alerts: what nobody has seen, by kind, and what was seen of late."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done") == "seen"
    said = text(language_of(request), "watch.page.alerts.done") if done else None
    return page(request, "alerts.html.j2", **values, done=said)


async def see_some(request: Request) -> Response:
    """POST /office/alerts: a unit's alert, or its figures of a month that have not come, are marked as seen."""
    form = await read_form(request, fields=(TOKEN_FIELD, "kind", "unit", "period", "indicator"))
    is_known = form["kind"] in KINDS and CODE.fullmatch(form["unit"]) and _PERIOD.fullmatch(form["period"])
    if not is_known or (form["indicator"] and not CODE.fullmatch(form["indicator"])):
        raise DomainError("form_unreadable")
    await site_of(request).database.run(lambda session: _see(session, request, form))
    return see(f"{PATH}?done=seen")


def _see(session: Session, request: Request, form: Form) -> None:
    mark_seen(
        session,
        actor=require_visitor(session, request, form).actor,
        now=site_of(request).clock(),
        kind=form["kind"],
        unit_code=form["unit"],
        period=form["period"],
        indicator=form["indicator"] or None,
    )


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    waiting = open_alerts(session)
    standing = {each.id for each in waiting}
    recent = recent_alerts(session)
    come = arrived(session, recent)
    past = [each for each in recent if each.id not in standing and (each.seen_at is not None or each.id in come)]
    return {
        "kinds": open_views(session, waiting, language),
        "past": past_views(session, past, language),
        "may_see": may_run_season(actor),
    }


ROUTES = [Route(PATH, show), Route(PATH, see_some, methods=["POST"])]
