"""A unit's alerts and written explanations in chat: what is to be explained, by when, and writing it (rules 28, 62).

Knows the screens of the conversation "x". Who may write, and until when words may be written anew, is
`evaluation.range_explanations`' to say, asked anew at every tap.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.layout import shorten
from bot.prompts import ask_for_words, forget_prompt
from bot.turn import Turn
from consortium.permissions import REPRESENTATIVE, Actor, require
from consortium.workdays import local_date
from evaluation.alerts import LONGEST_WORDS, RANGE, alert_of, arrived, may_explain, recent_alerts
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.range_explanations import ACCEPTED, GIVEN, WAITING, count_explanations, explanation, explanations
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.watch_notices import LETTER, LIST, OWN, OWN_ALERTS
from scheduler.watch_wording import Words, alert_text, due_text, explanation_text, state_text, words_for
from scheduler.watching import explain_figure, say_why

PURPOSE, REASON_PURPOSE = "explanation", "alert_reason"
WRITE, REASON = "w", "r"
_MOST = 8
_MOST_REASONS = 4
_LABEL = 60
_SHOWN_WORDS = 200


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The entry of the main menu, for representatives, with the number of explanations that wait for them."""
    if REPRESENTATIVE not in actor.roles:
        return []
    waiting = count_explanations(turn.session, states=WAITING, units=actor.units)
    label = turn.text("watch.chat.menu_waiting", count=waiting) if waiting else turn.text("watch.chat.menu")
    return [Button(label, (LETTER, LIST))]


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, asks=True)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: the same screen again."""
    return _tapped(turn, fields, asks=False)


def list_screen(turn: Turn) -> Reply:
    """What waits to be explained by the speaker's units, and the way to their alerts."""
    units = _units(turn)
    waiting = explanations(turn.session, states=WAITING, units=units)
    words = Words(turn.session, turn.language)
    rows = [(Button(_label(words, each), (LETTER, OWN, str(each.id))),) for each in waiting[:_MOST]]
    said = words.say("chat.list", count=len(waiting)) if waiting else words.say("chat.list_none")
    alerts = sum(len(recent_alerts(turn.session, unit_code=unit, limit=_MOST)) for unit in units)
    rows.append((Button(words.say("button.alerts", count=alerts), (LETTER, OWN_ALERTS)),))
    return Reply(Message(said, (*rows, _home(turn))), edits=True)


def alerts_screen(turn: Turn) -> Reply:
    """The latest alerts of the speaker's units; of each that is no range, what lies behind it may be said."""
    units = _units(turn)
    found = [each for unit in units for each in recent_alerts(turn.session, unit_code=unit, limit=_MOST)]
    found = sorted(found, key=lambda each: (each.period, each.id), reverse=True)[:_MOST]
    words, come = words_for(turn.session, turn.language, found), arrived(turn.session, found)
    lines = [_alert_line(words, each, is_come=each.id in come, names_unit=len(units) > 1) for each in found]
    rows = [
        (Button(_reason_label(words, each), (LETTER, REASON, str(each.id))),)
        for each in found
        if each.kind != RANGE and each.id not in come
    ]
    said = "\n\n".join([words.say("chat.alerts" if found else "chat.no_alerts"), *lines])
    return Reply(Message(said, (*rows[:_MOST_REASONS], _back(turn))), edits=True)


def explanation_screen(turn: Turn, found: WrittenExplanation) -> Message:
    """One explanation whole, with the button to write it while it is not accepted."""
    words = Words(turn.session, turn.language)
    rows = []
    if found.state != ACCEPTED:
        label = words.say("button.write_again" if found.words is not None else "button.explain")
        rows.append((Button(label, (LETTER, WRITE, str(found.id))),))
    return Message(explanation_words(turn, words, found), (*rows, _back(turn)))


def explanation_words(turn: Turn, words: Words, found: WrittenExplanation) -> str:
    """What is to be explained, how it stands, and what both sides have written."""
    head = words.say(
        "chat.explanation",
        unit=words.unit(found.unit_code),
        period=words.period(found.period),
        what=explanation_text(words, found),
        due=due_text(words, found),
        state=state_text(words, found, local_date(turn.session, turn.now)),
    )
    parts = [head]
    if found.words is not None:
        parts.append(words.say("chat.words", words=found.words))
    if found.answer is not None:
        parts.append(words.say("chat.answer", answer=found.answer))
    return "\n\n".join(parts)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """The unit's explanation, typed."""
    found = explain_figure(
        turn.session, explanation_id=int(subject), words=words, actor=turn.known_actor(), now=turn.now
    )
    forget_prompt(turn)
    return Reply(explanation_screen(turn, found), more=(Message(turn.text("watch.chat.taken")),))


def reason_written(turn: Turn, subject: str, words: str) -> Reply:
    """What lies behind an alert, typed."""
    say_why(turn.session, alert_id=int(subject), words=words, actor=turn.known_actor(), now=turn.now)
    forget_prompt(turn)
    return Reply(Message(turn.text("watch.chat.reason_taken"), (_back(turn),)))


def _tapped(turn: Turn, fields: tuple[str, ...], *, asks: bool) -> Reply:
    _, verb, subject = (*fields, "", "")[:3]
    if not turn.is_private:
        raise DomainError("button_expired")
    if verb == LIST:
        return list_screen(turn)
    if verb == OWN_ALERTS:
        return alerts_screen(turn)
    number = _number(subject)
    if verb == OWN:
        return Reply(explanation_screen(turn, _own(turn, number)), edits=True)
    if verb == WRITE:
        found = _own(turn, number)
        if found.state not in {*WAITING, GIVEN}:
            raise DomainError("explanation_not_waiting")
        return _asked(turn, PURPOSE, number, "watch.chat.ask_words", (LETTER, OWN, subject), asks=asks)
    if verb == REASON:
        _own_alert(turn, number)
        return _asked(turn, REASON_PURPOSE, number, "watch.chat.ask_reason", (LETTER, OWN_ALERTS), asks=asks)
    raise DomainError("button_expired")


def _asked(turn: Turn, purpose: str, number: int, key: str, back: tuple[str, ...], *, asks: bool) -> Reply:
    if asks:
        ask_for_words(turn, purpose=purpose, subject=str(number))
    row = (Button(turn.text("watch.button.back"), back),)
    return Reply(Message(turn.text(key, most=LONGEST_WORDS), (row,)), edits=True)


def _units(turn: Turn) -> list[str]:
    actor = turn.known_actor()
    require(REPRESENTATIVE in actor.roles)
    return sorted(actor.units)


def _own(turn: Turn, number: int) -> WrittenExplanation:
    """An explanation of a unit that the speaker represents; another's does not exist for them."""
    found = explanation(turn.session, number)
    if not may_explain(turn.known_actor(), found.unit_code):
        raise DomainError("explanation_unknown")
    return found


def _own_alert(turn: Turn, number: int) -> Alert:
    found = alert_of(turn.session, number)
    if found.kind == RANGE or not may_explain(turn.known_actor(), found.unit_code):
        raise DomainError("alert_unknown")
    return found


def _alert_line(words: Words, alert: Alert, *, is_come: bool, names_unit: bool) -> str:
    key = "chat.alert_of_unit" if names_unit else "chat.alert"
    line = words.say(
        key, unit=words.unit(alert.unit_code), period=words.period(alert.period), what=alert_text(words, alert)
    )
    if is_come:
        line += words.say("chat.come")
    if alert.reason is not None:
        line += "\n" + words.say("chat.said", words=shorten(alert.reason, _SHOWN_WORDS))
    return line


def _label(words: Words, found: WrittenExplanation) -> str:
    label = words.say(
        "chat.one", name=words.name(found.period, found.indicator), period=words.period(found.period),
        due=due_text(words, found),
    )  # fmt: skip
    return shorten(label, _LABEL)


def _reason_label(words: Words, alert: Alert) -> str:
    return shorten(words.say("button.reason", name=words.name(alert.period, alert.indicator)), _LABEL)


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 10):  # noqa: PLR2004 - more digits than rows
        raise DomainError("button_expired")
    return int(written)


def _back(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("watch.button.back"), (LETTER, LIST)),)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)
