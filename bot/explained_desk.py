"""Alerts and written explanations on the office's side of the chat: marking as seen, accepting, returning with a word.

Knows the screens of the office's verbs. Who may decide, and that it is decided once, is
`evaluation.range_explanations`' to say, asked anew at every tap.
"""

from __future__ import annotations

import itertools

from bot.alert_desk import explanation_words
from bot.inbound import Reply
from bot.layout import shorten
from bot.prompts import ask_for_words, forget_prompt
from bot.turn import Turn
from consortium.permissions import may_run_season, require
from consortium.workdays import local_date
from evaluation.alerts import FEED, LONGEST_WORDS, mark_all_seen, open_alerts
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.range_explanations import (
    GIVEN,
    WAITING,
    count_explanations,
    explanation,
    explanation_mark,
    explanations,
    is_overdue,
)
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.watch_notices import ALERTS, EXPLAINED, LOOK
from scheduler.watch_wording import Words, alert_text, words_for
from scheduler.watching import accept_words, return_words

SEEN, ACCEPT, RETURN = "aseen", "expok", "expno"
PURPOSE = "explain_return"
_MOST = 8
_LABEL = 60
_SHOWN_WORDS = 150


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entries of the office's menu: the way to alerts and explanations, with the numbers of what waits."""
    alerts = len(open_alerts(turn.session))
    given = count_explanations(turn.session, states=(GIVEN,))
    return [
        (turn.text("watch.office.alerts_menu", count=alerts), ALERTS),
        (turn.text("watch.office.explained_menu", count=given), EXPLAINED),
    ]


def alerts_screen(turn: Turn) -> Reply:
    """The alerts that nobody has seen, the oldest first; one button marks those on the screen, and no others."""
    require(may_run_season(turn.known_actor()))
    found = sorted(open_alerts(turn.session), key=lambda each: each.id)
    groups = [list(group) for _, group in itertools.groupby(found, key=_group)][:_MOST]
    shown = [each for group in groups for each in group]
    words = words_for(turn.session, turn.language, shown)
    if not shown:
        return Reply(Message(words.say("office.no_alerts"), (_home(turn),)), edits=True)
    said = [words.say("office.alerts", count=len(found), shown=len(shown)), *(_line(words, each) for each in groups)]
    seen = Button(words.say("button.seen"), ("o", SEEN, str(shown[-1].id)))
    return Reply(Message("\n\n".join(said), ((seen,), _home(turn))), edits=True)


def seen(turn: Turn, number: int) -> Reply:
    """What was on the screen has been seen; the next ones follow."""
    mark_all_seen(turn.session, actor=turn.known_actor(), now=turn.now, until=number)
    following = alerts_screen(turn)
    return Reply(following.screen, edits=True, toast=turn.text("watch.chat.seen"))


def explained_screen(turn: Turn) -> Reply:
    """The explanations to be decided, and how many wait for their units."""
    require(may_run_season(turn.known_actor()))
    given = explanations(turn.session, states=(GIVEN,))
    waiting, today = explanations(turn.session, states=WAITING), local_date(turn.session, turn.now)
    words = Words(turn.session, turn.language)
    rows = [(Button(_label(words, each), ("o", LOOK, str(each.id))),) for each in given[:_MOST]]
    said = words.say(
        "office.explained",
        given=len(given),
        waiting=len(waiting),
        overdue=sum(is_overdue(each, today) for each in waiting),
    )
    return Reply(Message(said, (*rows, _home(turn))), edits=True)


def look_screen(turn: Turn, number: int) -> Reply:
    """One explanation whole, with what may be done about it."""
    require(may_run_season(turn.known_actor()))
    return Reply(_one(turn, explanation(turn.session, number)), edits=True)


def accepted(turn: Turn, number: int, mark: str) -> Reply:
    """Accept the words that this button is about."""
    found = accept_words(turn.session, explanation_id=number, mark=mark, actor=turn.known_actor(), now=turn.now)
    return Reply(_one(turn, found), edits=True, toast=turn.text("watch.chat.accepted"))


def returning(turn: Turn, number: int, mark: str) -> Reply:
    """Ask why the words that this button is about are returned."""
    require(may_run_season(turn.known_actor()))
    found = explanation(turn.session, number)
    if found.state != GIVEN or explanation_mark(found) != mark:
        raise DomainError("explanation_decided")
    ask_for_words(turn, purpose=PURPOSE, subject=f"{number}:{mark}")
    back = (Button(turn.text("watch.office.back"), ("o", LOOK, str(number))),)
    return Reply(Message(turn.text("watch.chat.ask_answer", most=LONGEST_WORDS), (back,)), edits=True)


def answer_written(turn: Turn, subject: str, words: str) -> Reply:
    """Why it is returned, typed."""
    number, _, mark = subject.partition(":")
    found = return_words(
        turn.session, explanation_id=int(number), mark=mark, answer=words, actor=turn.known_actor(), now=turn.now
    )
    forget_prompt(turn)
    return Reply(_one(turn, found), more=(Message(turn.text("watch.chat.returned")),))


def _one(turn: Turn, found: WrittenExplanation) -> Message:
    words, number = Words(turn.session, turn.language), str(found.id)
    rows: list[tuple[Button, ...]] = []
    if found.state == GIVEN:
        mark = explanation_mark(found)
        rows = [
            (Button(words.say("button.accept"), ("o", ACCEPT, number, mark)),),
            (Button(words.say("button.return"), ("o", RETURN, number, mark)),),
        ]
    back = (Button(words.say("office.back"), ("o", EXPLAINED)),)
    return Message(explanation_words(turn, words, found), (*rows, back))


def _group(alert: Alert) -> tuple[str, str, str, str]:
    """What stands on one line: figures of a unit that have not come together, everything else by itself."""
    return alert.kind, alert.unit_code, alert.period, "" if alert.kind == FEED else alert.indicator


def _line(words: Words, group: list[Alert]) -> str:
    first = group[0]
    missing = first.kind == FEED
    what = words.say("office.missing", count=len(group)) if missing else alert_text(words, first)
    line = words.say(
        "office.alert", unit=words.unit(first.unit_code), period=words.period(first.period), what=what
    )  # fmt: skip
    said = [words.say("chat.said", words=shorten(each.reason, _SHOWN_WORDS)) for each in group if each.reason][:1]
    return "\n".join([line, *said])


def _label(words: Words, found: WrittenExplanation) -> str:
    name = words.name(found.period, found.indicator)
    return shorten(f"{words.unit(found.unit_code)} · {name} · {words.period(found.period)}", _LABEL)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)
