"""A round's closing time moves to a later one while the round is open, and never back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.periods import Period
from locales.errors import DomainError
from reviews.models import ReviewRound
from reviews.round_changes import LONGEST_EXTENSION, extend_round, extensions_of
from reviews.rounds import close_round, takes_ballots
from storage.audit import AuditRow
from tests.cast import NOW, found_consortium

MONTH = Period.parse("2026-10")
CLOSES = NOW + timedelta(days=3)


@pytest.fixture
def round_(session):
    found_consortium(session)
    made = ReviewRound(period="2026-10", state="open", public_key="{}", criteria=[], thresholds={}, opened_at=NOW,
                       closes_at=CLOSES)  # fmt: skip
    session.add(made)
    session.flush()
    return made


def extends(session, closes_at, *, now=NOW, period=MONTH):
    return extend_round(session, period=period, closes_at=closes_at, actor="person:chen", now=now)


def refused(session, closes_at, **wanted):
    with pytest.raises(DomainError) as error:
        extends(session, closes_at, **wanted)
    return error.value.code


def test_closing_moves_and_ballots_are_taken_until_then(session, round_):
    later = CLOSES + timedelta(days=1)
    moved = extends(session, later)
    assert (moved.closes_at, extensions_of(session, MONTH)) == (later, 1)
    assert takes_ballots(moved, CLOSES)
    assert not takes_ballots(moved, later)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "extend_round")).one()
    assert (row.actor, row.subject) == ("person:chen", "round:2026-10")
    assert row.details == {"from": CLOSES.isoformat(), "to": later.isoformat()}


def test_an_open_round_whose_time_has_passed_can_still_be_extended(session, round_):
    assert extends(session, CLOSES + timedelta(hours=2), now=CLOSES + timedelta(hours=1)).closes_at > CLOSES


@pytest.mark.parametrize(
    ("closes_at", "now", "code"),
    [
        (CLOSES, NOW, "closing_not_later"),
        (CLOSES - timedelta(minutes=1), NOW, "closing_not_later"),
        (CLOSES + timedelta(hours=1), CLOSES + timedelta(hours=1), "closing_in_the_past"),
        (CLOSES + LONGEST_EXTENSION + timedelta(minutes=1), NOW, "closing_too_far"),
    ],
)
def test_times_that_cannot_be(session, round_, closes_at, now, code):
    assert refused(session, closes_at, now=now) == code
    assert (round_.closes_at, extensions_of(session, MONTH)) == (CLOSES, 0)


def test_what_is_closed_unknown_or_endless_does_not_move(session, round_):
    later = CLOSES + timedelta(days=1)
    assert refused(session, later, period=Period.parse("2026-09")) == "round_unknown"
    close_round(session, period=MONTH, actor="test", now=NOW)
    assert refused(session, later) == "round_is_closed"
    session.refresh(round_)
    round_.state, round_.closed_at, round_.closes_at = "open", None, None
    session.flush()
    assert refused(session, later) == "round_without_end"
