from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import permutations

import pytest
from sqlalchemy import delete, func, insert, select, update

from consortium.disclosure import rater_band
from consortium.periods import Period
from reviews.models import Assignment, Ballot, PeerResult, ReviewRound
from reviews.peer_mean import PeerScore
from reviews.results import Counted, peer_scores
from reviews.rounds import round_of
from reviews.sealing import BallotContent, seal
from storage.audit import AuditRow
from tests.reviews.season import CHEN, NAMES, OCTOBER, START, refusal, undone

MARKS = {"yi": "34512", "bing": "44445", "ding": "12212", "wu": "55555", "ji": "33332"}  # of jia: means 3 4.2 1.6 5 2.8
JIA = Fraction(100) * (Fraction(166, 10) / 5 - 1) / 4


def all_vote(season) -> None:
    """Everyone scores everyone: jia gets MARKS, all others threes."""
    for rater, target in permutations(NAMES, 2):
        season.votes(rater, target, MARKS[rater] if target == "jia" else "33333")


def forge(session, season, **changes: object) -> None:
    """A ballot that somebody with the public key put into the table."""
    fields = {
        "period": "2026-10",
        "assignment_id": season.task("yi", "jia"),
        "rater": "yi",
        "target": "jia",
        "marks": "11111",
        "cast_at": START,
        "counter": 1,
    }
    sealed = seal(season.public_key, BallotContent(**(fields | changes)))
    session.execute(insert(Ballot).values(id="forged", period="2026-10", sealed=sealed))


def results(session) -> dict[str, tuple[int, Fraction | None]]:
    session.expire_all()
    return {row.unit_code: (row.raters, row.score) for row in session.scalars(select(PeerResult))}


def nothing_was_written(session) -> bool:
    session.expire_all()
    counted = session.scalars(select(AuditRow).where(AuditRow.action == "count_round")).all()
    return results(session) == {} and counted == [] and session.scalars(select(ReviewRound.state)).one() == "closed"


def test_count_gives_the_exact_mean_of_ballot_means(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    assert season.counts() == Counted(ballots=30, units=6, scored=6)
    assert results(session) == {"jia": (5, JIA)} | dict.fromkeys(list(NAMES)[1:], (5, Fraction(50)))
    assert peer_scores(session, OCTOBER)["jia"] == PeerScore(JIA, 5, "peer-mean-1")
    assert Fraction(58) == JIA


def test_count_moves_the_round_on_and_writes_one_audit_row(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    season.counts()
    round_ = round_of(session, OCTOBER)
    assert (round_.state, round_.counted_at, round_.ballots_counted) == ("counted", season.now, 30)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "count_round")).one()
    assert (row.actor, row.subject) == (CHEN, "round:2026-10")
    assert row.details == {"ballots": 30, "units": 6, "definition": "peer-mean-1"}


def test_count_takes_the_newest_ballot_of_every_pair(season, session):
    season.is_open()
    all_vote(season)
    season.votes("yi", "jia", "55555")
    season.votes("yi", "jia", "11111")
    season.closes()
    assert season.counts().ballots == 30
    assert results(session)["jia"] == (5, Fraction(100) * (Fraction(146, 10) / 5 - 1) / 4)


def test_count_takes_the_last_cast_even_if_the_clock_went_back(season, session):
    season.is_open()
    all_vote(season)
    season.now = START
    season.votes("yi", "jia", "55555")
    season.closes()
    season.counts()
    assert results(session)["jia"] == (5, Fraction(100) * (Fraction(186, 10) / 5 - 1) / 4)


def test_count_treats_no_dealings_as_missing(season, session):
    season.is_open()
    all_vote(season)
    season.votes("wu", "jia", "-----")
    season.closes()
    assert season.counts() == Counted(ballots=30, units=6, scored=5)
    assert results(session)["jia"] == (4, None)


def test_count_gives_no_score_below_five_raters_and_a_row_for_every_unit(season, session):
    season.is_open("jia", "yi", "bing")
    season.votes("yi", "jia", "55555")
    season.closes()
    assert season.counts() == Counted(ballots=1, units=3, scored=0)
    assert results(session) == {"jia": (1, None), "yi": (0, None), "bing": (0, None)}
    assert rater_band(peer_scores(session, OCTOBER)["jia"].raters) is None


def test_count_of_a_round_in_which_nobody_voted_finishes(season, session):
    season.is_open()
    season.closes()
    assert season.counts() == Counted(ballots=0, units=6, scored=0)
    assert season.erases() == 0
    assert round_of(session, OCTOBER).state == "erased"


def test_count_leaves_units_without_cooperation_out(season, session):
    season.is_open("jia", "yi")
    season.closes()
    season.counts()
    assert set(peer_scores(session, OCTOBER)) == {"jia", "yi"}


def test_there_is_no_figure_before_the_count(season, session):
    season.is_open()
    all_vote(season)
    assert peer_scores(session, OCTOBER) == {}
    season.closes()
    assert peer_scores(session, OCTOBER) == {}
    assert peer_scores(session, Period(2026, month=9)) == {}


def test_count_run_again_says_the_same_and_changes_nothing(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    first, scores = season.counts(), peer_scores(session, OCTOBER)
    audits = session.scalar(select(func.count()).select_from(AuditRow))
    assert season.counts() == first
    assert season.counts(private_key="lost by now") == first
    assert peer_scores(session, OCTOBER) == scores
    assert session.scalar(select(func.count()).select_from(AuditRow)) == audits


def test_count_and_erasure_killed_in_between_are_finished_by_running_them_again(database, season_in):
    def stops(session) -> None:
        session.flush()
        raise KeyboardInterrupt

    def run(*acts: str, killed: bool = False) -> None:
        with database.transaction() as session:
            season = season_in(session)
            for act in acts:
                getattr(season, act)()
            if killed:
                stops(session)

    with database.transaction() as session:
        season = season_in(session).is_open()
        all_vote(season)
        season.closes()
    for acts in (("counts",), ("counts", "erases")):
        with pytest.raises(KeyboardInterrupt):
            run(*acts, killed=True)
        with database.transaction() as session:
            assert session.scalars(select(ReviewRound.state)).one() == "closed"
            assert session.scalar(select(func.count()).select_from(Ballot)) == 30
    run("counts")
    with pytest.raises(KeyboardInterrupt):
        run("erases", killed=True)
    run("counts", "erases")
    run("counts", "erases")
    with database.transaction() as session:
        assert session.scalars(select(ReviewRound.state)).one() == "erased"
        assert session.scalar(select(func.count()).select_from(Ballot)) == 0
        assert peer_scores(session, OCTOBER)["jia"] == PeerScore(JIA, 5)


def test_count_with_the_key_of_another_round_says_which_is_needed(season, session, other_keys):
    season.is_open()
    all_vote(season)
    season.closes()
    with refusal("review_key_mismatch"):
        season.counts(private_key=other_keys[0])
    with refusal("review_key_invalid"):
        season.counts(private_key=season.public_key)
    with refusal("review_key_invalid"):
        season.counts(private_key="-----BEGIN PRIVATE KEY-----")
    assert nothing_was_written(session)


def test_count_refuses_ballots_that_do_not_open_and_says_how_many(season, session, other_keys):
    season.is_open()
    all_vote(season)
    season.closes()
    (first, second) = session.scalars(select(Ballot.id).order_by(Ballot.id).limit(2)).all()
    sealed = session.scalars(select(Ballot.sealed).where(Ballot.id == first)).one()
    broken = sealed[:700] + ("A" if sealed[700] != "A" else "B") + sealed[701:]
    session.execute(update(Ballot).where(Ballot.id == first).values(sealed=broken))
    foreign = seal(other_keys[1], BallotContent("2026-10", 1, "yi", "jia", "11111", START, 1))
    session.execute(update(Ballot).where(Ballot.id == second).values(sealed=foreign))
    with refusal("ballots_unreadable", period="2026-10", ballots=2, of=30):
        season.counts()
    assert nothing_was_written(session)


def test_count_refuses_a_ballot_of_another_round_carried_over(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    session.execute(delete(Ballot).where(Ballot.id == session.scalars(select(func.min(Ballot.id))).one()))
    forge(session, season, period="2026-09")
    with refusal("ballots_contradict", period="2026-10", ballots=1, of=30):
        season.counts()
    assert nothing_was_written(session)


def test_count_refuses_a_ballot_slipped_in_beside_the_real_ones(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    for changes in (
        {"counter": 2},
        {"counter": 1},
        {"rater": "bing"},
        {"target": "bing"},
        {"rater": "jia", "target": "jia"},
        {"assignment_id": 999_999},
        {"marks": "333"},
    ):
        with undone(session):
            forge(session, season, **changes)
            with refusal("ballots_contradict", period="2026-10", ballots=1, of=31):
                season.counts()
            assert nothing_was_written(session)


def test_count_refuses_if_a_ballot_that_was_cast_is_gone(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    session.execute(delete(Ballot).where(Ballot.id == session.scalars(select(func.min(Ballot.id))).one()))
    with refusal("ballots_missing", period="2026-10", ballots=1):
        season.counts()
    assert nothing_was_written(session)


def test_count_refuses_if_participation_was_changed_behind_its_back(season, session):
    season.is_open()
    all_vote(season)
    season.closes()
    session.execute(update(Assignment).where(Assignment.rater == "yi", Assignment.target == "jia").values(casts=0))
    with refusal("ballots_contradict", period="2026-10", ballots=1, of=30):
        season.counts()
    assert nothing_was_written(session)


def test_erasure_leaves_no_ballot_and_keeps_results_and_participation(season, session):
    season.is_open()
    all_vote(season)
    season.votes("yi", "jia", MARKS["yi"])
    season.closes()
    season.counts()
    scores = peer_scores(session, OCTOBER)
    assert season.erases() == 31
    round_ = round_of(session, OCTOBER)
    assert (round_.state, round_.erased_at) == ("erased", season.now)
    assert session.scalars(select(Ballot)).all() == []
    assert peer_scores(session, OCTOBER) == scores
    assert session.scalar(select(func.sum(Assignment.casts))) == 31
    row = session.scalars(select(AuditRow).where(AuditRow.action == "erase_round")).one()
    assert (row.actor, row.subject, row.details) == (CHEN, "round:2026-10", {"ballots": 31})


def test_erasure_run_again_does_nothing(season, session):
    season.is_open()
    season.closes()
    season.counts()
    season.erases()
    audits = session.scalar(select(func.count()).select_from(AuditRow))
    assert season.erases() == 0
    assert session.scalar(select(func.count()).select_from(AuditRow)) == audits


def test_erasure_of_one_round_leaves_the_ballots_of_the_next(season, session):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512")
    season.closes()
    season.counts()
    season.imports(b"unit_a,unit_b,kind,count,period\njia,yi,x,1,2026-11\n")
    season.opens(Period(2026, month=11))
    forged = seal(season.public_key, BallotContent("2026-11", 3, "yi", "jia", "11111", START, 1))
    session.execute(insert(Ballot).values(id="november", period="2026-11", sealed=forged))
    season.erases()
    assert session.scalars(select(Ballot.id)).all() == ["november"]


def test_two_counts_at_once_write_one_result(database, season_in):
    with database.transaction() as session:
        season = season_in(session).is_open()
        all_vote(season)
        season.closes()

    def count(_: int) -> Counted:
        with database.transaction() as session:
            return season_in(session).counts()

    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(count, range(3))) == {Counted(30, 6, 6)}
    with database.transaction() as session:
        assert len(results(session)) == 6
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "count_round")).all()) == 1
