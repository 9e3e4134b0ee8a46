"""The queue of updates: kept until confirmed, filtered at birth, in lanes."""

from __future__ import annotations

from typing import Any

from tests.telegram_double.updates import (
    DEFAULT_KINDS,
    UpdateQueue,
    batch,
    confirm,
    drop,
    lane_of,
    next_in_lanes,
    push,
    push_raw,
    repeat,
    shuffle,
    wanted_kinds,
)


def filled(number: int) -> UpdateQueue:
    queue = UpdateQueue(next_id=1)
    for chat in range(number):
        push(queue, "message", {"text": str(chat)}, ("message", chat % 2))
    return queue


def ids(updates: Any) -> list[int]:
    return [update.update_id for update in updates]


def test_updates_stay_until_they_are_confirmed() -> None:
    queue = filled(3)
    assert ids(batch(queue, 100)) == ids(batch(queue, 100)) == [1, 2, 3]
    confirm(queue, 3)
    assert ids(batch(queue, 100)) == [3]
    confirm(queue, 0)
    assert ids(batch(queue, 100)) == [3]


def test_a_negative_offset_keeps_the_last() -> None:
    queue = filled(5)
    confirm(queue, -2)
    assert ids(queue.pending) == [4, 5]


def test_a_small_batch_has_the_lowest_ids_in_shuffled_order() -> None:
    queue = filled(6)
    shuffle(queue, 3)
    assert ids(queue.pending) != [1, 2, 3, 4, 5, 6]
    first = ids(batch(queue, 3))
    assert sorted(first) == [1, 2, 3]
    confirm(queue, max(first) + 1)
    assert sorted(ids(batch(queue, 3))) == [4, 5, 6]


def test_copies_share_an_id_and_are_confirmed_together() -> None:
    queue = UpdateQueue(next_id=1, copies=3)
    push(queue, "message", {}, ("message", 1))
    assert ids(batch(queue, 100)) == [1, 1, 1]
    confirm(queue, 2)
    assert batch(queue, 100) == []


def test_a_repeated_update_comes_though_it_was_confirmed() -> None:
    queue = filled(1)
    update = push(queue, "message", {"text": "x"}, ("message", 1))
    confirm(queue, 3)
    repeat(queue, update, times=2)
    confirm(queue, 3)
    assert ids(batch(queue, 100)) == [2, 2]
    confirm(queue, 3)
    assert batch(queue, 100) == []


def test_unwanted_kinds_are_never_born() -> None:
    queue = UpdateQueue(next_id=1, allowed=frozenset({"callback_query"}))
    assert push(queue, "message", {}, ("message", 1)) == {}
    assert push(queue, "callback_query", {}, ("tap", 1)) == {"update_id": 1, "callback_query": {}}


def test_kinds_are_wanted_by_name_and_default_to_the_usual_ones() -> None:
    assert wanted_kinds(None) is None
    assert wanted_kinds([]) == wanted_kinds(["telepathy", 3]) == DEFAULT_KINDS
    assert wanted_kinds(["message", "telepathy"]) == frozenset({"message"})
    assert "chat_member" not in DEFAULT_KINDS


def test_raw_updates_keep_their_id_or_get_one() -> None:
    queue = UpdateQueue(next_id=5)
    assert push_raw(queue, {"update_id": 9}, ("raw", 0)) == {"update_id": 9}
    assert push_raw(queue, {"message": {"text": "\ud83d"}}, ("raw", 0))["update_id"] == 10
    assert "\\ud83d" in queue.pending[-1].text


def test_lanes_go_forward_one_by_one_beside_each_other() -> None:
    queue = filled(4)
    heads, wait = next_in_lanes(queue, 0.0)
    assert (ids(heads), wait) == ([1, 2], None)
    heads[0].in_flight = True
    assert ids(next_in_lanes(queue, 0.0)[0]) == [2]
    drop(queue, heads[0])
    assert ids(next_in_lanes(queue, 0.0)[0]) == [2, 3]


def test_a_lane_waits_for_its_head() -> None:
    queue = filled(3)
    queue.pending[0].due_at = 7.0
    heads, wait = next_in_lanes(queue, 5.0)
    assert (ids(heads), wait) == ([2], 2.0)


def test_raw_updates_travel_with_their_chat() -> None:
    assert lane_of({"update_id": 1, "message": {"chat": {"id": 7}}}) == ("message", 7)
    assert lane_of({"callback_query": {"from": {"id": 8}, "message": {"chat": {"id": 7}}}}) == ("tap", 8)
    assert [lane_of(body) for body in ({}, {"message": None}, {"message": {"chat": 7}})] == [("raw", 0)] * 3


def test_held_updates_reach_nobody() -> None:
    queue = filled(2)
    queue.held = True
    assert batch(queue, 100) == []
    assert next_in_lanes(queue, 0.0) == ([], None)
