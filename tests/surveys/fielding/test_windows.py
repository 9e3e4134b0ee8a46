"""Quiet hours and reminders, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from surveys.fielding.settings import FieldingSettings, QuietHours
from surveys.fielding.windows import (
    FIRST,
    REMINDER,
    Standing,
    due_by_link,
    first_allowed,
    is_due_in_chat,
    is_in_quiet_hours,
    is_quiet,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = QuietHours()
NOON = QuietHours(time(12), time(14))
NEVER = QuietHours(time(8), time(8))
LEFT = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
USUAL = FieldingSettings()


def shanghai(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


QUIET = [
    ("2026-10-01 20:59:59", NIGHT, False),
    ("2026-10-01 21:00:00", NIGHT, True),
    ("2026-10-01 23:59:59", NIGHT, True),
    ("2026-10-02 00:00:00", NIGHT, True),
    ("2026-10-02 07:59:59", NIGHT, True),
    ("2026-10-02 08:00:00", NIGHT, False),
    ("2026-10-02 12:00:00", NIGHT, False),
    ("2026-10-02 11:59:59", NOON, False),
    ("2026-10-02 12:00:00", NOON, True),
    ("2026-10-02 13:59:59", NOON, True),
    ("2026-10-02 14:00:00", NOON, False),
    ("2026-10-02 08:00:00", NEVER, False),
    ("2026-10-02 03:00:00", NEVER, False),
]


@pytest.mark.parametrize(("moment", "quiet", "expected"), QUIET)
def test_quiet_hours_begin_and_end_to_the_second(moment, quiet, expected):
    assert is_quiet(shanghai(moment), quiet, SHANGHAI) is expected
    assert is_in_quiet_hours(shanghai(moment).time(), quiet) is expected


def test_quiet_hours_are_those_of_the_consortiums_clock_not_of_the_caller():
    moment = datetime(2026, 10, 1, 13, 30, tzinfo=UTC)  # half past nine in the evening in Shanghai
    assert is_quiet(moment, NIGHT, SHANGHAI)
    assert not is_quiet(moment, NIGHT, BERLIN)


ALLOWED = [
    ("2026-10-01 20:59", NIGHT, "2026-10-01 20:59"),
    ("2026-10-01 21:00", NIGHT, "2026-10-02 08:00"),
    ("2026-10-02 00:10", NIGHT, "2026-10-02 08:00"),
    ("2026-12-31 23:00", NIGHT, "2027-01-01 08:00"),
    ("2026-10-02 12:30", NOON, "2026-10-02 14:00"),
    ("2026-10-02 03:00", NEVER, "2026-10-02 03:00"),
]


@pytest.mark.parametrize(("moment", "quiet", "expected"), ALLOWED)
def test_first_allowed_moment_is_the_end_of_the_quiet_hours(moment, quiet, expected):
    assert first_allowed(shanghai(moment), quiet, SHANGHAI) == shanghai(expected)


def test_first_allowed_moment_keeps_the_wall_clock_when_clocks_change():
    evening = datetime(2026, 10, 24, 22, 0, tzinfo=BERLIN)  # that night an hour comes twice
    allowed = first_allowed(evening, NIGHT, BERLIN)
    assert allowed.astimezone(BERLIN).isoformat() == "2026-10-25T08:00:00+01:00"
    assert allowed - evening.astimezone(UTC) == 11 * HOUR


def standing(**changes: Any) -> Standing:
    """Invited at discharge, by a link that was handed out."""
    values: dict[str, Any] = {
        "disposition": "delivered", "invited_at": LEFT, "contact_from": LEFT + 48 * HOUR, "expires_at": LEFT + 42 * DAY,
    }  # fmt: skip
    return Standing(**(values | changes))


def written(days: float, *, reminders: int = 0, by: str = "link", **more: Any) -> Standing:
    """The patient was written to last so many days after the discharge."""
    return standing(contacted_at=LEFT + days * DAY, contacted_by=by, reminders=reminders, **more)


def in_chat(touched: float, **more: Any) -> Standing:
    return standing(disposition="partial", is_in_chat=True, touched_at=LEFT + touched * DAY, **more)


LINKS = [
    # the first contact
    ("too early", standing(), 1.99, None),
    ("at last", standing(), 2.0, FIRST),
    ("never handed out", standing(disposition="invited"), 2.0, FIRST),
    ("the last moment", standing(), 41.99, FIRST),
    ("too late", standing(), 42.0, None),
    # reminders
    ("just written", written(2), 4.99, None),
    ("three days later", written(2), 5.0, REMINDER),
    ("once reminded", written(5, reminders=1), 7.99, None),
    ("reminded again", written(5, reminders=1), 8.0, REMINDER),
    ("twice is enough", written(8, reminders=2), 20.0, None),
    ("opened on the page a day ago", written(2, disposition="started", touched_at=LEFT + 5 * DAY), 6.0, None),
    ("opened on the page and left", written(2, disposition="started", touched_at=LEFT + 5 * DAY), 8.0, REMINDER),
    ("opened with the first link, never listed", standing(disposition="partial", touched_at=LEFT + DAY), 4.99, None),
    ("opened with the first link, then silent", standing(disposition="partial", touched_at=LEFT + DAY), 5.0, REMINDER),
    # who answers in a chat is reminded there first
    ("left in chat, not reminded yet", in_chat(2), 20.0, None),
    (
        "reminded in chat, waiting",
        in_chat(2, contacted_at=LEFT + 4 * DAY, contacted_by="chat", reminders=1),
        6.99,
        None,
    ),
    ("reminded in vain", in_chat(2, contacted_at=LEFT + 4 * DAY, contacted_by="chat", reminders=1), 7.0, REMINDER),
    ("went on since", in_chat(6, contacted_at=LEFT + 4 * DAY, contacted_by="chat", reminders=1), 8.99, None),
    ("used up", in_chat(2, contacted_at=LEFT + 7 * DAY, contacted_by="link", reminders=2), 20.0, None),
    ("chat lost", standing(disposition="unreachable", touched_at=LEFT + 2 * DAY), 5.0, REMINDER),
    # nobody who said no or is done
    ("complete", standing(disposition="complete"), 5.0, None),
    ("refused", standing(disposition="refused"), 5.0, None),
    ("ineligible", standing(disposition="ineligible"), 5.0, None),
    ("withdrawn", standing(disposition="withdrawn"), 5.0, None),
    ("expired", standing(disposition="expired"), 5.0, None),
    ("opted out", standing(has_opted_out=True), 5.0, None),
    ("opted out after a reminder", written(2, has_opted_out=True), 9.0, None),
]


@pytest.mark.parametrize(("case", "given", "days", "expected"), LINKS, ids=[case[0] for case in LINKS])
def test_link_is_due(case, given, days, expected):
    assert due_by_link(given, USUAL, LEFT + days * DAY) == expected


CHATS = [
    ("left for a day to the second", in_chat(2), 3.0, True, False),
    ("left for more than a day", in_chat(2), 3.001, True, True),
    ("not in a chat", standing(disposition="partial", touched_at=LEFT), 9.0, True, False),
    ("reminded two days ago", in_chat(2, contacted_at=LEFT + 4 * DAY, contacted_by="chat", reminders=1), 6.0, True, False),
    ("the last one is kept for a link", in_chat(2, contacted_at=LEFT + 4 * DAY, contacted_by="chat", reminders=1), 9.0, True, False),
    ("written to by link yesterday", in_chat(2, contacted_at=LEFT + 4 * DAY, contacted_by="link"), 5.0, True, False),
    ("written to by link long ago", in_chat(2, contacted_at=LEFT + 2 * DAY, contacted_by="link"), 5.0, True, True),
    ("too late", in_chat(2), 42.0, True, False),
    ("opted out", in_chat(2, has_opted_out=True), 9.0, True, False),
    ("refused", standing(disposition="refused", is_in_chat=True, touched_at=LEFT), 9.0, True, False),
]  # fmt: skip


@pytest.mark.parametrize(("case", "given", "days", "_", "expected"), CHATS, ids=[case[0] for case in CHATS])
def test_chat_reminder_is_due(case, given, days, _, expected):
    assert is_due_in_chat(given, USUAL, LEFT + days * DAY) is expected


@pytest.mark.parametrize(("most", "in_chat_first"), [(0, False), (1, True), (2, True), (3, True)])
def test_no_reminder_where_none_is_wanted_and_the_only_one_goes_to_the_chat(most, in_chat_first):
    settings = FieldingSettings(reminders=most)
    assert is_due_in_chat(in_chat(2), settings, LEFT + 9 * DAY) is in_chat_first
    assert due_by_link(written(2), settings, LEFT + 9 * DAY) == (REMINDER if most else None)


def test_three_reminders_are_two_in_the_chat_and_one_by_link():
    settings = FieldingSettings(reminders=3)
    once = in_chat(2, contacted_at=LEFT + 4 * DAY, contacted_by="chat", reminders=1)
    twice = in_chat(2, contacted_at=LEFT + 7 * DAY, contacted_by="chat", reminders=2)
    assert (is_due_in_chat(once, settings, LEFT + 7 * DAY), due_by_link(once, settings, LEFT + 7 * DAY)) == (True, None)
    assert is_due_in_chat(twice, settings, LEFT + 10 * DAY) is False
    assert due_by_link(twice, settings, LEFT + 10 * DAY) == REMINDER


def test_nobody_is_ever_written_to_more_often_than_set():
    """Day by day through the whole window, whatever is due is done: first contact and reminders are counted."""
    for begins_in_chat in (False, True):
        at, done, given = LEFT, [], standing()
        while at < LEFT + 45 * DAY:
            if is_due_in_chat(given, USUAL, at):
                done.append("chat")
                given = in_chat(3, contacted_at=at, contacted_by="chat", reminders=given.reminders + 1)
            elif (due := due_by_link(given, USUAL, at)) is not None:
                done.append(due)
                count = given.reminders + (due == REMINDER)
                if begins_in_chat:
                    given = in_chat(3, contacted_at=at, contacted_by="link", reminders=count)
                else:
                    given = standing(contacted_at=at, contacted_by="link", reminders=count)
            at += 6 * HOUR
        assert done == ([FIRST, "chat", REMINDER] if begins_in_chat else [FIRST, REMINDER, REMINDER])
