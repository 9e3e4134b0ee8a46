"""PURE: from the opened ballots of a round to the ones that count, and whether they are the ones that were cast.

Knows contents in memory and what is on record about participation. Refuses to repair anything: a ballot that does not
fit its assignment, or one that is gone, is reported as a number and never by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reviews.criteria import are_legal_marks
from reviews.sealing import BallotContent


@dataclass(frozen=True, slots=True)
class Participation:
    """What is on record about one assignment: who was to score whom, and how many ballots were cast for it."""

    rater: str
    target: str
    casts: int


def contradictions(
    contents: Iterable[BallotContent],
    *,
    period: str,
    assignments: Mapping[int, Participation],
    criteria_count: int,
) -> int:
    """How many ballots say something else than the record: another round, another pair, a cast that never was, a cast
    number that stands twice, or marks that are none.
    """
    seen: set[tuple[int, int]] = set()
    wrong = 0
    for content in contents:
        on_record = assignments.get(content.assignment_id)
        cast = (content.assignment_id, content.counter)
        fits = (
            on_record is not None
            and content.period == period
            and (content.rater, content.target) == (on_record.rater, on_record.target)
            and 1 <= content.counter <= on_record.casts
            and cast not in seen
            and are_legal_marks(content.marks, criteria_count)
        )
        seen.add(cast)
        wrong += not fits
    return wrong


def newest(contents: Iterable[BallotContent]) -> dict[tuple[str, str], BallotContent]:
    """The ballot that counts for every (rater, target): the last one cast.

    The number of the cast decides, drawn by the database one by one, and not the time: a clock that was set back must
    not bring a replaced ballot to life again.
    """
    last: dict[tuple[str, str], BallotContent] = {}
    for content in contents:
        pair = content.rater, content.target
        if pair not in last or last[pair].counter < content.counter:
            last[pair] = content
    return last


def marks_per_unit(contents: Iterable[BallotContent]) -> dict[str, list[str]]:
    """The marks that every unit got, in an order that says nothing of the raters."""
    marks: dict[str, list[str]] = defaultdict(list)
    for content in contents:
        marks[content.target].append(content.marks)
    return {unit: sorted(marks[unit]) for unit in sorted(marks)}
