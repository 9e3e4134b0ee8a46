"""What the office is told of releases and retractions: a proposal with its buttons, and what came of it.

Buttons carry an edition with the first digits of its content's hash, or the number of a retraction. Refuses to decide.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.content import BulletinContent
from bulletins.models import Bulletin, Retraction
from bulletins.notices import tell
from bulletins.wording import edition_name
from consortium.models import Person
from consortium.people import people_with_role
from consortium.permissions import OFFICE, Actor
from locales.texts import text
from outbox.message import Button, Message

LOOK, RELEASE = "bul", "rel"
RETRACTION, AGREE, WITHDRAW = "ret", "ragr", "rwd"
"""What these buttons do, in the chat's conversation "o"."""

HASH_DIGITS = 12
"""How much of the content's hash a button carries."""


def ask_for_release(
    session: Session, *, bulletin: Bulletin, content: BulletinContent, actor: Actor, now: datetime
) -> int:
    """Tell the others of the office; whoever taps the button releases, if they may and it still stands."""
    assert bulletin.proposed_at is not None
    digest = bulletin.content_hash[:HASH_DIGITS]

    def message(language: str) -> Message:
        name = edition_name(content, language)
        said = text(language, "bulletins.proposal.text", name=name, by=actor.name, digest=digest)
        look = Button(text(language, "bulletins.proposal.look"), ("o", LOOK, str(bulletin.id)))
        release = Button(text(language, "bulletins.proposal.release"), ("o", RELEASE, str(bulletin.id), digest))
        return Message(said, ((look,), (release,)))

    key = f"proposal:{bulletin.id}:{bulletin.proposed_at.isoformat()}"
    return tell(session, people=_others(session, actor), key=key, kind="notice", message=message, now=now)


def ask_for_retraction(
    session: Session, *, retraction: Retraction, content: BulletinContent, actor: Actor, now: datetime
) -> int:
    """Tell the others of the office that an edition is to be taken back; one of them agrees."""

    def message(language: str) -> Message:
        said = text(
            language,
            "release.retraction.asked",
            name=edition_name(content, language),
            by=actor.name,
            reason=retraction.reason,
        )
        look = Button(text(language, "release.retraction.look"), ("o", RETRACTION, str(retraction.id)))
        return Message(said, ((look,),))

    key = f"retraction:{retraction.id}"
    return tell(session, people=_others(session, actor), key=key, kind="notice", message=message, now=now)


def tell_of_retraction(
    session: Session, *, retraction: Retraction, content: BulletinContent, actor: Actor, now: datetime
) -> int:
    """Tell the others of the office what became of the proposal: the edition was taken back, or the proposal was."""

    def message(language: str) -> Message:
        name = edition_name(content, language)
        return Message(text(language, f"release.retraction.told_{retraction.state}", name=name, by=actor.name))

    key = f"retraction-{retraction.state}:{retraction.id}"
    return tell(session, people=_others(session, actor), key=key, kind="notice", message=message, now=now)


def _others(session: Session, actor: Actor) -> list[Person]:
    return [person for person in people_with_role(session, OFFICE) if person.id != actor.person_id]
