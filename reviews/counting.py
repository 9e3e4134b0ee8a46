"""PURE: from the opened ballots of a round to the ones that count, and what becomes of every receipt.

Knows contents in memory and what is on record about participation. Refuses to repair anything: what does not fit the
record is void. Its receipt is published as such; whose it is, nobody is told.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reviews.criteria import are_legal_marks
from reviews.sealing import BallotContent, ballot_token


@dataclass(frozen=True, slots=True)
class Participation:
    """What is on record about one assignment: who was to score whom, and how many ballots were cast for it."""

    rater: str
    target: str
    casts: int


@dataclass(frozen=True, slots=True)
class Record:
    """What a round knows of its ballots without opening one."""

    period: str
    assignments: Mapping[int, Participation]
    criteria_count: int
    token_key: str
    with_gaps: bool = False  # whether single criteria may be left unmarked


@dataclass(frozen=True, slots=True)
class Opened:
    """A ballot and its receipt; `content` is None where it could not be read."""

    receipt: str
    content: BallotContent | None


@dataclass(frozen=True, slots=True)
class Sorted:
    """The ballots that count, in no order of their raters, and all receipts: counted, superseded and void, sorted."""

    ballots: tuple[BallotContent, ...]
    counted: tuple[str, ...]
    superseded: tuple[str, ...]
    void: tuple[str, ...]


def sort_ballots(ballots: Iterable[Opened], record: Record) -> Sorted:
    """Which ballots count: of every assignment the one with the highest number among those that fit the record.

    The number of the cast decides, drawn by the database one by one, and not the time: a clock that was set back must
    not bring a replaced ballot to life again. Void are ballots that cannot be read, that say something else than the
    record, and all that share one number of one assignment: which of them is the rater's own nobody can tell.
    """
    opened = list(ballots)
    fitting = [each for each in opened if each.content is not None and fits(each.content, record)]
    claims = Counter(_cast(each) for each in fitting)
    valid = [each for each in fitting if claims[_cast(each)] == 1]
    last: dict[int, Opened] = {}
    for each in sorted(valid, key=_cast):
        last[_cast(each)[0]] = each
    kept = {each.receipt for each in last.values()}
    known = {each.receipt for each in valid}
    contents = sorted((each.content for each in last.values() if each.content), key=lambda content: content.token)
    return Sorted(
        tuple(contents),
        counted=tuple(sorted(kept)),
        superseded=tuple(sorted(known - kept)),
        void=tuple(sorted({each.receipt for each in opened} - known)),
    )


def fits(content: BallotContent, record: Record) -> bool:
    """Whether a ballot says what is on record: its round, its pair, a cast that was, its token, and legal marks."""
    task = record.assignments.get(content.assignment_id)
    if task is None or (content.rater, content.target) != (task.rater, task.target):
        return False
    token = ballot_token(record.token_key, content.assignment_id, content.counter)
    return (
        content.period == record.period
        and 1 <= content.counter <= task.casts
        and hmac.compare_digest(content.token.encode(), token.encode())
        and are_legal_marks(content.marks, record.criteria_count, with_gaps=record.with_gaps)
    )


def _cast(opened: Opened) -> tuple[int, int]:
    """The assignment and the number of the cast."""
    assert opened.content is not None
    return opened.content.assignment_id, opened.content.counter
