"""Blindness before the count: two worlds that differ only in what raters think are one and the same to everybody else.

Chance is taken out of both, and sealing is ideal (`tests.blindness.ideal`); so every byte is compared as it is, the
receipts included. One more story is told with the real seal, where receipts are replaced by texts of their length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from locales.errors import DomainError
from reviews.rounds import close_round
from scheduler.jobs import JOBS, Run
from tests.app.commands_listed import commands
from tests.blindness.cast import CLOSES, NOVEMBER, UNITS
from tests.blindness.comparing import assert_alike, assert_silent
from tests.blindness.ideal import without_chance
from tests.blindness.watching import TERMINAL, UNWATCHED, sees_chats, sees_forms, sees_pages, sees_terminal
from tests.blindness.world import NONE, Cast, Thought, World, logs_heard

WAYS = ("chat", "form", "page")
MARKS = st.one_of(st.just(NONE), st.text("12345", min_size=5, max_size=5))
COMMENTS = st.one_of(st.just(""), st.text("好坏ab 😀", min_size=1, max_size=40), st.just("长" * 200))
THOUGHTS = st.builds(Thought, MARKS, COMMENTS)
CASTS = st.tuples(st.permutations(list(UNITS)), st.sampled_from(WAYS)).map(lambda each: Cast(*each[0][:2], each[1]))

PANEL = [(f"expert{number}", unit) for number in (1, 2, 3) for unit in ("jia", "yi", "bing")] + [("expert1", "jia")]
RECEIPT = re.compile(rb"[A-Z2-7]{5}(?:-[A-Z2-7]{5}){3}")
SEALED = re.compile(rb"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){4}")


def rich() -> list[Cast]:
    """Everybody votes by all ways, some not for all, some twice or three times for one."""
    pairs = [(one, other) for one in UNITS for other in UNITS if one != other]
    casts = [Cast(*pair, WAYS[place % 3]) for place, pair in enumerate(pairs) if place % 7]
    return casts[::5] + casts[:30:5] + casts[1:30:4] + casts[:2]


def thinks(number: int) -> Thought:
    marks = "".join(str((number * 7 + place * 3) % 5 + 1) for place in range(5))
    return Thought(NONE if number % 11 == 0 else marks, f"评语暗记 {number}" if number % 3 == 0 else "")


def thinks_otherwise(number: int) -> Thought:
    if number % 5 == 0:
        return Thought(NONE, "从无往来之语" * 20)
    return Thought("55555" if number % 2 else "11111", "" if number % 3 == 0 else "differently")


def votes(world: World, casts: Sequence[Cast], thoughts: Sequence[Thought]) -> None:
    for cast, thought in zip(casts, thoughts, strict=True):
        world.votes(cast, thought)
    world.sees_statements("votes")


def jobs(world: World, *names: str) -> None:
    """What the schedule does by itself in the meantime: reminders are owed, and may tell nothing."""
    for name in names:
        run, job = Run(NOVEMBER, world.now, world.now), JOBS[name]
        world.does(lambda session, job=job, run=run: answered(lambda: job.step(session, run)))
    world.sees_statements("jobs")


def answered(work: Callable[[], str]) -> str:
    """What a step says, or why it is refused."""
    try:
        return work()
    except DomainError as error:
        return f"{error.code} {sorted(error.details.items())}"


def told(new_world: Callable[[], World], story: Callable[[World], None], **more: object) -> World:
    world = new_world()
    with without_chance(**more), logs_heard(world):  # type: ignore[arg-type]
        story(world)
        world.sees_rows("end")
        world.sees_files("end")
    return world


def worlds(new_world: Callable[[], World], casts: Sequence[Cast], after: Callable[[World], None], **more: object):
    """Two worlds with the same participation, each told to the end before the other begins."""
    found = []
    for think in (thinks, thinks_otherwise):
        thoughts = [think(number) for number in range(len(casts))]

        def story(world: World, thoughts: Sequence[Thought] = thoughts) -> None:
            votes(world, casts, thoughts)
            for number, (expert, unit) in enumerate(PANEL):
                world.marks(expert, unit, thoughts[number].marks[:2])
            world.sees_statements("panel")
            after(world)

        found.append(told(new_world, story, **more))
    return found


def test_open_and_closed_rounds_are_the_same_to_the_byte_on_all_pages_and_in_all_chats(new_world):
    def after(world: World) -> None:
        jobs(world, "invite", "remind")
        sees_pages(world)
        sees_chats(world)
        world.sees_rows("open")
        world.now = CLOSES + timedelta(minutes=1)
        world.does(lambda session: close_round(session, period=NOVEMBER, actor="schedule", now=world.now))
        jobs(world, "survey", "settle")
        sees_pages(world, watchers=("", "chen", "li", "trustee1"), where="closed")
        sees_chats(world, people=("chen", "li", "trustee1"), where="closed")
        sees_terminal(world)

    one, other = worlds(new_world, rich(), after)
    assert_alike(one, other)
    assert_silent(one, ["评语暗记", "differently", "从无往来之语"])
    assert len(one.seen) > 800


def test_every_command_is_watched_or_known_to_tell_nothing():
    known = set(TERMINAL).union(*UNWATCHED.values())
    assert set(commands()) - known == set()


def test_answers_to_all_forms_are_the_same_to_the_byte(new_world):
    one, other = worlds(new_world, rich()[::4], sees_forms)
    assert_alike(one, other)


@settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(st.lists(st.tuples(CASTS, THOUGHTS, THOUGHTS), min_size=1, max_size=8))
def test_whatever_is_voted_by_whatever_way_is_stored_and_answered_alike(new_world, drawn):
    """Every statement that reaches the database with all of its values, every row, every byte of the files, every
    answer that a rater is given after sending, every line of a log.
    """
    casts = [cast for cast, _, _ in drawn]
    found = [
        told(new_world, lambda world, thoughts=thoughts: votes(world, casts, thoughts))
        for thoughts in ([one for _, one, _ in drawn], [other for _, _, other in drawn])
    ]
    assert_alike(*found)


def test_with_the_real_seal_all_is_alike_but_receipts_and_sealed_texts_of_the_same_length(new_world):
    found = []
    for world in worlds(new_world, rich()[:12], sees_pages_of_the_round, ideal_seal=False):
        given = RECEIPT.findall(b"".join(what for where, what in world.seen if where.startswith(("answer", "sheet"))))
        assert len(given) >= 12
        world.seen = [
            (where, SEALED.sub(_placeholder, RECEIPT.sub(_placeholder, what)))
            for where, what in world.seen
            if "file" not in where  # sealed texts go over the ends of the file's pages
        ]
        found.append(world)
    assert_alike(*found)


def sees_pages_of_the_round(world: World) -> None:
    sees_pages(world, watchers=("li",))


def _placeholder(found: re.Match[bytes]) -> bytes:
    return b"#" * len(found[0])
