"""The test of the tests: a leak is built in on purpose, and the comparison must find it. Each of these was a real
temptation somewhere: a running mean, a helpful log line, a shorter text, a sentence of its own for "no dealings".
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import text

import reviews.ballots
import reviews.count_writing
import reviews.sealing
import web.office
from locales.errors import DomainError
from reviews.ballots import task_of
from reviews.figures_child import figures_of_round
from reviews.rounds import close_round, progress
from reviews.sealing import BallotContent, seal
from scheduler.counting import run_count
from tests.blindness.cast import CLOSES, NOVEMBER
from tests.blindness.comparing import WorldsDifferError, assert_alike
from tests.blindness.ideal import replaced_everywhere, without_chance
from tests.blindness.test_after_the_count import FIRST_TRIES, LAST, Held, thoughts
from tests.blindness.watching import sees_chats, sees_pages
from tests.blindness.world import NONE, Cast, Thought, World, logs_heard

CASTS = [Cast("jia", "yi", "form"), Cast("bing", "jia", "page"), Cast("jia", "ding", "chat"), Cast("wu", "jia", "form")]
HERE = [Thought("12345", "words"), Thought("54321"), Thought("33333"), Thought("22222")]
THERE = [Thought(NONE), Thought("54321", "other words"), Thought("55555"), Thought(NONE)]

Patch = contextlib.AbstractContextManager[Any]


class Stash:
    """What a careless programmer would know: every content that was ever sealed."""

    def __init__(self) -> None:
        self.contents: list[BallotContent] = []
        self.real = [seal]

    def seal(self, public_key: str, content: BallotContent) -> str:
        self.contents.append(content)
        return self.real[0](public_key, content)

    @property
    def marks(self) -> str:
        return "".join(content.marks for content in self.contents)

    @property
    def mean(self) -> float:
        given = [int(mark) for mark in self.marks if mark != "-"]
        return sum(given) / max(len(given), 1)

    def nones(self) -> set[str]:
        return {content.target for content in self.contents if content.marks == NONE}


def _page_with(change: Callable[[Any], None]) -> Patch:
    original = web.office.page

    def page(*arguments: Any, **values: Any) -> Any:
        response = original(*arguments, **values)
        change(response)
        return response

    return replaced_everywhere(original, page)


def running_mean_in_a_header(stash: Stash) -> Patch:
    return _page_with(lambda response: response.headers.update({"X-Mean": f"{stash.mean:.1f}"}))


def running_mean_in_the_length_of_a_page(stash: Stash) -> Patch:
    def change(response: Any) -> None:
        response.body += b" " * round(stash.mean * 10)
        response.headers["content-length"] = str(len(response.body))

    return _page_with(change)


def units_in_the_order_of_their_marks(stash: Stash) -> Patch:
    original = progress

    def sorted_progress(*arguments: Any, **more: Any) -> Any:
        nones = [content.rater for content in stash.contents if content.marks == NONE]
        return sorted(original(*arguments, **more), key=lambda each: -nones.count(each.unit_code))

    return replaced_everywhere(original, sorted_progress)


def another_refusal_where_there_were_no_dealings(stash: Stash) -> Patch:
    original = task_of

    def refusing(*arguments: Any, **more: Any) -> Any:
        task = original(*arguments, **more)
        if task.target in stash.nones():
            raise DomainError("assignment_unknown")
        return task

    return replaced_everywhere(original, refusing)


def log_line_with_marks(stash: Stash) -> Patch:
    return _with_record(lambda _details: structlog.get_logger().debug("cast", marks=stash.marks))


def audit_that_tells_of_a_comment(stash: Stash) -> Patch:
    return _with_record(lambda details: details.update(comment=bool(stash.contents and stash.contents[-1].comment)))


def random_number_more_for_no_dealings(stash: Stash) -> Patch:
    return _with_record(lambda _details: secrets.token_bytes(1) if stash.nones() else None)


def _with_record(change: Callable[[dict[str, Any]], object]) -> Patch:
    original = reviews.ballots.record

    def record(session: Any, **values: Any) -> None:
        values["details"] = dict(values.get("details") or {})
        change(values["details"])
        original(session, **values)

    return _patched(reviews.ballots, "record", record)


@contextlib.contextmanager
def _patched(module: Any, name: str, value: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, value)
        yield


def question_to_the_database_for_no_dealings_only(stash: Stash) -> Patch:
    original = reviews.ballots.put_ballots

    def put(session: Any, name: str, sealed: Any) -> None:
        if stash.nones():
            session.execute(text("select 1"))
        original(session, name, sealed)

    return _patched(reviews.ballots, "put_ballots", put)


def ballots_in_the_order_of_their_marks(stash: Stash) -> Patch:
    original = reviews.ballots.put_ballots

    def put(session: Any, name: str, sealed: Any) -> None:
        original(session, name, {f"{stash.contents[-1].marks}{id_}"[:43]: each for id_, each in sealed.items()})

    return _patched(reviews.ballots, "put_ballots", put)


def sealed_texts_as_long_as_their_content(_stash: Stash) -> Patch:
    original = reviews.sealing._write

    def unpadded(content: BallotContent) -> bytes:
        return original(content).rstrip()

    @contextlib.contextmanager
    def patched() -> Iterator[None]:
        with _patched(reviews.sealing, "_write", unpadded), _patched(reviews.ballots, "looks_sealed", bool):
            yield

    return patched()


def time_that_knows_the_marks(stash: Stash) -> Patch:
    original = reviews.ballots.record

    def record(session: Any, *, now: Any, **values: Any) -> None:
        original(session, now=now + timedelta(microseconds=len(stash.nones())), **values)

    return _patched(reviews.ballots, "record", record)


LEAKS = [
    running_mean_in_a_header,
    running_mean_in_the_length_of_a_page,
    units_in_the_order_of_their_marks,
    another_refusal_where_there_were_no_dealings,
    log_line_with_marks,
    audit_that_tells_of_a_comment,
    random_number_more_for_no_dealings,
    question_to_the_database_for_no_dealings_only,
    ballots_in_the_order_of_their_marks,
    sealed_texts_as_long_as_their_content,
    time_that_knows_the_marks,
]


def told(new_world: Callable[[], World], leak: Callable[[Stash], Patch] | None, thoughts_: list[Thought]) -> World:
    world, stash = new_world(), Stash()
    leaky = leak(stash) if leak is not None else contextlib.nullcontext()
    with without_chance(), logs_heard(world), replaced_everywhere(seal, stash.seal), leaky:
        for cast, thought in zip(CASTS, thoughts_, strict=True):
            world.votes(cast, thought)
        world.sees_statements("votes")
        sees_pages(world, watchers=("chen",), only="/office")
        sees_chats(world, people=("li", "chen"), taps=16)
        world.sees_rows("end")
    return world


@pytest.mark.parametrize("leak", LEAKS)
def test_leak_before_the_count_is_caught(new_world, leak):
    with pytest.raises(WorldsDifferError):
        assert_alike(*(told(new_world, leak, each) for each in (HERE, THERE)))


def test_worlds_without_a_leak_are_alike(new_world):
    assert_alike(*(told(new_world, None, each) for each in (HERE, THERE)))


# --- after the count


def comments_by_the_id_of_their_writer() -> Patch:
    original = reviews.count_writing._write_comments

    def write(session: Any, period: str, ballots: Any, figures: Any, _new_id: Any) -> None:
        ids = iter([f"{ballot.rater}-{ballot.target}" for ballot in ballots if ballot.marks != NONE and ballot.comment])
        original(session, period, ballots, figures, lambda: next(ids))

    return _patched(reviews.count_writing, "_write_comments", write)


def audit_with_the_number_of_low_marks() -> Patch:
    original, low = reviews.count_writing.record, []
    write = reviews.count_writing._write_comments

    def look(session: Any, period: str, ballots: Any, *more: Any) -> None:
        low.append(sum("1" in ballot.marks for ballot in ballots))
        write(session, period, ballots, *more)

    def record(session: Any, *, details: Any, **values: Any) -> None:
        original(session, details=dict(details) | {"low": low[-1]}, **values)

    @contextlib.contextmanager
    def patched() -> Iterator[None]:
        with (
            _patched(reviews.count_writing, "_write_comments", look),
            _patched(reviews.count_writing, "record", record),
        ):
            yield

    return patched()


AFTERWARDS = [comments_by_the_id_of_their_writer, audit_with_the_number_of_low_marks]


@pytest.mark.parametrize("leak", AFTERWARDS)
def test_leak_after_the_count_is_caught(new_world, keys, leak):
    found = []
    for seed in (1, 2):
        world = new_world()
        with without_chance(), logs_heard(world), replaced_everywhere(figures_of_round, Held()), leak():
            for cast, thought in zip(FIRST_TRIES + LAST, thoughts(seed), strict=True):
                world.votes(replace(cast, way="form"), thought)
            world.now = CLOSES
            world.does(lambda session: close_round(session, period=NOVEMBER, actor="schedule", now=CLOSES))
            world.seen.clear()
            run_count(world.database, period=NOVEMBER, private_key=keys[0], actor="x", clock=lambda: CLOSES)
            world.sees_rows("end")
        found.append(world)
    with pytest.raises(WorldsDifferError):
        assert_alike(*found)
