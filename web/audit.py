"""The audit trail on the desk: looked through by office and auditors, and taken out as a file."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.permissions import AUDITOR, OFFICE, Actor, require
from consortium.tables_out import CSV, MEDIA_TYPES, Cell, write_csv
from consortium.units import zone
from scheduler.audit_keeping import kept_days
from storage.audit import record
from web.audit_views import MOST_EXPORTED, PAGE, audit_lines, choices, wanted_of
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, download, language_of, page
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/audit"
FIELDS = ("actor", "action", "subject", "since", "until")
HEADER = ("id", "at", "actor", "action", "what", "subject")


def may_read_audit(actor: Actor) -> bool:
    """Look through the trail, and take it out."""
    return bool(actor.roles & {OFFICE, AUDITOR})


async def show(request: Request) -> Response:
    """GET /office/audit[?actor=…&action=…&subject=…&since=…&until=…&before=…]"""
    site, wanted = site_of(request), wanted_of(request.query_params)

    def work(session: Session) -> Values:
        require(may_read_audit(require_visitor(session, request).actor))
        place = zone(session)
        found = list(audit_lines(session, wanted, zone=place, language=language_of(request), most=PAGE + 1))
        actors, actions = choices(session, language_of(request))
        rest = urlencode({**wanted.fields, "before": found[PAGE - 1].id}) if len(found) > PAGE else ""
        return {
            "lines": found[:PAGE], "zone": place, "wanted": wanted.fields, "actors": actors, "actions": actions,
            "older": rest, "newest": urlencode(wanted.fields) if wanted.before is not None else None,
            "days": kept_days(session),
        }  # fmt: skip

    return page(request, "audit.html.j2", **await site.database.run(work))


async def export(request: Request) -> Response:
    """POST /office/audit/export: what the same search finds, as CSV; on record itself."""
    form = await read_form(request, fields=(TOKEN_FIELD, *FIELDS))
    site, wanted = site_of(request), wanted_of({name: form[name] for name in FIELDS})

    def work(session: Session) -> list[tuple[Cell, ...]]:
        actor = require_visitor(session, request, form).actor
        require(may_read_audit(actor))
        lines = audit_lines(session, wanted, zone=zone(session), language=language_of(request), most=MOST_EXPORTED)
        rows: list[tuple[Cell, ...]] = [
            (each.id, each.at.isoformat(), each.who, each.action, each.what, each.subject) for each in lines
        ]
        details = {**wanted.fields, "rows": len(rows)}
        record(session, actor=actor.ref, action="export_audit", subject="audit", now=site.clock(), details=details)
        return rows

    rows = await site.database.run(work)
    content = await asyncio.to_thread(write_csv, HEADER, rows)
    return download(content, name=f"audit-{site.clock():%Y%m%d}.csv", media_type=MEDIA_TYPES[CSV])


ROUTES = [Route(PATH, show), Route(f"{PATH}/export", export, methods=["POST"])]
