"""PURE: what is published after a count so that every rater can check it: the receipts, counted and superseded.

Both lists are sorted, so that they tell no order of arrival, and stand in one text whose SHA-256 is their root: whoever
has the text computes it with any tool. A rater whose last receipt stands among the superseded, or nowhere, has proof of
tampering. Knows receipts only. Refuses to know raters, units and marks.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from consortium.periods import Period
from locales.errors import DomainError
from reviews.counting import newest
from reviews.sealing import BallotContent

COUNTED, SUPERSEDED = "counted", "superseded"

_TITLE = "tongping receipts"
_RECEIPT = re.compile(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){3}")
_LETTERS = 20
_GROUP = 5
_BETWEEN = re.compile(r"[\s\-‐-―−_.]+")


@dataclass(frozen=True, slots=True)
class ReceiptLists:
    """The receipts of a round: those of ballots that were counted, and of ballots that a later one replaced."""

    period: str
    counted: tuple[str, ...]
    superseded: tuple[str, ...]

    def __post_init__(self) -> None:
        all_ = (*self.counted, *self.superseded)
        is_sorted = all(list(each) == sorted(each) for each in (self.counted, self.superseded))
        if not is_sorted or len(set(all_)) != len(all_) or not all(map(_RECEIPT.fullmatch, all_)):
            msg = "two sorted lists of receipts, each receipt once"
            raise ValueError(msg)


def receipt_lists(period: Period, opened: Iterable[tuple[str, BallotContent]]) -> ReceiptLists:
    """The two lists of a round from all of its ballots, (receipt, what was inside), in any order."""
    ballots = list(opened)
    kept = {id(content) for content in newest(content for _, content in ballots).values()}
    counted = sorted(receipt for receipt, content in ballots if id(content) in kept)
    superseded = sorted(receipt for receipt, content in ballots if id(content) not in kept)
    return ReceiptLists(str(period), tuple(counted), tuple(superseded))


def lists_text(lists: ReceiptLists) -> str:
    """The lists as they are published: plain ASCII, a line for each receipt, the same text for the same lists."""
    return "".join(
        f"{line}\n"
        for line in (
            f"{_TITLE} {lists.period}",
            f"{COUNTED} {len(lists.counted)}",
            *lists.counted,
            f"{SUPERSEDED} {len(lists.superseded)}",
            *lists.superseded,
        )
    )


def root_of(lists: ReceiptLists) -> str:
    """The root of the two lists: SHA-256 of their published text, in hexadecimal."""
    return hashlib.sha256(lists_text(lists).encode("ascii")).hexdigest()


def read_lists(published: str) -> ReceiptLists:
    """The lists in a published text; `receipt_lists_changed` for anything that `lists_text` does not write."""
    lists = _parsed(published)
    if lists is None or lists_text(lists) != published:
        raise DomainError("receipt_lists_changed")
    return lists


def find_receipt(lists: ReceiptLists, written: str) -> str | None:
    """`counted`, `superseded`, or None for a receipt that stands in neither list. Error: `receipt_malformed`."""
    receipt = read_receipt(written)
    if receipt in lists.counted:
        return COUNTED
    return SUPERSEDED if receipt in lists.superseded else None


def read_receipt(written: str) -> str:
    """A receipt as a person wrote it, in its one spelling: any case, with or without hyphens, full width or not.

    The digits 0, 1 and 8 never stand in one; 0 and 8 are read as the letters that they are taken for. 1 could be two
    letters: it is refused, as all else is, with `receipt_malformed`.
    """
    letters = _BETWEEN.sub("", unicodedata.normalize("NFKC", written)).upper().replace("0", "O").replace("8", "B")
    groups = (letters[start : start + _GROUP] for start in range(0, _LETTERS, _GROUP))
    receipt = "-".join(groups)
    if len(letters) != _LETTERS or not _RECEIPT.fullmatch(receipt):
        raise DomainError("receipt_malformed")
    return receipt


def _parsed(published: str) -> ReceiptLists | None:
    lines = published.split("\n")
    try:
        title, period = lines[0].rsplit(" ", 1)
        counted = int(lines[1].removeprefix(f"{COUNTED} "))
        superseded = int(lines[2 + counted].removeprefix(f"{SUPERSEDED} "))
        first, second = lines[2 : 2 + counted], lines[3 + counted : 3 + counted + superseded]
        return ReceiptLists(str(Period.parse(period)), tuple(first), tuple(second)) if title == _TITLE else None
    except (ValueError, IndexError, DomainError):
        return None
