"""An expert's ballot: who may cast it, what lies in it, what is on record, and that nothing says a mark."""

from __future__ import annotations

import dataclasses
import json

import pytest
from sqlalchemy import select, text

from consortium.models import Role
from consortium.permissions import STAFF
from reviews.ballot_store import stored_ballots
from reviews.panel_ballots import cast_panel_ballot, criteria_for, panel_task_of, panel_tasks
from reviews.panel_models import PanelTask
from reviews.panel_rounds import panel_of
from reviews.sealing import SEALED_LENGTH, receipt_of, unseal
from storage.audit import AuditRow
from tests.reviews.panel import CHEN, OCTOBER, PanelSeason, expert, representative
from tests.reviews.season import refusal

STORE = "ballots_panel_2026_10"


@pytest.fixture
def panel(session, keys) -> PanelSeason:
    return PanelSeason(session, keys).is_open()


def test_a_ballot_lies_sealed_with_the_marks_in_the_panels_order(session, panel):
    receipt = panel.marks("an", "jia", "4-")
    (sealed,) = stored_ballots(session, STORE)
    content = unseal(panel.keys[0], sealed)
    assert (content.period, content.rater, content.target, content.marks, content.counter) == (
        "2026-10", "an", "jia", "4-", 1,
    )  # fmt: skip
    assert (len(sealed), receipt.code) == (SEALED_LENGTH, receipt_of(sealed))


def test_an_indicator_that_the_unit_does_not_have_is_a_gap_in_the_ballot(session, panel):
    panel.marks("an", "bing", "5")
    (sealed,) = stored_ballots(session, STORE)
    assert unseal(panel.keys[0], sealed).marks == "-5"


def test_a_unit_is_marked_on_its_own_table_in_the_panels_order(session, panel):
    frozen = panel_of(session, OCTOBER)
    codes = {unit: [each.code for each in criteria_for(frozen, unit)] for unit in ("jia", "bing", "ding")}
    assert codes == {"jia": ["mechanism", "service"], "bing": ["service"], "ding": []}


@pytest.mark.parametrize("marks", ["", "4", "444", "46", "40", "4x", "４4", "4\u0664", "44 "])
def test_marks_that_are_none_are_refused_without_being_repeated(session, panel, marks):
    with refusal("panel_marks_invalid", indicators=2):
        panel.marks("an", "jia", marks)
    assert stored_ballots(session, STORE) == []


def test_no_basis_for_everything_is_a_ballot_like_any_other(session, panel):
    panel.marks("an", "jia", "--")
    panel.marks("bo", "jia", "55")
    assert {len(each) for each in stored_ballots(session, STORE)} == {SEALED_LENGTH}
    assert [task.done for task in panel_tasks(session, period=OCTOBER, person_id="an")] == [True, False, False]


def test_a_form_that_is_sent_twice_is_one_ballot(session, panel):
    panel.marks("an", "jia", "44")
    savepoint = session.begin_nested()
    with refusal("ballot_already_sent"):
        panel.marks("an", "jia", "44")
    savepoint.rollback()
    assert (len(stored_ballots(session, STORE)), panel_tasks(session, period=OCTOBER, person_id="an")[0].casts) == (
        1,
        1,
    )
    panel.marks("an", "jia", "55", casts=1)
    assert len(stored_ballots(session, STORE)) == 2


def test_anothers_task_does_not_exist(session, panel):
    others = panel.task("bo", "jia")
    with refusal("panel_task_unknown"):
        panel_task_of(session, actor=expert("an"), task_id=others, now=panel.now)
    with refusal("panel_task_unknown"):
        panel_task_of(session, actor=expert("an"), task_id=10**6, now=panel.now)


@pytest.mark.parametrize("actor", [CHEN, representative("jia")])
def test_whoever_is_no_expert_casts_nothing(session, panel, actor):
    with refusal("not_allowed"):
        panel_task_of(session, actor=actor, task_id=panel.task("an", "jia"), now=panel.now)


def test_a_role_that_has_gone_counts_at_once(session, panel):
    gone = dataclasses.replace(expert("an"), roles=frozenset())
    with refusal("not_allowed"):
        cast_panel_ballot(session, actor=gone, task_id=panel.task("an", "jia"), marks="44", casts=0, ballot_id="x" * 43,
                          now=panel.now)  # fmt: skip


def test_an_expert_who_joins_a_unit_marks_it_no_more(session, panel):
    session.add(Role(person_id="an", role=STAFF, unit_code="yi"))
    session.flush()
    with refusal("expert_of_unit", unit="yi"):
        panel.marks("an", "yi", "55")
    panel.marks("an", "jia", "55")


def test_after_closing_nothing_is_taken(session, keys):
    from datetime import timedelta

    from tests.reviews.panel import START

    panel = PanelSeason(session, keys).is_open(closes_at=START + timedelta(minutes=3))
    panel.marks("an", "jia", "44")  # a minute before
    panel.now = START + timedelta(minutes=2)
    with refusal("panel_closed", period="2026-10", closed_at="2026-10-20 16:03"):
        panel.marks("an", "yi", "44")
    panel.closes()
    with refusal("panel_closed"):
        panel.marks("an", "yi", "44")
    assert len(stored_ballots(session, STORE)) == 1


def test_nothing_outside_the_ballots_tells_a_mark_or_a_unit(session, panel):
    """Rows but for the ballots and the count of casts are the same in two worlds with other marks."""

    def world(first: str, second: str) -> str:
        savepoint = session.begin_nested()
        now = panel.now
        panel.marks("an", "jia", first)
        panel.marks("an", "jia", second, casts=1)
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        said = json.dumps([[row.actor, row.action, row.subject, row.details] for row in rows])
        tasks = session.execute(select(PanelTask.person_id, PanelTask.unit_code, PanelTask.casts)).all()
        savepoint.rollback()
        session.expire_all()
        panel.now = now
        return said + str(sorted(tuple(row) for row in tasks))

    assert world("11", "55") == world("5-", "--")
    panel.marks("an", "jia", "44")
    row = session.scalars(select(AuditRow).where(AuditRow.action == "cast_panel_ballot")).one()
    assert (row.actor, row.subject, row.details) == ("person:an", "panel:2026-10", {})


def test_ballots_lie_in_the_order_of_their_ids(session, panel):
    panel.marks("an", "jia", "44")
    panel.marks("bo", "jia", "22")
    ids = list(session.scalars(text(f"select id from {STORE}")))
    assert ids == sorted(ids)
