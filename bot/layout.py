"""How texts and buttons are laid out on a small screen: shortening, rows, pages, a progress bar. PURE."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bulletins.cutting import split_text, utf16_length
from outbox.message import Button

T = TypeVar("T")
Rows = tuple[tuple[Button, ...], ...]

PAGE = 8
LONGEST_TEXT = 4096
"""What one message of the narrowest channel holds, in UTF-16 units as it counts them."""

_PAIR_WIDTH = 14  # columns: two buttons with so much text stand side by side on a phone
_BAR = 10
_MORE = "…"


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list; `number` counts from 0."""

    number: int
    last: int


def page_of(items: Sequence[T], number: int, size: int = PAGE) -> tuple[Sequence[T], Page]:
    """The items of a page, and where it lies; a number outside is moved to the nearest page there is."""
    last = max(0, (len(items) - 1) // size)
    number = min(max(number, 0), last)
    return items[number * size : (number + 1) * size], Page(number, last)


def page_turners(page: Page, action: tuple[str, ...], *, earlier: str, later: str) -> Rows:
    """A row that leads to the pages before and after; `action` gets the page number as its last field."""
    row = []
    if page.number > 0:
        row.append(Button(earlier, (*action, str(page.number - 1))))
    if page.number < page.last:
        row.append(Button(later, (*action, str(page.number + 1))))
    return (tuple(row),) if row else ()


def in_rows(buttons: Iterable[Button], across: int) -> Rows:
    """The buttons in rows of `across`."""
    every = tuple(buttons)
    return tuple(every[start : start + across] for start in range(0, len(every), across))


def by_length(buttons: Sequence[Button]) -> Rows:
    """One in a row if any is long, else two."""
    is_short = all(width(button.text) <= _PAIR_WIDTH for button in buttons)
    return in_rows(buttons, 2 if is_short else 1)


def width(words: str) -> int:
    """How many columns a text takes: wide characters count two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in words)


def bar(done: int, total: int) -> str:
    """Progress as a row of small squares."""
    filled = _BAR * done // total if total else 0
    return "▰" * filled + "▱" * (_BAR - filled)


def shorten(words: str, limit: int) -> str:
    """On one line and at most `limit` UTF-16 units (3 or more), cut between what is seen as characters, with "…"."""
    line = " ".join(words.split())
    return line if utf16_length(line) <= limit else split_text(line, limit - 1)[0] + _MORE


def fitted(words: str, limit: int = LONGEST_TEXT) -> str:
    """A text that fits one message whatever happens: cut between lines where it is too long."""
    return words if utf16_length(words) <= limit else split_text(words, limit - 2)[0] + "\n" + _MORE
