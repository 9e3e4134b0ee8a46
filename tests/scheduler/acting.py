"""How the office's acts are shown, done, proposed and decided in tests."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from consortium.people import actor_of
from locales.errors import DomainError
from reviews.rounds import round_of
from scheduler.act_plans import moment_written, plan_act
from scheduler.act_wording import plan_text
from scheduler.models import OfficeAct
from scheduler.office_acts import decide_act
from storage.audit import AuditRow
from tests.scheduler.cast import OCTOBER, at

CLOSES = "2026-11-02 18:00"


def plan_of(here, command, *, arguments=None, period=None):
    with here.database.transaction() as session:
        plan = plan_act(session, command=command, period=period, arguments=arguments or {}, now=here.clock())
        return plan, plan_text(session, plan, "zh"), plan_text(session, plan, "en")


def refusal_of(here, command, **wanted):
    with pytest.raises(DomainError) as refused:
        plan_of(here, command, **wanted)
    return refused.value.code


def act(here, do, command, *, person="chen", arguments=None, digest=None, period=None):
    """Do or propose what is shown now."""
    with here.database.transaction() as session:
        plan = plan_act(session, command=command, period=period, arguments=arguments or {}, now=here.clock())
        made = do(
            session, command=command, subject=str(plan.period), arguments=dict(plan.arguments),
            digest=digest or plan.digest[:12], actor=actor_of(session, person), now=here.clock(),
        )  # fmt: skip
        return made.id if isinstance(made, OfficeAct) else made[1]


def decides(here, act_id, person, *, agrees=True, digest=None):
    with here.database.transaction() as session:
        seen = digest or session.get_one(OfficeAct, act_id).digest[:12]
        decision = decide_act(
            session, act_id=act_id, agrees=agrees, digest=seen, actor=actor_of(session, person), now=here.clock()
        )
        return decision.act.state, decision.changed


def code_of(call, *arguments, **wanted):
    with pytest.raises(DomainError) as refused:
        call(*arguments, **wanted)
    return refused.value.code


def state(here):
    with here.database.transaction() as session:
        round_ = round_of(session, OCTOBER)
        return (round_.state, round_.closes_at) if round_ is not None else None


def until(written):
    return {"closes_at": moment_written(at(written))}


def actions(here):
    with here.database.transaction() as session:
        rows = session.execute(select(AuditRow.actor, AuditRow.action).where(AuditRow.actor != "schedule")).all()
        return [(who, what) for who, what in rows if what != "enqueue_delivery"]
