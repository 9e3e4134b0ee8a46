"""Whom a round that waits for its trustees tells so: the trustees once, then them and the office once on each day that
asks for it; and everybody concerned when it is counted.

Knows which rounds wait for people and not for the schedule. Nothing told here is a figure of the round beyond how many
ballots were cast and what the published lists say; the button leads to a fresh link, which is no part of what is owed.
In quiet hours nobody is told: the next day's look makes up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.models import Person
from consortium.people import people_with_role, reach
from consortium.periods import Period
from consortium.permissions import OFFICE, TRUSTEE
from consortium.units import installation, zone
from locales.texts import text
from outbox.message import Button, Message
from outbox.models import Delivery
from reviews.models import Assignment, ReviewRound
from reviews.rounds import CLOSED, local_time
from scheduler.models import Occurrence
from scheduler.occurrences import FAILED
from scheduler.timetable import COUNT, parse_schedule
from surveys.fielding.applied import settings_of
from surveys.fielding.windows import is_quiet

TO_COUNT, WAITING = "count", "cwait"
"""What the buttons do, in the chat's conversation "o": a trustee's way to the page, the office's look at who waits."""

NOT_COUNTED = "round_not_counted"
"""Why a settlement waits that would be due."""

WAITS = frozenset({"waits_for_trustees", "no_key_file"})
"""The outcomes of a scheduled count that leave it to people."""


@dataclass(frozen=True, slots=True)
class TrusteeStanding:
    """A person who holds the role; `is_reachable`: there is a chat in which they can be told."""

    person_id: str
    name: str
    is_reachable: bool


def trustees(session: Session) -> list[TrusteeStanding]:
    """The people with the role of a trustee, and whether they can be told anything."""
    return [
        TrusteeStanding(person.id, person.name, is_reachable=bool(reach(session, person.id)))
        for person in people_with_role(session, TRUSTEE)
    ]


def closed_rounds(session: Session) -> list[ReviewRound]:
    """The rounds that are over and not counted, the oldest first."""
    found = select(ReviewRound).where(ReviewRound.state == CLOSED).order_by(ReviewRound.period)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def waiting_rounds(session: Session) -> list[ReviewRound]:
    """Those of them that wait for people: the schedule does not count them by itself."""
    return [round_ for round_ in closed_rounds(session) if _waits_for_people(session, round_.period)]


def ballots_cast(session: Session, period: str) -> int:
    """How many ballots were cast in a round, replaced ones included: what participation says, and nothing of marks."""
    return session.scalar(select(func.sum(Assignment.casts)).where(Assignment.period == period)) or 0


def tell_that_count_waits(session: Session, *, period: Period, now: datetime) -> int:
    """Tell every trustee, once, that a closed round waits for two of them; how many chats."""
    round_ = session.get(ReviewRound, str(period), populate_existing=True)
    if round_ is None or round_.state != CLOSED or _is_night(session, now):
        return 0
    message = _to_trustees(session, round_, "waits")
    return _told(session, people_with_role(session, TRUSTEE), _first_key(round_.period), message, now)


def remind_of_counts(session: Session, *, now: datetime, period: Period | None = None) -> int:
    """Remind the trustees and tell the office, once a day, of every round that waits for them (or of this month's).

    A trustee who was not told yet (there was no chat, or it was night) is told now. How many chats.
    """
    if _is_night(session, now):
        return 0
    rounds = [each for each in waiting_rounds(session) if period is None or each.period == str(period)]
    return sum(_remind(session, round_, now) for round_ in rounds)


def tell_who_was_not_told(session: Session, *, now: datetime) -> int:
    """What a night held back: the first word to trustees of rounds that wait. How many chats, told before or not."""
    rounds = waiting_rounds(session)
    return sum(tell_that_count_waits(session, period=Period.parse(round_.period), now=now) for round_ in rounds)


def tell_of_count(session: Session, *, period: Period, now: datetime) -> int:
    """Tell trustees and office, once, that a round is counted, with the root that everybody can check."""
    round_ = session.get_one(ReviewRound, str(period), populate_existing=True)

    def message(language: str) -> Message:
        said = text(
            language,
            "trustees.notice.counted",
            period=period_name(period, language),
            ballots=round_.ballots_counted or 0,
            void=round_.ballots_void or 0,
            root=round_.root or "—",
        )
        return Message(said)

    people = {person.id: person for role in (TRUSTEE, OFFICE) for person in people_with_role(session, role)}
    return _told(session, people.values(), f"count-done:{period}", message, now)


def _remind(session: Session, round_: ReviewRound, now: datetime) -> int:
    """The first word to whoever has not had it, a reminder to those who had it on an earlier day, and the office."""
    key = f"count-reminder:{round_.period}:{now.astimezone(zone(session)).date()}"
    holders = people_with_role(session, TRUSTEE)
    knowing = [person for person in holders if _knew_yesterday(session, round_.period, person, now)]
    first_told = [person for person in holders if person not in knowing]
    told = _told(session, first_told, _first_key(round_.period), _to_trustees(session, round_, "waits"), now)
    told += _told(session, knowing, key, _to_trustees(session, round_, "reminder"), now)
    office = [person for person in people_with_role(session, OFFICE) if person not in holders]
    return told + _told(session, office, f"{key}:office", _to_office(session, round_), now)


def _first_key(period: str) -> str:
    return f"count-waits:{period}"


def _knew_yesterday(session: Session, period: str, person: Person, now: datetime) -> bool:
    """Whether the first word was owed to one of their chats on an earlier day."""
    keys = [f"{_first_key(period)}:{chat.channel}:{chat.address}" for chat in reach(session, person.id)]
    midnight = now.astimezone(zone(session)).replace(hour=0, minute=0, second=0, microsecond=0)
    told = select(Delivery.id).where(Delivery.dedupe_key.in_(keys), Delivery.created_at < midnight.astimezone(UTC))
    return session.scalars(told.limit(1)).first() is not None


def _to_trustees(session: Session, round_: ReviewRound, occasion: str) -> Callable[[str], Message]:
    def message(language: str) -> Message:
        said = text(language, f"trustees.notice.{occasion}", **_facts(session, round_, language))
        return Message(said, ((Button(text(language, "trustees.notice.go"), ("o", TO_COUNT, round_.period)),),))

    return message


def _to_office(session: Session, round_: ReviewRound) -> Callable[[str], Message]:
    standings = trustees(session)

    def message(language: str) -> Message:
        said = text(language, "trustees.notice.office", **_facts(session, round_, language))
        return Message(
            said + "\n" + names_in_words(standings, language),
            ((Button(text(language, "trustees.notice.who"), ("o", WAITING)),),),
        )

    return message


def names_in_words(standings: Sequence[TrusteeStanding], language: str) -> str:
    """The trustees in one line, each who cannot be told marked; or that there are none."""
    if not standings:
        return text(language, "trustees.none")
    names = [
        each.name if each.is_reachable else text(language, "trustees.no_chat", name=each.name) for each in standings
    ]
    return text(language, "trustees.are", names=text(language, "trustees.and").join(names))


def _facts(session: Session, round_: ReviewRound, language: str) -> dict[str, object]:
    assert round_.closed_at is not None
    return {
        "period": period_name(Period.parse(round_.period), language),
        "closed": local_time(session, round_.closed_at),
        "ballots": ballots_cast(session, round_.period),
    }


def _told(
    session: Session, people: Iterable[Person], key: str, message: Callable[[str], Message], now: datetime
) -> int:
    return tell(session, people=people, key=key, kind="notice", message=message, now=now)


def _waits_for_people(session: Session, period: str) -> bool:
    """The schedule has left the count to people, has given it up, or counts none at all."""
    runs = session.execute(
        select(Occurrence.state, Occurrence.outcome).where(Occurrence.job == COUNT, Occurrence.period == period)
    ).all()
    if not runs:
        return not _counts_by_itself(session)
    return any(state == FAILED or outcome in WAITS for state, outcome in runs)


def _counts_by_itself(session: Session) -> bool:
    timetable, _ = parse_schedule(installation(session).schedule, file="schedule.toml")
    return any(line.job == COUNT for line in timetable.lines)


def _is_night(session: Session, now: datetime) -> bool:
    return is_quiet(now, settings_of(session).quiet, zone(session))
