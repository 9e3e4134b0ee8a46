"""What may be kept of what a person typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surveys.plain_text import clean_text, is_blank
from tests.surveys.hostile import HOSTILE


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  谢谢医生  ", "谢谢医生"),
        ("a\x00b\x07c\x9b", "abc"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("tab\there", "tab here"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066a\u2069", "a"),
        ("\ufdd0x\ufffe\U0010ffff", "x"),
        ("e\u0301", "é"),
        ("e\x00\u0301", "é"),
        ("\u1100\u1161\u11a8", "각"),
        ("👩‍👧", "👩‍👧"),
        ("שלום \u200f عربي", "שלום \u200f عربي"),
        ("line\n\n\nline", "line\n\n\nline"),
    ],
)
def test_clean_text_keeps_words_and_drops_what_does_harm(raw, kept):
    assert clean_text(raw) == kept


@pytest.mark.parametrize("raw", ["\ud800", "ab\udfffcd", "\udc00\ud800", "好\ud83d"])
def test_clean_text_refuses_half_a_surrogate_pair(raw):
    assert clean_text(raw) is None


@pytest.mark.parametrize("shown", ["", " ", "\u200b\u200d", "\u3164", "\u2800\n", "\u0301\ufe0f", "\u3000"])
def test_is_blank_sees_that_nothing_is_to_be_seen(shown):
    assert is_blank(shown)


@pytest.mark.parametrize("shown", ["0", ".", "好", "👍", "é", "\u200b好"])
def test_is_blank_is_false_where_something_is(shown):
    assert not is_blank(shown)


@given(st.text(st.characters(codec=None, exclude_categories=())))
@example("\x85\u0301\u2066")
def test_clean_text_is_safe_and_stable_for_any_input(raw):
    cleaned = clean_text(raw)
    if cleaned is None:
        assert any(unicodedata.category(character) == "Cs" for character in raw)
        return
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not any(unicodedata.category(character) == "Cc" and character != "\n" for character in cleaned)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize("raw", HOSTILE)
def test_clean_text_takes_every_hostile_string_or_says_no(raw):
    cleaned = clean_text(raw)
    assert cleaned is None or ("\x00" not in cleaned and clean_text(cleaned) == cleaned)
