"""What bytes from the wire prove, however strange they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.senders.bot_api import Done, Later, Refusal, Unclear, judge, refusal_code, utf16_units

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ok", "result", "message_id", "parameters", "retry_after"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(status=st.integers(100, 999), body=st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_answer_is_judged_and_only_a_confirmed_number_means_done(status, body):
    verdict = judge("sendMessage", status, body)
    if verdict == Done():
        assert status == 200
        assert isinstance(json.loads(body)["result"]["message_id"], int)
    if isinstance(verdict, Later):
        assert 1 <= verdict.seconds <= 86_400
    if verdict != Unclear("answer_unreadable") and verdict != Unclear("server_error"):
        assert json.loads(body)["ok"] in {True, False}


def test_number_is_asked_of_what_was_sent_only():
    body = b'{"ok":true,"result":{"id":7}}'
    assert judge("getMe", 200, body) == Done()
    assert judge("sendPhoto", 200, body) == Unclear("answer_unreadable")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 499])
def test_readable_refusal_of_any_kind_is_one(status):
    assert judge("sendMessage", status, b'{"ok":false}') == Refusal()
    assert judge("sendMessage", status, b"no") == Unclear("answer_unreadable")


@pytest.mark.parametrize("status", [200, 301, 500, 502, 599, 100])
def test_refusal_with_another_status_proves_nothing(status):
    assert isinstance(judge("sendMessage", status, b'{"ok":false}'), Unclear)


def test_words_of_telegram_become_codes():
    said = [
        "Chat not found",
        "Forbidden: user is deactivated",
        "not enough rights to send photos",
        "CHAT_WRITE_FORBIDDEN",
        "?",
    ]
    assert [refusal_code(one, usual="bad_request") for one in said] == [
        "gone",
        "gone",
        "no_rights",
        "no_rights",
        "bad_request",
    ]


def test_lengths_are_those_telegram_counts():
    assert [utf16_units(text) for text in ("", "简报", "😀", "a😀b", "\ud83d")] == [0, 2, 2, 4, 1]
