"""Own words 自由文字 have their time: then they are overwritten in the answers, and nothing else of these changes.

Tallies count that something was written beside the options, never what; so figures, receipts' other answers and settled
months stay as they are. Streams, questionnaires and audiences are treated alike. Knows no limit: it is told from when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from surveys.fielding.rows import chunks
from surveys.models import ANSWERS, INVITATIONS, RESPONSES
from surveys.questionnaires import load
from surveys.retention_marks import REMOVED
from surveys.sittings import SENT
from surveys.structure import OTHER, WRITTEN


def remove_own_words(session: Session, *, last: Period, now: datetime, most: int) -> int:
    """Blank the own words of responses sent in the month `last` or before, at most so many responses; how many answers
    that were.

    A response is noted as done also where nothing was written, and looked at once only.
    """
    due = session.execute(
        select(RESPONSES.c.id, INVITATIONS.c.questionnaire_id, INVITATIONS.c.questionnaire_version)
        .join(INVITATIONS, INVITATIONS.c.id == RESPONSES.c.invitation_id)
        .where(RESPONSES.c.state == SENT, RESPONSES.c.period <= str(last), RESPONSES.c.text_removed_at.is_(None))
        .order_by(RESPONSES.c.period, RESPONSES.c.id)  # ids are random: who is left for the next night tells nothing
        .limit(most)
    )
    by_version: dict[tuple[str, str], list[str]] = defaultdict(list)
    for response_id, questionnaire_id, version in due:
        by_version[questionnaire_id, version].append(response_id)
    removed = 0
    for (questionnaire_id, version), ids in sorted(by_version.items()):
        questions = load(session, questionnaire_id, version).questions
        written = [each.id for each in questions if each.type in WRITTEN and not each.has_options]
        offered = [each.id for each in questions if each.has_options]
        for some in chunks(ids):
            # the responses first, as everybody locks them: who takes theirs back at this moment comes before or after
            session.execute(update(RESPONSES).where(RESPONSES.c.id.in_(some)).values(text_removed_at=now))
            removed += _blank(session, some, written, offered)
    return removed


def _blank(session: Session, response_ids: Sequence[str], written: Sequence[str], offered: Sequence[str]) -> int:
    texts = and_(ANSWERS.c.question_id.in_(written), ANSWERS.c.value.not_in(("", REMOVED)))
    others = and_(
        ANSWERS.c.question_id.in_(offered),
        ANSWERS.c.value.startswith(OTHER, autoescape=True),
        ANSWERS.c.value != OTHER + REMOVED,
    )
    count = 0
    for which, mark in ((texts, REMOVED), (others, OTHER + REMOVED)):
        changed: Any = session.execute(
            update(ANSWERS).where(ANSWERS.c.response_id.in_(response_ids), which).values(value=mark)
        )
        count += changed.rowcount
    return count
