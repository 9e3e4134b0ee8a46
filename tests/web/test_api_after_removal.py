"""A hospital's system reports a visit again, years after its number was removed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from surveys.models import Invitation
from surveys.retention import remove_overdue
from tests.web.cast import API_KEY, Town
from web.api import ENCOUNTERS_PATH

VISIT = {
    "unit": "jia", "visit": "20261105-0917", "kind": "outpatient", "discharged_at": "2026-11-05T16:30:00+08:00",
    "language": "zh",
}  # fmt: skip


def test_a_visit_reported_again_gets_the_same_answer_without_links(database, browse):
    town = Town(database).is_founded()
    his = browse(town.site())
    first = his.post(ENCOUNTERS_PATH, json=VISIT, headers={"Authorization": f"Bearer {API_KEY}"})
    assert first.status_code == 201
    town.now += timedelta(days=800)
    with town.database.transaction() as session:
        assert remove_overdue(session, now=town.now)["visits"] == 1
    for visit in (VISIT, {**VISIT, "discharged_at": "2029-01-01T00:00:00Z"}):  # as it was, or with a corrected date
        again = his.post(ENCOUNTERS_PATH, json=visit, headers={"Authorization": f"Bearer {API_KEY}"})
        assert again.status_code == 200
        assert again.json() == dict.fromkeys(first.json())
    with town.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Invitation)) == 1
