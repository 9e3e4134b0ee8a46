"""A unit's own figures: what it hands in for a month, what is there and from whom, what is missing and until when.

For the unit's representatives and the office; for everybody else the unit does not exist here. Evidence goes in by an
address of its own, as files are long. What may be entered is `evaluation.entries`' to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import period_name
from consortium.links import new_token
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season
from consortium.units import zone
from evaluation.entries import LONGEST_REASON, asked_indicator, collecting_month, enter_reading, refuse_other_units
from evaluation.figure_words import read_cells
from evaluation.freshness import names_of
from evaluation.late_readings import late_readings
from evaluation.missing_readings import Asked, asked_of_tier, due_on, is_member
from evaluation.models import Reading, Settlement
from evaluation.reading_evidence import attach_evidence
from evaluation.reading_plans import OUTCOMES, scheme_if_any
from evaluation.reading_writing import TYPED
from locales.errors import DomainError, Reask, explain
from locales.numbers import plain
from locales.texts import pick, text
from reviews.panel_evidence import LARGEST_EVIDENCE
from web.addresses import CODE, unit_code
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, page, see
from web.reading_views import ReadingView, Wordings, due_words, late_view, measure_word, points_word, reading_view
from web.site import LONGEST_PAGE_BODY, site_of
from web.uploads import read_named_upload
from web.visitors import require_visitor

PATH = "/units/{code}/readings"
EVIDENCE_PATH = "/readings/evidence"
LONGEST_EVIDENCE_BODY = LARGEST_EVIDENCE + LONGEST_PAGE_BODY

_MONTHS = 4
_CELLS = ("numerator", "denominator", "value")
_WITHOUT_COUNTS = frozenset({"count", "visits", "hours", "yuan"})  # whose form asks for one number
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_DONE = frozenset({*OUTCOMES, "attached"})
_FAULTS = frozenset({
    "figure_unreadable", "figure_missing", "figure_pair", "figure_differs", "figure_denominator_negative",
    "entry_ahead", "entry_of_system", "entry_reason_missing", "reading_late_counted", "already_settled",
    "evidence_without_figure", "evidence_empty", "evidence_too_large", "evidence_type_unknown", "evidence_too_many",
})  # fmt: skip
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class EntryView:
    """One indicator of a unit's form. `may_enter`: the visitor may write a figure; `asks_why`: and has to say why."""

    code: str
    name: str
    hint: str
    measure: str
    reading: ReadingView | None
    is_owed: bool
    needs_evidence: bool
    may_enter: bool
    asks_why: bool
    cells: tuple[tuple[str, str], ...]


async def show(request: Request) -> Response:
    """GET /units/{code}/readings[?period=2026-11]"""
    code = unit_code(request)
    asked = request.query_params.get("period", "")
    values = await site_of(request).database.run(lambda session: _values(session, request, code, asked))
    return page(request, "unit_readings.html.j2", **values, fault=None, fault_of="", typed={})


async def enter(request: Request) -> Response:
    """POST /units/{code}/readings: keep one figure."""
    form = await read_form(request, fields=(TOKEN_FIELD, "period", "indicator", "reason", *_CELLS))
    code, written = unit_code(request), form["period"]
    if not _MONTH.fullmatch(written):
        raise DomainError("form_unreadable")

    def work(session: Session) -> tuple[str, str]:
        actor, period = require_visitor(session, request, form).actor, Period.parse(written)
        refuse_other_units(session, actor, code)
        indicator = asked_indicator(session, unit_code=code, period=period, indicator=form["indicator"])
        figure = read_cells((form["numerator"], form["denominator"], form["value"]), indicator)
        if isinstance(figure, Reask):
            raise DomainError(figure.code, **dict(figure.details))
        done = enter_reading(
            session, actor=actor, unit_code=code, period=period, indicator=indicator.code, figure=figure,
            now=site_of(request).clock(), reason=form["reason"] or None,
        )  # fmt: skip
        return done.outcome, done.counted_in or ""

    try:
        outcome, month = await site_of(request).database.run(work)
    except DomainError as error:
        typed = {name: form[name] for name in (*_CELLS, "reason")}
        return await _refused(request, code, written, error, of=form["indicator"], typed=typed)
    return see(f"/units/{code}/readings?period={written}&done={outcome}" + (f"&month={month}" if month else ""))


async def attach(request: Request) -> Response:
    """POST /readings/evidence: hand in the evidence of one figure."""
    form, name, content = await read_named_upload(
        request, fields=(TOKEN_FIELD, "unit", "period", "indicator"), file="file"
    )
    code, written = form["unit"], form["period"]
    if not CODE.fullmatch(code) or not _MONTH.fullmatch(written) or not CODE.fullmatch(form["indicator"]):
        raise DomainError("form_unreadable")

    def work(session: Session) -> None:
        attach_evidence(
            session, actor=require_visitor(session, request, form).actor, unit_code=code,
            period=Period.parse(written), indicator=form["indicator"], name=name, content=content,
            new_id=new_token(), now=site_of(request).clock(),
        )  # fmt: skip

    try:
        await site_of(request).database.run(work)
    except DomainError as error:
        return await _refused(request, code, written, error, of=form["indicator"], typed={})
    return see(f"/units/{code}/readings?period={written}&done=attached")


async def _refused(
    request: Request, code: str, period: str, error: DomainError, *, of: str, typed: dict[str, str]
) -> Response:
    """The page as it is now, with the sentence beside what it is about, for what the person can mend."""
    if error.code not in _FAULTS:
        raise error
    values = await site_of(request).database.run(lambda session: _values(session, request, code, period))
    fault = explain(language_of(request), error)
    return page(
        request,
        "unit_readings.html.j2",
        status=_CONFLICT,
        **values | {"done": None},
        fault=fault,
        fault_of=of,
        typed=typed,
    )


def _values(session: Session, request: Request, code: str, asked: str) -> Values:
    actor, language, now = require_visitor(session, request).actor, language_of(request), site_of(request).clock()
    unit = refuse_other_units(session, actor, code)
    place = zone(session)
    months = _months(now, session)
    if asked and not _MONTH.fullmatch(asked):
        raise DomainError("page_unknown")
    period = Period.parse(asked) if asked else collecting_month(session, now)
    scheme, settled = scheme_if_any(session, period), _is_settled(session, period)
    words = Wordings(language, place, {code: pick(unit.name, language)}, names_of(session), scheme)
    statement = select(Reading).where(Reading.period == str(period), Reading.scope == code)
    there = {row.indicator: row for row in session.scalars(statement)}
    asks_why = may_run_season(actor)
    lines = asked_of_tier(scheme, unit.tier) if scheme is not None and is_member(unit, period) else ()
    late = [each for each in late_readings(session, unit_code=code) if str(period) in (each.period, each.counted_in)]
    today = now.astimezone(place).date()
    done = request.query_params.get("done", "")
    return {
        "unit": unit,
        "sees_all": may_see_season(actor),
        "others": sorted(actor.units - {code}),
        "months": [(str(month), period_name(month, language)) for month in months],
        "period": str(period),
        "month_name": period_name(period, language),
        "has_scheme": scheme is not None,
        "settled": settled,
        "due": due_words(due_on(scheme, period), today, language) if scheme is not None and not settled else "",
        "missing": [_view(each, None, words, asks_why, settled) for each in lines
                    if each.indicator.code not in there and each.is_owed],
        "entries": [_view(each, there.get(each.indicator.code), words, asks_why, settled) for each in lines
                    if each.indicator.code in there or not each.is_owed],
        "late": [late_view(each, words) for each in late],
        "megabytes": LARGEST_EVIDENCE // 1024**2,
        "longest": LONGEST_REASON,
        "done": _done(done, request.query_params.get("month", ""), language) if done in _DONE else None,
    }  # fmt: skip


def _view(asked: Asked, reading: Reading | None, words: Wordings, is_office: bool, settled: bool) -> EntryView:  # noqa: FBT001
    indicator = asked.indicator
    is_counted = indicator.unit in _WITHOUT_COUNTS and (reading is None or reading.numerator is None)
    cells = tuple((name, _cell(reading, name)) for name in (_CELLS[-1:] if is_counted else _CELLS))
    return EntryView(
        code=indicator.code,
        name=pick(indicator.name, words.language),
        hint=points_word(asked, words.language),
        measure=measure_word(indicator, words.language),
        reading=reading_view(reading, words) if reading is not None else None,
        is_owed=asked.is_owed,
        needs_evidence=indicator.needs_evidence,
        may_enter=reading is None or is_office or (reading.origin == TYPED and not settled),
        asks_why=reading is not None and is_office and not settled,
        cells=cells,
    )


def _cell(reading: Reading | None, name: str) -> str:
    """What stands in a field of the form: the counts where there are any, else the value."""
    if reading is None or (name == "value" and reading.numerator is not None):
        return ""
    value = getattr(reading, name)
    return "" if value is None else plain(value, 12)


def _months(now: datetime, session: Session) -> list[Period]:
    months = [Period.month_of(now, zone(session))]
    while len(months) < _MONTHS:
        months.append(months[-1].previous())
    return months


def _is_settled(session: Session, period: Period) -> bool:
    return session.get(Settlement, str(period)) is not None


def _done(outcome: str, month: str, language: str) -> str:
    shown = period_name(Period.parse(month), language) if _MONTH.fullmatch(month) else ""
    return text(language, f"readings.entry.done.{outcome}", month=shown)


ROUTES = [
    Route(PATH, show),
    Route(PATH, enter, methods=["POST"]),
    Route(EVIDENCE_PATH, attach, methods=["POST"]),
]
