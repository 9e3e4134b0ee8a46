"""A consortium with an expert panel, for tests of pages, chat, schedule and settling: four experts, two indicators.

Du is of the second hospital's staff. Jia and Yi are marked on one indicator; Bing's tier has nothing to mark.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from consortium.people import actor_of
from consortium.periods import Period
from evaluation.panel import open_month_panel
from evaluation.schemes import apply_scheme
from reviews.panel_ballots import cast_panel_ballot, criteria_for, panel_tasks
from reviews.panel_rounds import panel_of
from reviews.sealing import generate_keys
from tests.cast import consortium_document, found_consortium
from tests.evaluation.cast import example

CORE, OUTSIDE = "core_systems", "external_quality"
EXPERTS = [
    {"id": "an", "name": "安宁", "roles": ["expert"]},
    {"id": "bo", "name": "柏青", "roles": ["expert"], "language": "en"},
    {"id": "cao", "name": "曹原", "roles": ["expert"]},
    {"id": "du", "name": "杜衡", "roles": ["expert", "staff"], "units": ["yi"]},
]
MORE = [
    {"id": "gao", "name": "高文博", "roles": ["auditor"]},
    {"id": "sun", "name": "孙建国", "roles": ["committee"]},
]


@cache
def panel_keys() -> tuple[str, str]:
    """(private, public), made once."""
    return generate_keys()


def panel_scheme(**terms: Any) -> dict[str, Any]:
    """The example scheme, with what is qualitative marked by experts."""
    document = example()
    for code in (CORE, OUTSIDE):
        document["indicators"][code] |= {"input": "panel"} | terms
    return document


def found_panel_town(session: Session, now: datetime, **terms: Any) -> None:
    people = [*consortium_document()["people"], *MORE, *EXPERTS]
    review = {"public_key": panel_keys()[1], "key_file": ""}
    found_consortium(session, now=now, people=people, review=review)
    apply_scheme(session, document=panel_scheme(**terms), now=now)


def open_panel_in(session: Session, period: Period, now: datetime, closes_at: datetime | None = None) -> None:
    open_month_panel(session, period=period, closes_at=closes_at, actor="person:chen", now=now)


def marks_everything(session: Session, period: Period, person: str, mark: str, now: datetime) -> list[str]:
    """One ballot for each unit, the same mark on everything; the receipts."""
    panel, receipts = panel_of(session, period), []
    assert panel is not None
    for task in panel_tasks(session, period=period, person_id=person):
        marks = mark * len(criteria_for(panel, task.unit_code))
        receipt = cast_panel_ballot(
            session, actor=actor_of(session, person), task_id=task.id, marks=marks, casts=task.casts,
            ballot_id=f"{person}-{task.unit_code}-{task.casts}", now=now,
        )  # fmt: skip
        receipts.append(receipt.code)
    return receipts
