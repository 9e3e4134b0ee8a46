"""What patients said, as figures: every unit for the office, committee and auditors; its own for a unit.

Closed months only: before its settlement nobody sees a figure of a month. Streams stand apart and are never added.
A unit that is not the visitor's does not exist for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.disclosure import MINIMUM_FOR_COMMENTS, MINIMUM_RESPONSES_TO_RANK, MINIMUM_SHOWN
from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import REPRESENTATIVE, may_run_season, may_see_season, may_see_unit, require
from consortium.units import unit, unit_names
from locales.errors import DomainError
from locales.texts import pick
from surveys.audiences.blindness import blind_questionnaires
from surveys.audiences.third_party import of_window
from surveys.comments import comments, may_show
from surveys.fielding.versions import versions
from surveys.figure_wording import definition_name
from surveys.results import ROLLING, SHOWN_STREAMS, Result, Window, responses_by_month, results, window_of
from surveys.scoring import DEFINITIONS, LINEAR
from surveys.shown import months_of
from surveys.sittings import VISIT
from surveys.structure import Questionnaire
from web.addresses import CODE
from web.closed_months import Months, months_to_look_at
from web.pages import Values, language_of, page
from web.result_views import ResultView, result_view
from web.site import site_of
from web.third_party import views_of
from web.visitors import require_visitor


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked at: the window among those there are, and the definition of the score."""

    window: Window
    windows: tuple[str, ...]
    closed: tuple[Period, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class Block:
    """One questionnaire and stream on a unit's page: its figures, and what was said in words (None: too few)."""

    view: ResultView
    comments: tuple[tuple[str, str], ...] | None


async def every_unit(request: Request) -> Response:
    """GET /surveys/results[?period=2026-10&definition=topbox]: every unit's figure, by questionnaire and stream."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_see_season(actor))
        wanted, language = wanted_of(session, request), language_of(request)
        forms = newest_forms(session)
        names = unit_names(session, language)
        order = {code: place for place, code in enumerate(names)}
        groups = []
        for stream in SHOWN_STREAMS:
            found = _results(session, wanted, stream)
            for form in forms.values():
                own = [each for each in found if each.questionnaire_id == form.id and each.unit_code in names]
                own.sort(key=lambda each: order[each.unit_code])
                if own:
                    views = [_view(each, names[each.unit_code], form, language, with_trend=False) for each in own]
                    groups.append((pick(form.title, language), stream, views))
        return {
            "groups": groups,
            "third": views_of(of_window(session, wanted.window), session, language),
            "may_export": may_run_season(actor),
            "sees_all": True,
            **_choices(wanted, forms, language),
        }

    return page(request, "results.html.j2", **await site_of(request).database.run(work))


async def one_unit(request: Request) -> Response:
    """GET /units/{code}/results[?period=2026-10&definition=topbox]"""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        code = request.path_params["code"]
        if not CODE.fullmatch(code) or not may_see_unit(actor, code):
            raise DomainError("unit_unknown", unit=code[:40])
        seen = unit(session, code)
        wanted, language = wanted_of(session, request), language_of(request)
        forms = newest_forms(session)
        may_read = may_run_season(actor) or (REPRESENTATIVE in actor.roles and code in actor.units)
        return {
            "unit": seen,
            "sees_all": may_see_season(actor),
            "may_export": may_read,
            "may_read": may_read,
            "third": views_of(of_window(session, wanted.window, unit_code=code), session, language),
            "blocks": _blocks(session, wanted, seen, forms=forms, language=language, may_read=may_read),
            **_choices(wanted, forms, language),
        }

    return page(request, "results_unit.html.j2", **await site_of(request).database.run(work))


def wanted_of(session: Session, request: Request, written: str | None = None, definition: str | None = None) -> Wanted:
    """From the address, or as given: the newest closed month and the linear score where nothing is asked for."""
    months = months_to_look_at(session, site_of(request).clock())
    closed = months.closed
    written = written or request.query_params.get("period") or (str(closed[-1]) if closed else ROLLING)
    definition = definition or request.query_params.get("definition") or LINEAR
    if definition not in DEFINITIONS:
        raise DomainError("definition_unknown", definition=definition[:20])
    window = window_of(written, closed, unfinished=months.unfinished)
    return Wanted(window, _windows(months), closed, definition)


def newest_forms(session: Session) -> dict[str, Questionnaire]:
    """Each questionnaire of patients in the version applied last, drafts only where there is nothing else."""
    blind = blind_questionnaires(session)
    found: dict[str, Questionnaire] = {}
    for each in sorted(versions(session), key=lambda each: each.is_draft):
        if each.questionnaire.id not in blind:
            found.setdefault(each.questionnaire.id, each.questionnaire)
    return found


def dimension_names(session: Session) -> dict[tuple[str, str], dict[str, str]]:
    """(Questionnaire, dimension) → its name, the newest version's first."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in versions(session):
        for dimension in each.questionnaire.dimensions:
            found.setdefault((each.questionnaire.id, dimension.code), dict(dimension.name))
    return found


def _blocks(
    session: Session,
    wanted: Wanted,
    seen: Unit,
    *,
    forms: dict[str, Questionnaire],
    language: str,
    may_read: bool,
) -> list[Block]:
    blocks, code, name = [], seen.code, pick(seen.name, language)
    for stream in SHOWN_STREAMS:
        answered = responses_by_month(session, closed=wanted.closed, stream=stream)
        for each in _results(session, wanted, stream, code):
            view = _view(each, name, forms[each.questionnaire_id], language, with_trend=stream == VISIT)
            said = None
            if may_read and may_show(wanted.window, answered.get((code, each.questionnaire_id), {})):
                found = comments(
                    session,
                    unit_code=code,
                    questionnaire_id=each.questionnaire_id,
                    months=wanted.window.months,
                    stream=stream,
                )
                said = tuple((pick(comment.question, language), comment.words) for comment in found)
            blocks.append(Block(view, said))
    return blocks


def _results(session: Session, wanted: Wanted, stream: str, code: str | None = None) -> list[Result]:
    return results(
        session,
        window=wanted.window,
        closed=wanted.closed,
        definition=wanted.definition,
        stream=stream,
        unit_code=code,
        with_lines=code is not None,
    )


def _view(result: Result, name: str, form: Questionnaire, language: str, *, with_trend: bool) -> ResultView:
    return result_view(
        result,
        unit_name=name,
        title=pick(form.title, language),
        dimensions={each.code: pick(each.name, language) for each in form.dimensions},
        language=language,
        with_trend=with_trend,
    )


def _choices(wanted: Wanted, forms: dict[str, Questionnaire], language: str) -> Values:
    """What the forms above the figures offer, and the numbers that the notes name."""
    return {
        "period": wanted.window.name,
        "windows": wanted.windows,
        "definition": wanted.definition,
        "definitions": [(each, definition_name(each, language)) for each in DEFINITIONS],
        "questionnaires": [(form.id, pick(form.title, language)) for form in forms.values()],
        "minimum": MINIMUM_SHOWN,
        "for_comments": MINIMUM_FOR_COMMENTS,
        "to_rank": MINIMUM_RESPONSES_TO_RANK,
    }


def _windows(months: Months) -> tuple[str, ...]:
    """Months that are closed, the last first; quarters and years that are over; and the twelve months."""
    latest = tuple(reversed(months.closed))
    quarters = dict.fromkeys(Period(each.year, None, ((each.month or 1) + 2) // 3) for each in latest)
    years = dict.fromkeys(Period(each.year) for each in latest)
    over = [each for each in (*quarters, *years) if months.unfinished.isdisjoint(months_of(each))]
    return (*map(str, latest), *map(str, over), *((ROLLING,) if latest else ()))


ROUTES = [Route("/surveys/results", every_unit), Route("/units/{code}/results", one_unit)]
