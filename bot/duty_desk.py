"""Duties in chat: owners write what was done this year; the office sees who is on duty, takes over, hands over.

Who owns what and who is on duty is `consortium.duties`' to say. Words are looked over before they count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.inbound import Reply
from bot.layout import fitted, page_of, page_turners, shorten
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from bulletins.wording import name_in
from consortium.duties import (
    LONGEST_EVIDENCE,
    DutyLine,
    duties,
    duty,
    duty_log,
    end_duty,
    give_evidence,
    on_duty_now,
)
from consortium.models import Person
from consortium.one_line import one_line
from consortium.people import people_with_role
from consortium.permissions import OFFICE, Actor, may_be_on_duty, may_give_evidence, require
from consortium.workdays import local_date
from locales.errors import DomainError
from outbox.message import Button, Message
from reviews.rounds import local_time
from scheduler.duty_decisions import hand_over_and_tell, take_and_tell
from scheduler.duty_notices import LETTER, LIST

PURPOSE = "duty"
WHO, TAKE, HAND, GIVE_TO, END, LOOK, WRITE, YES, NO = "w", "t", "h", "g", "e", "v", "m", "y", "n"
ON_DUTY = "duty"
"""The entry of the office's menu, in its own conversation "o"."""

_LABEL = 60
_MOST_LOG = 5
_MOST_EVIDENCE = 5


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """For who owns duties: how many lack evidence this year."""
    own = _own(turn, actor)
    lacking = sum(not each.is_shown for each in own)
    return [Button(turn.text("duties.menu", count=lacking), (LETTER, LIST))] if own else []


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu: who is on duty."""
    standing = on_duty_now(turn.session)
    who = standing[0].name if standing is not None else turn.text("duties.nobody_short")
    return [(turn.text("duties.menu_duty", who=who), ON_DUTY)]


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, is_again=False)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: after an act the screen it leads to."""
    verb = fields[1] if len(fields) > 1 else ""
    if verb in {TAKE, GIVE_TO, END}:
        return duty_screen(turn)
    return list_screen(turn, "") if verb in {YES, NO} else _tapped(turn, fields, is_again=True)


def _tapped(turn: Turn, fields: tuple[str, ...], *, is_again: bool) -> Reply:
    _, verb, subject = (*fields, "", "")[:3]
    if not turn.is_private:
        raise DomainError("button_expired")
    if verb == WRITE:
        return _words_screen(turn, subject, asks=not is_again)
    if verb not in _SCREENS:
        raise DomainError("button_expired")
    return _SCREENS[verb](turn, subject)


def duty_screen(turn: Turn) -> Reply:
    """Who of the office is on duty, what the buttons do to whom, and the newest lines of the log."""
    actor = turn.known_actor()
    require(may_be_on_duty(actor))
    standing = on_duty_now(turn.session)
    parts, rows = [_standing_words(turn)], []
    if standing is None or standing[0].id != actor.person_id:
        parts.append(_take_words(turn, standing[0] if standing is not None else None))
        rows.append((Button(turn.text("duties.take"), (LETTER, TAKE)),))
    else:
        parts.append(turn.text("duties.end_what"))
        rows += [
            (Button(turn.text("duties.hand"), (LETTER, HAND)),),
            (Button(turn.text("duties.end"), (LETTER, END)),),
        ]
    lines = [
        turn.text(
            "duties.log_line",
            at=local_time(turn.session, each.since),
            name=one_line(name) if name is not None else turn.text("duties.nobody_short"),
        )
        for each, name in duty_log(turn.session, most=_MOST_LOG)
    ]
    if lines:
        parts.append("\n".join((turn.text("duties.log"), *lines)))
    return Reply(Message("\n\n".join(parts), (*rows, _office(turn))), edits=True)


def list_screen(turn: Turn, page_number: str) -> Reply:
    """The speaker's own duties, and of those without an owner the office's."""
    own, page = page_of(_own(turn, turn.known_actor()), int(page_number) if page_number.isdecimal() else 0)
    rows = [
        (
            Button(
                shorten(f"{_mark(turn, each)} · {_name(turn, each)}", _LABEL),
                (LETTER, LOOK, each.duty.code),
            ),
        )
        for each in own
    ]
    turners = page_turners(
        page, (LETTER, LIST), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    said = turn.text("duties.own") if rows else turn.text("duties.none_own")
    return Reply(Message(said, (*rows, *turners, _home(turn))), edits=True)


def look_screen(turn: Turn, code: str) -> Reply:
    """One duty with the evidence of this year."""
    found = _one(turn, code)
    parts = [_name(turn, found), turn.text(f"duties.party.{found.duty.party}")]
    parts += [
        f"{turn.text('duties.evidence_by', name=name, at=local_time(turn.session, each.given_at))}\n{each.words}"
        for each, name in found.evidence[-_MOST_EVIDENCE:]
    ]
    if not found.evidence:
        parts.append(turn.text("duties.lacking"))
    write = (Button(turn.text("duties.give"), (LETTER, WRITE, code)),)
    back = (Button(turn.text("duties.back"), (LETTER, LIST)),)
    return Reply(Message(fitted("\n\n".join(parts)), (write, back)), edits=True)


def written(turn: Turn, code: str, words: str) -> Reply:
    """Words for a duty: kept until their writer has looked them over and said yes."""
    found, kept = _one(turn, code), one_line(words)
    if not kept:
        raise DomainError("duty_evidence_missing")
    if len(kept) > LONGEST_EVIDENCE:
        raise DomainError("duty_evidence_too_long", length=len(kept), limit=LONGEST_EVIDENCE)
    keep_words(turn, kept)
    said = turn.text("duties.look_over", name=_name(turn, found), year=_year(turn), words=kept)
    yes = Button(turn.text("duties.hand_in"), (LETTER, YES, mark_of(kept)))
    no = Button(turn.text("duties.cancel"), (LETTER, NO))
    return Reply(Message(fitted(said), ((yes,), (no,))))


def _words_screen(turn: Turn, code: str, *, asks: bool) -> Reply:
    found = _one(turn, code)
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=code)
    said = turn.text("duties.write", year=_year(turn), name=_name(turn, found), limit=LONGEST_EVIDENCE)
    return Reply(Message(said, ((Button(turn.text("duties.cancel"), (LETTER, NO)),),)), edits=True)


def _given(turn: Turn, mark: str) -> Reply:
    prompt = prompt_of(turn)
    if prompt is None or prompt.purpose != PURPOSE or prompt.words is None or mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    give_evidence(
        turn.session, code=prompt.subject, year=_year(turn), words=prompt.words, actor=turn.known_actor(), now=turn.now
    )
    forget_prompt(turn)
    shown = look_screen(turn, prompt.subject)
    return Reply(shown.screen, edits=True, toast=turn.text("duties.given"))


def _cancelled(turn: Turn, _subject: str) -> Reply:
    forget_prompt(turn)
    return list_screen(turn, "")


def _took(turn: Turn, _subject: str) -> Reply:
    take_and_tell(turn.session, actor=turn.known_actor(), now=turn.now)
    return duty_screen(turn)


def _ended(turn: Turn, _subject: str) -> Reply:
    end_duty(turn.session, actor=turn.known_actor(), now=turn.now)
    return duty_screen(turn)


def _hand_screen(turn: Turn, page_number: str) -> Reply:
    actor = turn.known_actor()
    require(may_be_on_duty(actor))
    others = [each for each in people_with_role(turn.session, OFFICE) if each.id != actor.person_id]
    shown, page = page_of(others, int(page_number) if page_number.isdecimal() else 0)
    rows = [
        (Button(shorten(turn.text("duties.hand_yes", name=each.name), _LABEL), (LETTER, GIVE_TO, each.id)),)
        for each in shown
    ]
    turners = page_turners(
        page, (LETTER, HAND), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    back = (Button(turn.text("duties.cancel"), (LETTER, WHO)),)
    return Reply(Message(turn.text("duties.hand_to"), (*rows, *turners, back)), edits=True)


def _handed(turn: Turn, person: str) -> Reply:
    hand_over_and_tell(turn.session, to=person, actor=turn.known_actor(), now=turn.now)
    return duty_screen(turn)


def _standing_words(turn: Turn) -> str:
    standing = on_duty_now(turn.session)
    if standing is None:
        return turn.text("duties.nobody")
    person, since = standing
    return turn.text("duties.on_duty", name=one_line(person.name), since=local_time(turn.session, since))


def _take_words(turn: Turn, before: Person | None) -> str:
    if before is None:
        return turn.text("duties.take_what_nobody")
    return turn.text("duties.take_what", name=one_line(before.name))


def _own(turn: Turn, actor: Actor) -> list[DutyLine]:
    lines = duties(turn.session, year=_year(turn))
    return [each for each in lines if may_give_evidence(actor, each.duty.owner_id)]


def _one(turn: Turn, code: str) -> DutyLine:
    duty(turn.session, code)
    found = next((each for each in _own(turn, turn.known_actor()) if each.duty.code == code), None)
    if found is None:
        raise DomainError("not_allowed")
    return found


def _mark(turn: Turn, found: DutyLine) -> str:
    return turn.text("duties.has" if found.is_shown else "duties.lacking")


def _name(turn: Turn, found: DutyLine) -> str:
    return name_in(found.duty.name, turn.language, found.duty.code)


def _year(turn: Turn) -> int:
    return local_date(turn.session, turn.now).year


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)


def _office(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)


_SCREENS: Mapping[str, Callable[[Turn, str], Reply]] = {
    WHO: lambda turn, _subject: duty_screen(turn),
    TAKE: _took,
    HAND: _hand_screen,
    GIVE_TO: _handed,
    END: _ended,
    LIST: list_screen,
    LOOK: look_screen,
    YES: _given,
    NO: _cancelled,
}
"""What a button with one subject shows or does."""
