"""What was sent of an edition, and what becomes of it afterwards: a line on top when a newer edition stands, a notice
in its place when it was taken back.

Knows which deliveries carry an edition, and what each of them should say now. Messages are changed where the channel
can; what waits to be sent of an edition taken back is called off. Refuses to know who decides, and how a channel works.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bulletins.content import BulletinContent, from_json
from bulletins.models import Bulletin, Retraction
from bulletins.wording import edition_name
from consortium.models import Chat
from locales.texts import DEFAULT_LANGUAGE, text
from outbox.channel_limits import limits_of
from outbox.cutting import split_text
from outbox.deliveries import enqueue
from outbox.fitting import fitted
from outbox.message import Message, to_json
from outbox.message import from_json as message_from
from outbox.models import Delivery
from outbox.policy import ATTEMPTING, HELD, OWED, REFUSED, RETRACTED, SENT, UNCERTAIN
from storage.audit import record

FIRST = "1"
"""The name of an edition's first text."""

_LONGEST_ADDRESS = 100  # of a key; a longer one stands there by its digest
_RELEASED, _DONE = "released", "done"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an edition in one chat: its name ("1", "2", …, or a picture's), and how its delivery stands."""

    id: int
    channel: str
    address: str
    name: str
    state: str
    message: Message
    has_ref: bool

    @property
    def place(self) -> tuple[str, str]:
        return self.channel, self.address

    @property
    def may_have_arrived(self) -> bool:
        return self.state in (SENT, ATTEMPTING, UNCERTAIN)

    @property
    def can_be_changed(self) -> bool:
        """Whether the channel changes what it sent, and knows this message by a name (or will, once it is sent)."""
        knows = self.has_ref or self.channel == "local" or self.state == ATTEMPTING
        return limits_of(self.channel).edits and knows


@dataclass(frozen=True, slots=True)
class Effect:
    """What taking an edition back does: messages changed, not sent after all, and chats that get a new message."""

    changed: int
    called_off: int
    told: int


def delivery_key(bulletin_id: int, channel: str, address: str, part: str) -> str:
    """The key of a part's delivery in a chat."""
    written = address if len(address) <= _LONGEST_ADDRESS else hashlib.sha256(address.encode()).hexdigest()
    return f"bulletin:{bulletin_id}:{channel}:{written}:{part}"


def part_named(dedupe_key: str) -> tuple[int, str] | None:
    """The edition and the name of the part that a delivery's key is about; None for a key of something else."""
    fields = dedupe_key.split(":")
    if fields[0] != "bulletin" or len(fields) < len(("bulletin", "id", "channel", "address", "part")):
        return None
    return (int(fields[1]), fields[-1]) if fields[1].isdecimal() else None


def parts_sent(session: Session, bulletin_id: int) -> list[Part]:
    """Every message of an edition that was owed, in the order in which they went."""
    rows = session.execute(
        select(
            Delivery.id, Delivery.channel, Delivery.address, Delivery.dedupe_key, Delivery.state, Delivery.message,
            Delivery.message_ref,
        )
        .where(Delivery.dedupe_key.startswith(f"bulletin:{bulletin_id}:", autoescape=True))
        .where(Delivery.edits_id.is_(None))
        .order_by(Delivery.id)
    )  # fmt: skip
    return [
        Part(
            row.id, row.channel, row.address, row.dedupe_key.rsplit(":", 1)[1], row.state, message_from(row.message),
            row.message_ref is not None,
        )
        for row in rows
    ]  # fmt: skip


def retractions_done(session: Session) -> dict[int, Retraction]:
    """The editions that were taken back, by their id."""
    rows = session.scalars(select(Retraction).where(Retraction.state == _DONE))
    return {row.bulletin_id: row for row in rows}


def standing_edition(session: Session, period: str) -> Bulletin | None:
    """The newest edition of a month that was released and not taken back; None if there is none."""
    back = retractions_done(session)
    return next((each for each in reversed(_released(session, period)) if each.id not in back), None)


def mark_corrected(session: Session, *, by: Bulletin, now: datetime) -> int:
    """After a release: earlier editions of the month say on top where the newer one is; how many messages change."""
    earlier = [each for each in _released(session, by.period) if each.id != by.id]
    return sum(restate(session, each, now) for each in earlier)


def restate(session: Session, bulletin: Bulletin, now: datetime) -> int:
    """Bring what was sent of a released edition to what it should say now, where channels can; how many changes are
    owed for that. Again: none.
    """
    retraction = retractions_done(session).get(bulletin.id)
    standing = standing_edition(session, bulletin.period)
    content = from_json(bulletin.content)
    languages = _languages(session)
    owed = 0
    for part in parts_sent(session, bulletin.id):
        if part.state == REFUSED or not limits_of(part.channel).edits:
            continue
        if part.state == SENT and not part.can_be_changed:  # a person's word that it arrived: nobody knows where
            continue
        language = languages.get(part.place, DEFAULT_LANGUAGE)
        wanted = _wanted(part, content, retraction, standing, language)
        owed += _owe_change(session, part, wanted, now)
    return owed


def take_back_messages(session: Session, *, retraction: Retraction, bulletin: Bulletin, now: datetime) -> Effect:
    """What a retraction does in the chats: changes, messages called off, and new ones where nothing can be changed."""
    effect = effect_of_retraction(session, bulletin.id)
    told = _chats_to_tell(parts_sent(session, bulletin.id))
    _call_off(session, bulletin.id, now)
    for older in _released(session, bulletin.period):
        restate(session, older, now)
    languages, content = _languages(session), from_json(bulletin.content)
    standing = standing_edition(session, bulletin.period)
    for channel, address in told:
        language = languages.get((channel, address), DEFAULT_LANGUAGE)
        notice = replace(
            _retracted(content, retraction, standing, language, whole=True), title=edition_name(content, language)
        )
        _owe_notice(session, f"retracted:{retraction.id}", (channel, address), notice, now)
    return effect


def effect_of_retraction(session: Session, bulletin_id: int) -> Effect:
    """What taking an edition back would do now: shown before anybody agrees to it."""
    parts = parts_sent(session, bulletin_id)
    return Effect(
        changed=sum(part.state in (SENT, ATTEMPTING) and part.can_be_changed for part in parts),
        called_off=sum(part.state in (OWED, HELD, UNCERTAIN) for part in parts),
        told=len(_chats_to_tell(parts)),
    )


def _chats_to_tell(parts: list[Part]) -> list[tuple[str, str]]:
    """Chats where something may have arrived that cannot be changed."""
    stuck = (part for part in parts if part.may_have_arrived)
    return list(dict.fromkeys(part.place for part in stuck if part.state == UNCERTAIN or not part.can_be_changed))


def _wanted(
    part: Part, content: BulletinContent, retraction: Retraction | None, standing: Bulletin | None, language: str
) -> Message:
    """What a message should say now."""
    if retraction is not None:
        notice = _retracted(content, retraction, standing, language, whole=part.name == FIRST)
        return replace(part.message, text=notice.text, alt=notice.text if part.message.picture is not None else "")
    if standing is None or standing.edition <= content.edition or part.name != FIRST:
        return part.message
    limits = limits_of(part.channel)
    line = text(language, "release.top.corrected", edition=standing.edition)
    whole = split_text(f"{line}\n\n{part.message.text}", limits.text, limits.counted_in)
    return replace(part.message, text=whole[0])


def _retracted(
    content: BulletinContent, retraction: Retraction, standing: Bulletin | None, language: str, *, whole: bool
) -> Message:
    """What stands in the place of an edition that was taken back."""
    name = edition_name(content, language)
    if not whole:
        return Message(text(language, "release.retracted.part", name=name))
    key = "release.retracted.whole" if standing is not None else "release.retracted.none_stands"
    edition = {} if standing is None else {"edition": standing.edition}
    return Message(text(language, key, name=name, reason=retraction.reason, **edition))


def _owe_change(session: Session, part: Part, wanted: Message, now: datetime) -> int:
    """Owe the change of one message, unless that is what it says, or will say, already."""
    changes = session.execute(select(Delivery.message).where(Delivery.edits_id == part.id).order_by(Delivery.id)).all()
    latest = changes[-1].message if changes else to_json(part.message)
    if latest == to_json(wanted):
        return 0
    enqueue(
        session,
        dedupe_key=f"restate:{part.id}:{len(changes) + 1}",
        channel=part.channel,
        address=part.address,
        kind="bulletin",
        message=wanted,
        now=now,
        edits=part.id,
    )
    return 1


def _owe_notice(session: Session, key: str, place: tuple[str, str], message: Message, now: datetime) -> None:
    channel, address = place
    written = address if len(address) <= _LONGEST_ADDRESS else hashlib.sha256(address.encode()).hexdigest()
    before: int | None = None
    for number, each in enumerate(fitted(message, limits_of(channel)), start=1):
        before = enqueue(
            session, dedupe_key=f"{key}:{channel}:{written}:{number}", channel=channel, address=address,
            kind="bulletin", message=each, now=now, after=before,
        )  # fmt: skip


def _call_off(session: Session, bulletin_id: int, now: datetime) -> None:
    """What was not sent yet, or may have been and waits for a person, is not sent any more."""
    ids = [part.id for part in parts_sent(session, bulletin_id) if part.state in (OWED, HELD, UNCERTAIN)]
    refused = session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids) | Delivery.edits_id.in_(ids), Delivery.state.in_((OWED, HELD, UNCERTAIN)))
        .values(state=REFUSED, code=RETRACTED, settled_at=now, not_before=None)
        .returning(Delivery.id, Delivery.channel, Delivery.kind)
        .execution_options(synchronize_session=False)
    ).all()
    for row in refused:
        details = {"channel": row.channel, "kind": row.kind, "state": REFUSED, "code": RETRACTED}
        record(
            session, actor="outbox", action="settle_delivery", subject=f"delivery:{row.id}", now=now, details=details
        )


def _released(session: Session, period: str) -> list[Bulletin]:
    """The released editions of a month, the oldest first."""
    return list(
        session.scalars(
            select(Bulletin)
            .where(Bulletin.period == period, Bulletin.state == _RELEASED)
            .order_by(Bulletin.edition)
            .execution_options(populate_existing=True)
        )
    )


def _languages(session: Session) -> dict[tuple[str, str], str]:
    """In which language each group is spoken to."""
    rows = session.execute(select(Chat.channel, Chat.address, Chat.language).where(Chat.kind == "group"))
    return {(row.channel, row.address): row.language or DEFAULT_LANGUAGE for row in rows}
