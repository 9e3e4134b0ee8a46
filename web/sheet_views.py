"""The sheet as its page shows it: a row for each unit, the criteria, and what the page's own script needs.

Knows names, counters and blank ballots. There is no mark here but what the rater has just sent in a form that could not
be taken: it goes back to the same browser and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from locales.texts import pick, text
from reviews.ballots import AssignmentView
from reviews.comments import LONGEST_COMMENT
from reviews.criteria import Criterion
from reviews.sealing import PAYLOAD_BYTES, BallotContent
from web.sheet_forms import Row

_SAID = (
    "progress", "review", "no_dealings", "with_comment", "replaces", "incomplete", "nothing", "sending",
    "broken", "differs", "agrees", "stale", "sent_row", "copied", "not_copied", "file_head", "draft_found", "cleared",
    "comment_left", "unsealed", "send_at_door",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion in the language of the page."""

    code: str
    name: str
    text: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A unit to score. `is_done`: a ballot was cast, whose marks nobody can show; `row` is what a form just brought."""

    id: int
    name: str
    counter: int
    is_done: bool
    row: Row = field(repr=False)


def criterion_views(criteria: Sequence[Criterion], language: str) -> list[CriterionView]:
    return [
        CriterionView(
            each.code,
            pick(each.name, language),
            pick(each.text, language),
            pick(each.low, language),
            pick(each.high, language),
        )
        for each in criteria
    ]


def row_views(
    tasks: Sequence[AssignmentView], blanks: Sequence[BallotContent], language: str, given: Mapping[int, Row]
) -> list[RowView]:
    """The rows in the order of the units. A round that was closed in between has no blank ballots and no rows."""
    counters = {blank.assignment_id: blank.counter for blank in blanks}
    return [
        RowView(
            task.id, pick(task.target_name, language), counters[task.id], task.done, given.get(task.id, Row(task.id))
        )
        for task in tasks
        if task.id in counters
    ]


def blank_documents(blanks: Sequence[BallotContent]) -> list[dict[str, Any]]:
    """The ballots as JSON values, exactly as they lie in a sealed one but for what the rater fills in."""
    return [
        {
            "assignment": blank.assignment_id,
            "cast_at": blank.cast_at.astimezone(UTC).isoformat(),
            "comment": "",
            "counter": blank.counter,
            "marks": "",
            "period": blank.period,
            "rater": blank.rater,
            "target": blank.target,
            "token": blank.token,
        }
        for blank in blanks
    ]


def script_data(
    blanks: Sequence[BallotContent], *, period: str, unit_code: str, public_key: str, left: timedelta | None
) -> str:
    """What the page's script seals with, as JSON; `left` is how long the round still takes ballots, None if unknown."""
    return json.dumps({
        "period": period,
        "unit": unit_code,
        "left": int(left.total_seconds()) if left is not None else None,
        "key": json.loads(public_key),
        "size": PAYLOAD_BYTES,
        "longest": LONGEST_COMMENT,
        "blanks": blank_documents(blanks),
    })  # fmt: skip


def words(language: str) -> str:
    """The sentences that the script says, as JSON, with their places left open."""
    return json.dumps({name: text(language, f"sheet.say.{name}") for name in _SAID}, ensure_ascii=False)
