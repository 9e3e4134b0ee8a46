"""An attacker with everything that lies about: raw files, the audit trail, the published receipts, perhaps the key.

Of two units it says which gave a third its fives. It carves sealed texts out of whatever bytes there are and opens them
if it can; it links them to their raters by the order in which they lie; and where it knows nothing it guesses by the
sign that has been right most often so far, for it is told the truth about every month that it has guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from math import comb

from reviews.erasure import _MARK
from tests.reviews.attackers.months import UNITS, Evidence, Opener, Truth

_TEXT = re.compile(re.escape(_MARK.encode()) + rb"[A-Za-z0-9_.-]{100,}")
_PAGE = 4096
_LOCAL = 489 - 4 - 32  # characters of a sealed text on the page of its row; the number of the next page is behind them


def carve(evidence: Evidence) -> list[tuple[int, str]]:
    """Every sealed text, or beginning of one, in any file, with the place where the rest of it lies, or it itself."""
    found = {}
    for content in evidence.files.values():
        for match in _TEXT.finditer(content):
            text, start = match[0][:1971], match.start()
            if len(text) >= 1900:
                found[text] = -start  # rows of an ordinary table fill a page from its end
            else:
                pointer = content[start + _LOCAL : start + _LOCAL + 4]
                found[text[:_LOCAL]] = int.from_bytes(pointer)  # also in slack that an earlier page has left
    return [(place, text.decode()) for text, place in found.items()]


def whole_length(evidence: Evidence, place: int, beginning: str) -> int:
    """How long a text is whose beginning was carved, read on from the page where its rest lies."""
    if place <= 0:
        return len(beginning)
    for content in evidence.files.values():
        rest = re.match(rb"[A-Za-z0-9_.-]*", content[(place - 1) * _PAGE + 4 : place * _PAGE])
        if rest is not None:
            return len(beginning) + len(rest[0])
    return len(beginning)


class Attacker:
    """Learns from month to month which signs are worth something."""

    def __init__(self, opener: Opener | None = None) -> None:
        self.opener = opener
        self.right: Counter[int] = Counter()
        self.seen = 0
        self.opened = 0

    def guesses(self, evidence: Evidence, truth: Truth) -> int:
        """How many of the month's six units it guesses right; the truth is used to pose the question, and afterwards
        to learn.
        """
        carved = carve(evidence)
        known = self._known(carved)
        right = 0
        for target, (high, low) in truth.items():
            one, other = sorted((high, low))
            signs = tuple(self._signs(evidence, carved, target, one, other))
            if known.get((one, target), "3") != known.get((other, target), "3"):
                guess = max((one, other), key=lambda rater: known.get((rater, target), "3"))
                self.opened += 1
            else:
                guess = one if self._believes(signs) else other
            right += guess == high
            self.seen += 1
            self.right.update(place for place, sign in enumerate(signs) if sign == (one == high))
        return right

    def _known(self, carved: list[tuple[int, str]]) -> dict[tuple[str, str], str]:
        if self.opener is None:
            return {}
        opened = [self.opener(text) for _, text in carved]
        return {(rater, target): marks for rater, target, marks in filter(None, opened)}

    def _believes(self, signs: tuple[bool, ...]) -> bool:
        """What the sign says that was right, or wrong, most often."""
        best = max(range(len(signs)), key=lambda place: abs(self.right[place] - self.seen / 2))
        return signs[best] == (self.right[best] * 2 >= self.seen)

    def _signs(
        self, evidence: Evidence, carved: list[tuple[int, str]], target: str, one: str, other: str
    ) -> Iterator[bool]:
        """What may speak for the first of two: times, order, receipts, what stands in the files at their places."""
        order = [unit for unit, _ in evidence.casts]
        places = [self._place(order, rater, target) for rater in (one, other)]
        times = [evidence.casts[place][1] for place in places]
        gaps = [evidence.casts[place][1] - evidence.casts[max(place - 1, 0)][1] for place in places]
        yield places[0] < places[1]
        yield gaps[0] < gaps[1]
        yield times[0].second < times[1].second
        yield evidence.receipts[places[0]] < evidence.receipts[places[1]]
        yield evidence.receipts[places[0]][-1] < evidence.receipts[places[1]][-1]
        main = next(iter(evidence.files.values()))
        yield bool(hashlib.sha256(main[24:28] + main[-20_000:] + target.encode()).digest()[0] & 1)
        yield sum(main[-20_000:]) % 2 == 0
        free = free_pages(main)
        yield bool(free) and free[places[0] % len(free)] < free[places[1] % len(free)]
        texts = [text for _, text in sorted(carved)]
        if len(texts) == len(order):  # nothing was erased: the order in which texts lie is that in which they came
            linked = sorted(carved)
            lengths = [whole_length(evidence, *linked[place]) for place in places]
            yield lengths[0] < lengths[1]
            yield texts[places[0]][len(_MARK) :] < texts[places[1]][len(_MARK) :]
            yield sum(texts[places[0]].encode()) < sum(texts[places[1]].encode())

    @staticmethod
    def _place(order: list[str], rater: str, target: str) -> int:
        """Which cast was this rater's on this unit, if sheets are filled in from top to bottom."""
        behind = [unit for unit in UNITS if unit != rater].index(target)
        return [place for place, unit in enumerate(order) if unit == rater][behind]


def free_pages(content: bytes) -> list[int]:
    """The free pages of a database file, in the order in which its list names them."""
    found: list[int] = []
    trunk = int.from_bytes(content[32:36])
    while trunk and trunk not in found:
        found.append(trunk)
        page = content[(trunk - 1) * _PAGE : trunk * _PAGE]
        number = int.from_bytes(page[4:8])
        found += [int.from_bytes(page[8 + 4 * place : 12 + 4 * place]) for place in range(number)]
        trunk = int.from_bytes(page[:4])
    return found


def chance(right: int, tries: int) -> float:
    """How probable it is that guessing by coin differs from a half at least as much: exact, two-sided."""
    ways = [comb(tries, number) for number in range(tries + 1)]
    far = abs(2 * right - tries)
    return sum(way for number, way in enumerate(ways) if abs(2 * number - tries) >= far) / 2**tries
