"""Cutting texts: limits in UTF-16 units, paragraphs, lines, and never through a character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins.cutting import safe_cut, split_text, utf16_length
from bulletins.rendering import bulletin_text
from tests.bulletins.samples import season, tier, unit_row


def test_lengths_are_counted_as_telegram_counts():
    assert [utf16_length(text) for text in ("", "abc", "医院", "😀", "𠮷")] == [0, 3, 2, 2, 2]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 10, []),
        ("\n\n\n", 10, []),
        ("one", 3, ["one"]),
        ("one\ntwo", 7, ["one\ntwo"]),
        ("one\ntwo", 6, ["one", "two"]),
        ("aa\nb\n\nc\nd", 8, ["aa\nb", "c\nd"]),  # the paragraph stays together
        ("a\n\nb\nc\nd\ne", 9, ["a\n\nb\nc\nd", "e"]),  # a cut there would waste more than half
        ("医院医院", 3, ["医院医", "院"]),
        ("😀😀", 3, ["😀", "😀"]),
        ("aaaa bbbb cccc", 10, ["aaaa bbbb", "cccc"]),
        ("abcdef", 4, ["abcd", "ef"]),
        ("x\n" + "y" * 10 + "\nz", 4, ["x", "yyyy", "yyyy", "yy\nz"]),
    ],
)
def test_a_text_is_cut_where_it_reads_best(text, limit, parts):
    assert split_text(text, limit) == parts


@pytest.mark.parametrize(
    ("line", "wanted", "cut"),
    [
        ("ab", 1, 1),
        ("e\u0301e\u0301", 3, 2),
        ("👨‍👩‍👧x", 3, 0),
        ("x👨‍👩‍👧", 4, 1),
        ("👍🏽👍🏽", 3, 2),
        ("🇨🇳🇩🇪", 1, 0),
        ("🇨🇳🇩🇪", 2, 2),
        ("🇨🇳🇩🇪", 3, 2),
        ("क्षि", 2, 2),
        ("ab", 2, 2),
        ("ab", 9, 2),
    ],
)
def test_a_cut_never_parts_what_is_seen_as_one_character(line, wanted, cut):
    assert safe_cut(line, wanted) == cut


@given(st.text(max_size=400), st.integers(2, 60))
def test_every_part_fits_and_nothing_but_white_space_is_lost(text, limit):
    parts = split_text(text, limit)
    assert all(0 < utf16_length(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        part.encode("utf-16-le", "surrogatepass")


def test_one_character_longer_than_a_message_still_comes_through():
    monster = "e" + "\u0301" * 50
    parts = split_text(monster, 20)
    assert "".join(parts) == monster
    assert all(utf16_length(part) <= 20 for part in parts)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_bulletin_of_three_hundred_units_goes_out_whole(language):
    rows = [unit_row(f"u{number}", f"第{number}社区中心", f"Centre {number}", None, number) for number in range(1, 301)]
    text = bulletin_text(season(tier("primary", "社区", "Centres", *rows)), language)
    parts = split_text(text, 4096)
    assert len(parts) > 1
    assert all(utf16_length(part) <= 4096 for part in parts)
    lines = [line for part in parts for line in part.split("\n") if line.strip()]
    assert lines == [line for line in text.split("\n") if line.strip()]
