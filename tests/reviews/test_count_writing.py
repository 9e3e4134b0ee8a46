"""What a count writes: everything in one step, as coarse as it was handed over, and nothing that says who."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from consortium.models import Installation
from locales.errors import DomainError
from reviews.count_ballots import Uncounted, ballots_to_count, open_ballots
from reviews.count_writing import write_count
from reviews.figures import RoundFigures, UnitFigure
from reviews.models import (
    PeerComment,
    PeerCriterion,
    PeerFit,
    PeerResidue,
    PeerResult,
    PublishedReceipts,
    ReviewRound,
)
from reviews.receipt_lists import COUNTED, SUPERSEDED, VOID, find_receipt, read_lists, root_of
from reviews.residue import open_residue
from storage.audit import AuditRow
from tests.reviews.season import CHEN, NAMES, OCTOBER, START, Season, all_vote

pytestmark = pytest.mark.both_databases

NOTHING = UnitFigure("jia", 0, None, None, None, None, None, {}, takes_comments=False)


def figures(*taking: str, **of_jia: object) -> RoundFigures:
    """Figures of six units: only 甲 has any; `taking` are those on whom comments are shown."""
    units = (replace(NOTHING, unit=unit, takes_comments=unit in taking) for unit in NAMES)
    return RoundFigures(
        "peer-severity-1",
        tuple(replace(unit, **of_jia) if unit.unit == "jia" else unit for unit in units),
        ({"part": "one"}, {"part": "two"}),
        '{"pairs":[]}',
    )


def closed(season: Season) -> Season:
    season.is_open()
    all_vote(season)
    season.closes()
    return season


def comments(session) -> dict[str, list[str]]:
    rows = session.execute(select(PeerComment.unit_code, PeerComment.comment).order_by(PeerComment.comment)).all()
    found: dict[str, list[str]] = {}
    for unit, comment in rows:
        found.setdefault(unit, []).append(comment)
    return found


def test_results_are_written_as_they_were_found(season, session):
    closed(season).counts(
        figures=figures(raters=10, score=Fraction(75), rank=2, rank_low=1, rank_high=3, band="middle",
                        criteria={"referral": Fraction(125, 2), "experts": Fraction(75)})
    )  # fmt: skip
    jia = session.get_one(PeerResult, ("2026-10", "jia"))
    assert (jia.raters, jia.score, jia.definition) == (10, 75, "peer-severity-1")
    assert (jia.rank, jia.rank_low, jia.rank_high, jia.band) == (2, 1, 3, "middle")
    wu = session.get_one(PeerResult, ("2026-10", "wu"))
    assert (wu.raters, wu.score, wu.rank, wu.band) == (0, None, None, None)
    assert session.scalar(select(func.count()).select_from(PeerResult)) == 6
    assert session.execute(select(PeerCriterion.unit_code, PeerCriterion.criterion, PeerCriterion.score)).all() == [
        ("jia", "experts", Fraction(75)), ("jia", "referral", Fraction(125, 2)),
    ]  # fmt: skip
    assert session.execute(select(PeerFit.part, PeerFit.estimates)).all() == [
        (1, {"part": "one"}),
        (2, {"part": "two"}),
    ]


def test_round_moves_on_with_its_numbers_and_one_audit_row(season, session):
    counted = closed(season).counts(figures=figures())
    round_ = session.get_one(ReviewRound, "2026-10", populate_existing=True)
    assert (round_.state, round_.counted_at, round_.ballots_counted, round_.ballots_void) == (
        "counted", season.now, 30, 0,
    )  # fmt: skip
    assert (round_.root, round_.token_key is None) == (counted.root, False)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "count_round")).one()
    assert (row.actor, row.subject) == (CHEN, "round:2026-10")
    assert row.details == {
        "ballots": 30, "void": 0, "units": 6, "definition": "peer-severity-1", "root": counted.root,
    }  # fmt: skip


def test_receipts_are_published_with_their_root(season, session):
    season.is_open()
    first, last = season.votes("yi", "jia", "11111"), season.votes("yi", "jia", "22222")
    season.votes("bing", "jia", "33333")
    season.closes()
    lost = session.scalars(text("select min(id) from ballots_2026_10")).one()
    session.execute(text("update ballots_2026_10 set sealed = 'x' where id = :id"), {"id": lost})
    counted = season.counts(figures=figures())
    published = session.get_one(PublishedReceipts, "2026-10").published
    lists = read_lists(published)
    assert (len(lists.counted), len(lists.superseded), len(lists.void)) in {(2, 0, 1), (1, 1, 1)}
    assert counted.root == root_of(lists) == session.get_one(ReviewRound, "2026-10", populate_existing=True).root
    assert {find_receipt(lists, receipt.code) for receipt in (first, last)} <= {COUNTED, SUPERSEDED, VOID, None}
    assert (counted.ballots, counted.void) == (len(lists.counted), 1)


# --- comments ------------------------------------------------------------------------------------------------------


def commented(season: Season) -> Season:
    season.is_open()
    season.votes("yi", "jia", "11111", comment="慢")
    season.votes("yi", "jia", "22222", comment="还可以")
    season.votes("bing", "jia", "55555", comment="慢")
    season.votes("wu", "jia", "44444")
    season.votes("ding", "jia", "-----", comment="没有往来，但听说很好")
    season.votes("jia", "yi", "33333", comment="谢谢")
    season.closes()
    return season


def test_comments_are_kept_for_units_that_take_them_and_of_those_who_scored(season, session):
    commented(season).counts(figures=figures("jia", "wu"))
    assert comments(session) == {"jia": ["慢", "还可以"]}


def test_comments_on_units_that_few_scored_are_kept_nowhere(season, session):
    commented(season).counts(figures=figures())
    assert comments(session) == {}


def test_comment_rows_say_nothing_of_who_wrote_and_stand_in_the_order_of_random_ids(season, session):
    commented(season).counts(figures=figures("jia", "yi"))
    rows = session.execute(text("select * from peer_comment")).mappings().all()
    assert {column for row in rows for column in row} == {
        "id", "period", "unit_code", "comment", "reworded", "reworded_by", "reworded_at",
    }  # fmt: skip
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {(row["reworded"], row["reworded_by"]) for row in rows} == {(None, None)}


def test_comments_of_two_raters_who_swapped_them_leave_the_same_texts(database, season_in):
    found = []
    for texts in (("慢", "快"), ("快", "慢")):
        with database.transaction() as session:
            season = season_in(session).is_open()
            season.votes("yi", "jia", "33333", comment=texts[0])
            season.votes("bing", "jia", "33333", comment=texts[1])
            season.closes()
            season.counts(figures=figures("jia"))
            found.append(comments(session))
            session.rollback()
    assert found[0] == found[1] == {"jia": ["快", "慢"]}


# --- for the auditor -----------------------------------------------------------------------------------------------


def test_residue_lies_sealed_to_the_auditor_and_only_where_there_is_a_key(season, session, other_keys):
    season.auditor_key = other_keys[1]
    closed(season).counts(figures=figures())
    sealed = session.get_one(PeerResidue, "2026-10").sealed
    assert "pairs" not in sealed
    assert open_residue(other_keys[0], sealed) == '{"pairs":[]}'


def test_without_an_auditor_s_key_nothing_is_kept(season, session):
    closed(season).counts(figures=figures())
    assert session.scalars(select(PeerResidue)).all() == []


def test_residue_goes_when_four_later_rounds_are_counted(season, session, other_keys):
    season.auditor_key = other_keys[1]
    closed(season)
    for month, state in (("2026-04", "erased"), ("2026-05", "erased"), ("2026-06", "erased"), ("2026-07", "counted"),
                         ("2026-08", "closed"), ("2026-09", "erased")):  # fmt: skip
        session.execute(
            insert(ReviewRound).values(period=month, state=state, public_key="k", criteria=[], thresholds={},
                                       opened_at=START, closed_at=START)
        )  # fmt: skip
        if state != "closed":
            session.execute(insert(PeerResidue).values(period=month, sealed="x"))
    season.counts(figures=figures())
    assert session.scalars(select(PeerResidue.period).order_by(PeerResidue.period)).all() == [
        "2026-06", "2026-07", "2026-09", "2026-10",
    ]  # fmt: skip


# --- once ----------------------------------------------------------------------------------------------------------


def write(season: Season, uncounted: Uncounted):
    found = open_ballots(uncounted, private_key=season.private_key)
    return write_count(season.session, uncounted=uncounted, found=found, figures=figures("jia"), residue=None,
                       new_id=season._comment_id, actor=CHEN, now=season.now)  # fmt: skip


def test_second_count_of_the_same_round_writes_nothing_and_says_what_the_first_found(season, session):
    closed(season)
    uncounted = ballots_to_count(session, period=OCTOBER)
    first = write(season, uncounted)
    audits = session.scalar(select(func.count()).select_from(AuditRow))
    assert write(season, uncounted) == first
    season.erases()
    assert write(season, uncounted) == first
    assert session.scalar(select(func.count()).select_from(AuditRow)) == audits + 1


def test_round_that_was_opened_again_by_hand_is_not_counted(season, session):
    closed(season)
    uncounted = ballots_to_count(session, period=OCTOBER)
    session.execute(update(ReviewRound).values(state="open"))
    with pytest.raises(DomainError, match="round_is_open"):
        write(season, uncounted)
    session.execute(delete(ReviewRound).where(ReviewRound.period == "2026-11"))
    assert session.scalars(select(PeerResult)).all() == []


def test_installation_that_lost_its_auditor_keeps_counting(season, session):
    closed(season)
    session.execute(update(Installation).values(review={"public_key": season.public_key}))
    session.expire_all()
    assert season.counts(figures=figures()).ballots == 30
