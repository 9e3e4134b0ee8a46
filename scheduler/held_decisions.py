"""What two people make of held answers, until their month is settled: propose to release, agree, keep out.

Knows that a settled month takes no decision and that the others of the office are told of a proposal. Who may decide,
and how often, is `surveys.honesty.holds`' to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor
from scheduler.examination import is_settled
from scheduler.held_notices import tell_of_proposal
from surveys.honesty.holds import confirm_release, keep_out, propose_release
from surveys.honesty.proposals import open_proposal, proposal_mark


def propose_held(session: Session, *, period: Period, response_ids: Sequence[str], actor: Actor, now: datetime) -> int:
    """Propose to release these answers and tell the others of the office; how many chats were told.

    Errors: those of `holds.propose_release`.
    """
    settled = is_settled(session, period)
    propose_release(session, period=period, response_ids=response_ids, actor=actor, is_settled=settled, now=now)
    mark = proposal_mark(now, actor.person_id)
    return tell_of_proposal(session, proposal=open_proposal(session, period=period, mark=mark), actor=actor, now=now)


def release_held(session: Session, *, period: Period, response_ids: Sequence[str], actor: Actor, now: datetime) -> None:
    """Agree that these answers count. Errors: those of `holds.confirm_release`."""
    settled = is_settled(session, period)
    confirm_release(session, period=period, response_ids=response_ids, actor=actor, is_settled=settled, now=now)


def keep_held_out(
    session: Session, *, period: Period, response_ids: Sequence[str], actor: Actor, now: datetime
) -> None:
    """Agree with the doubt. Errors: those of `holds.keep_out`."""
    settled = is_settled(session, period)
    keep_out(session, period=period, response_ids=response_ids, actor=actor, is_settled=settled, now=now)
