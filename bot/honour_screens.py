"""One honour in chat as its readers see it: how it stands, who is nominated, whom they may vote for, who has it.

Knows the screens and their buttons. Who may do what is `bulletins.nominations`' and `bulletins.honour_votes`' to say.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.layout import fitted, shorten
from bot.turn import Turn
from bulletins.honour_models import Honour
from bulletins.honour_notices import CONVERSATION, DESK, LOOK, title_of
from bulletins.honour_votes import NOBODY, choices_for, is_counted, may_vote_now
from bulletins.honour_wording import gate_words, rule_words, state_words, unit_wordings, who_words
from bulletins.honours import DECIDED, NOMINATING, VOTING, honour, honours, poster_of, result_of
from bulletins.nominations import may_nominate, nomination, nominations
from bulletins.wording import name_in, period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season
from consortium.polls import standing_of
from locales.errors import DomainError
from outbox.message import Button, Message

LIST, NOMINATE, BALLOT, CHOOSE = "s", "n", "b", "c"
VOTE, POSTER = "v", "r"
_LABEL = 50
_MOST = 8


def open_for(turn: Turn, actor: Actor) -> list[Honour]:
    """Honours in which somebody can do something now, the newest first."""
    found = honours(turn.session, NOMINATING, VOTING)
    return [
        each
        for each in found
        if (each.state == NOMINATING and may_nominate(actor) and turn.now < each.nominate_until)
        or may_vote_now(turn.session, each, actor, turn.now)
    ]


def list_screen(turn: Turn) -> Reply:
    """Every honour, those that are open first."""
    turn.known_actor()
    found = honours(turn.session, NOMINATING, VOTING) + honours(turn.session, DECIDED)[:_MOST]
    rows = [
        (Button(
            shorten(f"{title_of(each, turn.language)} · {state_words(turn.session, each, turn.language)}", _LABEL),
            (CONVERSATION, LOOK, str(each.id)),
        ),)
        for each in found[:_MOST]
    ]  # fmt: skip
    said = turn.text("honours.intro" if rows else "honours.none")
    return Reply(Message(said, (*rows, (Button(turn.text("bot.menu.back"), ("m", "menu")),))), edits=True)


def look_screen(turn: Turn, number: int) -> Reply:
    """One honour whole."""
    actor, found = turn.known_actor(), honour(turn.session, number)
    parts = [
        title_of(found, turn.language),
        state_words(turn.session, found, turn.language),
        rule_words(found, turn.language),
        _nominees(turn, found) if found.state != DECIDED else _winners(turn, found),
    ]
    rows = []
    if found.state == NOMINATING and may_nominate(actor) and turn.now < found.nominate_until:
        rows.append((Button(turn.text("honours.nominate"), (CONVERSATION, NOMINATE, str(number))),))
    if found.state == VOTING:
        parts += _standing(turn, found, actor)
        if may_vote_now(turn.session, found, actor, turn.now):
            rows.append((Button(turn.text("honours.vote"), (CONVERSATION, BALLOT, str(number))),))
    if result_of(found).get("winners"):
        rows.append((Button(turn.text("honours.poster"), (CONVERSATION, POSTER, str(number))),))
    if may_run_season(actor):
        rows.append((Button(turn.text("bot.menu.office"), (CONVERSATION, DESK, str(number))),))
    return Reply(Message(fitted("\n\n".join(parts)), (*rows, back(turn))), edits=True)


def ballot_screen(turn: Turn, number: int) -> Reply:
    """Whom the speaker may vote for."""
    actor, found = turn.known_actor(), honour(turn.session, number)
    if not may_vote_now(turn.session, found, actor, turn.now):
        return look_screen(turn, number)
    units = unit_wordings(turn.session)
    offered = choices_for(turn.session, found, actor)
    rows = [
        (Button(
            shorten(who_words(units, each.unit_code, each.candidate, turn.language), _LABEL),
            (CONVERSATION, CHOOSE, str(number), str(each.id)),
        ),)
        for each in offered
    ]  # fmt: skip
    nobody = (Button(turn.text("honours.vote_none"), (CONVERSATION, CHOOSE, str(number), NOBODY)),)
    said = turn.text("honours.vote_whom") if offered else turn.text("honours.nothing_to_choose")
    return Reply(Message(said, (*rows, nobody, to_honour(turn, number))), edits=True)


def really_screen(turn: Turn, number: int, choice: str) -> Reply:
    """The choice once more, before it is cast."""
    actor, found = turn.known_actor(), honour(turn.session, number)
    if not may_vote_now(turn.session, found, actor, turn.now):
        return look_screen(turn, number)
    yes = Button(turn.text("honours.vote_yes"), (CONVERSATION, VOTE, str(number), choice))
    no = Button(turn.text("honours.back"), (CONVERSATION, BALLOT, str(number)))
    said = turn.text("honours.vote_really", who=_choice_words(turn, choice))
    return Reply(Message(said, ((yes,), (no,))), edits=True)


def voted_screen(turn: Turn, number: int, slip: str) -> Reply:
    """The receipt, shown now and never again."""
    return Reply(Message(turn.text("honours.voted", slip=slip), (to_honour(turn, number),)), edits=True)


def poster(turn: Turn, number: int) -> Reply:
    """The poster of a decided honour as a picture, with its words beside it."""
    turn.known_actor()
    shown, title = poster_of(turn.session, number), title_of(honour(turn.session, number), turn.language)
    units = [name_in(name, turn.language) for _, name in shown.winners]
    names = [
        turn.text("honours.nominee.person", name=candidate, unit=unit) if candidate else unit
        for (candidate, _), unit in zip(shown.winners, units, strict=True)
    ]
    alt = turn.text("honours.poster_alt", honour=title, winners=turn.text("honours.separator").join(names))
    return Reply(more=(Message(title, picture=f"honour:{number}:{turn.language}", alt=alt),))


def to_honour(turn: Turn, number: int) -> tuple[Button, ...]:
    """The way back to one honour."""
    return (Button(turn.text("honours.back"), (CONVERSATION, LOOK, str(number))),)


def back(turn: Turn) -> tuple[Button, ...]:
    """The way back to the list."""
    return (Button(turn.text("honours.back"), (CONVERSATION, LIST)),)


def _nominees(turn: Turn, found: Honour) -> str:
    standing = nominations(turn.session, found.id)
    if not standing:
        return turn.text("honours.nominees_none")
    units = unit_wordings(turn.session)
    lines = [turn.text("honours.nominees")]
    for each in standing:
        who = who_words(units, each.unit_code, each.candidate, turn.language)
        lines.append(f"· {who} · {gate_words(each.bar, turn.language)}\n  {each.words}")
    return "\n".join(lines)


def _winners(turn: Turn, found: Honour) -> str:
    units, result = unit_wordings(turn.session), result_of(found)
    lines = [f"· {who_words(units, each['unit'], each['candidate'], turn.language)}" for each in result["winners"]]
    told_in = turn.text("honours.told_in", period=period_name(Period.parse(result["told_in"]), turn.language))
    return "\n".join([turn.text("honours.result"), *(lines or [turn.text("honours.result_nobody")]), told_in])


def _standing(turn: Turn, found: Honour, actor: Actor) -> list[str]:
    assert found.poll_id is not None
    if is_counted(turn.session, found):
        return []
    voted = standing_of(turn.session, found.poll_id, actor.person_id)
    return {True: [turn.text("honours.has_voted")], False: [], None: [turn.text("honours.may_not_vote")]}[voted]


def _choice_words(turn: Turn, choice: str) -> str:
    if choice == NOBODY:
        return turn.text("honours.vote_none")
    if not (choice.isascii() and choice.isdecimal()):
        raise DomainError("button_expired")
    found = nomination(turn.session, int(choice))
    return who_words(unit_wordings(turn.session), found.unit_code, found.candidate, turn.language)
