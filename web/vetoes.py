"""Vetoes on the desk: propose one, decide it, lift it; and all there were.

Knows what a form asks for. Who may do what, and what follows, is `evaluation.vetoes`' and `scheduler.veto_decisions`'
to say. Office and auditors propose, the committee decides; they all look.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import name_in
from consortium.periods import Period
from consortium.permissions import Actor, may_decide_veto, may_propose_veto, may_see_season, require
from consortium.units import all_units
from evaluation.models import Veto
from evaluation.scorecards import settlements
from evaluation.vetoed import IN_FORCE, LIFTED, PROPOSED
from evaluation.vetoes import LONGEST, SHORTEST, veto_mark, vetoes
from evaluation.waivers import person_name
from locales.errors import DomainError, explain
from locales.texts import text
from scheduler.veto_decisions import decide, lift, propose
from scheduler.veto_notices import veto_names
from web.forms import TOKEN_FIELD, Form, read_form
from web.pages import Values, language_of, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/vetoes"
PROPOSE, UPHOLD, REFUSE, LIFT = ACTS = ("propose", "uphold", "refuse", "lift")

_FAULTS = frozenset({
    "veto_words_length", "veto_standing", "veto_over", "veto_own_decision", "veto_unit_unknown", "veto_no_scorecard",
    "period_invalid",
})  # fmt: skip
_TYPED = ("period", "unit", "reason", "evidence")
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class VetoView:
    """A veto as it stands, with who did what; what whoever looks may do about it."""

    key: str
    unit_code: str
    unit: str
    period: str
    period_name: str
    mark: str
    state: str
    state_name: str
    reason: str
    evidence: str
    steps: tuple[str, ...]
    lifted_why: str
    may_decide: bool
    is_own: bool
    may_lift: bool


async def show(request: Request) -> Response:
    """GET /office/vetoes: what waits, what is in force, what is over, and a form for another."""
    values = await site_of(request).database.run(lambda session: _values(session, request))
    done = request.query_params.get("done", "")
    said = text(language_of(request), f"vetoes.done.{done}") if done in ACTS else None
    return page(request, "vetoes.html.j2", **values, done=said, fault=None, typed=dict.fromkeys(_TYPED, ""))


async def decide_on(request: Request) -> Response:
    """POST /office/vetoes: propose, uphold, refuse or lift."""
    fields = (TOKEN_FIELD, "act", "period", "unit", "mark", "reason", "evidence")
    form = await read_form(request, fields=fields)
    if form["act"] not in ACTS:
        raise DomainError("form_unreadable")
    try:
        await site_of(request).database.run(lambda session: _act(session, request, form))
    except DomainError as error:
        if error.code not in _FAULTS:
            raise
        values = await site_of(request).database.run(lambda session: _values(session, request))
        typed = {name: form[name] for name in _TYPED}
        fault = _fault(language_of(request), error)
        return page(request, "vetoes.html.j2", status=_CONFLICT, **values, done=None, fault=fault, typed=typed)
    return see(f"{PATH}?done={form['act']}")


def _fault(language: str, error: DomainError) -> str:
    """The sentence, with the field by the name that it has on the page."""
    if error.code != "veto_words_length":
        return explain(language, error)
    field = text(language, f"vetoes.field.{error.details['field']}")
    return explain(language, DomainError(error.code, **{**error.details, "field": field}))


def _act(session: Session, request: Request, form: Form) -> None:
    actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
    require(may_see_season(actor))
    period, unit = Period.parse(form["period"]), form["unit"]
    if form["act"] == PROPOSE:
        propose(session, period=period, unit_code=unit, reason=form["reason"], evidence=form["evidence"],
                actor=actor, now=now)  # fmt: skip
    elif form["act"] == LIFT:
        lift(session, period=period, unit_code=unit, mark=form["mark"], reason=form["reason"], actor=actor, now=now)
    else:
        is_upheld = form["act"] == UPHOLD
        decide(session, period=period, unit_code=unit, mark=form["mark"], is_upheld=is_upheld, actor=actor, now=now)


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    found = [_view(session, each, actor, language) for each in vetoes(session)]
    return {
        "waiting": [each for each in found if each.state == PROPOSED],
        "in_force": [each for each in found if each.state == IN_FORCE],
        "past": [each for each in found if each.state not in {PROPOSED, IN_FORCE}],
        "may_propose": may_propose_veto(actor),
        "may_decide": may_decide_veto(actor, proposed_by=None),
        "units": [(unit.code, name_in(unit.name, language, unit.code)) for unit in all_units(session)],
        "periods": [each.period for each in reversed(settlements(session))],
        "shortest": SHORTEST,
        "longest": LONGEST,
    }


def _view(session: Session, veto: Veto, actor: Actor, language: str) -> VetoView:
    unit, period = veto_names(session, veto, language)
    may_decide = may_decide_veto(actor, proposed_by=None)
    is_own = veto.proposed_by == actor.person_id
    return VetoView(
        key=f"{veto.period}-{veto.unit_code}",
        unit_code=veto.unit_code,
        unit=unit,
        period=veto.period,
        period_name=period,
        mark=veto_mark(veto),
        state=veto.state,
        state_name=text(language, f"vetoes.state.{veto.state}"),
        reason=veto.reason,
        evidence=veto.evidence,
        steps=tuple(_steps(session, veto, language)),
        lifted_why=veto.lifted_why or "",
        may_decide=may_decide and veto.state == PROPOSED and not is_own,
        is_own=may_decide and veto.state == PROPOSED and is_own,
        may_lift=may_decide and veto.state == IN_FORCE,
    )


def _steps(session: Session, veto: Veto, language: str) -> list[str]:
    """Who proposed, decided and lifted it."""
    steps = [text(language, "vetoes.by.proposed", name=person_name(session, veto.proposed_by))]
    if veto.decided_by is not None:
        key = "vetoes.by.refused" if veto.state == "refused" else "vetoes.by.upheld"
        steps.append(text(language, key, name=person_name(session, veto.decided_by)))
    if veto.state == LIFTED and veto.lifted_by is not None:
        steps.append(text(language, "vetoes.by.lifted", name=person_name(session, veto.lifted_by)))
    return steps


ROUTES = [Route(PATH, show), Route(PATH, decide_on, methods=["POST"])]
