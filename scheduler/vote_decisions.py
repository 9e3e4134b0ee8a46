"""What the office does about a vote on a scheme, with everybody told: open one, call it off, count it.

Knows that the voters are told. Who may, and what a vote is, is `evaluation.scheme_votes`' to say.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consortium.permissions import Actor
from evaluation.office_models import SchemeVote
from evaluation.scheme_votes import (
    COUNTED,
    call_off_vote,
    cast_scheme_vote,
    count_scheme_vote,
    open_scheme_vote,
    state_of,
    vote_by_id,
)
from scheduler.vote_notices import tell_of_call_off, tell_of_count, tell_of_vote, voters


def open_and_tell(session: Session, *, actor: Actor, now: datetime, **terms: Any) -> SchemeVote:
    """Open a vote and tell its voters. Errors: those of `scheme_votes.open_scheme_vote`, whose terms these are."""
    found = open_scheme_vote(session, actor=actor, now=now, **terms)
    tell_of_vote(session, found=found, now=now)
    return found


def call_off_and_tell(session: Session, *, vote_id: int, actor: Actor, now: datetime) -> SchemeVote:
    """Call it off and tell those who would have voted. Errors: those of `scheme_votes.call_off_vote`."""
    people = voters(session, vote_by_id(session, vote_id))
    found = call_off_vote(session, vote_id=vote_id, actor=actor, now=now)
    tell_of_call_off(session, found=found, people=people, now=now)
    return found


def vote_and_tell(session: Session, *, vote_id: int, choice: str, slip: str, actor: Actor, now: datetime) -> str:
    """Vote; with the last vote it is counted and everybody told. Errors: those of `scheme_votes.cast_scheme_vote`."""
    receipt = cast_scheme_vote(session, vote_id=vote_id, choice=choice, slip=slip, actor=actor, now=now)
    found = vote_by_id(session, vote_id)
    if state_of(session, found, now) == COUNTED:
        tell_of_count(session, found=found, now=now)
    return receipt


def count_and_tell(session: Session, *, vote_id: int, actor: Actor | str, now: datetime) -> SchemeVote:
    """Count it and tell everybody. Errors: those of `scheme_votes.count_scheme_vote`."""
    count_scheme_vote(session, vote_id=vote_id, actor=actor, now=now)
    found = vote_by_id(session, vote_id)
    tell_of_count(session, found=found, now=now)
    return found
