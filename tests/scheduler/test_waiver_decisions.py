"""The schedule and a month without peers: it waits, two agree, the next tick settles it and drafts what says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bulletins.editions import content_of, latest
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.models import Settlement
from evaluation.waivers import reason_waived, waiver_mark, waiver_of
from locales.errors import DomainError
from reviews.models import ReviewRound
from scheduler.waiver_decisions import (
    agree_without_peers,
    is_round_expected,
    propose_without_peers,
    withdraw_without_peers,
)
from tests.scheduler.cast import CHATS, OCTOBER, only

REASON = "两位保管人的份额都丢失，无法计票。"


@pytest.fixture
def waiting(office):
    """October's round is closed and not counted, and its settlement is due."""
    here = office(only("settle", "draft"))
    with here.database.transaction() as session:
        session.add(ReviewRound(period="2026-10", state="closed", public_key="{}", criteria=[], thresholds={},
                                opened_at=here.clock(), closed_at=here.clock()))  # fmt: skip
    assert here.ticks("2026-11-03 06:00") == [("settle", "waiting")]
    return here


def proposes(here, by="command_line"):
    with here.database.transaction() as session:
        proposer = actor_of(session, by) if by in CHATS else by
        return propose_without_peers(session, period=OCTOBER, reason=REASON, proposer=proposer, now=here.clock())[1]


def decides(here, act, person):
    with here.database.transaction() as session:
        waiver = waiver_of(session, OCTOBER)
        act(session, period=OCTOBER, mark=waiver_mark(waiver), actor=actor_of(session, person), now=here.clock())


def test_the_settlement_waits_for_two_and_then_happens(waiting):
    assert proposes(waiting) == 2
    waiting.ticks("2026-11-03 08:00")
    decides(waiting, agree_without_peers, "chen")
    waiting.ticks("2026-11-03 09:30")
    assert waiting.ledger()["settle 11-03"] == ("due", "round_not_counted")
    decides(waiting, agree_without_peers, "zhao")
    assert waiting.ticks("2026-11-03 10:30") == [("settle", "done"), ("draft", "done")]
    with waiting.database.transaction() as session:
        assert content_of(latest(session, OCTOBER)).peers_waived == reason_waived(session, OCTOBER) == REASON


def test_the_office_is_told_once_and_nobody_else(waiting):
    proposes(waiting)
    proposed = [said for said in waiting.told(CHATS["chen"]) if "不计互评" in said and "提议" in said]
    assert len(proposed) == 1
    assert REASON in proposed[0]
    assert not [said for said in waiting.told(CHATS["li"]) + waiting.told(CHATS["wang"]) if "不计互评" in said]
    marks = [action for action in waiting.buttons(CHATS["zhao"]) if action[:2] == ["o", "wyes"]]
    assert len(marks) == 1
    assert marks[0][2] == "2026-10"


def test_who_agreed_second_is_not_told_again(waiting):
    proposes(waiting, by="chen")
    decides(waiting, agree_without_peers, "zhao")
    agreed = "陈 和 赵 已同意"
    assert [agreed in said for said in waiting.told(CHATS["chen"])][-1]
    assert not [said for said in waiting.told(CHATS["zhao"]) if agreed in said]


def test_what_was_taken_back_waits_again(waiting):
    proposes(waiting, by="chen")
    decides(waiting, agree_without_peers, "zhao")
    decides(waiting, withdraw_without_peers, "zhao")
    waiting.ticks("2026-11-03 10:30")
    assert waiting.ledger()["settle 11-03"] == ("due", "round_not_counted")
    assert any("赵 撤回了2026年10月不计互评的提议" in said for said in waiting.told(CHATS["chen"]))


def test_a_count_that_comes_first_settles_with_peers(waiting):
    proposes(waiting, by="chen")
    decides(waiting, agree_without_peers, "zhao")
    with waiting.database.transaction() as session:
        session.execute(update(ReviewRound).values(state="counted", counted_at=waiting.clock()))
    waiting.ticks("2026-11-03 10:30")
    with waiting.database.transaction() as session:
        assert (reason_waived(session, OCTOBER), session.get(Settlement, "2026-10") is not None) == (None, True)


@pytest.mark.parametrize(("names", "expected"), [(("open", "close", "settle"), True), (("settle",), False)])
def test_a_round_is_expected_where_the_timetable_opens_one(office, names, expected):
    here = office(only(*names))
    with here.database.transaction() as session:
        assert is_round_expected(session, OCTOBER) is expected
        assert is_round_expected(session, Period(2026)) is False
        if not expected:
            here.clock.passes(days=60)
            with pytest.raises(DomainError) as refusal:
                propose_without_peers(
                    session, period=OCTOBER, reason=REASON, proposer="command_line",
                    now=here.clock() + timedelta(days=60),
                )  # fmt: skip
            assert refusal.value.code == "waiver_no_round"
