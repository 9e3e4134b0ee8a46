"""Honours on the office's desk in chat: open one for a period, start the vote, count it, decide the list.

Every act is said first, with whom it reaches; the button comes after. What an act does, and whether it may be done, is
`bulletins.nominations`' and `bulletins.honour_votes`' to say.
"""

from __future__ import annotations

from bot.honour_screens import to_honour
from bot.inbound import Reply
from bot.layout import fitted, shorten
from bot.objection_desk import mark_of
from bot.turn import Turn
from bulletins.honour_models import Honour
from bulletins.honour_notices import CONVERSATION, DESK, title_of, told_of_opening
from bulletins.honour_votes import (
    decide_honour,
    end_voting,
    is_counted,
    result_list,
    result_mark,
    start_voting,
    told_in_month,
    voters_of,
)
from bulletins.honour_wording import result_words, rule_words, state_words, unit_wordings
from bulletins.honours import NOMINATING, VOTING, honours
from bulletins.honours import honour as one_honour
from bulletins.nominations import cancel_honour, end_of_day, kinds, open_honour, passing
from bulletins.wording import name_in, period_name
from consortium.honour_kinds import MONTH, QUARTER, HonourKind
from consortium.periods import Period
from consortium.permissions import may_run_season, require
from consortium.polls import is_due, poll
from consortium.units import zone
from locales.errors import DomainError
from outbox.message import Button, Message

OFFICE_VERB = "hon"
LIST, KIND, OPEN, OPENED, START, CANCEL, END, DECIDE = "o", "k", "p", "q", "t", "x", "e", "f"
ACTS = frozenset({OPENED, START, CANCEL, END, DECIDE})
NOMINATE_DAYS, VOTE_DAYS = 7, 5
_MOST, _LABEL = 8, 50


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu, where honours are configured or one is under way."""
    is_any = bool(kinds(turn.session) or honours(turn.session, NOMINATING, VOTING))
    return [(turn.text("honours.office.menu"), OFFICE_VERB)] if is_any else []


def list_screen(turn: Turn) -> Reply:
    """What is under way, the newest decided, and what can be opened."""
    require(may_run_season(turn.known_actor()))
    found = honours(turn.session)[:_MOST]
    rows = [
        (Button(
            shorten(f"{title_of(each, turn.language)} · {state_words(turn.session, each, turn.language)}", _LABEL),
            (CONVERSATION, DESK, str(each.id)),
        ),)
        for each in found
    ]  # fmt: skip
    configured = kinds(turn.session)
    for kind in configured:
        label = f"{turn.text('honours.office.open')}: {name_in(kind.name, turn.language, kind.code)}"
        rows.append((Button(shorten(label, _LABEL), (CONVERSATION, KIND, mark_of(kind.code))),))
    said = turn.text("honours.office.intro" if configured else "honours.office.no_kinds")
    return Reply(Message(said, (*rows, _home(turn))), edits=True)


def kind_screen(turn: Turn, mark: str) -> Reply:
    """For which period: the last one that is over, or the one that runs."""
    require(may_run_season(turn.known_actor()))
    kind = _kind(turn, mark)
    rows = [
        (Button(period_name(each, turn.language), (CONVERSATION, OPEN, mark, str(each))),)
        for each in periods_for(kind, turn.local_now.year, turn.local_now.month)
    ]
    said = name_in(kind.name, turn.language, kind.code)
    return Reply(Message(said, (*rows, _back(turn))), edits=True)


def open_screen(turn: Turn, mark: str, period: str) -> Reply:
    """What opening does, before it is done."""
    require(may_run_season(turn.known_actor()))
    kind, meant = _kind(turn, mark), Period.parse(period)
    place = zone(turn.session)
    name = f"{name_in(kind.name, turn.language, kind.code)} · {period_name(meant, turn.language)}"
    said = turn.text(
        "honours.office.open_really",
        name=name,
        nominate_until=f"{end_of_day(turn.session, turn.now, NOMINATE_DAYS).astimezone(place):%Y-%m-%d %H:%M}",
        vote_until=f"{end_of_day(turn.session, turn.now, NOMINATE_DAYS + VOTE_DAYS).astimezone(place):%Y-%m-%d %H:%M}",
        count=len(told_of_opening(turn.session)),
    )
    yes = Button(turn.text("honours.office.open_yes"), (CONVERSATION, OPENED, mark, period))
    return Reply(Message(said, ((yes,), _back(turn))), edits=True)


def opened(turn: Turn, mark: str, period: str) -> Reply:
    """Nominations begin."""
    made = open_honour(
        turn.session, code=_kind(turn, mark).code, period=Period.parse(period), nominate_days=NOMINATE_DAYS,
        vote_days=VOTE_DAYS, actor=turn.known_actor(), now=turn.now,
    )  # fmt: skip
    return Reply(Message(turn.text("honours.office.opened"), (to_honour(turn, made.id), _back(turn))), edits=True)


def desk_screen(turn: Turn, number: int, said: str = "") -> Reply:
    """One honour for the office: how it stands and what comes next, with what that does."""
    require(may_run_season(turn.known_actor()))
    found = one_honour(turn.session, number)
    parts = [said, title_of(found, turn.language), state_words(turn.session, found, turn.language),
             rule_words(found, turn.language)]  # fmt: skip
    rows: list[tuple[Button, ...]] = []
    if found.state == NOMINATING:
        _nominating(turn, found, parts, rows)
    elif found.state == VOTING and is_counted(turn.session, found):
        result = result_list(turn.session, found)
        parts.append("\n".join(result_words(unit_wordings(turn.session), result, turn.language)))
        told_in = period_name(told_in_month(turn.session, turn.now), turn.language)
        parts.append(turn.text("honours.office.decide_what", period=told_in))
        rows.append(_act(turn, "honours.office.decide", DECIDE, str(number), result_mark(found, result)))
    elif found.state == VOTING:
        parts.append(turn.text("honours.office.end_what"))
        if found.poll_id is not None and is_due(turn.session, poll(turn.session, found.poll_id), turn.now):
            rows.append(_act(turn, "honours.office.end", END, str(number)))
    rows.append(to_honour(turn, number))
    return Reply(Message(fitted("\n\n".join(filter(None, parts))), (*rows, _back(turn))), edits=True)


def started(turn: Turn, number: int) -> Reply:
    """Voting begins."""
    start_voting(turn.session, honour_id=number, actor=turn.known_actor(), now=turn.now)
    return desk_screen(turn, number, turn.text("honours.done.start"))


def given_up(turn: Turn, number: int) -> Reply:
    """Not this time."""
    cancel_honour(turn.session, honour_id=number, actor=turn.known_actor(), now=turn.now)
    return desk_screen(turn, number, turn.text("honours.done.cancel"))


def ended(turn: Turn, number: int) -> Reply:
    """Counted."""
    end_voting(turn.session, honour_id=number, actor=turn.known_actor(), now=turn.now)
    return desk_screen(turn, number, turn.text("honours.done.end"))


def decided(turn: Turn, number: int, mark: str) -> Reply:
    """The list stands."""
    decide_honour(turn.session, honour_id=number, mark=mark, actor=turn.known_actor(), now=turn.now)
    return desk_screen(turn, number, turn.text("honours.done.decide"))


def periods_for(kind: HonourKind, year: int, month: int) -> tuple[Period, ...]:
    """The last period that is over and the one that runs."""
    if kind.every == MONTH:
        this = Period(year, month)
    elif kind.every == QUARTER:
        this = Period(year, None, (month + 2) // 3)
    else:
        this = Period(year)
    return (this.previous(), this)


def _nominating(turn: Turn, found: Honour, parts: list[str], rows: list[tuple[Button, ...]]) -> None:
    able, voters = len(passing(turn.session, found)), len(voters_of(turn.session, found))
    parts.append(turn.text("honours.office.start_what", candidates=able, voters=voters))
    if able:
        rows.append(_act(turn, "honours.office.start", START, str(found.id)))
    rows.append(_act(turn, "honours.office.cancel", CANCEL, str(found.id)))


def _act(turn: Turn, key: str, *fields: str) -> tuple[Button, ...]:
    return (Button(turn.text(key), (CONVERSATION, *fields)),)


def _kind(turn: Turn, mark: str) -> HonourKind:
    found = next((each for each in kinds(turn.session) if mark_of(each.code) == mark), None)
    if found is None:
        raise DomainError("honour_kind_unknown")
    return found


def _back(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("honours.back"), (CONVERSATION, LIST)),)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)
