"""An edition on the desk in values: where it would go, how it looks in a channel, what was done about it.

Preview and sending go through `bulletins.publication.parts_of` alone. Refuses to decide anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bulletins.editions import RELEASED, content_of
from bulletins.models import Bulletin
from bulletins.publication import channels_in_use, parts_of, recipients
from bulletins.retractions import DONE, retraction_of
from bulletins.sent_editions import effect_of_retraction
from bulletins.trail import trail_of
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor, may_propose_release, may_release
from evaluation.result_approvals import APPROVED, NOT_NEEDED, RETURNED, approval_of
from locales.texts import LANGUAGES, text
from outbox.message import Message
from web.pages import local_time


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """A message as it arrives. `picture` is the name of its file in `/pictures`."""

    text: str
    title: str
    picture: str | None
    alt: str
    has_document: bool


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """What the committee has said about the results; `is_free` where they may be released by it."""

    words: str
    is_free: bool
    id: int | None


@dataclass(frozen=True, slots=True)
class RetractionView:
    """What was proposed or done about taking an edition back, and what the reader may do."""

    id: int
    is_done: bool
    words: str
    effect: str
    may_agree: bool
    may_withdraw: bool


def arrivals(bulletin: Bulletin, channel: str) -> list[tuple[str, list[ArrivalView]]]:
    """Language by language the messages of a channel, in the order in which they arrive."""
    content = content_of(bulletin)
    return [
        (language, [_arrival(message) for _, message in parts_of(bulletin.id, content, language, channel)])
        for language in LANGUAGES
    ]


def channels(session: Session, chosen: str) -> tuple[str, list[str]]:
    """The channel that is shown (the chosen one, if it gets bulletins), and all there are."""
    known = channels_in_use(session)
    return (chosen if chosen in known else known[0]), known


def places(session: Session, bulletin: Bulletin, language: str) -> list[tuple[str, str, str, int]]:
    """(Channel, place, language, messages) of everybody who gets it."""
    return [
        (
            text(language, f"release.channel.{each.channel}"),
            each.place,
            text(language, f"web.language.{each.language}"),
            each.messages,
        )
        for each in recipients(session, bulletin.id, content_of(bulletin))
    ]


def decision_line(session: Session, bulletin: Bulletin, language: str) -> DecisionLine:
    """The committee's word on what this edition says."""
    standing = approval_of(session, Period.parse(bulletin.period))
    if standing.state == NOT_NEEDED or bulletin.state == RELEASED:
        return DecisionLine("", True, None)
    if standing.state == APPROVED:
        words = text(language, "approvals.is_approved", voices=len(standing.voices), approving=standing.approving)
    elif standing.state == RETURNED:
        words = text(language, "approvals.was_returned")
    else:
        words = text(language, "approvals.must_wait", voices=len(standing.voices), quorum=standing.quorum)
    return DecisionLine(words, standing.state == APPROVED, standing.id)


def retraction_view(
    session: Session, bulletin: Bulletin, *, actor: Actor, now: datetime, zone: ZoneInfo, language: str
) -> RetractionView | None:
    """The proposal that stands, or what was done; None where nothing was, or it has run out."""
    found = retraction_of(session, bulletin.id)
    if found is None or (found.state != DONE and now >= found.expires_at):
        return None
    effect = effect_of_retraction(session, bulletin.id)
    is_done = found.state == DONE
    by, may_act = _name(session, found.proposed_by), may_propose_release(actor) and not is_done
    name = text(language, "release.page.this_edition")
    words = (
        text(language, "release.retraction.is_done", name=name, by=by, agreed=_name(session, found.agreed_by),
             moment=local_time(found.agreed_at, zone), reason=found.reason)
        if found.agreed_at is not None
        else text(language, "release.retraction.standing", name=name, by=by,
                  until=local_time(found.expires_at, zone), reason=found.reason)
    )  # fmt: skip
    return RetractionView(
        id=found.id,
        is_done=is_done,
        words=words,
        effect="" if is_done else text(language, "release.retraction.effect", changed=effect.changed,
                                       called_off=effect.called_off, told=effect.told),
        may_agree=may_act and may_release(actor, proposed_by=found.proposed_by),
        may_withdraw=may_act,
    )  # fmt: skip


def effect_words(session: Session, bulletin: Bulletin, language: str) -> str:
    """What taking this edition back would do."""
    effect = effect_of_retraction(session, bulletin.id)
    return text(
        language, "release.retraction.effect", changed=effect.changed, called_off=effect.called_off, told=effect.told
    )


def trail_lines(session: Session, bulletin: Bulletin, zone: ZoneInfo, language: str) -> list[tuple[str, str, str]]:
    """(When, who, what) of every step, the oldest first."""
    lines = []
    for step in trail_of(session, bulletin):
        who = step.person or text(
            language, f"release.trail.{step.actor}" if step.actor in _ITSELF else "release.trail.outbox"
        )
        key = f"release.trail.{step.action}" + (f".{step.outcome}" if step.outcome else "")
        lines.append((local_time(step.at, zone), who, text(language, key)))
    return lines


_ITSELF = frozenset({"schedule", "command_line"})


def _arrival(message: Message) -> ArrivalView:
    picture = None if message.picture is None else _file_name(message.picture)
    return ArrivalView(message.text.strip(), message.title, picture, message.alt, message.document is not None)


def _file_name(key: str) -> str:
    """`bulletin:17:zh:heat` → `17-zh-heat.png`."""
    return "-".join(key.split(":")[1:]) + ".png"


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""
