"""Opening and closing a panel: who marks whom, what is frozen, who is done; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.models import Installation, Role
from consortium.periods import Period
from consortium.permissions import EXPERT
from reviews.ballot_store import has_store, stores
from reviews.panel_models import Panel, PanelTask
from reviews.panel_rounds import (
    PanelPlan,
    close_panel,
    open_panel,
    open_panel_of,
    panel_of,
    panel_progress,
    published_panels,
    units_without_panel,
)
from reviews.rounds import criteria_of
from storage.audit import AuditRow
from tests.reviews.panel import CHEN, EXPERTS, OCTOBER, PLAN, START, PanelSeason, criterion
from tests.reviews.season import refusal, undone


@pytest.fixture
def panel(session, keys) -> PanelSeason:
    return PanelSeason(session, keys)


def pairs(session) -> set[tuple[str, str]]:
    return set(session.execute(select(PanelTask.person_id, PanelTask.unit_code)).all())


def test_every_expert_marks_every_unit_but_the_own(session, panel):
    panel.is_open()
    everyone = {(expert, unit) for expert in EXPERTS for unit in ("jia", "yi", "bing")}
    assert pairs(session) == everyone - {("du", "jia")}


def test_a_representative_who_is_an_expert_does_not_mark_the_own_unit(session, panel):
    panel.is_set_up()
    session.add(Role(person_id="an", role="representative", unit_code="yi"))
    session.flush()
    panel.opens()
    assert ("an", "yi") not in pairs(session)
    assert ("an", "jia") in pairs(session)


def test_a_unit_without_any_indicator_is_not_marked(session, panel):
    panel.is_set_up().opens(PanelPlan(PLAN.criteria, PLAN.minimums, {**PLAN.tables, "bing": []}))
    assert {unit for _, unit in pairs(session)} == {"jia", "yi"}
    assert panel_of(session, OCTOBER).tables == {"jia": ["mechanism", "service"], "yi": ["mechanism", "service"]}


def test_what_is_marked_is_frozen_with_the_key(session, panel):
    panel.is_open()
    session.get_one(Installation, 1).review = {"public_key": "another"}
    session.flush()
    frozen = panel_of(session, OCTOBER)
    assert (frozen.public_key, frozen.minimums) == (panel.keys[1], {"mechanism": 3, "service": 3})
    assert criteria_of(frozen) == (criterion("mechanism"), criterion("service"))
    assert len(frozen.token_key) == 64


def test_opening_makes_the_store_and_one_line_in_the_audit(session, panel):
    panel.is_open()
    assert stores(session) == ["ballots_panel_2026_10"]
    row = session.scalars(select(AuditRow).where(AuditRow.action == "open_panel")).one()
    assert (row.subject, row.actor, row.details) == (
        "panel:2026-10", "person:chen", {"experts": 4, "units": 3, "indicators": 2},
    )  # fmt: skip


def test_refusals_of_opening(session, panel):
    panel.is_set_up()
    with refusal("panel_nothing_to_mark"):
        panel.opens(PanelPlan([], {}, {"jia": []}))
    with refusal("closing_in_the_past"):
        panel.opens(closes_at=START)
    with refusal("period_not_month"):
        open_panel(session, period=Period(2026), plan=PLAN, closes_at=None, actor=CHEN.ref, now=START)
    with undone(session):
        session.get_one(Installation, 1).review = {}
        session.flush()
        with refusal("no_review_key"):
            panel.opens()
    with undone(session):
        session.get_one(Installation, 1).review = {"public_key": panel.keys[0]}
        session.flush()
        with refusal("review_key_private"):
            panel.opens()
    assert (pairs(session), stores(session)) == (set(), [])


@pytest.mark.parametrize(("count", "minimum", "opens"), [(2, 3, False), (3, 3, True), (3, 4, False)])
def test_a_panel_that_is_smaller_than_the_minimum_does_not_open(session, panel, count, minimum, opens):
    panel.is_set_up(experts=EXPERTS[:count])
    plan = PanelPlan(PLAN.criteria, {"mechanism": minimum, "service": minimum}, PLAN.tables)
    if opens:
        panel.opens(plan)
        return
    with refusal("panel_too_small", experts=count, minimum=minimum):
        panel.opens(plan)


def test_somebody_who_left_is_no_expert(session, panel):
    from consortium.models import Person

    panel.is_set_up()
    session.get_one(Person, "an").active = False
    session.flush()
    panel.opens()
    assert "an" not in {expert for expert, _ in pairs(session)}


def test_there_is_one_panel_a_month_and_one_open(session, panel):
    panel.is_open()
    with refusal("panel_is_open", period="2026-10"):
        panel.opens()
    november = Period(2026, month=11)
    with refusal("panel_still_open", period="2026-10"):
        open_panel(session, period=november, plan=PLAN, closes_at=None, actor=CHEN.ref, now=panel.tick())
    panel.closes()
    with refusal("panel_is_closed", period="2026-10"):
        panel.opens()
    open_panel(session, period=november, plan=PLAN, closes_at=None, actor=CHEN.ref, now=panel.tick())
    assert open_panel_of(session).period == "2026-11"


def test_closing_happens_once(session, panel):
    panel.is_open()
    closed = panel.closes()
    assert (closed.state, closed.closed_at) == ("closed", panel.now)
    with refusal("panel_is_closed", period="2026-10"):
        panel.closes()
    with refusal("panel_unknown", period="2026-11"):
        close_panel(session, period=Period(2026, month=11), actor=CHEN.ref, now=panel.now)
    assert has_store(session, "ballots_panel_2026_10")


def test_progress_counts_units_and_nothing_else(session, panel):
    panel.is_open()
    panel.marks("an", "jia", "54")
    panel.marks("an", "jia", "11", casts=1)
    panel.marks("du", "yi", "5-")
    panel.marks("du", "bing", "3")
    found = {each.person_id: (each.done, each.assigned, each.is_done) for each in panel_progress(session, OCTOBER)}
    assert found == {"an": (1, 3, False), "bo": (0, 3, False), "cao": (0, 3, False), "du": (2, 2, True)}


def test_units_that_too_few_experts_are_free_to_mark_are_named(session, panel):
    panel.is_set_up(experts=("an", "bo", "du"))
    assert units_without_panel(session, panel.opens()) == ["jia"]


def test_only_counted_panels_have_published_receipts(session, panel):
    panel.is_open()
    panel.closes()
    assert published_panels(session) == []
    panel.counts()
    assert [each.period for each in published_panels(session)] == ["2026-10"]


def test_the_table_takes_one_open_panel_only(session, panel):
    from sqlalchemy.exc import IntegrityError

    panel.is_open()
    values = {
        name: getattr(panel_of(session, OCTOBER), name) for name in ("public_key", "criteria", "minimums", "tables")
    }
    with undone(session), pytest.raises(IntegrityError):
        session.add(Panel(period="2026-11", state="open", opened_at=START + timedelta(days=20), **values))
        session.flush()


def test_expert_is_a_role_without_a_unit(session, panel):
    from sqlalchemy.exc import IntegrityError

    panel.is_set_up()
    with undone(session), pytest.raises(IntegrityError):
        session.add(Role(person_id="an", role=EXPERT, unit_code="jia"))
        session.flush()
