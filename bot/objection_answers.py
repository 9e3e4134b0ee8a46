"""Objections in chat, for the office and the committee: what waits, one whole, and its answer where no figure changes.

Knows the screens; figures are corrected on the page. Who may decide, and that it is decided once, is
`evaluation.objections`' to say, asked anew at every tap.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.layout import page_of, page_turners, shorten
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from consortium.permissions import Actor, may_decide_objections, may_run_season, require
from consortium.workdays import local_date
from evaluation.follow_up_models import Objection
from evaluation.objections import (
    LONGEST_WORDS,
    NONE,
    OPEN,
    REJECTED,
    SCHEME,
    is_of_unit,
    objection,
    open_objections,
    refuse_decision,
    tidy_words,
)
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.objection_decisions import answer_objection
from scheduler.objection_notices import LOOK, calendar_warning
from scheduler.objection_wording import due_of, objection_text, unit_name

PURPOSE = "objection_answer"
ANSWER, YES = "oans", "oyes"
IN_CHAT = (REJECTED, SCHEME, NONE)
"""Verdicts that need no figure."""

_LABEL = 60


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """For members of the committee, whom the office's menu is not for: what waits to be decided, if anything."""
    waiting = len(open_objections(turn.session)) if may_decide_objections(actor) and not may_run_season(actor) else 0
    return [Button(turn.text("objections.waiting", count=waiting), ("o", LOOK))] if waiting else []


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu, while something waits."""
    waiting = len(open_objections(turn.session))
    return [(turn.text("objections.waiting", count=waiting), LOOK)] if waiting else []


def look_screen(turn: Turn, subject: str) -> Reply:
    """Everything that waits, the first due first (`subject` a page), or one objection whole (its number)."""
    require(may_decide_objections(turn.known_actor()))
    if "-" in subject:
        return Reply(_one(turn, objection(turn.session, subject)), edits=True)
    page_number = int(subject) if subject.isascii() and subject.isdecimal() else 0
    found, page = page_of(open_objections(turn.session), page_number)
    rows = [(Button(_label(turn, each), ("o", LOOK, each.number)),) for each in found]
    turners = page_turners(
        page, ("o", LOOK), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )  # fmt: skip
    said = [
        turn.text("objections.waiting", count=len(open_objections(turn.session)))
        if rows
        else turn.text("objections.none_open")
    ]
    warning = calendar_warning(turn.session, turn.now, turn.language)
    said += [warning] if warning else []
    return Reply(Message("\n\n".join(said), (*rows, *turners, _home(turn))), edits=True)


def answer_screen(turn: Turn, number: str, verdict: str, *, asks: bool = True) -> Reply:
    """Ask for the answer that goes to the unit with this verdict."""
    refuse_decision(turn.session, number=number, actor=turn.known_actor())
    if verdict not in IN_CHAT:
        raise DomainError("button_expired")
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=f"{number} {verdict}")
    said = turn.text(
        "objections.write_answer",
        number=number,
        verdict=turn.text(f"objections.verdict.{verdict}"),
        limit=LONGEST_WORDS,
    )
    return Reply(Message(said, ((Button(turn.text("objections.cancel"), ("o", LOOK, number)),),)), edits=True)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """An answer: kept until its writer has looked it over and said yes."""
    number, verdict = subject.split(" ")
    refuse_decision(turn.session, number=number, actor=turn.known_actor())
    kept = tidy_words(words, missing="objection_answer_missing")
    keep_words(turn, kept)
    said = turn.text(
        "objections.look_over_answer", number=number, verdict=turn.text(f"objections.verdict.{verdict}"), answer=kept
    )
    yes = Button(turn.text("objections.decide"), ("o", YES, number, mark_of(kept)))
    no = Button(turn.text("objections.cancel"), ("o", LOOK, number))
    return Reply(Message(said, ((yes,), (no,))))


def decided(turn: Turn, number: str, mark: str) -> Reply:
    """The yes to the answer as it was looked over."""
    prompt = prompt_of(turn)
    is_meant = prompt is not None and prompt.purpose == PURPOSE and prompt.words is not None
    if not is_meant or prompt is None or prompt.words is None or mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    subject, verdict = prompt.subject.split(" ")
    if subject != number:
        raise DomainError("button_expired")
    found = answer_objection(
        turn.session, number=number, verdict=verdict, answer=prompt.words, actor=turn.known_actor(), now=turn.now
    )
    forget_prompt(turn)
    return Reply(_one(turn, found), edits=True)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap on what asks or decides, changing nothing: the objection as it stands."""
    return look_screen(turn, fields[2] if len(fields) > 2 else "")  # noqa: PLR2004 - conversation, verb, number


def _one(turn: Turn, found: Objection) -> Message:
    today = local_date(turn.session, turn.now)
    said = objection_text(turn.session, found, today=today, language=turn.language)
    rows: list[tuple[Button, ...]] = []
    if found.state == OPEN and is_of_unit(turn.session, turn.known_actor().person_id, found.unit_code):
        said += "\n\n" + turn.text("objections.own_unit")
    elif found.state == OPEN:
        rows += [
            (Button(turn.text(f"objections.verdict.{verdict}"), ("o", ANSWER, found.number, verdict)),)
            for verdict in IN_CHAT
        ]
        if turn.context.public_url:
            address = f"{turn.context.public_url.rstrip('/')}/office/objections/{found.number}"
            rows.append((Button(turn.text("objections.verdict.figures_page"), url=address),))
    rows.append((Button(turn.text("objections.back"), ("o", LOOK)),))
    return Message(said, tuple(rows))


def _label(turn: Turn, found: Objection) -> str:
    name = unit_name(turn.session, found.unit_code, turn.language)
    return shorten(f"{found.number} · {name} · {due_of(found, turn.language)}", _LABEL)


def _home(turn: Turn) -> tuple[Button, ...]:
    if may_run_season(turn.known_actor()):
        return (Button(turn.text("bot.office.back"), ("o", "menu")),)
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)
