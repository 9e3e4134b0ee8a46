"""The panel's pages for an expert: the units to mark, one unit with its evidence, the receipt. Works without a script.

Marks come in a form, are sealed at the door and are kept nowhere; a form with a gap comes back as it was filled in, to
the same person. Whether somebody may mark a unit is `reviews.panel_ballots`' to say, anew at every request.
"""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.periods import Period
from consortium.permissions import may_mark_units, require
from locales.errors import DomainError
from locales.texts import pick
from reviews.ballots import Receipt
from reviews.criteria import MARKS, NOT_MARKED
from reviews.panel_ballots import PanelTaskView, cast_panel_ballot, criteria_for, panel_task_of, panel_tasks
from reviews.panel_models import Panel
from reviews.panel_rounds import open_panel_of, published_panels
from reviews.rounds import local_time, takes_ballots
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page
from web.panel_views import expert_unit, indicator_views
from web.site import site_of
from web.visitors import require_visitor

PATH = "/panel"

_MARK = "m."
_CASTS = "casts"
_MOST = 2**31
_ANSWERS = (*MARKS, NOT_MARKED)
_NOT_TAKEN = 422


async def units(request: Request) -> Response:
    """GET /panel: the units that an expert marks in the panel that is open, and the lists of those that are counted."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_mark_units(actor))
        language, panel = language_of(request), open_panel_of(session)
        is_open = panel is not None and takes_ballots(panel, site_of(request).clock())
        tasks = []
        if panel is not None and is_open:
            tasks = panel_tasks(session, period=Period.parse(panel.period), person_id=actor.person_id)
        return {
            "panel": panel if is_open else None,
            "closes": local_time(session, panel.closes_at) if panel is not None and panel.closes_at else "",
            "minimum": min(panel.minimums.values()) if panel is not None else 0,
            "units": [expert_unit(session, task, language) for task in tasks],
            "published": published_panels(session),
        }

    return page(request, "panel.html.j2", **await site_of(request).database.run(work))


async def show(request: Request) -> Response:
    """GET /panel/{id}: one unit, its indicators with their evidence, and a field for each mark."""

    def work(session: Session) -> Values:
        return _form_values(session, request, _task(session, request), {})

    return page(request, "panel_unit.html.j2", **await site_of(request).database.run(work), fault=None)


async def cast(request: Request) -> Response:
    """POST /panel/{id}: seal the marks of one unit; the page that answers shows the receipt, once."""
    form = await read_form(request, fields=(TOKEN_FIELD, _CASTS), prefixes=(_MARK,))
    casts = form[_CASTS]
    if not casts.isascii() or not casts.isdecimal() or len(casts) > len(str(_MOST)):
        raise DomainError("form_unreadable")
    ballot_id = secrets.token_urlsafe(32)

    def work(session: Session) -> tuple[Values, Receipt | None]:
        task = _task(session, request, form)
        codes = [each.code for each in criteria_for(session.get_one(Panel, task.period), task.unit_code)]
        given = _marks(form, codes)
        if len(given) < len(codes):
            return _form_values(session, request, task, given), None
        receipt = cast_panel_ballot(
            session,
            actor=require_visitor(session, request).actor,
            task_id=task.id,
            marks="".join(given[code] for code in codes),
            casts=int(casts),
            ballot_id=ballot_id,
            now=site_of(request).clock(),
        )
        return _sealed_values(session, request, task), receipt

    values, receipt = await site_of(request).database.run(work)
    if receipt is None:
        return page(request, "panel_unit.html.j2", status=_NOT_TAKEN, **values, fault=True)
    return page(request, "panel_sealed.html.j2", **values, receipt=receipt.code)


async def receipts(request: Request) -> Response:
    """GET /panel/receipts/{period}.txt: the published lists of a counted panel, for everybody, exactly as published."""
    period = request.path_params["period"]

    def work(session: Session) -> str | None:
        panel = session.get(Panel, period[:7])
        return panel.receipts if panel is not None and panel.period == period else None

    published = await site_of(request).database.run(work)
    if published is None:
        raise DomainError("page_unknown")
    headers = {"Content-Disposition": f'attachment; filename="tongping-panel-{period}.txt"'}
    return Response(published.encode("ascii"), media_type="text/plain; charset=utf-8", headers=headers)


def _task(session: Session, request: Request, form: Form | None = None) -> PanelTaskView:
    actor, number = require_visitor(session, request, form).actor, request.path_params["id"]
    task_id = number if number < _MOST else 0  # beyond what a database counts there is nothing
    return panel_task_of(session, actor=actor, task_id=task_id, now=site_of(request).clock())


def _form_values(session: Session, request: Request, task: PanelTaskView, given: dict[str, str]) -> Values:
    panel, language = session.get_one(Panel, task.period), language_of(request)
    return {
        "task": task,
        "unit": pick(task.unit_name, language),
        "closes": local_time(session, panel.closes_at) if panel.closes_at is not None else "",
        "indicators": indicator_views(session, panel, task, given),
        "marks": MARKS,
        "no_basis": NOT_MARKED,
    }


def _sealed_values(session: Session, request: Request, task: PanelTaskView) -> Values:
    """What stands beside the receipt: the unit, and the next one without a ballot."""
    language = language_of(request)
    tasks = panel_tasks(session, period=Period.parse(task.period), person_id=task.person_id)
    following = next((each for each in tasks if not each.done), None)
    return {
        "unit": pick(task.unit_name, language),
        "next_id": following.id if following is not None else None,
        "next_unit": pick(following.unit_name, language) if following is not None else "",
    }


def _marks(form: Form, codes: list[str]) -> dict[str, str]:
    """What was chosen, by indicator. A field that the form does not have is refused, and so is what is no mark."""
    given: dict[str, str] = {}
    for name, values in form.lists.items():
        code = name.removeprefix(_MARK)
        if code not in codes:
            raise DomainError("unknown_field", field=name[:40])
        if len(values) > 1:
            raise DomainError("field_twice", field=name[:40])
        if values[0] not in _ANSWERS:
            raise DomainError("panel_marks_invalid", indicators=len(codes))
        given[code] = values[0]
    return given


ROUTES = [
    Route(PATH, units),
    Route(f"{PATH}/receipts/{{period}}.txt", receipts),
    Route(f"{PATH}/{{id:int}}", show),
    Route(f"{PATH}/{{id:int}}", cast, methods=["POST"]),
]
