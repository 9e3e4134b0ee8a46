"""Reminders that were put off into the night: the running program leaves them until the morning of its own clock."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.telegram_double import Person, TelegramDouble

pytestmark = pytest.mark.journey


def is_owed(house: Installation, to: Person, key: str, kind: str, words: str) -> None:
    """As if the program had gone down, or Telegram had said "later", before it could be sent."""
    house.stored.changes(
        "insert into delivery (dedupe_key, channel, address, kind, message, state, attempts, doubts, created_at)"
        " values (:key, 'telegram', :address, :kind, :message, 'owed', 0, 0, '2026-11-03 12:00:00.000000')",
        key=key, address=str(to.id), kind=kind, message=f'{{"text": "{words}"}}',
    )  # fmt: skip


def test_a_late_reminder_waits_for_the_morning(
    found: Founder, telegram: TelegramDouble, database_address: str | None
) -> None:
    house = found(telegram, database_url=database_address, CLOCK="2026-11-03T23:00:00+08:00")
    mei, li = telegram.person(1001, "Mei"), telegram.person(4001, "Li Min")
    mei.opens("/start")
    li.opens("/start")
    is_owed(house, mei, "resume:r1:1", "reminder", "您有一份问卷没有填完")
    is_owed(house, li, "remind:2026-10:jia", "reminder", "还有单位没有评分")
    house.serves()
    li.waits_for("还有单位没有评分")
    assert house.rows("select dedupe_key, attempts from delivery where state = 'owed'") == [("resume:r1:1", 0)]
    house.stops()
    house.at("2026-11-04T08:00:00+08:00").serves()
    mei.waits_for("您有一份问卷没有填完")
    house.stops()
    house.is_sound()
