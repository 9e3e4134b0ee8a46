"""Whom the schedule tells what: raters that others wait for their marks, patients that a survey is unfinished, the
office that a draft waits or that a run did not succeed.

Knows the wording and the buttons, by the actions that the chat understands. Nothing told here carries a link or a
ticket. Refuses to know when any of it is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.editions import content_of
from bulletins.models import Bulletin
from bulletins.notices import tell
from bulletins.wording import edition_name, name_in, period_name
from consortium.people import people_with_role, representatives
from consortium.periods import Period
from consortium.permissions import OFFICE
from consortium.units import unit, zone
from locales.errors import DomainError, explain
from locales.texts import text
from outbox.deliveries import enqueue
from outbox.message import Button, Message
from reviews.models import ReviewRound
from reviews.rounds import Progress, local_time, progress
from scheduler.occurrences import Claimed
from surveys.fielding.applied import settings_of
from surveys.fielding.contacts import ChatReminder, chat_reminders, note_chat_reminder
from surveys.fielding.optouts import REMINDER_KEYS
from surveys.fielding.windows import is_quiet


def invite_raters(session: Session, *, round_: ReviewRound, due_at: datetime, now: datetime) -> int:
    """Invite every unit that has others to score; how many chats were told."""
    units = [each for each in progress(session, Period.parse(round_.period)) if each.done < each.assigned]
    return sum(_tell_unit(session, round_, each, "invite", "invitation", due_at, now) for each in units)


def remind_raters(
    session: Session, *, round_: ReviewRound, units: Iterable[str], due_at: datetime, now: datetime
) -> int:
    """Remind these units, and no others, of what they have not scored yet; how many chats were told."""
    missing = set(units)
    chosen = [each for each in progress(session, Period.parse(round_.period)) if each.unit_code in missing]
    return sum(_tell_unit(session, round_, each, "remind", "reminder", due_at, now) for each in chosen)


def remind_patients(session: Session, *, now: datetime) -> int:
    """Remind patients who stopped in the middle of a survey in chat, as often as the settings allow and never in quiet
    hours; how many were told.
    """
    if is_quiet(now, settings_of(session).quiet, zone(session)):
        return 0
    due = chat_reminders(session, now=now)
    for reminder in due:
        _remind_patient(session, reminder, now)
    return len(due)


def tell_of_draft(session: Session, *, bulletin: Bulletin, now: datetime) -> int:
    """Tell the office that a draft waits to be read and proposed."""

    def message(language: str) -> Message:
        said = text(language, "scheduler.draft.text", name=edition_name(content_of(bulletin), language))
        look = Button(text(language, "scheduler.draft.look"), ("o", "bul", str(bulletin.id)))
        return Message(said, ((look,),))

    key = f"draft:{bulletin.id}:{bulletin.content_hash[:12]}"
    return tell(session, people=people_with_role(session, OFFICE), key=key, kind="notice", message=message, now=now)


def tell_of_settlement(session: Session, *, period: Period, due_at: datetime, now: datetime) -> int:
    """Tell the office, once, that a settlement which somebody ordered in chat is done, and what comes next."""

    def message(language: str) -> Message:
        return Message(text(language, "acts.settled", month=period_name(period, language), period=period))

    key = f"settled:{period}:{due_at:%Y%m%dT%H%M%S}"
    return tell(session, people=people_with_role(session, OFFICE), key=key, kind="notice", message=message, now=now)


def tell_of_trouble(session: Session, *, claimed: Claimed, fault: Exception, is_over: bool, now: datetime) -> int:
    """Tell the office, once, that a run still waits or (`is_over`) that it has been given up, and why."""

    def message(language: str) -> Message:
        return Message(
            text(
                language,
                "scheduler.failed.text" if is_over else "scheduler.waiting.text",
                job=text(language, f"scheduler.job.{claimed.job}"),
                period=period_name(claimed.period, language),
                due=local_time(session, claimed.due_at),
                reason=reason(language, fault),
            )
        )

    key = f"{'failed' if is_over else 'waiting'}:{claimed.name}"
    return tell(session, people=people_with_role(session, OFFICE), key=key, kind="notice", message=message, now=now)


def reason(language: str, fault: Exception) -> str:
    """Why a run did not succeed, as a sentence; a fault of the program is named as such, without its words."""
    return explain(language, fault if isinstance(fault, DomainError) else DomainError("schedule_fault"))


def _tell_unit(  # noqa: PLR0917 - the facts of one message
    session: Session, round_: ReviewRound, each: Progress, occasion: str, kind: str, due_at: datetime, now: datetime
) -> int:
    """Tell the representatives of one unit how many others it has yet to score; the button leads to their list."""
    name, action = unit(session, each.unit_code).name, ("b", "l", each.unit_code, "0")
    closes = local_time(session, round_.closes_at) if round_.closes_at is not None else None

    def message(language: str) -> Message:
        said = text(
            language,
            f"scheduler.{occasion}.text",
            unit=name_in(name, language, each.unit_code),
            period=period_name(Period.parse(round_.period), language),
            left=each.assigned - each.done,
            units=each.assigned,
        )
        until = "" if closes is None else "\n" + text(language, "scheduler.until", closes=closes)
        return Message(said + until, ((Button(text(language, "scheduler.to_list"), action),),))

    people = representatives(session, each.unit_code)
    key = f"{occasion}:{round_.period}:{due_at:%Y%m%dT%H%M}:{each.unit_code}"
    return tell(session, people=people, key=key, kind=kind, message=message, now=now)


def _remind_patient(session: Session, reminder: ChatReminder, now: datetime) -> None:
    """In the private chat of the account that opened the survey, which bears the account's name."""
    # choosing the language that is spoken already draws the survey where it stands, whatever its revision is by then
    action = ("s", reminder.response_id, "0", "g", reminder.language)
    button = Button(text(reminder.language, "scheduler.resume.button"), action)
    said = text(
        reminder.language,
        "scheduler.resume.text",
        unit=name_in(reminder.unit_name, reminder.language),
        until=local_time(session, reminder.expires_at),
    )
    enqueue(
        session,
        dedupe_key=f"{REMINDER_KEYS}{reminder.response_id}:{reminder.number}",
        channel=reminder.channel,
        address=reminder.account,
        kind="reminder",
        message=Message(said, ((button,),)),
        now=now,
    )
    note_chat_reminder(session, invitation_id=reminder.invitation_id, now=now)
