"""Whom a vote on a scheme is told: that it is open, that voting has begun, that a vote is missing, what came of it.

Everything is told once, by a key of the occasion. A reminder goes to those who have not voted; that they are reminded
says nothing else. Refuses to decide anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.notices import tell
from consortium.models import Person
from consortium.office_models import PollVoter
from consortium.people import people_with_role
from consortium.permissions import OFFICE
from consortium.polls import voters_missing
from evaluation.office_models import SchemeVote
from evaluation.scheme_votes import VOTING, result_of, scheme_votes, state_of
from locales.texts import text
from outbox.message import Button, Message
from scheduler.vote_wording import closes_at, result_words, scheme_name, when

LETTER, LOOK = "p", "v"
"""What the buttons do: the look at one vote."""

_LAST = timedelta(days=2)


def tell_of_vote(session: Session, *, found: SchemeVote, now: datetime) -> int:
    """Tell the voters that it is open for comments; how many chats."""
    return _tell(session, found, "opened", voters(session, found), now)


def tell_of_call_off(session: Session, *, found: SchemeVote, people: Iterable[Person], now: datetime) -> int:
    """Tell those who would have voted that it was called off; how many chats."""
    return _tell(session, found, "called_off", people, now, has_button=False)


def tell_of_count(session: Session, *, found: SchemeVote, now: datetime) -> int:
    """Tell voters and office what came of it; how many chats."""
    people = {each.id: each for each in (*voters(session, found), *people_with_role(session, OFFICE))}
    return _tell(session, found, "counted", [people[key] for key in sorted(people)], now)


def tell_of_votes(session: Session, *, now: datetime) -> int:
    """Day by day: that voting has begun, and on its last days a reminder to those who are missing; how many chats."""
    told = 0
    for found in scheme_votes(session):
        if found.poll_id is None or state_of(session, found, now) != VOTING:
            continue
        told += _tell(session, found, "begun", voters(session, found), now)
        if closes_at(session, found) - now <= _LAST:
            missing = set(voters_missing(session, found.poll_id))
            people = [each for each in voters(session, found) if each.id in missing]
            told += _tell(session, found, "remind", people, now)
    return told


def voters(session: Session, found: SchemeVote) -> list[Person]:
    """Who may vote, by id."""
    rows = select(Person).join(PollVoter, PollVoter.person_id == Person.id)
    return list(session.scalars(rows.where(PollVoter.poll_id == found.poll_id).order_by(Person.id)))


def _tell(
    session: Session, found: SchemeVote, occasion: str, people: Iterable[Person], now: datetime, *,
    has_button: bool = True,
) -> int:  # fmt: skip
    def message(language: str) -> Message:
        look = Button(text(language, "votes.look"), (LETTER, LOOK, str(found.id)))
        return Message(said(language), ((look,),) if has_button else ())

    said = _words(session, found, occasion)
    kind = "reminder" if occasion == "remind" else "notice"
    return tell(session, people=people, key=f"vote-{occasion}:{found.id}", kind=kind, message=message, now=now)


def _words(session: Session, found: SchemeVote, occasion: str) -> Callable[[str], str]:
    def said(language: str) -> str:
        result = result_of(session, found)
        return text(
            language,
            f"votes.told.{occasion}",
            scheme=scheme_name(session, found, language),
            comments=when(session, found.comments_until),
            votes=when(session, closes_at(session, found)),
            result="\n".join(result_words(result, language)) if result is not None else "",
        )

    return said
