"""The office's acts as their pages show them: the steps, one of them as it would be done now, the proposals that wait.

Knows what stands on a page and which button belongs to it. What an act would do and what it is refused for is worked
out anew each time, by `scheduler.act_plans`; refuses to do anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from bot.command_months import month_at_hand, stage_of
from bulletins.editions import latest
from bulletins.wording import period_name
from consortium.periods import Period
from consortium.units import zone
from locales.errors import DomainError, explain
from locales.texts import text
from reviews.rounds import local_time, open_round_of, round_of
from scheduler.act_months import months_to_draft, months_to_settle
from scheduler.act_notices import act_title
from scheduler.act_plans import ACTS, DRAFT, EXTEND, SETTLEMENT, Plan, moment_of, plan_act
from scheduler.act_wording import plan_text
from scheduler.models import OfficeAct
from scheduler.office_acts import PROPOSED, name_of, plan_of_act, standing_acts

MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
DO, PROPOSE = "do", "propose"
FIELD_MOMENT = "%Y-%m-%dT%H:%M"
"""How a browser's field for a moment writes it."""

MOST_MONTHS = 24
_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)
_COUNTED = ("told", "units")
EXPIRED, CHANGED = "expired", "changed"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the acts; `is_now`: the month at hand has come to it."""

    command: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """What an act would do now: a heading and the lines below. `way` says whether its button does or proposes it."""

    title: str
    lines: str
    period: str
    closes_at: str
    digest: str
    way: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal. `state` as it stands, with `expired` and `changed` for what nobody can agree to any more.

    `lines` is what it would do; empty unless somebody can agree to it.
    """

    id: int
    title: str
    by: str
    until: str
    is_own: bool
    state: str
    digest: str
    lines: str = ""
    decided_by: str = ""
    decided_at: str = ""


@dataclass(frozen=True, slots=True)
class ActView:
    """The page of one act: a plan, months to choose from, or why it is refused; `closing` is the field's moment.

    `standing` is a proposal about the same; `may_press` is whether a button still makes sense beside it.
    """

    command: str
    plan: PlanView | None = None
    months: tuple[tuple[str, str], ...] = ()
    refusal: str | None = None
    closing: str | None = None
    standing: ProposalView | None = None
    may_press: bool = True


def steps(session: Session, now: datetime) -> tuple[Period, list[Step]]:
    """The month at hand and all acts in the order of a month."""
    month = month_at_hand(session, now)
    open_now = stage_of(session, month, now).steps
    return month, [Step(command, command in open_now) for command in ACTS]


def act_view(
    session: Session,
    *,
    command: str,
    period: Period | None,
    closes_at: str,
    person_id: str,
    language: str,
    now: datetime,
) -> ActView:
    """One act, of this month if one is named. `closes_at` is the new closing time as an argument, "" for none yet."""
    closing = None
    try:
        if command == EXTEND:
            closing = _closing(session, closes_at, now)
            if not closes_at:
                return ActView(command, closing=closing)
        months = _months(session, command, now) if period is None else []
        if len(months) > 1:
            named = tuple((str(month), period_name(month, language)) for month in months[:MOST_MONTHS])
            return ActView(command, months=named)
        arguments = {"closes_at": closes_at} if command == EXTEND else {}
        plan = plan_act(session, command=command, period=period, arguments=arguments, now=now)
    except DomainError as error:
        return ActView(command, refusal=explain(language, error), closing=closing)
    found = standing_about(session, command, str(plan.period), now)
    shown = _plan_view(session, plan, language)
    if found is None:
        return ActView(command, shown, closing=closing)
    is_replaced = found.proposed_by == person_id and found.digest != plan.digest
    standing = proposal_view(session, found, person_id=person_id, language=language, now=now)
    may_press = shown.way == DO or is_replaced
    return ActView(command, shown, closing=closing, standing=standing, may_press=may_press)


def standing_about(session: Session, command: str, period: str, now: datetime) -> OfficeAct | None:
    """The proposal of the same act and month that waits."""
    about = (command, period)
    return next((act for act in standing_acts(session, now=now) if (act.command, act.subject) == about), None)


def proposal_view(
    session: Session, act: OfficeAct, *, person_id: str, language: str, now: datetime, is_whole: bool = False
) -> ProposalView:
    """One proposal; `is_whole`: with what it would do, and whether it still would."""
    state, lines = act.state, ""
    if state == PROPOSED and now >= act.expires_at:
        state = EXPIRED
    elif state == PROPOSED and is_whole:
        plan = _plan_as_proposed(session, act, now)
        state, lines = (state, _plan_view(session, plan, language).lines) if plan is not None else (CHANGED, "")
    return ProposalView(
        id=act.id,
        title=act_title(act, language),
        by=name_of(session, act.proposed_by),
        until=local_time(session, act.expires_at),
        is_own=act.proposed_by == person_id,
        state=state,
        digest=act.digest,
        lines=lines,
        decided_by=name_of(session, act.decided_by) if act.decided_by is not None else "",
        decided_at=local_time(session, act.decided_at) if act.decided_at is not None else "",
    )


def done_query(plan: Plan, outcome: Mapping[str, object]) -> str:
    """What was done, for the address of the page that says it."""
    counted = {name: outcome[name] for name in _COUNTED if name in outcome}
    return urlencode({"done": plan.command, "period": str(plan.period), **counted})


def done_words(session: Session, query: Mapping[str, str], language: str) -> tuple[str | None, int | None]:
    """The sentence for `done_query`, and the number of the bulletin that was drafted; nothing for anything else."""
    command, written = query.get("done", ""), query.get("period", "")
    if command not in ACTS or not MONTH.fullmatch(written):
        return None, None
    month = Period.parse(written)
    name = period_name(month, language)
    if command == DRAFT:
        made = latest(session, month)
        return text(language, "acts_page.drafted", month=name), made.id if made is not None else None
    round_ = round_of(session, month)
    closes_at = round_.closes_at if round_ is not None else None
    closes = local_time(session, closes_at) if closes_at is not None else ""
    counts = {place: query[place] if _COUNT.fullmatch(query.get(place, "")) else "0" for place in _COUNTED}
    return text(language, f"acts.done.{command}", month=name, period=month, closes=closes, **counts), None


def _plan_view(session: Session, plan: Plan, language: str) -> PlanView:
    title, _, lines = plan_text(session, plan, language).partition("\n")
    return PlanView(
        title=title,
        lines=lines.strip(),
        period=str(plan.period),
        closes_at=plan.arguments.get("closes_at", ""),
        digest=plan.digest,
        way=DO if plan.second is None else PROPOSE,
    )


def _plan_as_proposed(session: Session, act: OfficeAct, now: datetime) -> Plan | None:
    """What the proposal does, if that is still what was proposed."""
    try:
        plan = plan_of_act(session, act, now=now)
    except DomainError:  # it cannot be done at all any more
        return None
    return plan if plan.digest == act.digest else None


def _months(session: Session, command: str, now: datetime) -> list[Period]:
    """The months that an act can be about, where there may be several."""
    if command == SETTLEMENT:
        return months_to_settle(session, now)
    return months_to_draft(session) if command == DRAFT else []


def _closing(session: Session, chosen: str, now: datetime) -> str:
    """The field's moment, on the consortium's clock: what was chosen, else the same time on the next day that comes.

    Errors: `act_no_round`, `round_without_end`.
    """
    round_ = open_round_of(session)
    if round_ is None:
        raise DomainError("act_no_round")
    if round_.closes_at is None:
        raise DomainError("round_without_end", period=round_.period)
    place = zone(session)
    if chosen:
        return moment_of(chosen).astimezone(place).strftime(FIELD_MOMENT)
    days = max(1, (now - round_.closes_at).days + 1)
    return (round_.closes_at.astimezone(place) + timedelta(days=days)).strftime(FIELD_MOMENT)
