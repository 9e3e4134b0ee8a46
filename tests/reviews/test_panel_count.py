"""Counting a panel: means with enough experts, nothing below, receipts published, all or nothing, whatever happens."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import select, text

from reviews.ballot_store import put_ballots, stored_ballots
from reviews.count_ballots import open_ballots
from reviews.panel_count import PanelCounted, panel_figures_by_unit, panel_to_count, take_means, write_panel_count
from reviews.panel_figures import EXACTLY, OR_LESS, OR_MORE, PanelFigure
from reviews.panel_models import Panel, PanelResult
from reviews.panel_rounds import panel_of
from reviews.receipt_lists import read_lists, root_of
from reviews.sealing import seal, unseal
from storage.audit import AuditRow
from tests.reviews.panel import CHEN, OCTOBER, PanelSeason
from tests.reviews.season import refusal, undone

STORE = "ballots_panel_2026_10"
THREE = PanelFigure(Fraction(3), EXACTLY)


@pytest.fixture
def panel(session, keys) -> PanelSeason:
    return PanelSeason(session, keys).is_open()


def fills(panel: PanelSeason) -> list[str]:
    """Receipts of a full panel: Jia is fine on the first, too few on the second; Yi is middling; Bing is poor."""
    receipts = []
    for expert, jia, yi, bing in (("an", "5-", "33", "1"), ("bo", "45", "24", "2"), ("cao", "44", "42", "3")):
        receipts += [
            panel.marks(expert, "jia", jia).code,
            panel.marks(expert, "yi", yi).code,
            panel.marks(expert, "bing", bing).code,
        ]
    return [*receipts, panel.marks("du", "yi", "--").code, panel.marks("du", "bing", "-").code]


def test_figures_are_the_coarse_means_of_enough_experts(session, panel):
    fills(panel)
    panel.closes()
    counted = panel.counts()
    assert panel_figures_by_unit(session, OCTOBER) == {
        "jia": {"mechanism": PanelFigure(Fraction(7, 2), OR_MORE), "service": None},
        "yi": {"mechanism": THREE, "service": THREE},
        "bing": {"service": PanelFigure(Fraction(5, 2), OR_LESS)},
    }
    assert (counted.ballots, counted.void, counted.figures, counted.known) == (11, 0, 5, 4)


def test_the_last_ballot_counts_and_the_lists_say_so(session, panel):
    receipts = fills(panel)
    again = panel.marks("an", "jia", "11", casts=1).code
    panel.closes()
    counted = panel.counts()
    frozen = panel_of(session, OCTOBER)
    lists = read_lists(frozen.receipts)
    assert set(lists.counted) == {*receipts[1:], again}
    assert (lists.superseded, lists.void) == ((receipts[0],), ())
    assert (root_of(lists), frozen.root, counted.root) == (counted.root,) * 3
    assert panel_figures_by_unit(session, OCTOBER)["jia"]["mechanism"] == THREE  # 1, 4, 4


def test_the_number_of_experts_is_kept_nowhere(session, panel):
    fills(panel)
    panel.closes()
    panel.counts()
    rows = session.execute(select(PanelResult.__table__)).mappings().all()
    assert {tuple(row) for row in rows} == {("period", "unit_code", "indicator", "mark", "reach", "score")}
    jia = next(row for row in rows if (row["unit_code"], row["indicator"]) == ("jia", "service"))
    assert (jia["mark"], jia["reach"], jia["score"]) == (None, None, None)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "count_panel")).one()
    assert set(row.details) == {"ballots", "void", "figures", "definition", "root"}


def test_a_panel_in_which_nobody_votes_has_no_figure(session, panel):
    panel.closes()
    assert panel.counts().known == 0
    assert set(panel_figures_by_unit(session, OCTOBER)["yi"].values()) == {None}


@pytest.mark.parametrize(
    "change", [{"marks": "5-3"}, {"marks": "55", "token": "x" * 22}, {"target": "yi"}, {"rater": "an"}, {"counter": 9}]
)
def test_a_forged_ballot_is_void_and_stops_nothing(session, panel, change):
    """Somebody who can write to the database puts another text in a ballot's place."""
    import dataclasses

    fills(panel)
    sealed = stored_ballots(session, STORE)
    victim = next(each for each in sealed if unseal(panel.keys[0], each).marks == "45")
    forged = seal(panel.keys[1], dataclasses.replace(unseal(panel.keys[0], victim), **change))
    _replace(session, victim, forged)
    panel.closes()
    counted = panel.counts()
    assert (counted.ballots, counted.void) == (10, 1)
    assert panel_figures_by_unit(session, OCTOBER)["jia"]["mechanism"] is None  # two are left


def test_missing_and_added_ballots_refuse_the_count(session, panel):
    fills(panel)
    sealed = stored_ballots(session, STORE)
    panel.closes()
    with undone(session):
        put_ballots(session, STORE, {"z" * 43: sealed[0]})
        with refusal("ballots_added", period="2026-10", ballots=1):
            panel.finds()
    with undone(session):
        session.execute(text(f"delete from {STORE} where sealed = :old"), {"old": sealed[0]})
        with refusal("ballots_missing", period="2026-10", ballots=1):
            panel.finds()


def test_refusals_of_a_count(session, panel, other_keys):
    with refusal("panel_is_open", period="2026-10"):
        panel.finds()
    panel.closes()
    with refusal("review_key_mismatch"):
        panel.finds(other_keys[0])
    with refusal("review_key_invalid"):
        panel.finds("{}")


def test_a_count_is_written_once_and_told_again(session, panel):
    fills(panel)
    panel.closes()
    found = panel.finds()
    counted = write_panel_count(session, found, actor=CHEN.ref, now=panel.tick())
    savepoint = session.begin_nested()
    with refusal("panel_is_counted", period="2026-10"):
        write_panel_count(session, found, actor=CHEN.ref, now=panel.tick())
    savepoint.rollback()
    assert panel_to_count(session, period=OCTOBER) == counted


def test_nothing_in_memory_shows_marks_by_accident(session, panel):
    fills(panel)
    panel.closes()
    ballots = panel_to_count(session, period=OCTOBER)
    assert not isinstance(ballots, PanelCounted)
    found = take_means(ballots, open_ballots(ballots, private_key=panel.keys[0]))
    assert "marks" not in repr(ballots) + repr(found)
    assert ballots.sealed[0][100:140] not in repr(ballots)


def test_a_panel_is_counted_by_its_state_not_by_its_results(session, panel):
    panel.closes()
    panel.counts()
    assert session.get_one(Panel, "2026-10", populate_existing=True).state == "counted"


def _replace(session, old: str, new: str) -> None:
    session.execute(text(f"update {STORE} set sealed = :new where sealed = :old"), {"new": new, "old": old})
