"""PURE: what is published after a count so that every rater can check it: the receipts, counted and superseded.

The lists are sorted, so that they tell no order of arrival, and stand in one text whose SHA-256 is their root: whoever
has the text computes it with any tool. A rater whose last receipt stands among the superseded, or nowhere, has proof of
tampering. Ballots that could not be read or contradict the record are a list of their own. Knows receipts only. Refuses
to know raters, units and marks.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from consortium.periods import Period
from locales.errors import DomainError
from reviews.counting import Sorted

COUNTED, SUPERSEDED, VOID = "counted", "superseded", "void"

_TITLE = "tongping receipts"
_RECEIPT = re.compile(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){3}")
_LETTERS = 20
_GROUP = 5
_BETWEEN = re.compile(r"[\s\-‐-―−_.]+")


@dataclass(frozen=True, slots=True)
class ReceiptLists:
    """The receipts of a round: of ballots that were counted, that a later one replaced, and that did not count."""

    period: str
    counted: tuple[str, ...]
    superseded: tuple[str, ...]
    void: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lists = (self.counted, self.superseded, self.void)
        all_ = [receipt for each in lists for receipt in each]
        is_sorted = all(list(each) == sorted(each) for each in lists)
        if not is_sorted or len(set(all_)) != len(all_) or not all(map(_RECEIPT.fullmatch, all_)):
            msg = "sorted lists of receipts, each receipt once"
            raise ValueError(msg)


def receipt_lists(period: Period, found: Sorted) -> ReceiptLists:
    """The lists of a round, from what a count found of all of its ballots."""
    return ReceiptLists(str(period), found.counted, found.superseded, found.void)


def lists_text(lists: ReceiptLists) -> str:
    """The lists as they are published: plain ASCII, a line for each receipt, the same text for the same lists.

    Ballots that did not count are rare: their list stands there only if there are any.
    """
    lines = [f"{_TITLE} {lists.period}"]
    for title, receipts in ((COUNTED, lists.counted), (SUPERSEDED, lists.superseded), (VOID, lists.void)):
        if receipts or title != VOID:
            lines += [f"{title} {len(receipts)}", *receipts]
    return "".join(f"{line}\n" for line in lines)


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
    """`counted`, `superseded`, `void`, or None for a receipt that stands in no list. Error: `receipt_malformed`."""
    receipt = read_receipt(written)
    places = ((COUNTED, lists.counted), (SUPERSEDED, lists.superseded), (VOID, lists.void))
    return next((title for title, receipts in places if receipt in receipts), None)


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
    lines = published.removesuffix("\n").split("\n")
    try:
        title, period = lines[0].rsplit(" ", 1)
        found: dict[str, tuple[str, ...]] = {}
        start = 1
        while start < len(lines):
            name, number = lines[start].split(" ")
            end = start + 1 + (int(number) if number.isdecimal() else len(lines))
            found[name] = tuple(lines[start + 1 : end])
            start = end
        return ReceiptLists(str(Period.parse(period)), **found) if title == _TITLE else None
    except (ValueError, TypeError, IndexError, DomainError):
        return None
