"""The committee's decision on results in chat: look at them as the bulletin shows them, approve, send back, close.

Knows which tap does what. Who may do it, and that it is about the results that were looked at, is
`evaluation.approval_voices`' to say, asked anew at every tap. Words are kept until their writer says yes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.approval_screens import (
    AGAIN,
    CLOSE,
    LIST,
    SEE,
    cancel,
    closing_message,
    list_message,
    name_of,
    one_message,
)
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT
from bot.objection_desk import mark_of
from bot.prompts import Prompt, ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from bulletins.approval_notices import APPROVE, CONVERSATION, LOOK, RETURN
from bulletins.cutting import split_text
from bulletins.editions import content_of, latest
from bulletins.publication import parts_of
from consortium.periods import Period
from consortium.permissions import (
    Actor,
    may_close_approval,
    may_read_drafts,
    may_run_season,
    may_speak_on_results,
    require,
)
from evaluation.approval_voices import (
    LONGEST_WORDS,
    SHORTEST_WORDS,
    closable,
    refuse_speaking,
    tidy_minutes,
    tidy_words,
)
from evaluation.office_models import ResultApproval
from evaluation.result_approvals import APPROVE as SAYS_APPROVE
from evaluation.result_approvals import RETURN as SAYS_RETURN
from evaluation.result_approvals import RETURNED, approval, approval_of, is_superseded, open_approvals, waiting_for
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.approval_decisions import close, put_again, speak

RETURN_PURPOSE, MINUTES_PURPOSE, AGAIN_PURPOSE = "approval_return", "approval_minutes", "approval_again"
YES = "ok"
APPROVALS = "apvs"
"""The entry of the office's menu, in its own conversation "o"."""

_MOST = 8


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """For members of the committee: the decisions on which they have not spoken, if any."""
    waiting = len(waiting_for(turn.session, actor.person_id)) if may_speak_on_results(actor) else 0
    return [Button(turn.text("approvals.menu", count=waiting), (CONVERSATION, LIST))] if waiting else []


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu, while a decision is open."""
    waiting = len(open_approvals(turn.session))
    return [(turn.text("approvals.menu_office", count=waiting), APPROVALS)] if waiting else []


def list_screen(turn: Turn) -> Reply:
    """What waits for the committee; a single one is shown at once."""
    require(may_close_approval(turn.known_actor()))
    found = open_approvals(turn.session)[:_MOST]
    if len(found) == 1:
        return Reply(one_message(turn, found[0]), edits=True)
    return Reply(list_message(turn, found), edits=True)


def look_screen(turn: Turn, number: str) -> Reply:
    """One decision, with what may be done about it."""
    require(may_close_approval(turn.known_actor()))
    return Reply(one_message(turn, _approval(turn, number)), edits=True)


def results_screen(turn: Turn, number: str) -> Reply:
    """The results as the newest edition of the month shows them, and below them the decision."""
    require(may_read_drafts(turn.known_actor()))
    found = _approval(turn, number)
    shown = latest(turn.session, Period.parse(found.period))
    if shown is None:
        raise DomainError("bulletin_unknown")
    parts = tuple(message for _, message in parts_of(shown.id, content_of(shown), turn.language))
    return Reply(more=(*parts, one_message(turn, found)))


def approved(turn: Turn, number: str, mark: str) -> Reply:
    """Approve the results that this button is about."""
    found = _approval(turn, number)
    speak(
        turn.session, approval_id=found.id, mark=mark, says=SAYS_APPROVE, words=None, actor=turn.known_actor(),
        now=turn.now,
    )  # fmt: skip
    return Reply(one_message(turn, found), edits=True, toast=turn.text("approvals.spoken_approve"))


def returning(turn: Turn, number: str, mark: str, *, asks: bool = True) -> Reply:
    """Ask why the results go back."""
    found = _approval(turn, number)
    refuse_speaking(turn.session, approval_id=found.id, mark=mark, actor=turn.known_actor())
    if asks:
        ask_for_words(turn, purpose=RETURN_PURPOSE, subject=f"{found.id} {mark}")
    said = turn.text("approvals.write_reason", period=name_of(turn, found), low=SHORTEST_WORDS, high=LONGEST_WORDS)
    return Reply(Message(said, ((cancel(turn, found),),)), edits=True)


def closing(turn: Turn, number: str, mark: str, *, asks: bool = True) -> Reply:
    """What closing comes to, and ask for the minutes."""
    found = _approval(turn, number)
    closable(turn.session, approval_id=found.id, mark=mark, actor=turn.known_actor())
    if asks:
        ask_for_words(turn, purpose=MINUTES_PURPOSE, subject=f"{found.id} {mark}")
    standing = approval_of(turn.session, Period.parse(found.period))
    return Reply(closing_message(turn, found, standing), edits=True)


def asking_again(turn: Turn, number: str, *, asks: bool = True) -> Reply:
    """Ask why results that went back are put before the committee again as they stand."""
    require(may_run_season(turn.known_actor()))
    found = _approval(turn, number)
    if found.state != RETURNED or is_superseded(turn.session, found):
        raise DomainError("approval_not_returned", period=found.period)
    if asks:
        ask_for_words(turn, purpose=AGAIN_PURPOSE, subject=f"{found.id} -")
    said = turn.text("approvals.write_why", period=name_of(turn, found), low=SHORTEST_WORDS, high=LONGEST_WORDS)
    return Reply(Message(said, ((cancel(turn, found),),)), edits=True)


def reason_written(turn: Turn, subject: str, words: str) -> Reply:
    """A reason, kept until its writer says yes."""
    number, mark = subject.split(" ")
    found = _approval(turn, number)
    refuse_speaking(turn.session, approval_id=found.id, mark=mark, actor=turn.known_actor())
    return _look_over(turn, found, tidy_words(words), "approvals.look_over_reason")


def minutes_written(turn: Turn, subject: str, words: str) -> Reply:
    """Minutes, kept until their writer says yes; the voices may have changed meanwhile."""
    number, mark = subject.split(" ")
    found = closable(turn.session, approval_id=int(number), mark=mark, actor=turn.known_actor())
    return _look_over(turn, found, tidy_minutes(words), "approvals.look_over_minutes")


def why_written(turn: Turn, subject: str, words: str) -> Reply:
    """Why the committee is asked again."""
    require(may_run_season(turn.known_actor()))
    found = _approval(turn, subject.split(" ", maxsplit=1)[0])
    return _look_over(turn, found, tidy_words(words), "approvals.look_over_why")


def decided(turn: Turn, number: str, mark: str) -> Reply:
    """The yes to what was looked over."""
    prompt = prompt_of(turn)
    if prompt is None or prompt.words is None or prompt.purpose not in _DONE or mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    about, _, seen = prompt.subject.partition(" ")
    if about != number:
        raise DomainError("button_expired")
    found, said = _DONE[prompt.purpose](turn, _approval(turn, number), prompt, seen)
    forget_prompt(turn)
    return Reply(one_message(turn, found), edits=True, toast=turn.text(said))


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, asks=True)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: what was asked is asked again, a decision is shown as it stands."""
    verb = fields[1] if len(fields) > 1 else LIST
    if verb in (APPROVE, YES):
        return look_screen(turn, _field(fields, 2))
    return _tapped(turn, fields, asks=False)


def _tapped(turn: Turn, fields: tuple[str, ...], *, asks: bool) -> Reply:
    if not turn.is_private:
        raise DomainError("button_expired")
    number, mark = _field(fields, 2), _field(fields, 3)
    verb = fields[1] if len(fields) > 1 else LIST
    if verb in _ASKING:
        return _ASKING[verb](turn, number, mark, asks)
    done = _DOING.get(verb)
    if done is None:
        raise DomainError("button_expired")
    return done(turn, number, mark)


def _look_over(turn: Turn, found: ResultApproval, words: str, key: str) -> Reply:
    """What was written, whole, and the yes to it in the last message."""
    keep_words(turn, words)
    parts = split_text(turn.text(key, period=name_of(turn, found), words=words), LONGEST_TEXT)
    yes = Button(turn.text("approvals.confirm"), (CONVERSATION, YES, str(found.id), mark_of(words)))
    last = Message(parts[-1], ((yes,), (cancel(turn, found),)))
    return Reply(more=(*(Message(part) for part in parts[:-1]), last))


def _returned(turn: Turn, found: ResultApproval, prompt: Prompt, mark: str) -> tuple[ResultApproval, str]:
    done = speak(
        turn.session, approval_id=found.id, mark=mark, says=SAYS_RETURN, words=prompt.words, actor=turn.known_actor(),
        now=turn.now,
    )  # fmt: skip
    return done, "approvals.spoken_return"


def _closed(turn: Turn, found: ResultApproval, prompt: Prompt, mark: str) -> tuple[ResultApproval, str]:
    done = close(
        turn.session, approval_id=found.id, mark=mark, minutes=prompt.words or "", actor=turn.known_actor(),
        now=turn.now,
    )  # fmt: skip
    return done, "approvals.done_closed"


def _asked_again(turn: Turn, found: ResultApproval, prompt: Prompt, _mark: str) -> tuple[ResultApproval, str]:
    done = put_again(
        turn.session, period=Period.parse(found.period), why=prompt.words or "", actor=turn.known_actor(), now=turn.now
    )
    return done, "approvals.done_again"


_DONE: Mapping[str, Callable[[Turn, ResultApproval, Prompt, str], tuple[ResultApproval, str]]] = {
    RETURN_PURPOSE: _returned,
    MINUTES_PURPOSE: _closed,
    AGAIN_PURPOSE: _asked_again,
}


_ASKING: Mapping[str, Callable[[Turn, str, str, bool], Reply]] = {
    RETURN: lambda turn, number, mark, asks: returning(turn, number, mark, asks=asks),
    CLOSE: lambda turn, number, mark, asks: closing(turn, number, mark, asks=asks),
    AGAIN: lambda turn, number, _mark, asks: asking_again(turn, number, asks=asks),
}
_DOING: Mapping[str, Callable[[Turn, str, str], Reply]] = {
    LIST: lambda turn, _number, _mark: list_screen(turn),
    LOOK: lambda turn, number, _mark: look_screen(turn, number),
    SEE: lambda turn, number, _mark: results_screen(turn, number),
    APPROVE: approved,
    YES: decided,
}


def _approval(turn: Turn, number: str) -> ResultApproval:
    if not (number.isascii() and number.isdecimal() and len(number) < 10):  # noqa: PLR2004 - what a database counts
        raise DomainError("button_expired")
    return approval(turn.session, int(number))


def _field(fields: tuple[str, ...], place: int) -> str:
    return fields[place] if len(fields) > place else ""
