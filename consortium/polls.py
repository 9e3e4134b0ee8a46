"""Secret polls 无记名投票: voters are written down when one opens, everybody votes once, nobody learns who chose what.

A vote is a slip: a code drawn at random, which is the voter's receipt, and a choice. Between the list of voters and the
slips there is nothing in common, neither a number nor a moment nor an order: with every vote other slips are taken out
and put back, so that not even the database's own marks say which one came with it. Nothing is counted before the end.
Refuses to know what is voted on and how people are told. Rules 48 and 114.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from consortium.office_models import Poll, PollSlip, PollVoter
from consortium.permissions import Actor
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

SCHEME, HONOUR = "scheme", "honour"
OPEN, CLOSED = "open", "closed"
FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
"""The choices of a vote that can be carried."""

UNANIMOUS, CARRIED, NOT_CARRIED = "unanimous", "carried", "not_carried"

FEWEST_VOTES = 5
"""Of fewer votes only the outcome is told: neither their number nor how they are split, and no slips (rule 33)."""

MOST_CHOICES = 40
STIRRED = 64
"""How many slips change their places with every vote."""

_SLIP = re.compile(r"[A-Za-z0-9-]{4,32}", re.ASCII)
_CHOICE = re.compile(r"[A-Za-z0-9_.:-]{1,60}", re.ASCII)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without what is mistaken for something else
_GROUPS, _LETTERS = 4, 4


@dataclass(frozen=True, slots=True)
class PublishedSlip:
    """One vote as everybody may read it after the end."""

    slip: str
    choice: str


def new_slip() -> str:
    """A receipt for a vote to come, such as "7KXM-22QA-PWD3-VV8E": eighty bits from the system's randomness."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))


def open_poll(
    session: Session,
    *,
    kind: str,
    subject: str,
    choices: Sequence[str],
    voters: Iterable[str],
    closes_at: datetime,
    actor: Actor | str,
    now: datetime,
) -> Poll:
    """Open a poll for these people, and no others, until `closes_at`. Who may open one, the caller has asked.

    Errors: `poll_without_choice`, `poll_without_voters`, `poll_closes_in_the_past`, `poll_open_already` (the same
    subject is being voted on).
    """
    offered, people = list(dict.fromkeys(choices)), sorted(set(voters))
    if not 1 < len(offered) <= MOST_CHOICES or not all(_CHOICE.fullmatch(each) for each in offered):
        raise DomainError("poll_without_choice", most=MOST_CHOICES)
    if not people:
        raise DomainError("poll_without_voters")
    if closes_at <= now:
        raise DomainError("poll_closes_in_the_past")
    serialize(session, f"poll:{kind}:{subject}")
    if open_poll_about(session, kind=kind, subject=subject) is not None:
        raise DomainError("poll_open_already")
    by = actor.ref if isinstance(actor, Actor) else actor
    made = Poll(
        kind=kind, subject=subject, choices=offered, state=OPEN, opened_by=by, opened_at=now, closes_at=closes_at,
        result=None, closed_at=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    rows = [{"poll_id": made.id, "person_id": person, "has_voted": False} for person in people]
    session.execute(insert(PollVoter), rows)
    details = {"kind": kind, "about": subject, "voters": len(people), "closes_at": closes_at.isoformat()}
    record(session, actor=by, action="open_poll", subject=f"poll:{made.id}", now=now, details=details)
    return made


def cast_vote(session: Session, *, poll_id: int, choice: str, actor: Actor, slip: str, now: datetime) -> str:
    """Vote, once; the receipt, which is `slip`. Of two clicks at once one is `already_voted`.

    The trail says who voted on which day, as it does of ballots; never what, and not at what hour. Errors:
    `poll_unknown`, `not_a_voter`, `poll_closed`, `already_voted`, `poll_choice_unknown`, `poll_slip_unusable`.
    """
    serialize(session, _lock(poll_id))
    found = poll(session, poll_id)
    voter = session.get(PollVoter, (poll_id, actor.person_id), populate_existing=True)
    if voter is None:
        raise DomainError("not_a_voter")
    if not takes_votes(found, now):
        raise DomainError("poll_closed")
    if choice not in found.choices:
        raise DomainError("poll_choice_unknown")
    first = session.scalar(
        update(PollVoter)
        .where(PollVoter.poll_id == poll_id, PollVoter.person_id == actor.person_id, PollVoter.has_voted.is_(False))
        .values(has_voted=True)
        .returning(PollVoter.poll_id)
        .execution_options(synchronize_session=False)
    )
    if first is None:
        raise DomainError("already_voted")
    if not _SLIP.fullmatch(slip) or not _put_slip(session, poll_id, slip, choice):
        raise DomainError("poll_slip_unusable")
    session.expire(voter)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    record(session, actor=actor.ref, action="vote", subject=f"poll:{poll_id}", now=day)
    return slip


def close_poll(session: Session, *, poll_id: int, actor: Actor | str, now: datetime) -> dict[str, Any]:
    """Count a poll whose time is over, or in which everybody has voted; its result. Closed again, the same result.

    Errors: `poll_unknown`, `poll_not_over`.
    """
    serialize(session, _lock(poll_id))
    found = poll(session, poll_id)
    if found.result is not None:
        return found.result
    if not is_due(session, found, now):
        raise DomainError("poll_not_over")
    slips = _stirred(session, poll_id, None)
    found.result = counted(found.kind, found.choices, slips, voters=count_voters(session, poll_id))
    found.state, found.closed_at = CLOSED, now
    session.flush()
    by = actor.ref if isinstance(actor, Actor) else actor
    details = {"outcome": found.result["outcome"]}
    record(session, actor=by, action="close_poll", subject=f"poll:{poll_id}", now=now, details=details)
    return found.result


def counted(kind: str, choices: Sequence[str], slips: Iterable[PublishedSlip], *, voters: int) -> dict[str, Any]:
    """What slips come to, as it may be told.

    `outcome` (None for honours), `leading` (the choices with most votes: an honour's outcome), `voters`, `votes`, and
    `counts` by choice; these two are None where fewer than five voted, unless nobody did.

    Carried is what more than half of all who may vote are for; unanimous, what every one of them is for. Of fewer than
    five votes it is not told whether they were unanimous.
    """
    tally = Counter(each.choice for each in slips)
    votes = sum(tally.values())
    may_tell = votes == 0 or votes >= FEWEST_VOTES
    most = max(tally.values(), default=0)
    outcome = None
    if kind == SCHEME:
        outcome = CARRIED if 2 * tally[FOR] > voters else NOT_CARRIED
        if may_tell and tally[FOR] == voters:
            outcome = UNANIMOUS
    return {
        "outcome": outcome,
        "leading": [each for each in choices if most and tally[each] == most and (may_tell or kind == HONOUR)],
        "voters": voters,
        "votes": votes if may_tell else None,
        "counts": {each: tally[each] for each in choices} if may_tell else None,
    }


def poll(session: Session, poll_id: int) -> Poll:
    """One poll as it stands now, or `poll_unknown`."""
    found = session.get(Poll, poll_id, populate_existing=True)
    if found is None:
        raise DomainError("poll_unknown")
    return found


def open_poll_about(session: Session, *, kind: str, subject: str) -> Poll | None:
    """The poll on this subject that is not counted yet."""
    return session.scalar(select(Poll).where(Poll.kind == kind, Poll.subject == subject, Poll.state == OPEN))


def polls(session: Session, *, kind: str, states: Iterable[str] = (OPEN, CLOSED)) -> list[Poll]:
    """Polls of a kind, the newest first."""
    rows = select(Poll).where(Poll.kind == kind, Poll.state.in_(tuple(states))).order_by(Poll.id.desc())
    return list(session.scalars(rows))


def published_slips(session: Session, poll_id: int) -> tuple[PublishedSlip, ...]:
    """Every vote of a counted poll, in the order of the codes; none of fewer than five.

    Errors: `poll_unknown`, `poll_not_closed` (nobody sees anything before the end).
    """
    if poll(session, poll_id).result is None:
        raise DomainError("poll_not_closed")
    slips = _slips(session, poll_id)
    return tuple(slips) if len(slips) >= FEWEST_VOTES else ()


def standing_of(session: Session, poll_id: int, person_id: str) -> bool | None:
    """Whether somebody has voted; None for whoever may not."""
    return session.scalar(
        select(PollVoter.has_voted).where(PollVoter.poll_id == poll_id, PollVoter.person_id == person_id)
    )


def takes_votes(found: Poll, now: datetime) -> bool:
    """Whether a vote cast now would count."""
    return found.state == OPEN and now < found.closes_at


def is_due(session: Session, found: Poll, now: datetime) -> bool:
    """Whether an open poll can be counted: its time is over, or nobody is missing."""
    return found.state == OPEN and (now >= found.closes_at or not voters_missing(session, found.id))


def voters_missing(session: Session, poll_id: int) -> list[str]:
    """Who has not voted yet: for reminders, never for a page."""
    missing = select(PollVoter.person_id).where(PollVoter.poll_id == poll_id, PollVoter.has_voted.is_(False))
    return list(session.scalars(missing.order_by(PollVoter.person_id)))


def count_voters(session: Session, poll_id: int) -> int:
    """How many may vote."""
    return session.scalars(select(func.count()).select_from(PollVoter).where(PollVoter.poll_id == poll_id)).one()


def _put_slip(session: Session, poll_id: int, slip: str, choice: str) -> bool:
    """Lay a slip among the others; False where its code is taken."""
    if not insert_new(session, PollSlip, {"poll_id": poll_id, "slip": slip, "choice": choice}, ["poll_id", "slip"]):
        return False
    _stirred(session, poll_id, slip)
    return True


def _stirred(session: Session, poll_id: int, slip: str | None) -> list[PublishedSlip]:
    """The slips, after the newest and some others (without a newest: all) were taken out and put back sorted."""
    every = _slips(session, poll_id)
    others = [each for each in every if each.slip != slip]
    taken = every
    if slip is not None and len(others) > STIRRED:
        taken = [each for each in every if each.slip == slip] + secrets.SystemRandom().sample(others, STIRRED)
    codes = sorted(each.slip for each in taken)
    if codes:
        session.execute(
            delete(PollSlip)
            .where(PollSlip.poll_id == poll_id, PollSlip.slip.in_(codes))
            .execution_options(synchronize_session=False)
        )
        by_code = {each.slip: each.choice for each in taken}
        rows = [{"poll_id": poll_id, "slip": code, "choice": by_code[code]} for code in codes]
        session.execute(insert(PollSlip), rows)
    return every


def _slips(session: Session, poll_id: int) -> list[PublishedSlip]:
    rows = session.execute(
        select(PollSlip.slip, PollSlip.choice).where(PollSlip.poll_id == poll_id).order_by(PollSlip.slip)
    )
    return [PublishedSlip(slip, choice) for slip, choice in rows]


def _lock(poll_id: int) -> str:
    return f"poll:{poll_id}"
