"""`settle --without-peers`: proposes and settles nothing, two of the office agree, then the month is settled without."""

from __future__ import annotations

from datetime import datetime

import pytest

from consortium.people import actor_of
from evaluation.waivers import agree_to_waiver, waiver_mark, waiver_of
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.small_group import CLOSED, OCTOBER, SETTLED

REASON = "两位保管人的份额都丢失，无法计票。"


def agree(shell: CommandLine, *people: str) -> None:
    """They press the button."""
    database = Database(shell.database_url)
    with database.transaction() as session:
        for person in people:
            waiver = waiver_of(session, OCTOBER)
            assert waiver is not None
            agree_to_waiver(session, period=OCTOBER, mark=waiver_mark(waiver), actor=actor_of(session, person),
                            now=datetime.fromisoformat(SETTLED))  # fmt: skip
    database.close()


@pytest.fixture
def closed(voting: CommandLine) -> CommandLine:
    """The round of October is closed, and nobody counts it."""
    voting.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    return voting


def test_it_proposes_and_settles_nothing(closed: CommandLine) -> None:
    made = closed.done("settle", "2026-10", "--without-peers", REASON, "--json", CLOCK=SETTLED)
    assert made.document == {"period": "2026-10", "state": "proposed", "reason": REASON, "agreed": 0, "told": 0}
    assert closed.run("settle", "2026-10", "--json", CLOCK=SETTLED).refusal == "round_not_counted"
    assert closed.run("explain", "jia", "2026-10", "--json").refusal == "not_settled"


def test_it_says_in_words_that_two_have_to_agree(closed: CommandLine) -> None:
    told = closed.done("settle", "2026-10", "--without-peers", REASON, CLOCK=SETTLED).out
    assert "还没有结算" in told
    assert "绩效办两位不同的同事" in told


def test_the_sentence_that_refuses_names_the_way_out(closed: CommandLine) -> None:
    assert "tongping settle 2026-10 --without-peers" in closed.run("settle", "2026-10", CLOCK=SETTLED).err


def test_after_two_have_agreed_the_month_is_settled_without_peers(closed: CommandLine) -> None:
    closed.done("settle", "2026-10", "--without-peers", REASON, CLOCK=SETTLED)
    agree(closed, "chen", "zhao")
    settled = closed.done("settle", "2026-10", "--json", CLOCK=SETTLED).document
    assert settled["peers_waived"] == REASON
    explained = closed.done("explain", "jia", "2026-10", "--json").document
    assert explained["peers_waived"] == REASON
    line = next(each for each in explained["indicators"] if each["code"] == "peer_score")
    assert (line["reason"], line["points"], line["available"]) == ("peers_waived", None, 0)
    assert REASON in closed.done("explain", "jia", "2026-10").out
    assert closed.done("doctor", "--json").document["broken"] == []


def test_one_is_not_two(closed: CommandLine) -> None:
    closed.done("settle", "2026-10", "--without-peers", REASON, CLOCK=SETTLED)
    agree(closed, "chen")
    assert closed.run("settle", "2026-10", "--json", CLOCK=SETTLED).refusal == "round_not_counted"
    assert (
        closed.run("settle", "2026-10", "--without-peers", REASON, "--json", CLOCK=SETTLED).refusal
        == "waiver_proposed_already"
    )


@pytest.mark.parametrize(
    ("period", "reason", "clock", "code"),
    [
        ("2026-10", "太短", SETTLED, "waiver_reason_length"),
        ("2026-10", REASON, CLOSED.replace("2026-11-02", "2026-10-31"), "period_not_over"),
        ("2026-Q4", REASON, "2027-02-01T00:00:00+08:00", "settlement_not_month"),
        ("2026", REASON, "2027-02-01T00:00:00+08:00", "settlement_not_month"),
        ("x", REASON, SETTLED, "period_invalid"),
    ],
)
def test_what_cannot_be_proposed_is_refused(
    voting: CommandLine, period: str, reason: str, clock: str, code: str
) -> None:
    assert voting.run("settle", period, "--without-peers", reason, "--json", CLOCK=clock).refusal == code


def test_a_settled_month_and_a_counted_round_are_refused(october: CommandLine) -> None:
    assert (
        october.run("settle", "2026-10", "--without-peers", REASON, "--json", CLOCK=SETTLED).refusal
        == "already_settled"
    )


def test_a_small_consortium_is_told_what_it_cannot_have(shell: CommandLine, group: CommandLine) -> None:
    """Six units: each can have a score, none single criteria or comments; on stderr, so that documents stay whole."""
    checked = group.done("check", "group", "--json", LANG="en_US.UTF-8")
    assert checked.document == {"accepted": True, "findings": []}
    assert checked.err.splitlines()[:2] == [
        "No unit can be scored by 8 others: there will never be figures by criterion.",
        "No unit can be scored by 10 others: comments will never be shown.",
    ]
    assert "永远不会显示互评意见" in group.done("apply", "group").err
