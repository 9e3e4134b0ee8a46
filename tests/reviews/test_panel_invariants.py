"""`doctor` looks at panels: each fault that can be made in the tables is named, a sound panel is not."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import delete, select, text, update

from reviews.ballot_store import drop_store, make_store
from reviews.panel_invariants import check_panels
from reviews.panel_models import Panel, PanelResult, PanelTask
from tests.reviews.panel import PanelSeason
from tests.reviews.season import assert_told, undone

STORE = "ballots_panel_2026_10"


@pytest.fixture
def panel(session, keys) -> PanelSeason:
    return PanelSeason(session, keys).is_open()


def found(session):
    findings = check_panels(session)
    for finding in findings:
        assert_told(finding)
    return [(finding.key, finding.code) for finding in findings]


def test_a_panel_is_sound_at_every_step(session, panel):
    assert found(session) == []
    panel.marks("an", "jia", "44")
    assert found(session) == []
    panel.closes()
    assert found(session) == []
    panel.counts()
    assert found(session) == []
    drop_store(session, STORE)
    session.execute(update(Panel).values(state="erased", token_key=None))
    assert found(session) == []


def test_what_is_wrong_is_named(session, panel):
    panel.marks("an", "jia", "44")
    with undone(session):
        session.execute(text(f"delete from {STORE}"))
        assert found(session) == [("panel:2026-10", "panel_ballots_differ")]
    with undone(session):
        session.execute(update(PanelTask).where(PanelTask.person_id == "bo").values(casts=1))
        assert found(session) == [("panel:2026-10", "panel_ballots_differ")]
    with undone(session):
        values = {"mark": Fraction(3), "reach": "exactly", "score": Fraction(50)}
        session.add(PanelResult(period="2026-10", unit_code="jia", indicator="x", **values))
        session.flush()
        assert found(session) == [("panel:2026-10", "panel_results_do_not_fit")]
    with undone(session):
        make_store(session, "ballots_panel_2026_11")
        assert found(session) == [("ballots_panel_2026_11", "ballots_without_panel")]
    panel.closes()
    panel.counts()
    with undone(session):
        session.execute(update(Panel).values(state="erased"))
        assert found(session) == [("panel:2026-10", "erased_panel_has_ballots")]
    with undone(session):
        session.execute(delete(PanelResult))
        assert found(session) == [("panel:2026-10", "panel_results_do_not_fit")]
    assert len(session.scalars(select(PanelResult)).all()) == 5
