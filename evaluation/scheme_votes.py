"""Votes on a scheme 方案表决 (rule 114): comments under one's name first, then a secret vote, bound to the document.

Who may vote are the representatives and heads of units, or the committee, as they are when it is opened. The vote is
about one digest: when the document behind it changes or goes, no more votes are taken. Refuses to know how people are
told, and how a secret vote stays secret: that is `consortium.polls`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.office_models import Poll, PollVoter
from consortium.people import people_with_role
from consortium.permissions import (
    COMMITTEE,
    HEAD,
    REPRESENTATIVE,
    Actor,
    may_hold_votes,
    may_see_season,
    require,
)
from consortium.polls import (
    ABSTAIN,
    AGAINST,
    CLOSED,
    FOR,
    OPEN,
    SCHEME,
    cast_vote,
    close_poll,
    is_due,
    open_poll,
    poll,
    standing_of,
    takes_votes,
)
from consortium.units import zone
from evaluation.follow_up_models import SchemeDraft
from evaluation.models import SchemeVersion
from evaluation.office_models import SchemeComment, SchemeVote
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize
from surveys.plain_text import clean_text, is_blank

CHOICES = (FOR, AGAINST, ABSTAIN)
UNITS, BY_COMMITTEE = ELECTORATES = ("units", "committee")
COMMENTING, VOTING, OVER, COUNTED, CALLED_OFF = STATES = ("commenting", "voting", "over", "counted", "called_off")
MOST_DAYS = 60
LONGEST_COMMENT = 1000
MOST_COMMENTS = 20
"""Of one person about one vote."""

_DIGEST_SHOWN = 12


def open_scheme_vote(
    session: Session,
    *,
    year: int,
    version: int,
    draft_id: int | None,
    electorate: str,
    comment_days: int,
    voting_days: int,
    actor: Actor,
    now: datetime,
) -> SchemeVote:
    """Put a version on record, or a draft, to the vote; both periods end with a day, today not counted.

    Errors: `not_allowed`, `vote_days_out_of_range`, `vote_scheme_unknown`, `poll_without_voters`, `poll_open_already`.
    """
    require(may_hold_votes(actor))
    if not (1 <= comment_days <= MOST_DAYS and 1 <= voting_days <= MOST_DAYS) or electorate not in ELECTORATES:
        raise DomainError("vote_days_out_of_range", most=MOST_DAYS)
    digest = _digest_now(session, year, version, draft_id)
    if digest is None:
        raise DomainError("vote_scheme_unknown")
    subject = f"{year}/{version}:{digest[:_DIGEST_SHOWN]}"
    comments_until = _end_of_day(session, now, comment_days)
    found = open_poll(
        session, kind=SCHEME, subject=subject, choices=CHOICES, voters=electors(session, electorate),
        closes_at=_end_of_day(session, now, comment_days + voting_days), actor=actor, now=now,
    )  # fmt: skip
    made = SchemeVote(
        year=year, version=version, draft_id=draft_id, digest=digest, electorate=electorate,
        comments_until=comments_until, poll_id=found.id, opened_by=actor.ref, opened_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    details = {"scheme": f"{year}/{version}", "draft": draft_id, "digest": digest, "poll": found.id}
    _record(session, actor.ref, "open_scheme_vote", made, now, **details)
    return made


def comment_on_scheme(session: Session, *, vote_id: int, words: str, actor: Actor, now: datetime) -> SchemeComment:
    """Say something about it under one's name, until the voting begins; whoever may vote or sees the season may.

    The same words again are the same comment. Errors: `vote_unknown` (also for all others), `vote_comments_closed`,
    `vote_comment_missing`, `vote_comment_too_long`, `vote_comments_full`.
    """
    serialize(session, f"scheme_vote:{vote_id}")
    found = vote_for(session, vote_id, actor)
    if state_of(session, found, now) != COMMENTING:
        raise DomainError("vote_comments_closed")
    written = clean_text(words) or ""
    if is_blank(written):
        raise DomainError("vote_comment_missing")
    if len(written) > LONGEST_COMMENT:
        raise DomainError("vote_comment_too_long", length=len(written), limit=LONGEST_COMMENT)
    own = [each for each, _ in comments_of(session, vote_id) if each.person_id == actor.person_id]
    same = next((each for each in own if each.words == written), None)
    if same is not None:
        return same
    if len(own) >= MOST_COMMENTS:
        raise DomainError("vote_comments_full", most=MOST_COMMENTS)
    made = SchemeComment(vote_id=vote_id, person_id=actor.person_id, words=written, at=now)
    session.add(made)
    session.flush()
    _record(session, actor.ref, "comment_on_scheme", found, now, length=len(written))
    return made


def cast_scheme_vote(session: Session, *, vote_id: int, choice: str, slip: str, actor: Actor, now: datetime) -> str:
    """Vote, once; the receipt. With the last vote it is counted.

    Errors: `vote_unknown`, `vote_not_begun`, `vote_scheme_changed`, those of `polls.cast_vote`.
    """
    found = vote_for(session, vote_id, actor)
    if found.poll_id is None:
        raise DomainError("poll_closed")
    if now < found.comments_until:
        raise DomainError("vote_not_begun")
    if has_changed(session, found) and takes_votes(poll(session, found.poll_id), now):
        raise DomainError("vote_scheme_changed")
    receipt = cast_vote(session, poll_id=found.poll_id, choice=choice, actor=actor, slip=slip, now=now)
    if is_due(session, poll(session, found.poll_id), now):
        close_poll(session, poll_id=found.poll_id, actor="schedule", now=now)
    return receipt


def call_off_vote(session: Session, *, vote_id: int, actor: Actor, now: datetime) -> SchemeVote:
    """Take it back as long as nobody could vote; comments stay. Errors: `not_allowed`, `vote_unknown`,
    `vote_begun`.
    """
    require(may_hold_votes(actor))
    serialize(session, f"scheme_vote:{vote_id}")
    found = vote_by_id(session, vote_id)
    if found.poll_id is None:
        return found
    if state_of(session, found, now) != COMMENTING:
        raise DomainError("vote_begun")
    poll_id, found.poll_id = found.poll_id, None
    session.flush()
    session.execute(delete(PollVoter).where(PollVoter.poll_id == poll_id))
    session.execute(delete(Poll).where(Poll.id == poll_id))
    _record(session, actor.ref, "call_off_scheme_vote", found, now, poll=poll_id)
    return found


def count_scheme_vote(session: Session, *, vote_id: int, actor: Actor | str, now: datetime) -> dict[str, Any]:
    """Count it when its time is over or nobody is missing. Errors: `not_allowed`, `vote_unknown`, `poll_not_over`."""
    if isinstance(actor, Actor):
        require(may_hold_votes(actor))
    found = vote_by_id(session, vote_id)
    if found.poll_id is None:
        raise DomainError("poll_not_over")
    return close_poll(session, poll_id=found.poll_id, actor=actor, now=now)


def count_votes_due(session: Session, *, actor: str, now: datetime) -> list[SchemeVote]:
    """Count every vote whose time is over; which."""
    due = [each for each in scheme_votes(session) if state_of(session, each, now) == OVER]
    for found in due:
        count_scheme_vote(session, vote_id=found.id, actor=actor, now=now)
    return due


def scheme_votes(session: Session) -> list[SchemeVote]:
    """Every vote, the newest first."""
    return list(session.scalars(select(SchemeVote).order_by(SchemeVote.id.desc())))


def votes_of(session: Session, person_id: str) -> list[SchemeVote]:
    """The votes in which somebody may take part, the newest first."""
    mine = select(PollVoter.poll_id).where(PollVoter.person_id == person_id)
    return list(session.scalars(select(SchemeVote).where(SchemeVote.poll_id.in_(mine)).order_by(SchemeVote.id.desc())))


def waiting_votes(session: Session, person_id: str, now: datetime) -> list[SchemeVote]:
    """Of these, those in which they can vote now and have not."""
    return [
        each
        for each in votes_of(session, person_id)
        if state_of(session, each, now) == VOTING and standing_of(session, each.poll_id or 0, person_id) is False
    ]


def vote_by_id(session: Session, vote_id: int) -> SchemeVote:
    """One vote, or `vote_unknown`."""
    found = session.get(SchemeVote, vote_id, populate_existing=True)
    if found is None:
        raise DomainError("vote_unknown")
    return found


def vote_for(session: Session, vote_id: int, actor: Actor) -> SchemeVote:
    """One vote as somebody may see it: those who may vote, and whoever sees the season; `vote_unknown` for others."""
    found = vote_by_id(session, vote_id)
    if not may_see_season(actor) and not may_vote(session, found, actor):
        raise DomainError("vote_unknown")
    return found


def may_vote(session: Session, found: SchemeVote, actor: Actor) -> bool:
    """Whether somebody was on the list when it was opened."""
    return found.poll_id is not None and standing_of(session, found.poll_id, actor.person_id) is not None


def state_of(session: Session, found: SchemeVote, now: datetime) -> str:
    """One of `STATES`."""
    if found.poll_id is None:
        return CALLED_OFF
    standing = poll(session, found.poll_id)
    if standing.state == CLOSED:
        return COUNTED
    if now < found.comments_until:
        return COMMENTING
    return VOTING if standing.state == OPEN and now < standing.closes_at else OVER


def has_changed(session: Session, found: SchemeVote) -> bool:
    """Whether the document that was put to the vote is no longer the one on record."""
    return _digest_now(session, found.year, found.version, found.draft_id) != found.digest


def result_of(session: Session, found: SchemeVote) -> dict[str, Any] | None:
    """What the count came to, as it may be told; None before."""
    return poll(session, found.poll_id).result if found.poll_id is not None else None


def votes_about(session: Session, digest: str) -> list[tuple[SchemeVote, dict[str, Any]]]:
    """The counted votes on exactly this document, the newest first."""
    found = session.scalars(select(SchemeVote).where(SchemeVote.digest == digest).order_by(SchemeVote.id.desc()))
    counted = [(each, result_of(session, each)) for each in found]
    return [(each, result) for each, result in counted if result is not None]


def comments_of(session: Session, vote_id: int) -> Sequence[tuple[SchemeComment, str]]:
    """What was said and by whom (the name), the first first."""
    rows = session.execute(
        select(SchemeComment, Person.name)
        .join(Person, Person.id == SchemeComment.person_id)
        .where(SchemeComment.vote_id == vote_id)
        .order_by(SchemeComment.id)
    )
    return [(comment, name) for comment, name in rows]


def electors(session: Session, electorate: str) -> list[str]:
    """Who would vote if it were opened now: the active holders of the roles."""
    roles = (COMMITTEE,) if electorate == BY_COMMITTEE else (REPRESENTATIVE, HEAD)
    return sorted({person.id for role in roles for person in people_with_role(session, role)})


def _digest_now(session: Session, year: int, version: int, draft_id: int | None) -> str | None:
    """The digest of the document as it lies on record; None where it is gone."""
    if draft_id is None:
        return session.scalar(
            select(SchemeVersion.digest).where(SchemeVersion.year == year, SchemeVersion.version == version)
        )
    return session.scalar(
        select(SchemeDraft.digest).where(
            SchemeDraft.id == draft_id, SchemeDraft.year == year, SchemeDraft.version == version
        )
    )


def _end_of_day(session: Session, now: datetime, days: int) -> datetime:
    """Midnight on the consortium's clocks at the end of the day so many days after today."""
    place = zone(session)
    day = now.astimezone(place).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), tzinfo=place).astimezone(now.tzinfo)


def _record(session: Session, actor: str, action: str, found: SchemeVote, now: datetime, **details: object) -> None:
    record(session, actor=actor, action=action, subject=f"scheme_vote:{found.id}", now=now, details=details)
