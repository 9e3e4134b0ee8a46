from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import insert, text, update

from reviews.invariants import CHECKS, check_reviews
from reviews.models import Assignment, Ballot, PeerResult, ReviewRound
from reviews.sealing import SEALED_LENGTH
from tests.reviews.season import NAMES, assert_told


def season_at(season, state: str):
    season.is_open()
    for rater in list(NAMES)[1:]:
        season.votes(rater, "jia", "34512")
    for act in {"open": (), "closed": ("closes",), "counted": ("closes", "counts"),
                "erased": ("closes", "counts", "erases")}[state]:  # fmt: skip
        getattr(season, act)()
    return season


def put(session, sealed: str = "A" * SEALED_LENGTH) -> None:
    session.execute(insert(Ballot).values(id="extra", period="2026-10", sealed=sealed))


def found(session) -> list[tuple[str, str, str, dict[str, object]]]:
    findings = check_reviews(session)
    for finding in findings:
        assert_told(finding)
    return [(finding.file, finding.key, finding.code, dict(finding.details)) for finding in findings]


@pytest.mark.parametrize("state", ["open", "closed", "counted", "erased"])
def test_invariants_hold_in_every_state_of_a_round(season, session, state):
    season_at(season, state)
    assert found(session) == []


def test_invariants_hold_in_an_empty_installation(session):
    assert found(session) == []
    assert len(CHECKS) == 5


def test_ballot_left_in_an_erased_round_is_found(season, session):
    season_at(season, "erased")
    put(session)
    assert found(session) == [("database", "round:2026-10", "erased_round_has_ballots", {"ballots": 1})]


@pytest.mark.parametrize("state", ["open", "closed", "counted"])
def test_ballot_too_many_is_found(season, session, state):
    season_at(season, state)
    put(session)
    assert found(session) == [("database", "round:2026-10", "ballots_differ_from_casts", {"ballots": 6, "casts": 5})]


def test_ballot_that_is_gone_is_found(season, session):
    season_at(season, "open")
    session.execute(text("delete from ballot where id = (select min(id) from ballot)"))
    assert found(session) == [("database", "round:2026-10", "ballots_differ_from_casts", {"ballots": 4, "casts": 5})]


def test_changed_participation_is_found(season, session):
    season_at(season, "closed")
    session.execute(update(Assignment).values(casts=0))
    assert found(session) == [("database", "round:2026-10", "ballots_differ_from_casts", {"ballots": 5, "casts": 0})]


def test_ballot_of_another_length_is_found(season, session):
    season_at(season, "open")
    shorten = text("update ballot set sealed = :sealed where id = (select min(id) from ballot)")
    for length in (0, SEALED_LENGTH - 1, SEALED_LENGTH + 1):
        session.execute(shorten, {"sealed": "A" * length})
        assert found(session) == [("database", "round:2026-10", "ballot_of_odd_length", {"ballots": 1})]


@pytest.mark.parametrize("state", ["open", "closed"])
def test_result_before_the_count_is_found(season, session, state):
    season_at(season, state)
    session.execute(
        insert(PeerResult).values(period="2026-10", unit_code="jia", raters=5, score=Fraction(50), definition="x")
    )
    assert found(session) == [("database", "round:2026-10", "results_do_not_fit_round", {"results": 1})]


def test_counted_round_without_results_is_found(season, session):
    season_at(season, "counted")
    session.execute(text("delete from peer_result"))
    assert found(session) == [("database", "round:2026-10", "results_do_not_fit_round", {"results": 0})]


def test_score_that_does_not_fit_its_raters_is_found(season, session):
    season_at(season, "counted")
    for raters, score in ((4, Fraction(50)), (0, Fraction(0)), (5, None), (25, None)):
        session.execute(update(PeerResult).where(PeerResult.unit_code == "yi").values(raters=raters, score=score))
        assert found(session) == [("database", "round:2026-10", "score_does_not_fit_raters", {"unit": "yi"})]


def test_several_faults_are_all_named(season, session):
    season_at(season, "erased")
    put(session, sealed="short")
    session.execute(update(ReviewRound).values(ballots_counted=None))
    assert [code for _, _, code, _ in found(session)] == ["erased_round_has_ballots", "ballot_of_odd_length"]
