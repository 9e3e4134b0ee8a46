"""`[surveys]` of `schedule.toml`: when patients may be written to, how often, and who counts as one person. PURE.

Knows the keys, their bounds and what holds where nothing is written. Refuses to know where the document is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from consortium.document import Findings, Form, Table
from locales.errors import Finding

UNIT, CONSORTIUM = "unit", "consortium"

_KIND = Form(re.compile(r"[a-z0-9][a-z0-9_-]{0,23}"), "code_malformed")
_INDICATOR = Form(re.compile(r"[a-z][a-z0-9_]{0,39}"), "code_malformed")
_TIME = Form(re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]"), "schedule_time_invalid")
_LONGEST_WINDOW = 365
_LONGEST_WAIT = 24 * 90
_MOST_REMINDERS = 10
_LONGEST_INTERVAL = 3650


@dataclass(frozen=True, slots=True)
class Window:
    """How long after a discharge a patient may be written to first, and until when they may answer."""

    contact_after: timedelta = timedelta(hours=48)
    length: timedelta = timedelta(days=42)


USUAL = Window()
DAY_CASES: Mapping[str, Window] = {"day_surgery": Window(contact_after=timedelta(hours=2))}
"""Kinds of visit that are different from the start: patients of day surgery are at home the same evening (rule 120)."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when to when, on the consortium's clock, patients are left in peace; the same time twice: never."""

    begin: time = time(21)
    end: time = time(8)


@dataclass(frozen=True, slots=True)
class FieldingSettings:
    """Everything that `[surveys]` says. `person_interval` zero: a person may be invited for every visit.

    `visits` is the indicator whose readings count a unit's visits of a month; "" where nobody counts them.
    """

    quiet: QuietHours = QuietHours()
    reminders: int = 2
    spacing: timedelta = timedelta(days=3)
    fallback: timedelta = timedelta(days=3)
    person_interval: timedelta = timedelta(days=90)
    persons: str = UNIT
    visits: str = ""
    window: Window = USUAL
    kinds: Mapping[str, Window] = field(default_factory=lambda: dict(DAY_CASES))

    def window_of(self, kind: str) -> Window:
        """The window of a kind of visit."""
        return self.kinds.get(kind, self.window)


def parse_surveys(document: object, *, file: str) -> tuple[FieldingSettings, list[Finding]]:
    """Read the section; None is a section without keys. With findings the settings must not be used."""
    findings = Findings(file)
    root = Table({"surveys": document if document is not None else {}}, "", findings)
    table = root.table("surveys")
    window = _window(table, USUAL)
    settings = FieldingSettings(
        quiet=QuietHours(_time(table, "quiet_from", "21:00"), _time(table, "quiet_until", "08:00")),
        reminders=table.whole("reminders", 0, _MOST_REMINDERS, 2),
        spacing=timedelta(days=table.whole("reminder_days", 1, _LONGEST_WINDOW, 3)),
        fallback=timedelta(days=table.whole("fallback_days", 1, _LONGEST_WINDOW, 3)),
        person_interval=timedelta(days=table.whole("person_days", 0, _LONGEST_INTERVAL, 90)),
        persons=table.choice("persons", (UNIT, CONSORTIUM), UNIT),
        visits=table.string("visits", _INDICATOR, ""),
        window=window,
        kinds=_kinds(table, window),
    )
    table.refuse_unread()
    return settings, findings.found


def _kinds(table: Table, usual: Window) -> dict[str, Window]:
    """The windows of single kinds; a kind that is not written down keeps its own from the start."""
    found = dict(DAY_CASES)
    entries = table.table("kinds", required=False)
    for kind, entry in entries.entries(_KIND):
        found[kind] = _window(entry, found.get(kind, usual))
        entry.refuse_unread()
    return found


def _window(table: Table, usual: Window) -> Window:
    before = len(table.findings.found)
    hours = table.whole("contact_after_hours", 0, _LONGEST_WAIT, usual.contact_after // timedelta(hours=1))
    days = table.whole("window_days", 1, _LONGEST_WINDOW, usual.length.days)
    if hours >= 24 * days and len(table.findings.found) == before:
        table.fault("contact_after_hours", "contact_after_window", days=days)
    return Window(timedelta(hours=hours), timedelta(days=days))


def _time(table: Table, name: str, usual: str) -> time:
    return time.fromisoformat(table.string(name, _TIME, usual) or usual)
