"""What typed words are, and what names from outside become."""

from __future__ import annotations

import pytest

from bot.inbound import Inbound, read_words, short_name


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("/start", ("start", "")),
        ("/start abc-_9", ("start", "abc-_9")),
        ("/start@tongping_bot abc", ("start", "abc")),
        ("/START abc", ("start", "abc")),
        ("/start 好", ("start", "好")),
        ("/start a b", ("text", "/start a b")),
        ("/help", ("command", "help")),
        ("/Language", ("command", "language")),
        ("/receipt", ("command", "receipt")),
        ("/RECEIPT 7q2m-0kxd-94tb ", ("command", "receipt 7q2m-0kxd-94tb")),
        ("/receipt 7Q2M 0KXD 94TB", ("command", "receipt 7Q2M 0KXD 94TB")),
        ("/receipt a b c d e", ("text", "/receipt a b c d e")),
        ("/", ("text", "/")),
        ("/帮助", ("text", "/帮助")),
        ("你好", ("text", "你好")),
        ("a /help", ("text", "a /help")),
        ("", ("text", "")),
        ("/" + "x" * 40, ("text", "/" + "x" * 40)),
    ],
)
def test_words_are_read(words, expected):
    assert read_words(words) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("李 敏", "李 敏"),
        ("a\nb", "a b"),
        ("\u202eevil", "evil"),
        ("x" * 500, "x" * 80),
        ("\ud83d", "\ufffd"),
        ("\u200b \u3164", ""),
        ("", ""),
    ],
)
def test_names_from_outside_are_tamed(raw, expected):
    assert short_name(raw) == expected


def test_nothing_said_shows_in_a_log_of_the_value():
    said = Inbound(channel="telegram", chat="1", account="1", kind="tap", content="b:m:1:54321:x", display_name="Mei")
    assert "54321" not in repr(said)
    assert "Mei" not in repr(said)
