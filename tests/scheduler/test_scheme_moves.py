"""The daily job takes schemes on through their loop: the first month of a version need not wait for a settlement."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.models import SchemeVersion
from evaluation.schemes import apply_scheme
from scheduler.jobs import Run, follow_up_step
from storage.audit import AuditRow
from tests.evaluation.cast import Season, changed, example

IN_JUNE, IN_JULY = datetime(2026, 6, 30, 15, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC)  # 23:00 and 0:00 there


def run(session: Session, now: datetime) -> list[tuple[int, str]]:
    follow_up_step(session, Run(period=Period.parse("2026-06"), due_at=now, now=now))
    session.expire_all()
    found = session.scalars(select(SchemeVersion).order_by(SchemeVersion.version))
    return [(each.version, each.state) for each in found]


def test_a_version_comes_into_force_on_the_first_day_of_its_month(session: Session) -> None:
    Season(session).is_set_up(document=changed(example(), "scheme.effective", "2026-06"))
    session.execute(update(SchemeVersion).values(state="planned"))
    document = changed(changed(example(), "scheme.version", 2), "scheme.effective", "2026-07")
    apply_scheme(session, document=document, now=IN_JUNE)
    assert run(session, IN_JUNE) == [(1, "in_force"), (2, "planned")]
    assert run(session, IN_JULY) == [(1, "in_force"), (2, "in_force")]
    steps = list(session.scalars(select(AuditRow.id).where(AuditRow.action == "move_scheme")))
    assert run(session, IN_JULY) == [(1, "in_force"), (2, "in_force")]
    assert list(session.scalars(select(AuditRow.id).where(AuditRow.action == "move_scheme"))) == steps
