"""What the sheet sends: sealed ballots as JSON, or, from a browser that cannot seal, marks as fields of a form.

Knows names and shapes and when a row is whole. Refuses to know who sends it and whether it may be cast. Nothing here
repeats a mark or a comment in an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from locales.errors import DomainError
from reviews.ballots import Marked, Sealed
from reviews.criteria import MARKS, no_dealings
from web.forms import Form

LONGEST_SHEET = 1024 * 1024
"""Bytes: some hundreds of sealed ballots, or as many comments percent-encoded."""

MARK, NONE, COMMENT, COUNTER = "m.", "n.", "c.", "k."
PREFIXES = (MARK, NONE, COMMENT, COUNTER)

_NAME = re.compile(r"([mnck])\.([0-9]{1,9})(?:\.([0-9]{1,2}))?", re.ASCII)
_LARGEST = 2**31
_MOST_BALLOTS = 1000
_LONGEST_TEXT = 4096  # of a comment as it comes in; what a comment may be is `reviews.comments`' to say


@dataclass(frozen=True, slots=True)
class Row:
    """One unit as it was filled in: marks by the place of their criterion, perhaps "no dealings", perhaps a comment.

    `counter` is the number of the cast that the page knew to be next.
    """

    assignment_id: int
    marks: Mapping[int, str] = field(default_factory=dict, repr=False)
    is_none: bool = field(default=False, repr=False)
    comment: str = field(default="", repr=False)
    counter: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.marks and not self.is_none and not self.comment.strip()

    @property
    def contradicts(self) -> bool:
        """Marks for a unit there were no dealings with."""
        return bool(self.marks) and self.is_none

    def is_whole(self, criteria_count: int) -> bool:
        return self.is_none or set(self.marks) == set(range(criteria_count))

    def marked(self, criteria_count: int) -> Marked:
        """The ballot of a whole row, to be sealed at the door."""
        given = "".join(self.marks[place] for place in range(criteria_count)) if not self.is_none else ""
        return Marked(self.assignment_id, given or no_dealings(criteria_count), self.comment, self.counter)


def read_rows(form: Form) -> dict[int, Row]:
    """The rows of a plain form in which anything was filled in, by assignment. `form_unreadable`, `field_twice`."""
    marks: dict[int, dict[int, str]] = {}
    single: dict[tuple[str, int], str] = {}
    for name, values in form.lists.items():
        found = _NAME.fullmatch(name)
        if found is None or (found[3] is not None) != (found[1] == "m"):
            raise DomainError("form_unreadable")
        if len(values) != 1:
            raise DomainError("field_twice", field=name)
        kind, row = found[1], int(found[2])
        if kind == "m":
            if len(values[0]) != 1 or values[0] not in MARKS:
                raise DomainError("form_unreadable")
            marks.setdefault(row, {})[int(found[3])] = values[0]
        else:
            single[kind, row] = values[0]
    rows = [_row(number, marks.get(number, {}), single) for number in {*marks, *(row for _, row in single)}]
    return {row.assignment_id: row for row in sorted(rows, key=lambda row: row.assignment_id) if not row.is_empty}


def read_sealed(body: bytes) -> tuple[Form, list[Sealed]]:
    """The ballots that a page sealed: `{"csrf", "ballots": [{"assignment", "counter", "sealed"}]}`, and the page's own
    token as a form has it. `json_unreadable` for anything else; the text of a ballot is looked at when it is cast.
    """
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise DomainError("json_unreadable") from None
    if not isinstance(document, dict) or set(document) != {"csrf", "ballots"}:
        raise DomainError("json_unreadable")
    csrf, ballots = document["csrf"], document["ballots"]
    if not isinstance(csrf, str) or not isinstance(ballots, list) or not 0 < len(ballots) <= _MOST_BALLOTS:
        raise DomainError("json_unreadable")
    return Form({"csrf": csrf}, {}), [_sealed(each) for each in ballots]


def _row(number: int, marks: Mapping[int, str], single: Mapping[tuple[str, int], str]) -> Row:
    counter, comment = single.get(("k", number), ""), single.get(("c", number), "")
    if not (counter.isascii() and counter.isdecimal() and len(counter) < 10) or number >= _LARGEST:  # noqa: PLR2004 - what a database counts
        raise DomainError("form_unreadable")
    if len(comment) > _LONGEST_TEXT:
        raise DomainError("form_unreadable")
    return Row(number, marks, ("n", number) in single, comment, int(counter))


def _sealed(given: Any) -> Sealed:
    if not isinstance(given, dict) or set(given) != {"assignment", "counter", "sealed"}:
        raise DomainError("json_unreadable")
    assignment, counter, sealed = given["assignment"], given["counter"], given["sealed"]
    are_numbers = all(type(number) is int and 0 < number < _LARGEST for number in (assignment, counter))
    if not are_numbers or not isinstance(sealed, str):
        raise DomainError("json_unreadable")
    return Sealed(assignment, counter, sealed)
