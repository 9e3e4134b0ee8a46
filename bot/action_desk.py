"""Actions in chat: a unit says what it will do and that it is done; the office sees what is overdue and cancels.

Words are looked over before they count. Whether something may be done, and by whom, is `evaluation.actions`' to say,
asked anew at every tap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.inbound import Reply
from bot.layout import fitted, page_of, page_turners, shorten
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_carry_out, may_manage_actions, may_run_season, may_see_unit, require
from consortium.workdays import local_date
from evaluation.actions import (
    LONGEST_WORDS,
    OPEN,
    STANDING,
    action,
    action_for,
    actions,
    overdue_actions,
    tidy_words,
)
from evaluation.office_models import Action
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.action_decisions import ACTS, CANCEL, DONE, PLAN, act_on
from scheduler.action_notices import LETTER, LIST, LOOK
from scheduler.action_wording import action_line, action_text, may_act

PURPOSE = "action"
WRITE, YES, NO = "w", "y", "n"
OFFICE_LIST = "acts"
"""The entry of the office's menu, in its own conversation "o"."""

_LABEL = 60


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """For who answers for a unit: its actions, while there are any."""
    count = len(_own(turn, actor))
    return [Button(turn.text("actions.menu", count=count), (LETTER, LIST, "0"))] if count else []


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu, while an action stands."""
    standing = actions(turn.session, states=STANDING)
    overdue = len(overdue_actions(turn.session, local_date(turn.session, turn.now)))
    return [(turn.text("actions.menu_office", count=overdue), OFFICE_LIST)] if standing else []


def office_screen(turn: Turn) -> Reply:
    """What stands in all units, what is due first at the top."""
    require(may_run_season(turn.known_actor()))
    return list_screen(turn, "0")


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, is_again=False)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: what only shows is shown again, after an act there is the list."""
    if len(fields) > 1 and fields[1] in {YES, NO}:
        return list_screen(turn, "0")
    return _tapped(turn, fields, is_again=True)


def _tapped(turn: Turn, fields: tuple[str, ...], *, is_again: bool) -> Reply:
    _, verb, subject, what = (*fields, "", "", "")[:4]
    if not turn.is_private:
        raise DomainError("button_expired")
    if verb == WRITE:
        return _words_screen(turn, subject, what, asks=not is_again)
    if verb not in _SCREENS:
        raise DomainError("button_expired")
    return _SCREENS[verb](turn, subject)


def list_screen(turn: Turn, page_number: str) -> Reply:
    """What the speaker's units have to do; of the office, what stands in all units."""
    actor = turn.known_actor()
    found, page = page_of(_own(turn, actor), int(page_number) if page_number.isdecimal() else 0)
    today = local_date(turn.session, turn.now)
    rows = [
        (
            Button(
                shorten(action_line(turn.session, each, today=today, language=turn.language), _LABEL),
                (LETTER, LOOK, str(each.id)),
            ),
        )
        for each in found
    ]
    turners = page_turners(
        page, (LETTER, LIST), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    said = f"{turn.text('actions.title')}\n{turn.text('actions.which' if rows else 'actions.none')}"
    return Reply(Message(said, (*rows, *turners, _home(turn))), edits=True)


def look_screen(turn: Turn, number: str) -> Reply:
    """One action whole, with what the speaker may do about it."""
    actor = turn.known_actor()
    return _screen(turn, action_for(turn.session, _number(number), actor), actor)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """Words for an action: kept until their writer has looked them over and said yes."""
    act, number = subject.split(" ")
    found = _to_act_on(turn, act, number)
    kept = tidy_words(words)
    keep_words(turn, kept)
    said = turn.text(
        f"actions.over.{act}",
        about=_about(turn, found),
        words=kept,
        due=found.due_on.isoformat(),
        recheck=period_name(Period.parse(found.recheck_period), turn.language),
    )
    yes = Button(turn.text("actions.yes"), (LETTER, YES, mark_of(kept)))
    no = Button(turn.text("actions.no"), (LETTER, NO, number))
    return Reply(Message(fitted(said), ((yes,), (no,))))


def _words_screen(turn: Turn, number: str, act: str, *, asks: bool) -> Reply:
    found = _to_act_on(turn, act, number)
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=f"{act} {found.id}")
    said = turn.text(f"actions.ask.{act}", number=found.number, about=_about(turn, found), limit=LONGEST_WORDS)
    return Reply(Message(said, ((Button(turn.text("actions.no"), (LETTER, NO, number)),),)), edits=True)


def _taken(turn: Turn, mark: str) -> Reply:
    prompt = prompt_of(turn)
    if prompt is None or prompt.purpose != PURPOSE or prompt.words is None or mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    act, number = prompt.subject.split(" ")
    actor = turn.known_actor()
    _to_act_on(turn, act, number)
    found = act_on(turn.session, act=act, action_id=int(number), words=prompt.words, actor=actor, now=turn.now)
    forget_prompt(turn)
    return _screen(turn, found, actor, toast=turn.text(f"actions.done.{act}"))


def _given_up(turn: Turn, number: str) -> Reply:
    forget_prompt(turn)
    return look_screen(turn, number)


def _screen(turn: Turn, found: Action, actor: Actor, *, toast: str | None = None) -> Reply:
    today = local_date(turn.session, turn.now)
    rows = [
        (Button(turn.text(_label(act, found)), (LETTER, WRITE, str(found.id), act)),)
        for act in ACTS
        if may_act(found, act, actor)
    ]
    back = (Button(turn.text("actions.back"), (LETTER, LIST, "0")),)
    said = fitted(action_text(turn.session, found, today=today, language=turn.language))
    return Reply(Message(said, (*rows, back)), edits=True, toast=toast)


def _label(act: str, found: Action) -> str:
    if act == PLAN and found.words is not None:
        return "actions.rewrite_plan"
    return {PLAN: "actions.write_plan", DONE: "actions.write_done", CANCEL: "actions.write_cancel"}[act]


def _to_act_on(turn: Turn, act: str, number: str) -> Action:
    """The action, if the speaker may do this about it now; to anybody else there is none."""
    actor, found = turn.known_actor(), action(turn.session, _number(number))
    if act not in ACTS or not may_see_unit(actor, found.unit_code):
        raise DomainError("action_unknown")
    require(may_manage_actions(actor) if act == CANCEL else may_carry_out(actor, found.unit_code))
    if not may_act(found, act, actor):
        raise DomainError("action_not_planned" if found.state == OPEN else "action_not_open", number=found.number)
    return found


def _own(turn: Turn, actor: Actor) -> list[Action]:
    units = None if may_run_season(actor) else actor.units | actor.leads
    return actions(turn.session, states=STANDING, units=units) if units is None or units else []


def _about(turn: Turn, found: Action) -> str:
    return action_line(turn.session, found, today=None, language=turn.language)


def _number(written_number: str) -> int:
    if not (written_number.isascii() and written_number.isdecimal() and len(written_number) < 10):  # noqa: PLR2004 - fits an integer
        raise DomainError("button_expired")
    return int(written_number)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)


_SCREENS: Mapping[str, Callable[[Turn, str], Reply]] = {
    LIST: list_screen,
    LOOK: look_screen,
    YES: _taken,
    NO: _given_up,
}
"""What a button with one subject shows or does."""
