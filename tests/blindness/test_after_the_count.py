"""Blindness after the count: what is published of a round is its figures, and nothing else depends on what was marked.

The figures are held equal in both worlds; the comments on a unit are the same texts, written by others. Then every byte
is the same: receipts, roots and lists, audit and logs, the comments' own page, and the whole database on the disk once
the ballots are erased.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from evaluation.scorecards import settle_period
from reviews.erasure import erase_round
from reviews.figures import Mark, RoundFigures, round_figures
from reviews.figures_child import figures_of_round
from reviews.panel_rounds import close_panel
from reviews.rounds import close_round
from scheduler.counting import count_round
from scheduler.panel_counting import count_panel, run_panel_count
from tests.blindness.cast import CLOSES, DECEMBER, NOVEMBER, UNITS, released
from tests.blindness.comparing import assert_alike, assert_silent
from tests.blindness.ideal import replaced_everywhere, without_chance
from tests.blindness.watching import sees_chats, sees_forms, sees_pages, sees_terminal
from tests.blindness.world import NONE, Cast, Thought, World, logs_heard

IN_DECEMBER = datetime(2026, 12, 5, 3, 30, tzinfo=UTC)
WAYS = ("form", "page", "chat")
CODES = list(UNITS)
PAIRS = [(CODES[(place + step) % len(CODES)], target) for place, target in enumerate(CODES) for step in (1, 2, 4, 7)]
"""Four score each unit: what is published is held as if all had, so that the worlds are small."""
FIRST_TRIES = [Cast(*pair, WAYS[place % 3]) for place, pair in enumerate(PAIRS) if place % 5 == 0]
LAST = [Cast(*pair, WAYS[place % 2]) for place, pair in enumerate(PAIRS)]
"""The ballots that count: by the sheet, where there is a place for comments."""
WRITTEN = 2
"""Comments on every unit, of four who score it, one of whom had no dealings."""


def thoughts(seed: int) -> list[Thought]:
    """Marks as this world has them. On every unit one rater, another in every world, had no dealings; the others write
    the same comments, in every world somebody else.
    """
    chance = random.Random(seed)
    of_target = {}
    for target in UNITS:
        written = [f"评语暗记 {target} {number}" if number < WRITTEN else "" for number in range(3)]
        chance.shuffle(written)
        of_target[target] = [Thought(_marks(chance), comment) for comment in written] + [
            Thought(NONE, f"ersetzt {seed}")
        ]
        chance.shuffle(of_target[target])
    first = [Thought(_marks(chance), f"ersetzt {seed}") for _ in FIRST_TRIES]
    return first + [of_target[cast.target].pop() for cast in LAST]


def _marks(chance: random.Random) -> str:
    return "".join(chance.choices("12345", k=5))


class Held:
    """The fit of a round in which everybody scored everybody: that comes of every world."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __call__(self, marks: Sequence[Any], **more: Any) -> RoundFigures:
        self.asked.append((sorted((mark.rater, mark.target) for mark in marks), more))
        return _figures(tuple(more["criteria"]), tuple(sorted(more["thresholds"].items())))


@functools.cache
def _figures(criteria: tuple[str, ...], thresholds: tuple[tuple[str, int], ...]) -> RoundFigures:
    chance = random.Random(7)
    marks = [Mark(one, other, _marks(chance)) for one in CODES for other in CODES if one != other]
    tiers = {code: tier for code, (_, tier, _) in UNITS.items()}
    found = round_figures(marks, units=sorted(UNITS), criteria=criteria, tiers=tiers, unranked=(),
                          thresholds=dict(thresholds), seed=1)  # fmt: skip
    assert all(unit.score is not None and unit.takes_comments for unit in found.units)
    return found


@pytest.fixture
def two_worlds(new_world, keys) -> Callable[..., list[World]]:
    """Two worlds that were voted on, closed and counted by `count`, and what `after` shows of them."""

    def tell(count: Callable[[World, str], None], *after: Callable[[World], None]) -> list[World]:
        held, found = Held(), []
        with replaced_everywhere(figures_of_round, held) as places:
            assert places > 0
            for seed in (1, 2):
                world = new_world()
                with without_chance(), logs_heard(world):
                    for cast, thought in zip(FIRST_TRIES + LAST, thoughts(seed), strict=True):
                        world.votes(cast, thought)
                    world.now = CLOSES
                    world.does(
                        lambda session, now=CLOSES: close_round(session, period=NOVEMBER, actor="schedule", now=now)
                    )
                    world.statements.clear()
                    count(world, keys[0])
                    world.sees_statements("count")
                    for show in after:
                        show(world)
                    world.sees_rows("end")
                    world.sees_files("end")
                found.append(world)
        assert len(held.asked) == 2
        assert held.asked[0] == held.asked[1]  # not even to the fit do the worlds differ, but in the marks
        return found

    return tell


def counts(world: World, private_key: str) -> None:
    counted = count_round(
        world.database, period=NOVEMBER, private_key=private_key, actor="command_line", clock=lambda: world.now
    )
    world.sees("count", repr(counted))


def sees_a_counted_round(world: World) -> None:
    """Between count and erasure, the ballots still lie there."""
    sees_pages(world, watchers=("chen", "trustee1"), where="counted")
    world.sees_rows("counted")


def settles(world: World) -> None:
    """December: the month is settled, its bulletin drafted and released."""
    world.now = IN_DECEMBER
    world.does(lambda session: settle_period(session, period=NOVEMBER, actor="schedule", now=IN_DECEMBER))
    world.does(lambda session: released(session, NOVEMBER, IN_DECEMBER))


def shows_comments(world: World) -> None:
    with world.database.transaction() as session:
        rows = session.execute(text("select * from peer_comment order by id")).all()
    assert len({row.comment for row in rows}) == len(rows) == WRITTEN * len(UNITS)
    for who in ("chen", "zhao", "sun", "gao", "li", ""):
        for period in ("", "?period=2026-11", "?unit=jia", "?period=2026-11&unit=jia"):
            world.sees(f"comments {period} as {who}", world.site.asks(who, "GET", f"/office/peer-comments{period}")[1])


def erases(world: World) -> None:
    done = erase_round(world.database, period=NOVEMBER, actor="command_line", now=world.now)
    world.sees("erasure", repr(done))


def test_after_count_and_erasure_every_byte_is_the_same_but_for_the_figures(two_worlds):
    one, other = two_worlds(
        counts, sees_a_counted_round, erases, settles, shows_comments, sees_pages, sees_chats, sees_forms, sees_terminal
    )
    assert_alike(one, other)
    assert_silent(one, ["ersetzt"])
    for who in ("chen", "li"):
        seen = b"".join(what for where, what in one.seen if where.endswith(f"GET /units/jia as {who}"))
        assert "互评".encode() in seen


@pytest.mark.parametrize("are_erased", [False, True])
def test_a_counted_panel_whose_experts_swapped_their_marks_is_the_same_to_the_byte(new_world, keys, are_erased):
    """Each unit gets the same marks on each indicator, from other experts: so the figures are equal by themselves."""
    found = []
    for turn in (0, 1):
        world = new_world()
        with without_chance(), logs_heard(world):
            for place, (first, second) in enumerate((("453", "123"), ("2-4", "555"), ("333", "1-5"))):
                for number in range(3):
                    who = (number + turn * (place + 1)) % 3
                    world.marks(f"expert{number + 1}", ("jia", "yi", "bing")[place], first[who] + second[who])
            world.now = CLOSES
            world.does(lambda session: close_panel(session, period=DECEMBER, actor="schedule", now=CLOSES))
            count = run_panel_count if are_erased else count_panel
            done = count(world.database, period=DECEMBER, private_key=keys[0], actor="x", clock=lambda: CLOSES)
            world.sees("count", repr(done))
            world.sees_statements("count")
            sees_pages(world, only="/panel")
            sees_pages(world, only="/office/panel")
            world.sees_rows("end")
            world.sees_files("end")
        found.append(world)
    assert_alike(*found)
