from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from reviews.ballot_store import make_store, put_ballots
from reviews.invariants import CHECKS, check_reviews
from reviews.models import Assignment, PeerComment, PeerCriterion, PeerResult, PublishedReceipts, ReviewRound
from reviews.sealing import SEALED_LENGTH
from tests.reviews.season import NAMES, START, assert_told, undone


def season_at(season, state: str):
    season.is_open()
    for rater in list(NAMES)[1:]:
        season.votes(rater, "jia", "34512")
    for act in {"open": (), "closed": ("closes",), "counted": ("closes", "counts"),
                "erased": ("closes", "counts", "erases")}[state]:  # fmt: skip
        getattr(season, act)()
    return season


STORE = "ballots_2026_10"


def put(session, sealed: str = "A" * SEALED_LENGTH) -> None:
    """One ballot more than were cast."""
    put_ballots(session, STORE, {"extra": sealed})


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
    assert len(CHECKS) == 8


def test_ballot_left_in_an_erased_round_is_found(season, session):
    season_at(season, "erased")
    make_store(session, STORE)
    put(session)
    assert found(session) == [("database", "round:2026-10", "erased_round_has_ballots", {"ballots": 1})]


@pytest.mark.parametrize("state", ["open", "closed", "counted"])
def test_ballot_too_many_is_found(season, session, state):
    season_at(season, state)
    put(session)
    assert found(session) == [("database", "round:2026-10", "ballots_differ_from_casts", {"ballots": 6, "casts": 5})]


def test_ballot_that_is_gone_is_found(season, session):
    season_at(season, "open")
    session.execute(text("delete from ballots_2026_10 where id = (select min(id) from ballots_2026_10)"))
    assert found(session) == [("database", "round:2026-10", "ballots_differ_from_casts", {"ballots": 4, "casts": 5})]


def test_changed_participation_is_found(season, session):
    season_at(season, "closed")
    session.execute(update(Assignment).values(casts=0))
    assert found(session) == [("database", "round:2026-10", "ballots_differ_from_casts", {"ballots": 5, "casts": 0})]


def test_ballot_of_another_length_is_found(season, session):
    season_at(season, "open")
    shorten = text("update ballots_2026_10 set sealed = :sealed where id = (select min(id) from ballots_2026_10)")
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


@pytest.mark.parametrize(("raters", "score"), [(4, 50), (0, 0), (5, None), (20, None), (25, 50)])
def test_score_that_does_not_fit_its_raters_cannot_be_stored(season, session, raters, score):
    season_at(season, "counted")
    with pytest.raises(IntegrityError):
        session.execute(
            update(PeerResult)
            .where(PeerResult.unit_code == "yi")
            .values(raters=raters, score=None if score is None else Fraction(score))
        )


def test_several_faults_are_all_named(season, session):
    season_at(season, "closed")
    put(session, sealed="short")
    session.execute(update(ReviewRound).values(state="counted"))
    assert [code for _, _, code, _ in found(session)] == [
        "ballots_differ_from_casts",
        "ballot_of_odd_length",
        "results_do_not_fit_round",
    ]


def test_token_key_left_in_an_erased_round_is_found(season, session):
    season_at(season, "erased")
    session.execute(update(ReviewRound).values(token_key="5a" * 32))
    assert found(session) == [("database", "round:2026-10", "erased_round_has_ballots", {"ballots": 0})]


def test_figures_on_criteria_of_a_unit_without_a_score_are_found(season, session):
    season_at(season, "counted")
    session.execute(insert(PeerCriterion).values(period="2026-10", unit_code="wu", criterion="x", score=Fraction(50)))
    assert found(session) == [("database", "round:2026-10", "details_of_too_few", {"unit": "wu"})]


@pytest.mark.parametrize(("raters", "is_found"), [(0, True), (5, True), (10, False), (20, False)])
def test_comments_on_a_unit_that_few_scored_are_found(season, session, raters, is_found):
    season_at(season, "counted")
    score = Fraction(50) if raters else None
    session.execute(update(PeerResult).where(PeerResult.unit_code == "wu").values(raters=raters, score=score))
    session.execute(insert(PeerComment).values(id="x", period="2026-10", unit_code="wu", comment="好"))
    expected = [("database", "round:2026-10", "details_of_too_few", {"unit": "wu"})]
    assert found(session) == (expected if is_found else [])


def test_changed_receipts_root_or_numbers_are_found(season, session):
    season_at(season, "erased")
    published = session.scalars(select(PublishedReceipts.published)).one()
    changes = (
        update(PublishedReceipts).values(published=published.replace("2026-10", "2026-11")),
        update(PublishedReceipts).values(published=published + "x"),
        update(ReviewRound).values(root="0" * 64),
        update(ReviewRound).values(root=None),
        update(ReviewRound).values(ballots_counted=4),
        update(ReviewRound).values(ballots_void=1),
        delete(PublishedReceipts),
    )
    for change in changes:
        with undone(session):
            session.execute(change)
            session.expire_all()
            assert found(session) == [("database", "round:2026-10", "receipts_changed", {})]
    assert found(session) == []


def test_key_that_an_erased_round_had_is_found_on_postgresql(season, session):
    season_at(season, "closed")
    session.execute(
        insert(ReviewRound).values(period="2026-09", state="erased", public_key=season.public_key, criteria=[],
                                   thresholds={}, opened_at=START)
    )  # fmt: skip
    session.execute(insert(PeerResult).values(period="2026-09", unit_code="yi", raters=0, definition="x"))
    expected = [("database", "round:2026-10", "review_key_used_before", {})]
    assert found(session) == (expected if session.get_bind().dialect.name == "postgresql" else [])
