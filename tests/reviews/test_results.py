"""What a count left, read back; and the act of erasing as rounds see it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sqlalchemy import func, select

from consortium.periods import Period
from reviews.ballot_store import has_store, put_ballots, stored_ballots, stores
from reviews.figures import RoundFigures, UnitFigure
from reviews.models import Assignment, ReviewRound
from reviews.results import Counted, PeerScore, counted_of, peer_criteria, peer_scores
from reviews.rounds import round_of
from tests.reviews.plain_figures import PLAIN
from tests.reviews.season import OCTOBER, all_vote

NOTHING = UnitFigure("jia", 0, None, None, None, None, None, {}, takes_comments=False)
FIGURES = RoundFigures(
    "peer-severity-1",
    (
        replace(NOTHING, unit="jia", raters=20, score=Fraction(75), rank=1, rank_low=1, rank_high=2, band="upper",
                criteria={"referral": Fraction(175, 2), "experts": Fraction(125, 2)}, takes_comments=True),
        replace(NOTHING, unit="yi", raters=5, score=Fraction(50), rank=2, rank_low=1, rank_high=2, band="middle"),
        replace(NOTHING, unit="bing"),
    ),
    ({"units": ["jia", "yi"]},),
    "{}",
)  # fmt: skip


def test_there_is_no_figure_before_the_count(season, session):
    season.is_open()
    all_vote(season)
    assert peer_scores(session, OCTOBER) == {}
    season.closes()
    assert peer_scores(session, OCTOBER) == {}
    assert peer_criteria(session, OCTOBER) == {}
    season.counts()
    assert peer_scores(session, Period(2026, month=9)) == {}


def test_scores_are_read_with_band_rank_and_interval_sorted_by_unit(season, session):
    season.is_open("yi", "jia", "bing")
    season.closes()
    season.counts(figures=FIGURES)
    scores = peer_scores(session, OCTOBER)
    assert list(scores) == ["bing", "jia", "yi"]
    assert scores == {
        "bing": PeerScore(None, 0, "peer-severity-1"),
        "jia": PeerScore(Fraction(75), 20, "peer-severity-1", 1, 1, 2, "upper"),
        "yi": PeerScore(Fraction(50), 5, "peer-severity-1", 2, 1, 2, "middle"),
    }


def test_criteria_are_read_for_units_that_have_any(season, session):
    season.is_open("yi", "jia", "bing")
    season.closes()
    season.counts(figures=FIGURES)
    assert peer_criteria(session, OCTOBER) == {"jia": {"experts": Fraction(125, 2), "referral": Fraction(175, 2)}}
    assert peer_criteria(session, Period(2026, month=9)) == {}


def test_what_a_count_found_can_be_said_again(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    counted = season.counts()
    session.expire_all()
    assert counted == Counted(ballots=30, void=0, units=6, scored=6, root=counted.root)
    assert counted_of(session, session.get_one(ReviewRound, "2026-10")) == counted


def test_erasure_leaves_no_ballot_and_keeps_results_and_participation(season, session):
    season.is_open()
    all_vote(season)
    season.votes("yi", "jia", "34512")
    season.closes()
    season.counts()
    scores = peer_scores(session, OCTOBER)
    assert scores["jia"].definition == PLAIN
    season.erases()
    round_ = round_of(session, OCTOBER)
    assert (round_.state, round_.erased_at, round_.token_key) == ("erased", season.now, None)
    assert stores(session) == []
    assert peer_scores(session, OCTOBER) == scores
    assert session.scalar(select(func.sum(Assignment.casts))) == 31


def test_count_and_erasure_of_a_round_in_which_nobody_voted_finish(season, session):
    season.is_open()
    season.closes()
    counted = season.counts()
    assert counted == Counted(ballots=0, void=0, units=6, scored=0, root=counted.root)
    season.erases()
    assert round_of(session, OCTOBER).state == "erased"


def test_erasure_of_one_round_leaves_the_ballots_of_the_next(season, session):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512")
    season.closes()
    season.counts()
    season.imports(b"unit_a,unit_b,kind,count,period\njia,yi,x,1,2026-11\njia,bing,x,1,2026-11\nyi,bing,x,1,2026-11\n")
    season.opens(Period(2026, month=11))
    put_ballots(session, "ballots_2026_11", {"november": "A" * 1971})
    season.erases()
    assert not has_store(session, "ballots_2026_10")
    assert stored_ballots(session, "ballots_2026_11") == ["A" * 1971]
    assert set(peer_scores(session, OCTOBER)) == {"jia", "yi"}
