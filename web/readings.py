"""Readings on the office's desk: a month's figures with their origin, what is missing, and a table to import.

A table is looked over first and taken whole or not at all; what is confirmed are the very bytes that were looked over.
Foreign bytes are read outside every transaction. Committee and auditors look.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.links import new_token
from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import all_units, zone
from evaluation.approvals import waiting_for_approval
from evaluation.entries import collecting_month
from evaluation.freshness import ORIGINS, automatic_share, freshness_of, names_of, origin_of
from evaluation.indicators import ImportReport, import_plan, read_reading_table, region_readings
from evaluation.late_readings import late_readings
from evaluation.missing_readings import MissingReading, asked_of_tier, missing_readings
from evaluation.models import Reading, Settlement
from evaluation.reading_imports import LIFETIME, close_table, keep_table, kept_table
from evaluation.reading_plans import CORRECTED, LATE, NEW, OUTCOMES, Plan, plan_rows, scheme_if_any
from evaluation.reading_words import change_line, fault_place
from evaluation.reading_writing import IMPORTED
from evaluation.schemes import LOCK
from locales.errors import DomainError, Finding, explain
from locales.numbers import rounded
from locales.texts import pick, text
from storage.database import serialize
from web.addresses import CODE
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, local_time, page, see
from web.reading_views import Wordings, late_view, missing_lines, reading_view
from web.site import site_of
from web.uploads import read_upload
from web.visitors import require_visitor

PATH = "/office/readings"
IMPORTS = f"{PATH}/imports"

_FILE = "table"
_MONTHS = 4
_SHOWN_FINDINGS, _SHOWN_CHANGES, _SHOWN_NEWS = 200, 200, 50
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


async def desk(request: Request) -> Response:
    """GET /office/readings[?period=2026-11&unit=CODE]: how far a month's figures are, and those of one unit."""
    return page(request, "readings.html.j2", **await _desk(request))


async def upload(request: Request) -> Response:
    """POST /office/readings: look a table over and put it aside; every bad row is named and nothing taken."""
    form, content = await read_upload(request, fields=(TOKEN_FIELD,), file="file")
    now, new_id = site_of(request).clock(), new_token()

    def allowed(session: Session) -> None:
        require(may_run_season(require_visitor(session, request, form).actor))

    await site_of(request).database.run(allowed)
    if not content:
        return await _refused(request, [Finding(_FILE, "file", "upload_missing")])
    rows, findings = await asyncio.to_thread(read_reading_table, content, file=_FILE)

    def work(session: Session) -> Plan:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        plan = plan_rows(session, rows, file=_FILE)
        if not plan.findings:
            keep_table(session, content=content, new_id=new_id, actor=actor.ref, now=now)
        return plan

    plan = Plan(0, findings=tuple(findings)) if findings else await site_of(request).database.run(work)
    return await _refused(request, plan.findings) if plan.findings else see(f"{IMPORTS}/{new_id}")


async def look_over(request: Request) -> Response:
    """GET /office/readings/imports/{id}: what an import would do."""
    import_id = str(request.path_params["id"])

    def kept(session: Session) -> bytes:
        actor = require_visitor(session, request).actor
        require(may_run_season(actor))
        return kept_table(session, import_id=import_id, actor=actor.ref, now=site_of(request).clock())

    content = await site_of(request).database.run(kept)
    rows, findings = await asyncio.to_thread(read_reading_table, content, file=_FILE)

    def work(session: Session) -> Values:
        plan = Plan(0, findings=tuple(findings)) if findings else plan_rows(session, rows, file=_FILE)
        return _preview(plan, import_id, content, language_of(request))

    return page(request, "readings_preview.html.j2", **await site_of(request).database.run(work))


async def confirm(request: Request) -> Response:
    """POST /office/readings/imports/{id}: import what was looked over; a second yes finds nothing."""
    form = await read_form(request, fields=(TOKEN_FIELD,))
    import_id, now = str(request.path_params["id"]), site_of(request).clock()

    def kept(session: Session) -> bytes:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        return kept_table(session, import_id=import_id, actor=actor.ref, now=now)

    content = await site_of(request).database.run(kept)
    rows, findings = await asyncio.to_thread(read_reading_table, content, file=_FILE)

    def work(session: Session) -> ImportReport | Sequence[Finding]:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        serialize(session, LOCK)
        plan = plan_rows(session, rows, file=_FILE)
        if plan.findings:
            return plan.findings
        close_table(session, import_id=import_id, actor=actor.ref, now=now)
        return import_plan(session, plan, origin=IMPORTED, actor=actor.ref, now=now)

    if findings:
        return await _refused(request, findings)
    done = await site_of(request).database.run(work)
    if not isinstance(done, ImportReport):
        return await _refused(request, done)
    counted = f"{done.added}.{done.corrected}.{done.late}.{done.unchanged}"
    return see(f"{PATH}?done={counted}")


async def _refused(request: Request, findings: Sequence[Finding]) -> Response:
    values = await _desk(request)
    return page(request, "readings.html.j2", status=422, **values | _named(findings, language_of(request)))


async def _desk(request: Request) -> Values:
    return await site_of(request).database.run(lambda session: _values(session, request))


def _values(session: Session, request: Request) -> Values:
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    require(may_see_season(actor))
    place = zone(session)
    period, months = _asked_period(session, request, now)
    units = all_units(session)
    scheme = scheme_if_any(session, period)
    words = Wordings(
        language, place, {unit.code: pick(unit.name, language) for unit in units}, names_of(session), scheme
    )
    rows = session.scalars(select(Reading).where(Reading.period == str(period), Reading.unit_code.is_not(None)))
    by_unit: dict[str, list[Reading]] = {}
    for row in rows.all():
        by_unit.setdefault(row.scope, []).append(row)
    missing: dict[str, list[MissingReading]] = {}
    for each in missing_readings(session, period, units=units):
        missing.setdefault(each.unit_code, []).append(each)
    waiting = waiting_for_approval(session, period)
    chosen = request.query_params.get("unit", "")
    unit = next((each for each in units if each.code == chosen), None) if CODE.fullmatch(chosen) else None
    if chosen and unit is None:
        raise DomainError("unit_unknown", unit=chosen[:40])
    today = now.astimezone(place).date()
    return {
        "period": str(period),
        "month_name": period_name(period, language),
        "months": [(str(month), period_name(month, language)) for month in months],
        "settled": session.get(Settlement, str(period)) is not None,
        "has_scheme": scheme is not None,
        "may_import": may_run_season(actor),
        "facts": _facts(by_unit, missing, len(waiting), language),
        "waiting": [(words.units.get(row.scope, row.scope), reading_view(row, words)) for row in waiting],
        "units": [_unit_line(each, by_unit, missing, words) for each in units],
        "unit": (unit.code, pick(unit.name, language)) if unit is not None else None,
        "figures": [reading_view(row, words) for row in _in_table_order(by_unit.get(unit.code, []), unit, words)]
        if unit is not None
        else [],
        "missing": missing_lines(missing.get(unit.code, []), words, today) if unit is not None else [],
        "region": [reading_view(row, words) for row in region_readings(session, period).values()],
        "late": [late_view(each, words) for each in late_readings(session, counted_in=period)],
        "findings": (),
        "more": 0,
        "done": _done(request.query_params.get("done", ""), language),
    }


def _asked_period(session: Session, request: Request, now: datetime) -> tuple[Period, list[Period]]:
    """The month that was asked for, else the one whose figures are collected now; and the newest months."""
    months = [Period.month_of(now, zone(session))]
    while len(months) < _MONTHS:
        months.append(months[-1].previous())
    asked = request.query_params.get("period")
    return (Period.parse(asked) if asked is not None else collecting_month(session, now)), months


def _facts(
    by_unit: dict[str, list[Reading]], missing: dict[str, list[MissingReading]], waiting: int, language: str
) -> list[tuple[str, str]]:
    """The month in a few numbers: figures by origin, what is missing, what waits, and the share of systems."""
    origins = Counter(origin_of(row) for rows in by_unit.values() for row in rows)
    share = automatic_share(origins)
    facts = [
        (text(language, "readings.facts.there"), str(origins.total())),
        (text(language, "readings.facts.missing"), str(sum(map(len, missing.values())))),
        (text(language, "readings.facts.waiting"), str(waiting)),
        (text(language, "readings.facts.automatic"), "—" if share is None else f"{rounded(100 * share, 1)} %"),
    ]
    return facts + [(text(language, f"readings.origin.{origin}"), str(origins[origin])) for origin in ORIGINS]


def _unit_line(
    unit: Unit, by_unit: dict[str, list[Reading]], missing: dict[str, list[MissingReading]], words: Wordings
) -> tuple[str, str, int, int, str]:
    """Code, name, figures there and asked for, and when the newest came."""
    rows = by_unit.get(unit.code, [])
    asked = {each.indicator.code for each in asked_of_tier(words.scheme, unit.tier)} if words.scheme else set()
    there = sum(row.indicator in asked for row in rows)
    newest = max((freshness_of(row).recorded_at for row in rows), default=None)
    shown = local_time(newest, words.place) if newest is not None else ""
    owed = there + len(missing.get(unit.code, ()))
    return unit.code, words.units[unit.code], there, owed, shown


def _in_table_order(rows: Sequence[Reading], unit: Unit | None, words: Wordings) -> list[Reading]:
    """Figures as the unit's tier lists them, then the others by code."""
    asked = asked_of_tier(words.scheme, unit.tier) if words.scheme is not None and unit is not None else ()
    order = {each.indicator.code: place for place, each in enumerate(asked)}
    return sorted(rows, key=lambda row: (order.get(row.indicator, len(order)), row.indicator))


def _preview(plan: Plan, import_id: str, content: bytes, language: str) -> Values:
    import hashlib  # noqa: PLC0415 - to name the file that waits

    told, news = [*plan.of(CORRECTED), *plan.of(LATE)], plan.of(NEW)
    return {
        "path": f"{IMPORTS}/{import_id}",
        "digest": hashlib.sha256(content).hexdigest()[:12],
        "hours": LIFETIME.seconds // 3600,
        "rows": plan.rows,
        "counts": [(text(language, f"readings.outcome.{outcome}"), plan.count(outcome)) for outcome in OUTCOMES],
        "changes": [change_line(change, language) for change in told[:_SHOWN_CHANGES]],
        "more_changes": max(0, len(told) - _SHOWN_CHANGES),
        "news": [change_line(change, language) for change in news[:_SHOWN_NEWS]],
        "more_news": max(0, len(news) - _SHOWN_NEWS),
        "has_changes": bool(told or news),
        **_named(plan.findings, language),
    }


def _named(findings: Sequence[Finding], language: str) -> Values:
    """The first faults with their places, and how many more there are."""
    shown = [(fault_place(finding, language), explain(language, finding)) for finding in findings[:_SHOWN_FINDINGS]]
    return {"findings": shown, "count": len(findings), "more": max(0, len(findings) - _SHOWN_FINDINGS)}


def _done(written: str, language: str) -> str | None:
    """What an import did, from the address that it led to."""
    numbers = written.split(".")
    if len(numbers) != len(OUTCOMES) or not all(_NUMBER.fullmatch(each) for each in numbers):
        return None
    names = ("added", "corrected", "late", "unchanged")
    return text(language, "readings.upload.done", **dict(zip(names, numbers, strict=True)))


ROUTES = [
    Route(PATH, desk),
    Route(PATH, upload, methods=["POST"]),
    Route(f"{IMPORTS}/{{id}}", look_over),
    Route(f"{IMPORTS}/{{id}}", confirm, methods=["POST"]),
]
