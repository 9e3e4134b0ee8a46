"""Taking a released edition back, in chat: a reason, what it would do, a yes; then a second person's button.

Knows the screens. That two people do it, and that it is done once, is `bulletins.retractions`' to say.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from bulletins.editions import content_of, edition
from bulletins.models import Retraction
from bulletins.release_notices import AGREE, LOOK, RETRACTION, WITHDRAW
from bulletins.retractions import (
    DONE,
    LONGEST_REASON,
    PROPOSED,
    SHORTEST_REASON,
    agree_retraction,
    propose_retraction,
    refuse_proposal,
    retraction,
    tidy_reason,
    waiting_retractions,
    withdraw_retraction,
)
from bulletins.sent_editions import effect_of_retraction
from bulletins.wording import edition_name
from consortium.models import Person
from consortium.permissions import may_propose_release, may_release, require
from locales.errors import DomainError
from outbox.message import Button, Message
from reviews.rounds import local_time

PURPOSE = "retraction_reason"
ASK, YES = "rask", "ryes"


def buttons_for(turn: Turn, bulletin_id: int, *, is_free: bool) -> list[Button]:
    """The button below a released edition, where its retraction may be proposed."""
    if not is_free or not may_propose_release(turn.known_actor()):
        return []
    return [Button(turn.text("release.retraction.button"), ("o", ASK, str(bulletin_id)))]


def waiting_rows(turn: Turn) -> list[tuple[Button, ...]]:
    """Proposals that wait for another person, for the list of bulletins."""
    return [
        (Button(turn.text("release.retraction.waiting", name=_name(turn, each)), ("o", RETRACTION, str(each.id))),)
        for each in waiting_retractions(turn.session, turn.now)
    ]


def ask_screen(turn: Turn, bulletin_id: int, *, asks: bool = True) -> Reply:
    """Ask why the edition is to be taken back."""
    require(may_propose_release(turn.known_actor()))
    shown = refuse_proposal(turn.session, bulletin_id=bulletin_id, now=turn.now)
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=str(shown.id))
    name = edition_name(content_of(shown), turn.language)
    said = turn.text("release.retraction.ask_reason", name=name, low=SHORTEST_REASON, high=LONGEST_REASON)
    return Reply(Message(said, ((_cancel(turn, shown.id),),)), edits=True)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """The reason, kept until its writer has seen what it would do and said yes."""
    require(may_propose_release(turn.known_actor()))
    reason = tidy_reason(words)
    shown = refuse_proposal(turn.session, bulletin_id=int(subject), now=turn.now)
    keep_words(turn, reason)
    said = turn.text(
        "release.retraction.look_over",
        name=edition_name(content_of(shown), turn.language),
        reason=reason,
        effect=_effect(turn, shown.id),
    )
    yes = Button(turn.text("release.retraction.confirm"), ("o", YES, str(shown.id), mark_of(reason)))
    return Reply(Message(said, ((yes,), (_cancel(turn, shown.id),))))


def proposed(turn: Turn, bulletin_id: int, mark: str) -> Reply:
    """The yes to the reason as it was looked over."""
    prompt = prompt_of(turn)
    if prompt is None or prompt.purpose != PURPOSE or prompt.words is None or prompt.subject != str(bulletin_id):
        raise DomainError("button_expired")
    if mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    made = propose_retraction(
        turn.session, actor=turn.known_actor(), bulletin_id=bulletin_id, reason=prompt.words, now=turn.now
    )
    forget_prompt(turn)
    return Reply(_one(turn, made), edits=True, toast=turn.text("release.retraction.proposed_now"))


def look_screen(turn: Turn, number: int) -> Reply:
    """A proposal, what it would do, and what the reader may do about it."""
    require(may_propose_release(turn.known_actor()))
    return Reply(_one(turn, retraction(turn.session, number)), edits=True)


def agreed(turn: Turn, number: int) -> Reply:
    """The second person's button."""
    agree_retraction(turn.session, actor=turn.known_actor(), retraction_id=number, now=turn.now)
    return look_screen(turn, number)


def withdrawn(turn: Turn, number: int) -> Reply:
    """Nobody takes the edition back."""
    withdraw_retraction(turn.session, actor=turn.known_actor(), retraction_id=number, now=turn.now)
    return look_screen(turn, number)


def _one(turn: Turn, found: Retraction) -> Message:
    actor, number = turn.known_actor(), str(found.id)
    name, by = _name(turn, found), _person(turn, found.proposed_by)
    rows: list[tuple[Button, ...]] = []
    if found.state == DONE and found.agreed_at is not None:
        moment = local_time(turn.session, found.agreed_at)
        said = turn.text(
            "release.retraction.is_done", name=name, by=by, agreed=_person(turn, found.agreed_by), moment=moment,
            reason=found.reason,
        )  # fmt: skip
    elif found.state != PROPOSED:
        said = turn.text("release.retraction.over")
    elif turn.now >= found.expires_at:
        said = turn.text("release.retraction.has_run_out", name=name)
    else:
        until = local_time(turn.session, found.expires_at)
        head = turn.text("release.retraction.standing", name=name, by=by, until=until, reason=found.reason)
        said = f"{head}\n\n{_effect(turn, found.bulletin_id)}"
        if may_release(actor, proposed_by=found.proposed_by):
            rows.append((Button(turn.text("release.retraction.agree"), ("o", AGREE, number)),))
        rows.append((Button(turn.text("release.retraction.withdraw"), ("o", WITHDRAW, number)),))
    rows.append((Button(turn.text("bulletins.proposal.look"), ("o", LOOK, str(found.bulletin_id))),))
    return Message(said, (*rows, (Button(turn.text("bot.bulletin.back"), ("o", "buls", "0")),)))


def _effect(turn: Turn, bulletin_id: int) -> str:
    effect = effect_of_retraction(turn.session, bulletin_id)
    return turn.text(
        "release.retraction.effect", changed=effect.changed, called_off=effect.called_off, told=effect.told
    )


def _cancel(turn: Turn, bulletin_id: int) -> Button:
    return Button(turn.text("release.retraction.cancel"), ("o", LOOK, str(bulletin_id)))


def _name(turn: Turn, found: Retraction) -> str:
    return edition_name(content_of(edition(turn.session, found.bulletin_id)), turn.language)


def _person(turn: Turn, person_id: str | None) -> str:
    person = turn.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""
