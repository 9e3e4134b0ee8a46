"""The committee is asked by the schedule: when a month is settled, and every day whoever has not spoken."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from consortium.models import Chat, Person, Role
from evaluation.result_approvals import approval_of
from outbox.models import Delivery
from scheduler.jobs import Run, draft_step, follow_up_step, settle_step
from tests.evaluation.cast import OCTOBER, OCTOBER_IS_OVER, Season, example

NOW = OCTOBER_IS_OVER + timedelta(hours=9)


def told(session) -> list[str]:
    return [key.split(":")[0] for key in session.scalars(
        select(Delivery.dedupe_key).where(Delivery.address == "90").order_by(Delivery.id))]  # fmt: skip


def test_a_settled_month_is_put_before_the_committee_and_members_are_reminded_once_a_day(session):
    Season(session).has_a_full_month().is_scored_by(example() | {"approval": {"quorum": 1}})
    session.add(Person(id="sun", name="孙", language="zh", active=True))
    session.flush()
    session.add(Role(person_id="sun", role="committee", unit_code=None))
    session.add(Chat(channel="telegram", address="90", kind="private", title="", state="active", person_id="sun",
                     seen_at=NOW))  # fmt: skip
    session.flush()
    assert settle_step(session, Run(OCTOBER, NOW, NOW)).startswith("settled")
    assert approval_of(session, OCTOBER).state == "open"
    assert told(session) == ["approval"]
    draft_step(session, Run(OCTOBER, NOW, NOW))
    follow_up_step(session, Run(OCTOBER, NOW, NOW))
    assert told(session) == ["approval"]
    for hours in (24, 25, 48):
        follow_up_step(session, Run(OCTOBER, NOW, NOW + timedelta(hours=hours)))
    assert told(session) == ["approval", "approval-remind", "approval-remind"]
