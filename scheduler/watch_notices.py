"""Who is told what by the watching: each alert once, the unit in one message and the office in one; explanations asked
for, due, overdue, given and decided.

Everything is told by a key of its occasion. Buttons carry numbers and codes, never what somebody wrote. Refuses to know
when it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from consortium.people import people_with_role, representatives
from consortium.permissions import OFFICE
from consortium.workdays import calendar_of, local_date, workdays_left
from evaluation.alerts import CHANGE
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.range_explanations import ACCEPTED, WAITING, explanation_mark, explanations, is_overdue
from outbox.message import Button, Message
from scheduler.watch_wording import Words, alert_text, due_text, explanation_text, words_for

LETTER = "x"
"""The conversation of a unit's alerts and explanations."""

LIST, OWN_ALERTS, OWN = "l", "a", "e"
ALERTS, EXPLAINED, LOOK = "alerts", "expl", "expl1"
"""Of the unit's buttons; and of the office's, in the conversation "o"."""

REMIND_BEFORE = 3
"""Working days before the due date on which the unit is reminded, once."""

_MOST_LINES = 12
_MOST_UNITS = 15


def tell_of_alerts(session: Session, *, alerts: Sequence[Alert], now: datetime) -> int:
    """Tell every unit of its new alerts (of changes, and of figures that have not come), and the office of all; how
    many chats. Alerts of a range are told with what is asked for.
    """
    told = 0
    for kind, period in sorted({(each.kind, each.period) for each in alerts}):
        same = [each for each in alerts if (each.kind, each.period) == (kind, period)]
        key = f"alerts:{kind}:{period}:{min(each.id for each in same)}"
        told += _tell_office(session, key, now, _for_office(session, same), ALERTS)
        for unit in dict.fromkeys(each.unit_code for each in same):
            message = _for_unit(session, [each for each in same if each.unit_code == unit])
            told += _tell_unit(session, unit, f"{key}:{unit}", now, message)
    return told


def tell_of_asked(session: Session, *, asked: Sequence[WrittenExplanation], now: datetime) -> int:
    """Ask the units for what they are to explain, each with its button, and tell the office of all; how many chats."""
    told = 0
    if asked:
        first = min(each.id for each in asked)
        told += _tell_office(session, f"explain-asked:{first}", now, _asked_of_all(asked), EXPLAINED)
    for found in asked:

        def said(words: Words, found: WrittenExplanation = found) -> str:
            return _about(words, found, "told.asked", what=explanation_text(words, found))

        told += _tell_owner(session, found, f"explain-asked:{found.id}:unit", "notice", now, said)
    return told


def remind_of_explanations(session: Session, *, now: datetime) -> int:
    """Remind units of what is due soon, once; and units and office of what is overdue, once. How many chats."""
    today, calendar, told = local_date(session, now), calendar_of(session), 0
    for found in explanations(session, states=WAITING):
        if is_overdue(found, today):
            occasion = "overdue"
        elif (
            workdays_left(today, found.due_on, calendar) <= REMIND_BEFORE
            and local_date(session, found.asked_at) < today
        ):
            occasion = "due_soon"
        else:
            continue

        def said(words: Words, found: WrittenExplanation = found, occasion: str = occasion) -> str:
            return _about(words, found, f"told.{occasion}", what=explanation_text(words, found))

        key = f"explain-{occasion}:{found.id}:{found.due_on}"
        told += _tell_owner(session, found, f"{key}:unit", "reminder", now, said)
        if occasion == "overdue":
            told += _tell_office(session, key, now, said, EXPLAINED)
    return told


def tell_of_given(session: Session, *, found: WrittenExplanation, now: datetime) -> int:
    """Tell the office that a unit has explained, with its words; how many chats."""

    def said(words: Words) -> str:
        return _about(words, found, "told.given", what=explanation_text(words, found), words=found.words or "")

    key = f"explain-given:{found.id}:{explanation_mark(found)}"
    return _tell_office(session, key, now, said, LOOK, str(found.id))


def tell_of_decided(session: Session, *, found: WrittenExplanation, now: datetime) -> int:
    """Tell the unit that its explanation was accepted, or returned and why; how many chats."""

    def said(words: Words) -> str:
        key = "told.accepted" if found.state == ACCEPTED else "told.returned"
        return _about(words, found, key, what=explanation_text(words, found), answer=found.answer or "")

    key = f"explain-{found.state}:{found.id}:{explanation_mark(found)}"
    return _tell_owner(session, found, key, "notice", now, said)


def tell_of_reason(session: Session, *, alert: Alert, now: datetime) -> int:
    """Tell the office what a unit says about an alert; how many chats."""

    def said(words: Words) -> str:
        return words.say(
            "told.reason", unit=words.unit(alert.unit_code), period=words.period(alert.period),
            name=words.name(alert.period, alert.indicator), words=alert.reason or "",
        )  # fmt: skip

    return _tell_office(session, f"alert-reason:{alert.id}:{now.isoformat()}", now, said, ALERTS)


Said = Callable[[Words], str]


def _for_unit(session: Session, alerts: Sequence[Alert]) -> Said:
    def said(words: Words) -> str:
        filled, first = words_for(session, words.language, alerts), alerts[0]
        is_change = first.kind == CHANGE
        lines = [
            "· " + (alert_text(filled, each) if is_change else filled.name(each.period, each.indicator))
            for each in alerts
        ]
        return words.say(
            "told.change" if is_change else "told.feed",
            unit=words.unit(first.unit_code),
            period=words.period(first.period),
            count=len(alerts),
            lines=_cut(words, lines, _MOST_LINES),
        )

    return said


def _for_office(session: Session, alerts: Sequence[Alert]) -> Said:
    def said(words: Words) -> str:
        first = alerts[0]
        if first.kind == CHANGE:
            filled = words_for(session, words.language, alerts)
            lines = [f"· {words.unit(each.unit_code)}: {alert_text(filled, each)}" for each in alerts]
        else:
            lines = _missing_by_unit(words, alerts)
        key = "told.change_office" if first.kind == CHANGE else "told.feed_office"
        shown = _cut(words, lines, _MOST_LINES if first.kind == CHANGE else _MOST_UNITS)
        return words.say(key, period=words.period(first.period), count=len(alerts), lines=shown)

    return said


def _missing_by_unit(words: Words, alerts: Sequence[Alert]) -> list[str]:
    by_unit: dict[str, int] = {}
    for each in alerts:
        by_unit[each.unit_code] = by_unit.get(each.unit_code, 0) + 1
    return ["· " + words.say("told.missing_of", unit=words.unit(code), count=count) for code, count in by_unit.items()]


def _asked_of_all(asked: Sequence[WrittenExplanation]) -> Said:
    def said(words: Words) -> str:
        lines = [
            f"· {words.unit(each.unit_code)} · {words.period(each.period)}: {explanation_text(words, each)}"
            for each in asked
        ]
        return words.say("told.asked_office", count=len(asked), lines=_cut(words, lines, _MOST_LINES))

    return said


def _about(words: Words, found: WrittenExplanation, key: str, /, **facts: object) -> str:
    return words.say(
        key, unit=words.unit(found.unit_code), period=words.period(found.period), due=due_text(words, found), **facts
    )


def _cut(words: Words, lines: Sequence[str], most: int) -> str:
    shown = list(lines[:most])
    if len(lines) > most:
        shown.append(words.say("told.more", count=len(lines) - most))
    return "\n".join(shown)


def _tell_office(  # noqa: PLR0917 - the facts of one message
    session: Session, key: str, now: datetime, said: Said, verb: str, subject: str = ""
) -> int:
    def message(language: str) -> Message:
        words = Words(session, language)
        action = ("o", verb, subject) if subject else ("o", verb)
        return Message(said(words), ((Button(words.say("button.look"), action),),))

    people = people_with_role(session, OFFICE)
    return tell(session, people=people, key=f"{key}:office", kind="notice", message=message, now=now)


def _tell_unit(session: Session, unit_code: str, key: str, now: datetime, said: Said) -> int:
    def message(language: str) -> Message:
        words = Words(session, language)
        return Message(said(words), ((Button(words.say("button.look"), (LETTER, OWN_ALERTS)),),))

    people = representatives(session, unit_code)
    return tell(session, people=people, key=key, kind="notice", message=message, now=now)


def _tell_owner(  # noqa: PLR0917 - the facts of one message
    session: Session, found: WrittenExplanation, key: str, kind: str, now: datetime, said: Said
) -> int:
    def message(language: str) -> Message:
        words = Words(session, language)
        name = "button.explain" if found.state in WAITING else "button.look"
        return Message(said(words), ((Button(words.say(name), (LETTER, OWN, str(found.id))),),))

    people = representatives(session, found.unit_code)
    return tell(session, people=people, key=key, kind=kind, message=message, now=now)
