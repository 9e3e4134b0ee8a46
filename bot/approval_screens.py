"""How the committee's decision on results reads in chat: what waits, one with its voices, and what may be done now.

Knows wording and buttons (conversation "q"). Refuses to know what a tap does.
"""

from __future__ import annotations

from bot.layout import fitted, shorten
from bot.turn import Turn
from bulletins.approval_notices import APPROVE, CONVERSATION, LOOK, RETURN
from bulletins.editions import latest
from bulletins.wording import period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import may_close_approval, may_read_drafts, may_run_season, may_speak_on_results
from evaluation.approval_voices import LONGEST_MINUTES, outcome_of, voices_mark
from evaluation.office_models import ResultApproval
from evaluation.result_approvals import (
    APPROVE as SAYS_APPROVE,
)
from evaluation.result_approvals import MARK_DIGITS, OPEN, RETURNED, Standing, approval_of, is_superseded, voices_of
from outbox.message import Button, Message
from reviews.rounds import local_time

LIST, SEE, CLOSE, AGAIN = "list", "see", "cls", "anew"
LONGEST_MINUTES_SHOWN = 1500
_LABEL = 60


def list_message(turn: Turn, found: list[ResultApproval]) -> Message:
    """What waits, the oldest first."""
    rows = [(Button(label(turn, each), (CONVERSATION, LOOK, str(each.id))),) for each in found]
    said = turn.text("approvals.waiting", count=len(found)) if found else turn.text("approvals.none_waiting")
    return Message(said, (*rows, home(turn)))


def one_message(turn: Turn, found: ResultApproval) -> Message:
    """One decision whole, with what the reader may do about it now."""
    lines = [
        turn.text("approvals.head", period=name_of(turn, found), digest=found.digest[:MARK_DIGITS]),
        *([turn.text("approvals.asked_again", why=found.asked_why)] if found.asked_why else []),
        state_text(turn, found),
        *_voices(turn, found),
    ]
    if found.minutes is not None:
        lines += ["", turn.text("approvals.minutes_head"), shorten_lines(found.minutes)]
    return Message(fitted("\n".join(lines)), (*_buttons(turn, found), home(turn)))


def state_text(turn: Turn, found: ResultApproval) -> str:
    """Where it stands, in one sentence."""
    voices = voices_of(turn.session, found.id)
    approving = sum(voice.says == SAYS_APPROVE for voice in voices)
    if found.state != OPEN:
        assert found.closed_at is not None
        return turn.text(
            f"approvals.state_{found.state}",
            approving=approving,
            voices=len(voices),
            by=_name(turn, found.closed_by),
            moment=local_time(turn.session, found.closed_at),
        )
    if is_superseded(turn.session, found):
        return turn.text("approvals.state_superseded")
    return turn.text("approvals.state_open", voices=len(voices), quorum=found.quorum, approving=approving)


def closing_message(turn: Turn, found: ResultApproval, standing: Standing) -> Message:
    """What closing by these voices comes to, and the question for minutes."""
    said = turn.text(
        f"approvals.closing_{outcome_of(standing)}",
        period=name_of(turn, found),
        voices=len(standing.voices),
        approving=standing.approving,
        limit=LONGEST_MINUTES,
    )
    return Message(said, ((cancel(turn, found),),))


def name_of(turn: Turn, found: ResultApproval) -> str:
    """The period, in words."""
    return period_name(Period.parse(found.period), turn.language)


def label(turn: Turn, found: ResultApproval) -> str:
    """One decision on a button."""
    spoken = len(voices_of(turn.session, found.id))
    return shorten(
        turn.text("approvals.entry", period=name_of(turn, found), voices=spoken, quorum=found.quorum), _LABEL
    )


def cancel(turn: Turn, found: ResultApproval) -> Button:
    """Back to the decision, with nothing written."""
    return Button(turn.text("approvals.cancel"), (CONVERSATION, LOOK, str(found.id)))


def home(turn: Turn) -> tuple[Button, ...]:
    """Back to where the reader came from."""
    if may_run_season(turn.known_actor()):
        return (Button(turn.text("bot.office.back"), ("o", "menu")),)
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)


def shorten_lines(words: str) -> str:
    """Minutes as far as one message takes them; whole they stand on the page."""
    return fitted(words, LONGEST_MINUTES_SHOWN)


def _voices(turn: Turn, found: ResultApproval) -> list[str]:
    return [
        turn.text(f"approvals.voice_{voice.says}", name=voice.name, words=voice.words or "")
        for voice in voices_of(turn.session, found.id)
    ]


def _buttons(turn: Turn, found: ResultApproval) -> list[tuple[Button, ...]]:
    actor, number, mark = turn.known_actor(), str(found.id), found.digest[:MARK_DIGITS]
    period = Period.parse(found.period)
    rows: list[tuple[Button, ...]] = []
    if may_read_drafts(actor) and latest(turn.session, period) is not None:
        rows.append((Button(turn.text("approvals.see"), (CONVERSATION, SEE, number)),))
    if turn.context.public_url:
        address = f"{turn.context.public_url.rstrip('/')}/office/approvals/{number}"
        rows.append((Button(turn.text("approvals.page_button"), url=address),))
    if is_superseded(turn.session, found):
        return rows
    if found.state == OPEN and may_speak_on_results(actor):
        rows.append((Button(turn.text("approvals.approve"), (CONVERSATION, APPROVE, number, mark)),))
        rows.append((Button(turn.text("approvals.return"), (CONVERSATION, RETURN, number, mark)),))
    if found.state == OPEN and may_close_approval(actor) and approval_of(turn.session, period).has_quorum:
        action = (CONVERSATION, CLOSE, number, voices_mark(turn.session, found))
        rows.append((Button(turn.text("approvals.close"), action),))
    if found.state == RETURNED and may_run_season(actor):
        rows.append((Button(turn.text("approvals.ask_again"), (CONVERSATION, AGAIN, number)),))
    return rows


def _name(turn: Turn, person_id: str | None) -> str:
    person = turn.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""
