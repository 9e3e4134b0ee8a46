"""The stored calendar: nothing imported, a year imported, replaced, taken away; the same table again leaves no row."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.models import Installation, WorkdayException
from consortium.workdays import apply_workdays, built_in, calendar_of, due_date, local_date
from storage.audit import AuditRow
from tests.cast import NOW, found_consortium
from tests.consortium.test_workday_calendar import YEAR_2027, read


def rows(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(WorkdayException)).one()


def test_without_an_installation_the_built_in_calendar_counts(session: Session) -> None:
    assert calendar_of(session) == built_in()


def test_a_table_is_stored_replaced_and_taken_away(session: Session) -> None:
    found_consortium(session)
    assert not apply_workdays(session, table=None, actor="command_line", now=NOW)
    table = read(*YEAR_2027)
    assert apply_workdays(session, table=table, actor="command_line", now=NOW)
    assert not apply_workdays(session, table=table, actor="command_line", now=NOW)
    assert (rows(session), session.get_one(Installation, 1).workdays_until) == (len(YEAR_2027), date(2027, 12, 31))
    assert due_date(date(2026, 12, 11), 15, calendar_of(session)).date == date(2027, 1, 4)
    shorter = read(*YEAR_2027[:-1])
    assert apply_workdays(session, table=shorter, actor="command_line", now=NOW)
    assert calendar_of(session).is_workday(date(2027, 10, 5))
    assert apply_workdays(session, table=None, actor="command_line", now=NOW)
    assert (rows(session), calendar_of(session)) == (0, built_in())
    trail = session.scalars(select(AuditRow).where(AuditRow.action == "apply_workdays").order_by(AuditRow.id)).all()
    assert [row.details for row in trail] == [
        {"days": 14, "until": "2027-12-31"}, {"days": 13, "until": "2027-12-31"}, {"days": 0, "until": None}
    ]  # fmt: skip


@pytest.mark.parametrize(("hour", "expected"), [(15, date(2026, 11, 2)), (16, date(2026, 11, 3))])
def test_a_day_begins_at_midnight_of_the_consortium(session: Session, hour: int, expected: date) -> None:
    found_consortium(session)
    assert local_date(session, datetime(2026, 11, 2, hour, tzinfo=UTC)) == expected
