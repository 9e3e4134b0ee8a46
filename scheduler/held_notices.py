"""What the office is told of held answers: once a day how many are newly held, and of each proposal to release some.

Numbers by unit; never a response, an answer or a time of day. Decisions are made by the buttons, which carry a
proposal's mark, or on the page. Refuses to decide anything itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import name_in, period_name
from consortium.models import Person
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor
from consortium.units import all_units, zone
from evaluation.models import Settlement
from locales.texts import text
from outbox.message import Button, Message
from scheduler.models import Occurrence
from scheduler.timetable import EXAMINE
from surveys.honesty.holds import DOUBTED
from surveys.honesty.models import Hold
from surveys.honesty.proposals import Proposal
from surveys.models import Response
from surveys.sittings import SENT

TOLD = "told"
LOOK, RELEASE, KEEP = "held", "hrel", "hout"
"""What the office's buttons about held answers do, in the chat's conversation "o"."""

_MOST_UNITS = 40
_NAME = 40


def tell_of_held(session: Session, *, now: datetime) -> str:
    """Tell the office, once a day, how many answers are held that it was not told of; a code of what came of it."""
    place, last = zone(session), _last_told(session)
    if last is not None and last.astimezone(place).date() == now.astimezone(place).date():
        return "told_today"
    counts = _newly_held(session, since=last)
    if not counts:
        return "nothing_new"

    def message(language: str) -> Message:
        months = [
            text(
                language,
                "held.notice.month",
                month=period_name(Period.parse(month), language),
                count=sum(units.values()),
                units=_unit_lines(session, units, language),
            )
            for month, units in counts.items()
        ]
        look = Button(text(language, "held.look"), ("o", LOOK, max(counts)))
        said = text(language, "held.notice.text", months="\n\n".join(months))
        return Message(said, ((look,),))

    people, key = people_with_role(session, OFFICE), f"held:{now.astimezone(place).date()}"
    tell(session, people=people, key=key, kind="notice", message=message, now=now)
    return TOLD


def tell_of_proposal(session: Session, *, proposal: Proposal, actor: Actor, now: datetime) -> int:
    """Tell the others of the office that somebody proposes to release answers; how many chats."""
    others = [person for person in people_with_role(session, OFFICE) if person.id != actor.person_id]
    key = f"held-proposal:{proposal.period}:{proposal.mark}"
    return tell(
        session,
        people=others,
        key=key,
        kind="notice",
        message=lambda language: proposal_message(session, proposal, language),
        now=now,
    )


def proposal_message(session: Session, proposal: Proposal, language: str) -> Message:
    """A proposal with what a second person may do about it."""
    proposer = session.get(Person, proposal.proposed_by)
    said = text(
        language,
        "held.proposal.text",
        by=proposer.name if proposer is not None else proposal.proposed_by,
        month=period_name(proposal.period, language),
        count=len(proposal.response_ids),
        units=_unit_lines(session, proposal.units, language),
    )
    release = Button(text(language, "held.release"), ("o", RELEASE, str(proposal.period), proposal.mark))
    keep = Button(text(language, "held.keep"), ("o", KEEP, str(proposal.period), proposal.mark))
    look = Button(text(language, "held.look"), ("o", LOOK, str(proposal.period)))
    return Message(said, ((release,), (keep,), (look,)))


def _last_told(session: Session) -> datetime | None:
    """When the last search came to its end of which the office was told."""
    return session.scalar(
        select(func.max(Occurrence.finished_at)).where(Occurrence.job == EXAMINE, Occurrence.outcome == TOLD)
    )


def _newly_held(session: Session, *, since: datetime | None) -> dict[str, dict[str, int]]:
    """Month → unit → answers held since then and not decided, of months that are not settled."""
    statement = (
        select(Hold.period, Hold.unit_code, func.count())
        .join(Response, Response.id == Hold.response_id)
        .where(
            Hold.state == DOUBTED,
            Response.state == SENT,
            Hold.period.not_in(select(Settlement.period)),
            *(() if since is None else (Hold.held_at > since,)),
        )
        .group_by(Hold.period, Hold.unit_code)
        .order_by(Hold.period, Hold.unit_code)
    )
    found: dict[str, dict[str, int]] = {}
    for month, unit_code, count in session.execute(statement):
        found.setdefault(month, {})[unit_code] = count
    return found


def _unit_lines(session: Session, counts: Mapping[str, int], language: str) -> str:
    """A line for each unit, in the order of the configuration."""
    lines = [
        text(
            language,
            "held.unit",
            unit=name_in(unit.name, language, unit.code)[:_NAME],
            count=counts[unit.code],
        )
        for unit in all_units(session)
        if unit.code in counts
    ]
    more = [text(language, "held.more_units", count=len(lines) - _MOST_UNITS)] if len(lines) > _MOST_UNITS else []
    return "\n".join(lines[:_MOST_UNITS] + more)
