"""When a patient may be written to, and whether it is time to. PURE.

Knows discharges, quiet hours, what was done before and the consortium's wall clock. Refuses to know who writes, in
which words, and what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from surveys.fielding.settings import FieldingSettings, QuietHours
from surveys.fielding.steps import DELIVERED, INVITED, OPEN

FIRST: Final = "first"
REMINDER: Final = "reminder"
LINK: Final = "link"
CHAT: Final = "chat"

SILENT_FOR = timedelta(hours=24)
"""How long a survey that was begun in chat must lie untouched before its patient is reminded for the first time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one invitation has come, as far as writing to its patient goes.

    `touched_at` is when its survey was opened or changed last, None if never. `is_in_chat`: it was opened in a chat
    that can be reached; `has_opted_out`: that chat asked not to be written to.
    """

    disposition: str
    invited_at: datetime
    contact_from: datetime
    expires_at: datetime
    contacted_at: datetime | None = None
    contacted_by: str | None = None
    reminders: int = 0
    touched_at: datetime | None = None
    is_in_chat: bool = False
    has_opted_out: bool = False


def is_quiet(moment: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Whether patients are to be left in peace at this moment: from the first minute on, until the last is over."""
    now = moment.astimezone(zone).time().replace(tzinfo=None)
    if quiet.begin < quiet.end:
        return quiet.begin <= now < quiet.end
    return quiet.begin != quiet.end and (now >= quiet.begin or now < quiet.end)


def first_allowed(moment: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """The moment itself or, in quiet hours, when they end. In UTC."""
    if not is_quiet(moment, quiet, zone):
        return moment.astimezone(UTC)
    local = moment.astimezone(zone)
    day = local.date() if local.time().replace(tzinfo=None) < quiet.end else local.date() + timedelta(days=1)
    return datetime.combine(day, quiet.end, tzinfo=zone).astimezone(UTC)


def is_in_quiet_hours(at: time, quiet: QuietHours) -> bool:
    """The same for a time of day, as a line of the timetable names it."""
    return is_quiet(datetime.combine(datetime(2026, 1, 1, tzinfo=UTC), at, tzinfo=UTC), quiet, ZoneInfo("UTC"))


def due_by_link(standing: Standing, settings: FieldingSettings, now: datetime) -> str | None:
    """`first` or `reminder` if the hospital should send a link now, else None. Quiet hours are the caller's.

    A survey that was begun in a chat is reminded there first; a link follows once that has been tried in vain.
    """
    if not _may_be_written_to(standing, now) or now < standing.contact_from:
        return None
    if standing.contacted_at is None and standing.disposition in (INVITED, DELIVERED):
        return FIRST
    if standing.reminders >= settings.reminders:
        return None
    if standing.is_in_chat:
        tried = _is_chat_used_up(standing, settings) and standing.contacted_at is not None
        return REMINDER if tried and _is_silent(standing, settings.fallback, now) else None
    return REMINDER if _is_silent(standing, settings.spacing, now) else None


def is_due_in_chat(standing: Standing, settings: FieldingSettings, now: datetime) -> bool:
    """Whether we should remind a patient in the chat where the survey was begun. Quiet hours are the caller's."""
    if not _may_be_written_to(standing, now) or not standing.is_in_chat or standing.touched_at is None:
        return False
    if standing.reminders >= settings.reminders or _is_chat_used_up(standing, settings):
        return False
    if now - standing.touched_at <= SILENT_FOR:
        return False
    return standing.contacted_at is None or now - standing.contacted_at >= settings.spacing


def _may_be_written_to(standing: Standing, now: datetime) -> bool:
    return standing.disposition in OPEN and not standing.has_opted_out and now < standing.expires_at


def _is_chat_used_up(standing: Standing, settings: FieldingSettings) -> bool:
    """The last reminder of several is kept for a link: who does not hear us in the chat may read a text message."""
    return standing.reminders >= max(settings.reminders - 1, 1)


def _is_silent(standing: Standing, wait: timedelta, now: datetime) -> bool:
    """Nothing was written and nothing was done for so long. A link counts from when it could first be sent."""
    marks = [standing.contacted_at or max(standing.invited_at, standing.contact_from)]
    marks += [standing.touched_at] if standing.touched_at is not None else []
    return now - max(marks) >= wait
