"""From the sealed table to the ballots that count: what is read, what is refused, what is void."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text, update

from consortium.models import Installation
from reviews.ballot_store import put_ballots, stored_ballots
from reviews.ballots import Sealed, cast_ballots
from reviews.count_ballots import Uncounted, ballots_to_count, open_ballots
from reviews.models import Assignment, ReviewRound
from reviews.results import Counted
from reviews.sealing import BallotContent, ballot_token, receipt_of, seal
from storage.audit import AuditRow
from tests.reviews.season import OCTOBER, START, Season, all_vote, refusal, representative

STORE = "ballots_2026_10"


def closed(season: Season) -> Season:
    season.is_open()
    all_vote(season)
    season.closes()
    return season


def read(session) -> Uncounted:
    uncounted = ballots_to_count(session, period=OCTOBER)
    assert isinstance(uncounted, Uncounted)
    return uncounted


def put_in_place_of_one(session, sealed: str) -> str:
    """Somebody with the database in hand takes a ballot away and puts another there; the receipt of the lost one."""
    first = session.scalars(text(f"select min(id) from {STORE}")).one()
    lost = session.scalars(text(f"select sealed from {STORE} where id = :id"), {"id": first}).one()
    session.execute(text(f"update {STORE} set sealed = :sealed where id = :id"), {"id": first, "sealed": sealed})
    return receipt_of(lost)


def forged(season: Season, **changes: object) -> str:
    """A ballot that somebody with the public key made, and who knows everything but the token."""
    task = season.task("yi", "jia")
    content = BallotContent("2026-10", task, "yi", "jia", "11111", START, 1, "A" * 22)
    return seal(season.public_key, replace(content, **changes))


# --- reading -------------------------------------------------------------------------------------------------------


def test_closed_round_is_read_with_all_that_a_count_needs(season, session):
    uncounted = read(closed(season).session)
    round_ = session.get_one(ReviewRound, "2026-10")
    assert (uncounted.period, uncounted.public_key, uncounted.auditor_key) == ("2026-10", season.public_key, None)
    assert (len(uncounted.criteria), uncounted.thresholds) == (5, {"raters": 5, "criterion": 8, "comments": 10})
    assert (uncounted.record.token_key, uncounted.record.criteria_count) == (round_.token_key, 5)
    assert len(uncounted.record.assignments) == len(uncounted.sealed) == 30
    assert uncounted.units == ("bing", "ding", "ji", "jia", "wu", "yi")
    assert (uncounted.tiers["jia"], uncounted.tiers["yi"]) == ("tertiary", "secondary")


def test_units_without_cooperation_are_no_units_of_the_round(season, session):
    season.is_open("jia", "yi", "bing")
    season.closes()
    assert read(session).units == ("bing", "jia", "yi")


def test_auditor_s_key_is_that_of_the_installation(season, session, other_keys):
    closed(season)
    session.execute(update(Installation).values(review={"public_key": season.public_key, "auditor_key": other_keys[1]}))
    session.expire_all()
    assert read(session).auditor_key == other_keys[1]


def test_nothing_of_a_ballot_shows_when_printed(season, session):
    uncounted = read(closed(season).session)
    shown = repr(uncounted)
    assert uncounted.record.token_key not in shown
    assert all(sealed[900:940] not in shown for sealed in uncounted.sealed)


def test_round_that_is_not_closed_is_refused(season, session):
    with refusal("round_unknown", period="2026-10"):
        ballots_to_count(session, period=OCTOBER)
    season.is_open()
    with refusal("round_is_open", period="2026-10"):
        ballots_to_count(session, period=OCTOBER)


@pytest.mark.parametrize("acts", [("counts",), ("counts", "erases")])
def test_counted_round_says_what_was_found(season, session, acts):
    closed(season)
    for act in acts:
        getattr(season, act)()
    found = ballots_to_count(session, period=OCTOBER)
    assert isinstance(found, Counted)
    assert (found.ballots, found.void, found.units, found.scored) == (30, 0, 6, 6)


def test_ballots_that_are_gone_are_refused_with_their_number(season, session):
    closed(season)
    session.execute(text(f"delete from {STORE} where id in (select id from {STORE} order by id limit 2)"))
    with refusal("ballots_missing", period="2026-10", ballots=2):
        ballots_to_count(session, period=OCTOBER)


def test_store_that_is_gone_is_refused_too(season, session):
    closed(season)
    session.execute(text(f"drop table {STORE}"))
    with refusal("ballots_missing", period="2026-10", ballots=30):
        ballots_to_count(session, period=OCTOBER)


def test_ballots_that_were_slipped_in_are_refused_with_their_number(season, session):
    closed(season)
    put_ballots(session, STORE, {"slipped": forged(season), "in": forged(season)})
    with refusal("ballots_added", period="2026-10", ballots=2):
        ballots_to_count(session, period=OCTOBER)


def test_participation_changed_behind_the_back_is_refused(season, session):
    closed(season)
    session.execute(update(Assignment).where(Assignment.id == season.task("yi", "jia")).values(casts=0))
    with refusal("ballots_added", period="2026-10", ballots=1):
        ballots_to_count(session, period=OCTOBER)


# --- opening -------------------------------------------------------------------------------------------------------


def test_ballots_are_opened_with_the_marks_that_were_cast(season, session):
    found = open_ballots(read(closed(season).session), private_key=season.private_key)
    assert {(ballot.rater, ballot.marks) for ballot in found.ballots if ballot.target == "jia"} == {
        ("yi", "34512"), ("bing", "44445"), ("ding", "12212"), ("wu", "55555"), ("ji", "33332"),
    }  # fmt: skip
    assert (len(found.ballots), len(found.counted), found.superseded, found.void) == (30, 30, (), ())


def test_receipts_of_all_who_cast_are_found_in_the_lists(season, session):
    season.is_open()
    first = season.votes("yi", "jia", "55555")
    last = season.votes("yi", "jia", "11111")
    season.closes()
    found = open_ballots(read(session), private_key=season.private_key)
    assert (found.counted, found.superseded) == ((last.code,), (first.code,))


def test_last_cast_counts_even_if_the_clock_went_back(season, session):
    season.is_open()
    season.votes("yi", "jia", "11111")
    season.now = START
    season.votes("yi", "jia", "55555")
    season.closes()
    assert [ballot.marks for ballot in open_ballots(read(session), private_key=season.private_key).ballots] == ["55555"]


def test_key_that_is_not_the_rounds_says_which_is_needed(season, session, other_keys):
    uncounted = read(closed(season).session)
    with refusal("review_key_mismatch"):
        open_ballots(uncounted, private_key=other_keys[0])
    for wrong in (season.public_key, "-----BEGIN PRIVATE KEY-----", ""):
        with refusal("review_key_invalid"):
            open_ballots(uncounted, private_key=wrong)


def test_progress_is_told_up_to_the_last_ballot(season, session):
    told = []
    open_ballots(
        read(closed(season).session), private_key=season.private_key, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(30, 30)]


def test_many_ballots_tell_their_progress_now_and_then(season, session, monkeypatch):
    monkeypatch.setattr("reviews.count_ballots._OFTEN", 8)
    told = []
    open_ballots(
        read(closed(season).session), private_key=season.private_key, progress=lambda done, of: told.append(done)
    )
    assert told == [8, 16, 24, 30]


def test_ballot_that_does_not_open_is_void_and_the_others_count(season, session, other_keys):
    closed(season)
    sealed = stored_ballots(session, STORE)[0]
    broken = sealed[:700] + ("A" if sealed[700] != "A" else "B") + sealed[701:]
    lost = put_in_place_of_one(session, broken)
    found = open_ballots(read(session), private_key=season.private_key)
    assert (len(found.counted), found.void) == (29, (receipt_of(broken),))
    assert lost not in {*found.counted, *found.superseded, *found.void}


def test_ballot_sealed_to_another_key_is_void(season, session, other_keys):
    closed(season)
    foreign = seal(other_keys[1], BallotContent("2026-10", 1, "yi", "jia", "11111", START, 1))
    put_in_place_of_one(session, foreign)
    assert open_ballots(read(session), private_key=season.private_key).void == (receipt_of(foreign),)


@pytest.mark.parametrize(
    "changes",
    [{}, {"counter": 2}, {"period": "2026-09"}, {"rater": "bing"}, {"target": "bing"}, {"marks": "333"}, {"token": ""},
     {"rater": "jia", "target": "jia"}, {"assignment_id": 999_999}],
)  # fmt: skip
def test_forged_ballot_is_void_whatever_it_claims(season, session, changes):
    closed(season)
    forgery = forged(season, **changes)
    put_in_place_of_one(session, forgery)
    found = open_ballots(read(session), private_key=season.private_key)
    assert (len(found.counted), found.superseded, found.void) == (29, (), (receipt_of(forgery),))


def test_copy_of_a_ballot_in_place_of_another_makes_both_copies_void(season, session):
    closed(season)
    kept = stored_ballots(session, STORE)[1]
    put_in_place_of_one(session, kept)
    found = open_ballots(read(session), private_key=season.private_key)
    assert (len(found.counted), found.void) == (28, (receipt_of(kept),))


def test_ballot_of_another_rounds_token_is_void(season, session):
    closed(season)
    task = season.task("yi", "jia")
    replayed = forged(season, token=ballot_token("00" * 32, task, 1))
    put_in_place_of_one(session, replayed)
    assert open_ballots(read(session), private_key=season.private_key).void == (receipt_of(replayed),)


def test_page_that_seals_nonsense_harms_its_own_ballot_only(season, session):
    season.is_open()
    season.votes("bing", "jia", "44444")
    nonsense = forged(season, marks="1", token="")
    cast_ballots(session, actor=representative("yi"), ballots=[Sealed(season.task("yi", "jia"), 1, nonsense)],
                 ids=["x" * 32], now=season.now)  # fmt: skip
    season.closes()
    found = open_ballots(read(session), private_key=season.private_key)
    assert ([ballot.rater for ballot in found.ballots], found.void) == (["bing"], (receipt_of(nonsense),))


def test_opening_writes_nothing(season, session):
    uncounted = read(closed(season).session)
    audits = session.query(AuditRow).count()
    open_ballots(uncounted, private_key=season.private_key)
    assert session.query(AuditRow).count() == audits
    assert session.get_one(ReviewRound, "2026-10").state == "closed"
