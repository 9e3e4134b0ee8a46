"""Voting for an honour: opened once the gate was asked again, one vote each, nobody for their own unit, then decided.

The poll is secret (`consortium.polls`): here is only who may be chosen. Equal votes share a place. Of fewer than five
votes only who leads is known, and only they can have it. What is decided says which month's bulletin tells of it.
Rule 48.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bulletins.editions import RELEASED, draft, latest
from bulletins.honour_gate import Candidate, places
from bulletins.honour_models import Honour, Nomination
from bulletins.honour_notices import tell_of_end, tell_of_nobody, tell_of_voting
from bulletins.honours import DECIDED, NOMINATING, VOTING, honour, honours
from bulletins.nominations import (
    ELIGIBLE,
    ask_gate_again,
    cancel_honour,
    nomination,
    nominations,
    passing,
)
from consortium.people import people_with_role, units_of
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from consortium.polls import HONOUR, cast_vote, close_poll, is_due, open_poll, poll, standing_of, takes_votes
from consortium.units import zone
from locales.errors import DomainError
from storage.audit import record
from storage.base import canonical
from storage.database import serialize

NOBODY = "none"
"""The choice of whoever would have none of them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Somebody on the list of the result. `place` None: no place; `votes` None: too few voted to say."""

    nomination: int
    unit_code: str
    candidate: str
    place: int | None
    votes: int | None


@dataclass(frozen=True, slots=True)
class ResultList:
    """The result as it stands: those with a place first; `votes` None where fewer than five voted."""

    rows: tuple[Placed, ...]
    voters: int
    votes: int | None

    @property
    def winners(self) -> tuple[Placed, ...]:
        return tuple(each for each in self.rows if each.place is not None)


def start_voting(session: Session, *, honour_id: int, actor: Actor | str, now: datetime) -> Honour:
    """Ask the gate again and open the poll; whoever may vote is told.

    Errors: `not_allowed`, `honour_unknown`, `honour_not_nominating`, `honour_without_candidates`, those of `open_poll`.
    """
    if isinstance(actor, Actor):
        require(may_run_season(actor))
    serialize(session, f"honour:{honour_id}")
    found = honour(session, honour_id)
    if found.state != NOMINATING:
        raise DomainError("honour_not_nominating")
    eligible = ask_gate_again(session, found)
    if not eligible:
        raise DomainError("honour_without_candidates")
    made = open_poll(
        session,
        kind=HONOUR,
        subject=f"honour:{honour_id}",
        choices=[*(str(each.id) for each in eligible), NOBODY],
        voters=voters_of(session, found),
        closes_at=found.vote_until,
        actor=actor,
        now=now,
    )
    _step(session, honour_id, NOMINATING, {"state": VOTING, "poll_id": made.id})
    opened = honour(session, honour_id)
    _record(session, actor, "start_voting", opened, now, candidates=len(eligible))
    tell_of_voting(session, opened, voters_of(session, opened), now)
    return opened


def voters_of(session: Session, found: Honour) -> list[str]:
    """Who may vote: everybody with one of the roles that the configuration named when it was opened."""
    return sorted({person.id for role in found.gate["voters"] for person in people_with_role(session, role)})


def choices_for(session: Session, found: Honour, actor: Actor) -> list[Nomination]:
    """Whom somebody may vote for: nobody of a unit that is theirs."""
    own = units_of(session, actor.person_id)
    return [each for each in nominations(session, found.id) if each.state == ELIGIBLE and each.unit_code not in own]


def vote_for(session: Session, *, honour_id: int, choice: str, actor: Actor, slip: str, now: datetime) -> str:
    """Vote once; the receipt. `choice` is a nomination's number or `NOBODY`.

    Errors: `honour_unknown`, `honour_not_voting`, `own_unit_vote`, those of `cast_vote`.
    """
    found = honour(session, honour_id)
    if found.state != VOTING or found.poll_id is None:
        raise DomainError("honour_not_voting")
    if choice != NOBODY:
        chosen = nomination(session, int(choice)) if choice.isascii() and choice.isdecimal() else None
        if chosen is None or chosen.honour_id != honour_id:
            raise DomainError("poll_choice_unknown")
        if chosen.unit_code in units_of(session, actor.person_id):
            raise DomainError("own_unit_vote")
    return cast_vote(session, poll_id=found.poll_id, choice=choice, actor=actor, slip=slip, now=now)


def may_vote_now(session: Session, found: Honour, actor: Actor, now: datetime) -> bool:
    """Whether somebody can still vote for it."""
    if found.state != VOTING or found.poll_id is None or not takes_votes(poll(session, found.poll_id), now):
        return False
    return standing_of(session, found.poll_id, actor.person_id) is False


def is_counted(session: Session, found: Honour) -> bool:
    """Whether the poll was counted, so that the office may decide."""
    return found.poll_id is not None and poll(session, found.poll_id).result is not None


def end_voting(session: Session, *, honour_id: int, actor: Actor | str, now: datetime) -> Honour:
    """Count the poll whose time is over, or in which everybody has voted, and tell the office. Again: nothing.

    Errors: `not_allowed`, `honour_unknown`, `honour_not_voting`, `poll_not_over`.
    """
    if isinstance(actor, Actor):
        require(may_run_season(actor))
    found = honour(session, honour_id)
    if found.state != VOTING or found.poll_id is None:
        raise DomainError("honour_not_voting")
    close_poll(session, poll_id=found.poll_id, actor=actor, now=now)
    tell_of_end(session, found, now)
    return found


def result_list(session: Session, found: Honour) -> ResultList:
    """The result of a counted poll, without those whom the gate bars by now: the others close up.

    `honour_not_counted` before.
    """
    counted = poll(session, found.poll_id).result if found.poll_id is not None else None
    if counted is None:
        raise DomainError("honour_not_counted")
    offered = set(poll_choices(session, found))
    standing = [each for each in passing(session, found) if str(each.id) in offered]
    counts = counted["counts"]
    if counts is None:  # of fewer than five votes only who leads is known
        votes = {each.id: int(str(each.id) in counted["leading"]) for each in standing}
        most_places = 1
    else:
        votes, most_places = {each.id: int(counts[str(each.id)]) for each in standing}, found.places
    candidates = [Candidate(each.id, each.unit_code, each.candidate, votes[each.id]) for each in standing]
    placed = {each.nomination: place for each, place in places(candidates, places=most_places)}
    rows = [
        Placed(each.nomination, each.unit_code, each.candidate, placed.get(each.nomination),
               None if counts is None else each.votes)
        for each in candidates
    ]  # fmt: skip
    rows.sort(key=lambda row: (row.place is None, row.place or 0, -(row.votes or 0), row.unit_code, row.candidate))
    return ResultList(tuple(rows), int(counted["voters"]), counted["votes"])


def poll_choices(session: Session, found: Honour) -> list[str]:
    """What was on the slips."""
    assert found.poll_id is not None
    return poll(session, found.poll_id).choices


def result_mark(found: Honour, result: ResultList) -> str:
    """By what a button knows the list that its reader saw."""
    content = [[each.nomination, each.place, each.votes] for each in result.rows]
    return hashlib.sha256(canonical([found.id, content]).encode()).hexdigest()[:12]


def decide_honour(session: Session, *, honour_id: int, mark: str, actor: Actor, now: datetime) -> Honour:
    """The office decides the list as it saw it; the bulletin that is made next tells of it.

    Errors: `not_allowed`, `honour_unknown`, `honour_decided_already`, `honour_not_voting`, `honour_not_counted`,
    `honour_changed` (the list is another by now).
    """
    require(may_run_season(actor))
    serialize(session, f"honour:{honour_id}")
    found = honour(session, honour_id)
    if found.state == DECIDED:
        raise DomainError("honour_decided_already")
    if found.state != VOTING:
        raise DomainError("honour_not_voting")
    result = result_list(session, found)
    if result_mark(found, result) != mark:
        raise DomainError("honour_changed")
    told_in = told_in_month(session, now)
    document = {
        "winners": [
            {"nomination": each.nomination, "unit": each.unit_code, "candidate": each.candidate, "place": each.place}
            for each in result.winners
        ],
        "told_in": str(told_in),
    }
    if not _step(session, honour_id, VOTING, {"state": DECIDED, "result": document, "decided_at": now}):
        raise DomainError("honour_decided_already")
    decided = honour(session, honour_id)
    _record(session, actor, "decide_honour", decided, now, winners=len(result.winners), told_in=str(told_in))
    standing = latest(session, told_in)
    if standing is not None and standing.state != RELEASED:
        draft(session, period=told_in, actor=actor.ref, now=now)
    return decided


def told_in_month(session: Session, now: datetime) -> Period:
    """The month whose bulletin tells of what is decided now: the last one, or, if that is released, this one."""
    this = Period.month_of(now, zone(session))
    standing = latest(session, this.previous())
    return this if standing is not None and standing.state == RELEASED else this.previous()


def advance_honours(session: Session, *, actor: str, now: datetime) -> int:
    """What time brings: nominations end, and voting begins, or there is nobody to vote for; voting ends. How many
    honours went on.
    """
    moved = 0
    for found in honours(session, NOMINATING):
        if now >= found.nominate_until:
            moved += 1
            _begin_or_give_up(session, found, actor, now)
    for found in honours(session, VOTING):
        if found.poll_id is not None and is_due(session, poll(session, found.poll_id), now):
            moved += 1
            end_voting(session, honour_id=found.id, actor=actor, now=now)
    return moved


def _begin_or_give_up(session: Session, found: Honour, actor: str, now: datetime) -> None:
    if passing(session, found) and voters_of(session, found) and now < found.vote_until:
        start_voting(session, honour_id=found.id, actor=actor, now=now)
        return
    tell_of_nobody(session, cancel_honour(session, honour_id=found.id, actor=actor, now=now), now)


def _step(session: Session, honour_id: int, state: str, values: dict[str, object]) -> bool:
    changed = session.scalar(
        update(Honour)
        .where(Honour.id == honour_id, Honour.state == state)
        .values(**values)
        .returning(Honour.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _record(session: Session, actor: Actor | str, action: str, found: Honour, now: datetime, **details: object) -> None:
    by = actor.ref if isinstance(actor, Actor) else actor
    record(session, actor=by, action=action, subject=f"honour:{found.id}", now=now, details=details)
