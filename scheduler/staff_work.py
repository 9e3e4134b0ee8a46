"""What the office's own work needs day by day: votes that are over are counted, actions follow the month settled last,
the accountant, voters, owners and units are told.

A day that was missed is made up for by the next. Refuses to know words.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.people import people_with_role
from consortium.permissions import ACCOUNTANT
from evaluation.actions import follow_settlements
from evaluation.result_approvals import refuse_unapproved
from evaluation.scheme_votes import count_votes_due
from evaluation.signatures import MARK, Signed, signatures
from locales.errors import DomainError
from locales.texts import text
from outbox.message import Button, Message
from scheduler.action_notices import tell_of_actions
from scheduler.duty_notices import remind_owners
from scheduler.vote_notices import tell_of_count, tell_of_votes

SIGN_LETTER, SIGN_LOOK = "g", "v"
"""What the accountant's button does: the look at one settled period."""


def follow_staff_work(session: Session, *, actor: str, now: datetime) -> int:
    """Do and tell what is due today; how many chats were told, before or now."""
    told = 0
    for found in count_votes_due(session, actor=actor, now=now):
        told += tell_of_count(session, found=found, now=now)
    follow_settlements(session, actor=actor, now=now)
    told += tell_of_votes(session, now=now) + tell_of_actions(session, now=now) + remind_owners(session, now=now)
    return told + tell_of_unsigned(session, now=now)


def tell_of_unsigned(session: Session, *, now: datetime) -> int:
    """Tell the accountant of results that can be signed; each digest once."""
    people = people_with_role(session, ACCOUNTANT)
    told = 0
    for found in signatures(session) if people else ():
        if found.at is None and can_be_signed(session, found):
            key = f"sign:{found.period}:{found.digest[:MARK]}"
            told += tell(session, people=people, key=key, kind="notice", message=partial(_unsigned, found), now=now)
    return told


def can_be_signed(session: Session, found: Signed) -> bool:
    """Whether the committee has approved the results, where the scheme asks it to."""
    try:
        refuse_unapproved(session, found.period)
    except DomainError:
        return False
    return True


def _unsigned(found: Signed, language: str) -> Message:
    said = text(language, "signatures.told", period=period_name(found.period, language))
    look = Button(text(language, "signatures.look"), (SIGN_LETTER, SIGN_LOOK, str(found.period)))
    return Message(said, ((look,),))
