"""How a vote on a scheme is named and told, in chat and on pages: what it is on, how it stands, what came of it.

Knows words. Refuses to know who may read them: a result is given here only as the count says it may be told.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from bulletins.wording import one_line
from consortium.office_models import Poll
from consortium.polls import ABSTAIN, AGAINST, FOR, poll
from evaluation.follow_up_models import SchemeDraft
from evaluation.models import SchemeVersion
from evaluation.office_models import SchemeVote
from locales.numbers import rounded
from locales.texts import pick, text
from reviews.rounds import local_time

_PERCENT = 100
_DIGEST_SHOWN = 12


def scheme_name(session: Session, found: SchemeVote, language: str) -> str:
    """The scheme that is voted on: its title, year and version, and whether it is a draft."""
    content = _content(session, found)
    title = one_line(pick(content.get("scheme", {}).get("title", {}), language))
    key = "votes.scheme" if found.draft_id is None else "votes.draft"
    return text(language, key, title=title or found.digest[:_DIGEST_SHOWN], year=found.year, version=found.version)


def when(session: Session, moment: datetime) -> str:
    """A moment on the consortium's clocks."""
    return local_time(session, moment)


def closes_at(session: Session, found: SchemeVote) -> datetime:
    """When the poll ends; of a vote that was called off, when its comments would have."""
    standing: Poll | None = poll(session, found.poll_id) if found.poll_id is not None else None
    return standing.closes_at if standing is not None else found.comments_until


def result_words(result: dict[str, Any], language: str) -> tuple[str, ...]:
    """What a count came to: the outcome, and the split where it may be told."""
    outcome = text(language, f"votes.result.{result['outcome']}")
    counts, votes = result["counts"], result["votes"]
    if counts is None:
        return outcome, text(language, "votes.few")
    if not votes:
        return outcome, text(language, "votes.split_none")
    shares = {choice: rounded(Fraction(count * _PERCENT, votes), 1) for choice, count in counts.items()}
    split = text(
        language, "votes.split", yes=counts[FOR], no=counts[AGAINST], abstain=counts[ABSTAIN], votes=votes,
        yes_share=shares[FOR], no_share=shares[AGAINST], abstain_share=shares[ABSTAIN], voters=result["voters"],
    )  # fmt: skip
    return outcome, split


def _content(session: Session, found: SchemeVote) -> dict[str, Any]:
    if found.draft_id is None:
        version = session.get(SchemeVersion, (found.year, found.version))
        return version.content if version is not None and version.digest == found.digest else {}
    draft = session.get(SchemeDraft, found.draft_id)
    return draft.content if draft is not None and draft.digest == found.digest else {}
