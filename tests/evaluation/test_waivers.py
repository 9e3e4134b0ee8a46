"""Settling without peers: a reason, two different people of the office, and a count that comes first."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from fractions import Fraction
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text
from evaluation.invariants import check_evaluation
from evaluation.models import PeerWaiver, Scorecard, ScoreLine, Settlement
from evaluation.peers import peer_standings
from evaluation.scorecards import refuse_settlement, scorecards, settle_period
from evaluation.waivers import (
    agree_to_waiver,
    is_agreed,
    propose_waiver,
    reason_waived,
    standing_waiver,
    standing_waivers,
    tidy_reason,
    waiver_mark,
    waiver_of,
    withdraw_waiver,
)
from locales.errors import DomainError
from reviews.models import PeerResult, ReviewRound
from storage.audit import AuditRow
from storage.database import Database
from tests.evaluation.cast import BING, JIA, OCTOBER, OCTOBER_IS_OVER, YI, Season, assert_told

REASON = "两位保管人的份额都丢失，无法计票。"
_WAITING = "select count(*) from pg_locks where not granted"
LATER = OCTOBER_IS_OVER + timedelta(hours=1)
PEOPLE = {"chen": "office", "zhao": "office", "sun": "office", "gao": "auditor"}


def with_people(session: Session) -> None:
    for person, role in PEOPLE.items():
        session.add(Person(id=person, name=person.title(), language="zh", active=True))
        session.flush()
        session.add(Role(person_id=person, role=role, unit_code=None))
    session.flush()


def waits_for_count(season: Season, state: str = "closed") -> Season:
    """October as usual, but its round is not counted."""
    season.has_a_full_month()
    with_people(season.session)
    season.session.execute(PeerResult.__table__.delete())
    season.session.execute(update(ReviewRound).values(state=state, counted_at=None))
    season.session.flush()
    season.session.expire_all()
    return season


def counts(session: Session, moment: datetime = LATER) -> None:
    """The count comes to its end, with a score for 甲."""
    session.execute(update(ReviewRound).values(state="counted", counted_at=moment))
    session.execute(
        insert(PeerResult).values(
            period="2026-10", unit_code=JIA, raters=10, score=Fraction(80), definition="peer-severity-1"
        )
    )


def proposes(session: Session, *, by: str | None = None, reason: str = REASON, expected: bool = False) -> PeerWaiver:
    proposer = actor_of(session, by) if by is not None else "command_line"
    return propose_waiver(
        session, period=OCTOBER, reason=reason, proposer=proposer, is_round_expected=expected, now=LATER
    )


def agrees(session: Session, person: str, mark: str | None = None) -> PeerWaiver:
    standing = waiver_of(session, OCTOBER)
    chosen = mark if mark is not None else waiver_mark(standing) if standing is not None else ""
    return agree_to_waiver(session, period=OCTOBER, mark=chosen, actor=actor_of(session, person), now=LATER)


def refused(code: str, act: object, *arguments: object, **named: object) -> None:
    with pytest.raises(DomainError) as refusal:
        act(*arguments, **named)  # type: ignore[operator]
    assert refusal.value.code == code
    assert_told(refusal.value)


def audited(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        select(AuditRow.action, AuditRow.actor).where(AuditRow.action.contains("waiver")).order_by(AuditRow.id)
    )
    return [(action, actor) for action, actor in rows]


# ── proposing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_month_that_waits_is_proposed_and_still_waits(season: Season, state: str) -> None:
    session = waits_for_count(season, state).session
    made = proposes(session)
    assert (made.reason, made.proposed_by, made.first_by, made.second_by) == (REASON, "command_line", None, None)
    season.is_refused("round_open" if state == "open" else "round_not_counted")
    assert audited(session) == [("propose_waiver", "command_line")]


def test_a_person_of_the_office_who_proposes_has_agreed_as_the_first(season: Season) -> None:
    session = waits_for_count(season).session
    made = proposes(session, by="chen")
    assert (made.proposed_by, made.first_by, made.second_by) == ("person:chen", "chen", None)
    refused("waiver_own_agreement", agrees, session, "chen")
    assert is_agreed(agrees(session, "zhao"))


@pytest.mark.parametrize(
    ("written", "code"),
    [("", "waiver_reason_length"), ("没办法计票", "waiver_reason_length"), ("一" * 501, "waiver_reason_length"),
     (" \n\u200b" * 40, "waiver_reason_length"), ("短" * 9 + "\u200b\u202e", "waiver_reason_length")],
)  # fmt: skip
def test_a_reason_has_ten_to_five_hundred_characters_that_can_be_seen(season: Season, written: str, code: str) -> None:
    session = waits_for_count(season).session
    refused(code, proposes, session, reason=written)
    assert waiver_of(session, OCTOBER) is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [("一" * 10, "一" * 10), ("一" * 500, "一" * 500), ("  key shares\r\n\tare \u202elost  ", "key shares are lost")],
)
def test_a_reason_is_kept_on_one_line(written: str, kept: str) -> None:
    assert tidy_reason(written) == kept


def test_only_the_office_proposes(season: Season) -> None:
    session = waits_for_count(season).session
    refused("not_allowed", proposes, session, by="gao")


@pytest.mark.parametrize("state", ["counted", "erased"])
def test_a_counted_round_cannot_be_waived(season: Season, state: str) -> None:
    session = waits_for_count(season, state).session
    refused("waiver_round_counted", proposes, session, by="chen")


def test_without_a_round_nothing_needs_to_be_waived(season: Season) -> None:
    season.is_set_up()
    with_people(season.session)
    refused("waiver_no_round", proposes, season.session)
    assert proposes(season.session, expected=True).period == "2026-10"  # a round that should have been opened


def test_a_month_that_runs_or_is_settled_is_not_proposed(season: Season) -> None:
    session = waits_for_count(season).session
    early = OCTOBER_IS_OVER - timedelta(seconds=1)
    facts = {"reason": REASON, "proposer": "command_line", "is_round_expected": False}
    refused("period_not_over", propose_waiver, session, period=OCTOBER, now=early, **facts)
    refused("settlement_not_month", propose_waiver, session, period=Period(2026), now=LATER, **facts)
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles()
    refused("already_settled", proposes, session)
    refused("already_settled", agrees, session, "sun")


def test_there_is_one_proposal_a_month(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session)
    refused("waiver_proposed_already", proposes, session, by="chen", reason="另一个同样充分的理由也不行")
    agrees(session, "chen")
    agrees(session, "zhao")
    refused("waiver_agreed_already", proposes, session)


# ── agreeing and taking back ───────────────────────────────────────────────────────────────────────────────────────


def test_two_different_people_agree_and_the_month_can_be_settled(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session)
    assert not is_agreed(agrees(session, "chen"))
    season.is_refused("round_not_counted")
    refused("waiver_own_agreement", agrees, session, "chen")
    made = agrees(session, "zhao")
    assert (made.first_by, made.second_by) == ("chen", "zhao")
    refused("waiver_agreed_already", agrees, session, "sun")
    refuse_settlement(session, period=OCTOBER, now=LATER)  # nothing is in its way any more
    season.settles()
    assert audited(session) == [
        ("propose_waiver", "command_line"), ("agree_to_waiver", "person:chen"), ("agree_to_waiver", "person:zhao"),
    ]  # fmt: skip


def test_only_the_office_agrees_and_withdraws(season: Season) -> None:
    session = waits_for_count(season).session
    mark = waiver_mark(proposes(session))
    refused("not_allowed", agrees, session, "gao")
    refused(
        "not_allowed", withdraw_waiver, session, period=OCTOBER, mark=mark, actor=actor_of(session, "gao"), now=LATER
    )


def test_a_button_of_another_proposal_agrees_to_nothing(season: Season) -> None:
    session = waits_for_count(season).session
    first = waiver_mark(proposes(session))
    withdraw_waiver(session, period=OCTOBER, mark=first, actor=actor_of(session, "zhao"), now=LATER)
    assert waiver_of(session, OCTOBER) is None
    refused("waiver_over", agrees, session, "chen", first)
    second = waiver_mark(proposes(session, reason="换了一个理由，再提一次看看。"))
    assert second != first
    refused("waiver_over", agrees, session, "chen", first)
    refused("waiver_over", agrees, session, "chen", "")
    assert waiver_of(session, OCTOBER).first_by is None  # type: ignore[union-attr]


def test_what_two_agreed_to_can_be_taken_back_until_it_is_settled(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    mark = waiver_mark(agrees(session, "zhao"))
    withdraw_waiver(session, period=OCTOBER, mark=mark, actor=actor_of(session, "sun"), now=LATER)
    season.is_refused("round_not_counted")
    assert standing_waivers(session) == []


def test_the_table_itself_knows_that_two_are_two(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(PeerWaiver).values(second_by="chen", second_at=LATER))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(PeerWaiver).values(first_by=None, first_at=None, second_by="zhao", second_at=LATER))


# ── a count that comes first ───────────────────────────────────────────────────────────────────────────────────────


def test_a_count_in_between_voids_the_proposal(season: Season) -> None:
    session = waits_for_count(season).session
    mark = waiver_mark(proposes(session, by="chen"))
    counts(session)
    assert standing_waiver(session, OCTOBER) is None
    refused("waiver_round_counted", agrees, session, "zhao", mark)
    settle_period(session, period=OCTOBER, actor="schedule", now=LATER)
    assert (waiver_of(session, OCTOBER), reason_waived(session, OCTOBER)) == (None, None)
    assert session.get_one(ScoreLine, ("2026-10", JIA, "peer_score")).value == 80
    assert audited(session)[-1] == ("void_waiver", "schedule")


def test_even_two_who_agreed_yield_to_a_count(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    counts(session)
    settle_period(session, period=OCTOBER, actor="schedule", now=LATER)
    assert session.get_one(ScoreLine, ("2026-10", JIA, "peer_score")).value == 80
    assert waiver_of(session, OCTOBER) is None


def test_a_count_that_comes_later_leaves_the_month_as_it_is(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles(now=LATER)
    before = [explain(session, unit_code=JIA, period=OCTOBER), scorecards(session, OCTOBER)]
    counts(session, LATER + timedelta(days=1))
    assert [explain(session, unit_code=JIA, period=OCTOBER), scorecards(session, OCTOBER)] == before
    assert peer_standings(session, OCTOBER) == {}
    assert reason_waived(session, OCTOBER) == REASON
    assert check_evaluation(session) == []


# ── what the month says of it ──────────────────────────────────────────────────────────────────────────────────────


def test_the_total_is_of_the_points_that_were_available(season: Season) -> None:
    """甲 without its 20 points of peers: 15 of them were earned."""
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles()
    found = session.get_one(ScoreLine, ("2026-10", JIA, "peer_score"))
    assert (found.reason, found.value, found.available, found.n) == ("peers_waived", None, 0, 0)
    card = session.get_one(Scorecard, ("2026-10", JIA))
    lines = session.scalars(select(ScoreLine).where(ScoreLine.unit_code == JIA)).all()
    earned = sum(line.points for line in lines if line.points is not None)
    assert card.total == 100 * earned / sum(line.available for line in lines)
    assert (card.complete, card.raters) == (False, 0)
    shown = {each.unit_code: each.lacks_only_peers for each in scorecards(session, OCTOBER)}
    assert (shown[JIA], shown[YI], shown[BING]) == (True, False, True)


def test_explanation_says_so_and_why_in_both_languages(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles()
    found = explain(session, unit_code=JIA, period=OCTOBER)
    assert explanation_document(found)["peers_waived"] == REASON
    chinese, english = (explanation_text(found, language) for language in ("zh", "en"))
    assert f"本月不计互评：互评没有计票，经绩效办两人同意按可得分值结算。理由：{REASON}" in chinese.splitlines()
    assert "· 成员单位互评得分：本月不计互评，15 分不计入" in chinese.splitlines()
    assert "答卷 25 份；本月不计互评" in chinese.splitlines()
    assert any(line.startswith("Settled without peers:") and REASON in line for line in english.splitlines())


def test_a_waived_month_is_in_the_digest(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles()
    session.execute(update(ScoreLine).where(ScoreLine.reason == "peers_waived").values(reason="no_round"))
    session.expire_all()
    assert [finding.code for finding in check_evaluation(session)] == ["settlement_digest_differs"]


def test_the_trail_has_no_words_of_a_proposal(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles()
    rows = session.scalars(select(AuditRow)).all()
    assert not [row for row in rows if REASON[:6] in str(row.details)]
    assert [row.details.get("peers_waived") for row in rows if row.action == "settle_period"] == [True]


# ── at once ────────────────────────────────────────────────────────────────────────────────────────────────────────


def founded(database: Database, *, by: str | None = None) -> str:
    with database.transaction() as session:
        waits_for_count(Season(session))
        return waiver_mark(proposes(session, by=by))


def at_once(database: Database, mark: str, *people: str) -> list[str]:
    start = Barrier(len(people))

    def taps(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                agreed = agrees(session, person, mark)
                return "second" if is_agreed(agreed) else "first"
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(taps, people))


def test_of_many_taps_at_once_two_people_count_and_each_once(database: Database) -> None:
    mark = founded(database)
    outcomes = at_once(database, mark, "chen", "chen", "zhao", "zhao", "sun")
    assert (outcomes.count("first"), outcomes.count("second")) == (1, 1)
    assert set(outcomes) <= {"first", "second", "waiver_agreed_already", "waiver_own_agreement"}
    with database.transaction() as session:
        made = session.scalars(select(PeerWaiver)).one()
        assert made.first_by != made.second_by
        assert len([action for action, _ in audited(session) if action == "agree_to_waiver"]) == 2


def test_one_person_who_taps_twice_at_once_is_one(database: Database) -> None:
    assert at_once(database, founded(database), "chen", "chen") == ["first", "waiver_own_agreement"]


def test_of_two_proposals_at_once_one_stands(database: Database) -> None:
    with database.transaction() as session:
        waits_for_count(Season(session))
    start = Barrier(2)

    def proposing(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                return proposes(session, by=person).proposed_by
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(proposing, ["chen", "zhao"]))
    assert outcomes[1] == "waiver_proposed_already"
    assert outcomes[0] in {"person:chen", "person:zhao"}


def test_a_settlement_waits_for_a_count_that_is_being_written(database: Database) -> None:
    """Two have agreed; the count writes its results and has not committed when the month is being settled.

    On SQLite there is one writer: there the settlement comes after the count by itself.
    """
    mark = founded(database, by="chen")
    with database.transaction() as session:
        agrees(session, "zhao", mark)
    is_counting = Event()

    def settles() -> str:
        is_counting.wait()
        with database.transaction() as session:
            settle_period(session, period=OCTOBER, actor="schedule", now=LATER + timedelta(hours=1))
            return session.get_one(ScoreLine, ("2026-10", JIA, "peer_score")).reason or "scored"

    with ThreadPoolExecutor(1) as pool:
        settling = pool.submit(settles)
        with database.transaction() as session:
            counts(session)
            is_counting.set()
            with contextlib.nullcontext() if database.is_sqlite else database.engine.connect() as look:
                tries = iter(range(20_000))
                while look is not None and not settling.done() and not look.scalar(text(_WAITING)):
                    look.rollback()
                    assert next(tries, None) is not None
        assert settling.result() == "scored"
    with database.transaction() as session:
        assert (waiver_of(session, OCTOBER), session.get(Settlement, "2026-10") is not None) == (None, True)


@pytest.mark.parametrize("statement", [delete(PeerWaiver), update(PeerWaiver).values(second_by=None, second_at=None)])
def test_doctor_names_a_month_without_peers_that_nobody_agreed_to(season: Season, statement: Any) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles()
    assert check_evaluation(session) == []
    session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()
    [finding] = check_evaluation(session)
    assert (finding.key, finding.code) == ("settlement 2026-10", "settlement_waiver_missing")
    assert_told(finding)


def test_a_count_that_took_the_time_before_and_wrote_after_the_settlement_is_not_the_months(season: Season) -> None:
    session = waits_for_count(season).session
    proposes(session, by="chen")
    agrees(session, "zhao")
    season.settles(now=LATER)
    counts(session, LATER - timedelta(minutes=1))
    session.expire_all()
    assert peer_standings(session, OCTOBER) == {}
