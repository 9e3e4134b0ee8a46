"""The list of duties with its evidence, and who of the office is on duty (rules 30 and 99).

Owners find their own on /duties; the office, committee and auditors see the whole list. Who may do what is
`consortium.duties`' to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.wording import name_in, one_line
from consortium.duties import LONGEST_EVIDENCE, DutyLine, duties, duty_log, end_duty, give_evidence, on_duty_now
from consortium.people import people_with_role
from consortium.permissions import OFFICE, Actor, may_be_on_duty, may_give_evidence, may_see_season, require
from consortium.units import unit_names
from consortium.workdays import local_date
from locales.errors import DomainError
from locales.texts import text
from reviews.rounds import local_time
from scheduler.duty_decisions import hand_over_and_tell, take_and_tell
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of
from web.site import site_of
from web.staff_forms import act_or_say_why, done_words, draw, whole_number
from web.visitors import require_visitor

PATH, OWN_PATH = "/office/duties", "/duties"
TAKE, HAND, END = ACTS = ("take", "hand", "end")
_DONE = (*ACTS, "evidence")
_FAULTS = frozenset({
    "duty_not_yours", "duty_not_of_the_office", "person_unknown", "duty_evidence_missing", "duty_evidence_too_long",
    "duty_evidence_full", "duty_year_closed",
})  # fmt: skip
_MOST_LOG = 30
_YEARS = 3


@dataclass(frozen=True, slots=True)
class DutyView:
    """One duty; `evidence` are (who and when, words)."""

    code: str
    name: str
    party: str
    owner: str
    unit: str
    is_shown: bool
    state: str
    evidence: tuple[tuple[str, str], ...]
    may_give: bool


async def show(request: Request) -> Response:
    """GET /office/duties[?year=2026]: the whole list of a year, and who is on duty."""
    return await draw(
        request, "duties_office.html.j2", lambda session: _values(session, request),
        done=done_words(request, "duties", _DONE),
    )  # fmt: skip


async def change_duty(request: Request) -> Response:
    """POST /office/duties: take over, hand over, or end the duty."""
    form = await read_form(request, fields=(TOKEN_FIELD, "act", "to"))
    if form["act"] not in ACTS:
        raise DomainError("form_unreadable")

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        if form["act"] == TAKE:
            take_and_tell(session, actor=actor, now=now)
        elif form["act"] == HAND:
            hand_over_and_tell(session, to=form["to"], actor=actor, now=now)
        else:
            end_duty(session, actor=actor, now=now)
        return f"{PATH}?done={form['act']}"

    return await act_or_say_why(
        request, act=act, values=lambda session: _values(session, request), template="duties_office.html.j2",
        faults=_FAULTS, form=form,
    )  # fmt: skip


async def own(request: Request) -> Response:
    """GET /duties: what the visitor answers for, with a form for evidence."""
    return await draw(
        request, "duties.html.j2", lambda session: _own_values(session, request),
        done=done_words(request, "duties", _DONE),
    )  # fmt: skip


async def evidence(request: Request) -> Response:
    """POST /duties: evidence for one duty."""
    form = await read_form(request, fields=(TOKEN_FIELD, "code", "year", "words"))

    def act(session: Session) -> str:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        year = whole_number(form["year"])
        found = give_evidence(session, code=form["code"], year=year, words=form["words"], actor=actor, now=now)
        return f"{OWN_PATH}?done=evidence#{found.duty_code}"

    return await act_or_say_why(
        request, act=act, values=lambda session: _own_values(session, request), template="duties.html.j2",
        faults=_FAULTS, form=form,
    )  # fmt: skip


def _values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    require(may_see_season(actor))
    this_year = local_date(session, site_of(request).clock()).year
    years = [this_year - back for back in range(_YEARS)]
    asked = whole_number(request.query_params.get("year", ""), otherwise=this_year)
    year = asked if asked in years else this_year
    views = _views(session, actor, duties(session, year=year), language)
    return {
        "duties": views,
        "year": year,
        "years": years,
        "shown": sum(each.is_shown for each in views),
        **_on_duty(session, actor, language),
    }


def _on_duty(session: Session, actor: Actor, language: str) -> Values:
    standing = on_duty_now(session)
    words = text(language, "duties.nobody")
    take = text(language, "duties.take_what_nobody")
    if standing is not None:
        person, since = standing
        name = one_line(person.name)
        words = text(language, "duties.on_duty", name=name, since=local_time(session, since))
        take = text(language, "duties.take_what", name=name)
    is_mine = standing is not None and standing[0].id == actor.person_id
    log = [
        (local_time(session, each.since), one_line(name) if name is not None else text(language, "duties.nobody_short"))
        for each, name in duty_log(session, most=_MOST_LOG)
    ]
    others = [(each.id, each.name) for each in people_with_role(session, OFFICE) if each.id != actor.person_id]
    return {
        "on_duty": words, "take_words": take, "may_take": may_be_on_duty(actor) and not is_mine,
        "may_end": may_be_on_duty(actor) and is_mine, "others": others, "log": log,
    }  # fmt: skip


def _own_values(session: Session, request: Request) -> Values:
    actor, language = require_visitor(session, request).actor, language_of(request)
    year = local_date(session, site_of(request).clock()).year
    lines = [each for each in duties(session, year=year) if may_give_evidence(actor, each.duty.owner_id)]
    require(bool(actor.roles or lines))
    return {
        "duties": _views(session, actor, lines, language), "year": year, "longest": LONGEST_EVIDENCE,
    }  # fmt: skip


def _views(session: Session, actor: Actor, lines: list[DutyLine], language: str) -> list[DutyView]:
    units = unit_names(session, language)
    return [
        DutyView(
            code=each.duty.code,
            name=name_in(each.duty.name, language, each.duty.code),
            party=text(language, f"duties.party.{each.duty.party}"),
            owner=text(language, "duties.owner", name=one_line(each.owner))
            if each.owner is not None
            else text(language, "duties.no_owner"),
            unit=units.get(each.duty.unit_code or "", ""),
            is_shown=each.is_shown,
            state=text(language, "duties.has" if each.is_shown else "duties.lacking"),
            evidence=tuple(
                (
                    text(language, "duties.evidence_by", name=one_line(name), at=local_time(session, found.given_at)),
                    found.words,
                )
                for found, name in each.evidence
            ),
            may_give=may_give_evidence(actor, each.duty.owner_id),
        )
        for each in lines
    ]


ROUTES = [
    Route(PATH, show),
    Route(PATH, change_duty, methods=["POST"]),
    Route(OWN_PATH, own),
    Route(OWN_PATH, evidence, methods=["POST"]),
]
