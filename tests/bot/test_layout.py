"""Texts and buttons on small screens: cut where a reader would, never beyond what a message holds."""

from __future__ import annotations

import pytest

from bot.layout import LONGEST_TEXT, bar, by_length, fitted, in_rows, page_of, page_turners, shorten, width
from outbox.message import Button


def units(words):
    return len(words.encode("utf-16-le")) // 2


def buttons(*labels):
    return [Button(label, ("m", "x")) for label in labels]


def test_shorten_keeps_what_fits_and_flattens_lines():
    assert shorten("短", 5) == "短"
    assert shorten("a\n b\t c", 10) == "a b c"
    assert shorten("", 5) == ""


@pytest.mark.parametrize("limit", [3, 5, 20])
@pytest.mark.parametrize("words", ["很" * 99, "👩‍👩‍👧‍👦" * 9, "e\u0301" * 50, "🇨🇳" * 20, "𝕏" * 60, "word " * 30])
def test_shorten_stays_within_its_limit_and_parts_no_character(words, limit):
    cut = shorten(words, limit)
    assert units(cut) <= limit
    assert cut.endswith("…")
    cut.encode("utf-8")


@pytest.mark.parametrize("words", ["很" * 5000, "𝕏" * 5000, "line\n" * 2000, "x" * 4096, "", "𝕏" * 2048])
def test_fitted_never_exceeds_a_message(words):
    shown = fitted(words)
    assert units(shown) <= LONGEST_TEXT
    assert shown == words if units(words) <= LONGEST_TEXT else shown.endswith("\n…")


def test_bar_is_ten_squares():
    assert [bar(0, 12), bar(6, 12), bar(12, 12), bar(0, 0)] == ["▱" * 10, "▰" * 5 + "▱" * 5, "▰" * 10, "▱" * 10]


def test_width_counts_wide_characters_twice():
    assert (width("非常满意"), width("So so"), width("")) == (8, 5, 0)


def test_short_labels_stand_in_pairs_long_ones_alone():
    assert [len(row) for row in by_length(buttons("是", "否", "不知道"))] == [2, 1]
    assert [len(row) for row in by_length(buttons("是", "对这次就诊的整体感觉很好"))] == [1, 1]
    assert [len(row) for row in in_rows(buttons(*"1234567"), 5)] == [5, 2]


@pytest.mark.parametrize(
    ("number", "items", "shown", "turners"),
    [(0, 20, 8, ["later"]), (1, 20, 8, ["earlier", "later"]), (2, 20, 4, ["earlier"]), (99, 20, 4, ["earlier"]),
     (-5, 20, 8, ["later"]), (0, 8, 8, []), (0, 0, 0, [])],
)  # fmt: skip
def test_pages_end_where_the_list_ends(number, items, shown, turners):
    page_items, page = page_of(range(items), number)
    rows = page_turners(page, ("m", "x"), earlier="earlier", later="later")
    assert len(page_items) == shown
    assert [button.text for row in rows for button in row] == turners
