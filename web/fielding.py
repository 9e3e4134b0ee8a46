"""The office's surveys: waves and how they go, unit by unit; launching one, ending one.

Committee and auditors see what the office sees and change nothing. Counts and response rates only: what was answered is
not on these pages. A unit's own page is `fielding_unit`.
"""

from __future__ import annotations

import re
import secrets
from datetime import date
from fractions import Fraction

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.imports import exact_number
from consortium.links import new_token
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import all_units, zone
from locales.errors import DomainError, explain
from locales.texts import pick, text
from surveys.fielding.applied import settings_of
from surveys.fielding.models import Wave
from surveys.fielding.progress import nobody, progress, together
from surveys.fielding.versions import Version, versions
from surveys.fielding.waves import Plan, end_wave, launch_wave, waves
from surveys.honesty.holds import rates
from surveys.honesty.words import share_text
from web.fielding_views import ProgressView, WaveView, progress_view, wave_view
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

_FIELDS = (
    TOKEN_FIELD, "name", "questionnaire", "first_day", "last_day", "percent", "target", "contact_after", "window",
)  # fmt: skip
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
_MONTHS = 3


async def overview(request: Request) -> Response:
    """GET /surveys[?period=2026-10]: the waves, and a month of discharges unit by unit."""
    asked = request.query_params.get("period")
    wanted = Period.parse(asked) if asked is not None else None
    return page(request, "fielding.html.j2", **await _overview(request, wanted))


async def launch(request: Request) -> Response:
    """POST /surveys/waves: launch one; what cannot be taken stays in its field."""
    form = await read_form(request, fields=_FIELDS, many=("kinds",))

    def work(session: Session) -> str:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        wave = launch_wave(
            session,
            plan=_plan(form),
            seed=secrets.token_hex(32),
            new_id=new_token(),
            actor=actor.ref,
            now=site_of(request).clock(),
        )
        return wave.id

    try:
        wave_id = await site_of(request).database.run(work)
    except DomainError as error:
        if not error.code.startswith("wave_"):
            raise
        values = await _overview(request, None)
        fault = explain(language_of(request), error)
        return page(request, "fielding.html.j2", status=422, **values | {"fault": fault, "form": form})
    return see(f"/surveys/waves/{wave_id}")


async def show_wave(request: Request) -> Response:
    """GET /surveys/waves/{id}: one wave, unit by unit."""
    site = site_of(request)

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        wave = _wave(session, request)
        return {
            "wave": _view(session, request, wave, versions(session)),
            "may_end": may_run_season(actor) and wave.ended_at is None and site.clock() < wave.ends_at,
            **_by_unit(session, request, wave_id=wave.id),
        }

    return page(request, "fielding_wave.html.j2", sees_all=True, **await site.database.run(work))


async def end(request: Request) -> Response:
    """POST /surveys/waves/{id}/end"""
    form = await read_form(request, fields=(TOKEN_FIELD,))

    def work(session: Session) -> None:
        actor = require_visitor(session, request, form).actor
        require(may_run_season(actor))
        wave = _wave(session, request)
        end_wave(session, wave_id=wave.id, actor=actor.ref, now=site_of(request).clock())

    await site_of(request).database.run(work)
    return see(f"/surveys/waves/{request.path_params['id']}")


async def _overview(request: Request, wanted: Period | None) -> Values:
    site = site_of(request)

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        known, place, now, language = versions(session), zone(session), site.clock(), language_of(request)
        month = Period.month_of(now, place)
        months = [month]
        while len(months) < _MONTHS:
            months.append(months[-1].previous())
        period = wanted or month
        shown = [
            (
                _view(session, request, wave, known),
                progress_view(together(progress(session, now=now, wave_id=wave.id).values())),
            )
            for wave in waves(session)
        ]
        return {
            "sees_all": True,
            "waves": shown,
            "months": [(str(each), period_name(each, language)) for each in months],
            "period": str(period),
            "period_name": period_name(period, language),
            "may_launch": may_run_season(actor),
            "launchable": [each for each in known if not each.is_draft],
            "kinds": sorted({kind for each in known if not each.is_draft for kind in each.questionnaire.kinds}),
            "today": now.astimezone(place).date().isoformat(),
            "form": None,
            "fault": None,
            "held": {
                code: text(language, "held.share", flagged=rate.flagged, rate=share_text(rate.rate))
                for code, rate in rates(session, period=period).items()
                if rate.flagged
            },
            **_by_unit(session, request, period=period),
        }

    return await site.database.run(work)


def _by_unit(session: Session, request: Request, *, wave_id: str | None = None, period: Period | None = None) -> Values:
    """Every unit, in the order of the configuration, and all of them together."""
    found = progress(session, now=site_of(request).clock(), wave_id=wave_id, period=period)
    language = language_of(request)
    units: list[ProgressView] = [
        progress_view(found.get(unit.code, nobody(unit.code)), pick(unit.name, language)) for unit in all_units(session)
    ]
    return {"units": units, "whole": progress_view(together(found.values()))}


def _view(session: Session, request: Request, wave: Wave, known: list[Version]) -> WaveView:
    version = (wave.questionnaire_id, wave.questionnaire_version)
    titles = {(each.questionnaire.id, each.questionnaire.version): each.questionnaire.title for each in known}
    return wave_view(
        wave,
        title=titles.get(version, {}),
        settings=settings_of(session),
        now=site_of(request).clock(),
        zone=zone(session),
        language=language_of(request),
    )


def _wave(session: Session, request: Request) -> Wave:
    wave = session.get(Wave, request.path_params["id"][:40])
    if wave is None:
        raise DomainError("wave_unknown")
    return wave


def _plan(form: Form) -> Plan:
    """What the form asks for; `wave_days`, `wave_sample`, `wave_window` for what is no day or number."""
    id_, _, version = form["questionnaire"].partition(":")
    percent = form["percent"].strip().removesuffix("%") or "100"
    try:
        fraction = exact_number(percent.strip()) / 100
    except ValueError:
        raise DomainError("wave_sample") from None
    return Plan(
        name=form["name"],
        questionnaire=(id_, version),
        kinds=form.lists["kinds"],
        first_day=_day(form["first_day"]),
        last_day=_day(form["last_day"]),
        fraction=Fraction(fraction),
        target=_number(form["target"], "wave_sample"),
        contact_after_hours=_number(form["contact_after"], "wave_window"),
        window_days=_number(form["window"], "wave_window"),
    )


def _day(written: str) -> date:
    try:
        if _DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass  # such as the 30th of February: refused like any other
    raise DomainError("wave_days")


def _number(written: str, code: str) -> int | None:
    if not written.strip():
        return None
    if not _WHOLE.fullmatch(written.strip()):
        raise DomainError(code)
    return int(written)


ROUTES = [
    Route("/surveys", overview),
    Route("/surveys/waves", launch, methods=["POST"]),
    Route("/surveys/waves/{id}", show_wave),
    Route("/surveys/waves/{id}/end", end, methods=["POST"]),
]
