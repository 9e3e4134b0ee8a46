"""Files of figures, single answers and codebooks for the office, and a unit's own for the unit.

Sent on a form, so that no link preview draws one; each is noted in the audit trail. What may leave at all is decided in
`surveys.exports`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.permissions import REPRESENTATIVE, Actor, may_run_season, require
from consortium.tables_out import CSV, MEDIA_TYPES, XLSX, Sheet, write_csv, write_workbook
from consortium.units import all_units, unit
from locales.errors import DomainError
from storage.audit import record
from surveys.audiences.tables import third_party_sheet
from surveys.audiences.third_party import of_window
from surveys.codebook import codebook
from surveys.exports import answers_sheet, figures_sheet, response_lines, single_answers
from surveys.fielding.versions import versions
from surveys.results import SHOWN_STREAMS, results
from surveys.structure import Questionnaire
from web.addresses import CODE
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import download, language_of
from web.site import site_of
from web.survey_results import Wanted, dimension_names, wanted_of
from web.visitors import require_visitor

FIGURES, ANSWERS, CODEBOOK, RESPONSES = "figures", "answers", "codebook", "responses"
THIRD_PARTY = "third_party"
NDJSON = "ndjson"
_MEDIA = {**MEDIA_TYPES, NDJSON: "application/fhir+ndjson"}
_FIELDS = (TOKEN_FIELD, "table", "form", "period", "definition", "questionnaire", "stream")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,24}", re.ASCII)


async def export(request: Request) -> Response:
    """POST /surveys/results/export, or /units/{code}/results/export: one table as a file to keep.

    `table` is figures, answers, codebook, third_party (csv, xlsx) or responses (ndjson); a workbook of figures or
    answers brings its codebook along. What is read is put into a file outside the transaction: others can write.
    """
    form = await read_form(request, fields=_FIELDS)
    table, kind = form["table"], form["form"]
    if kind not in _forms_of(table) or form["stream"] not in SHOWN_STREAMS:
        raise DomainError("form_unreadable")
    site, code, language = site_of(request), request.path_params.get("code"), language_of(request)

    def work(session: Session) -> tuple[Callable[[], bytes], str]:
        actor = require_visitor(session, request, form).actor
        _require_own(session, actor, code)
        wanted = wanted_of(session, request, form["period"] or None, form["definition"] or None)
        record(
            session,
            actor=actor.ref,
            action="export_survey",
            subject=f"unit:{code}" if code else "survey",
            now=site.clock(),
            details={"table": table, "form": kind, "window": wanted.window.name, "stream": form["stream"]},
        )
        return _file(session, form, wanted, code=code, language=language), wanted.window.name

    write, window = await site.database.run(work)
    content = await asyncio.to_thread(write)
    name = "-".join(each for each in (table, code, window) if each)
    return download(content, name=f"{name}.{kind}", media_type=_MEDIA[kind])


def _file(session: Session, form: Form, wanted: Wanted, *, code: str | None, language: str) -> Callable[[], bytes]:
    """What makes the file, once everything was read."""
    table, kind, stream = form["table"], form["form"], form["stream"]
    if table == FIGURES:
        return partial(_written, kind, _figures(session, wanted, code=code, language=language))
    if table == THIRD_PARTY:
        found = of_window(session, wanted.window, unit_code=code)
        units = {each.code: each.name for each in all_units(session)}
        return partial(_written, kind, [third_party_sheet(found, units=units, language=language)])
    forms = _forms(session, form["questionnaire"])
    if table == CODEBOOK:
        return lambda: _written(kind, [codebook(forms)])
    if not form["questionnaire"]:
        raise DomainError("form_unreadable")
    answers = single_answers(
        session,
        questionnaire_id=form["questionnaire"],
        months=wanted.window.months,
        closed=wanted.closed,
        key=secrets.token_bytes(32),
        unit_code=code,
        stream=stream,
    )
    if table == RESPONSES:
        return lambda: response_lines(answers, language)
    return lambda: _written(kind, [answers_sheet(answers), codebook(forms)])


def _figures(session: Session, wanted: Wanted, *, code: str | None, language: str) -> list[Sheet]:
    """Every stream, and the codebook of what is in it."""
    found = [
        each
        for name in SHOWN_STREAMS
        for each in results(
            session,
            window=wanted.window,
            closed=wanted.closed,
            definition=wanted.definition,
            stream=name,
            unit_code=code,
            with_lines=False,
        )
    ]
    units = {each.code: each.name for each in all_units(session)}
    figures = figures_sheet(found, units=units, dimensions=dimension_names(session), language=language)
    return [figures, codebook(_of({each.questionnaire_id for each in found}, session))]


def _forms(session: Session, questionnaire_id: str) -> list[Questionnaire]:
    """Every launched version of a questionnaire, or of all."""
    if not questionnaire_id:
        return _of(None, session)
    found = _of({questionnaire_id}, session) if _NAME.fullmatch(questionnaire_id) else []
    if not found:
        raise DomainError("questionnaire_unknown", questionnaire=questionnaire_id[:24], version="")
    return found


def _of(names: set[str] | None, session: Session) -> list[Questionnaire]:
    found = [each.questionnaire for each in versions(session) if not each.is_draft]
    return [each for each in found if names is None or each.id in names]


def _require_own(session: Session, actor: Actor, code: str | None) -> None:
    """All units for the office; a unit's own for its representatives. Another unit does not exist for them."""
    if code is None:
        require(may_run_season(actor))
        return
    is_own = REPRESENTATIVE in actor.roles and code in actor.units
    if not CODE.fullmatch(code) or not (may_run_season(actor) or is_own):
        raise DomainError("unit_unknown", unit=code[:40])
    unit(session, code)


def _forms_of(table: str) -> tuple[str, ...]:
    if table == RESPONSES:
        return (NDJSON,)
    return (CSV, XLSX) if table in {FIGURES, ANSWERS, CODEBOOK, THIRD_PARTY} else ()


def _written(kind: str, sheets: list[Sheet]) -> bytes:
    return write_workbook(sheets) if kind == XLSX else write_csv(sheets[0].header, sheets[0].rows)


ROUTES = [
    Route("/surveys/results/export", export, methods=["POST"]),
    Route("/units/{code}/results/export", export, methods=["POST"]),
]
