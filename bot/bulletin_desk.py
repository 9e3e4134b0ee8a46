"""The bulletin in chat: read what was released, look at a draft as it will arrive, propose it, release it.

Knows which buttons a person is offered for an edition. Who may do what, and whether the edition is still the one that
was seen, is `bulletins.editions`' to say: a button carries the edition and the first digits of its content's hash.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.layout import page_of, page_turners
from bot.turn import Turn
from bulletins.editions import DRAFT, HASH_DIGITS, PROPOSED, RELEASED, content_of, edition, propose, release, released
from bulletins.editions import waiting as waiting_editions
from bulletins.models import Bulletin
from bulletins.publication import parts_of
from bulletins.wording import edition_name
from consortium.models import Person
from consortium.permissions import Actor, may_propose_release, may_read_drafts, may_release, require
from locales.errors import DomainError
from outbox.message import Button, Message
from reviews.rounds import local_time

READ, BULLETINS, BULLETIN, PROPOSE, RELEASE = "read", "buls", "bul", "prop", "rel"

_RELEASED_SHOWN = 6


def read_latest(turn: Turn) -> Reply:
    """The newest released edition, as it went out; anyone known by name may read it."""
    turn.known_actor()
    archive = released(turn.session)
    if not archive:
        return Reply(more=(Message(turn.text("bot.bulletin.none_released")),))
    return Reply(more=_as_it_arrives(turn, archive[0]))


def list_screen(turn: Turn, page_number: int) -> Reply:
    """What waits for somebody, and below it the archive."""
    require(may_read_drafts(turn.known_actor()))
    standing = waiting_editions(turn.session)
    archive, page = page_of(released(turn.session), page_number, _RELEASED_SHOWN)
    rows = [(Button(_label(turn, each), ("o", BULLETIN, str(each.id))),) for each in (*standing, *archive)]
    turners = page_turners(
        page, ("o", BULLETINS), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    home = (Button(turn.text("bot.office.back"), ("o", "menu")),)
    head = turn.text("bot.bulletin.list" if rows else "bot.bulletin.none")
    return Reply(Message(head, (*rows, *turners, home)), edits=True)


def preview(turn: Turn, bulletin_id: int) -> Reply:
    """An edition exactly as it will arrive, or arrived, and below it what may be done with it."""
    actor = turn.known_actor()
    shown = edition(turn.session, bulletin_id)
    if shown.state != RELEASED:
        require(may_read_drafts(actor))
    return Reply(more=(*_as_it_arrives(turn, shown), _standing(turn, actor, shown)))


def proposed(turn: Turn, bulletin_id: int, seen: str) -> Reply:
    """Propose the edition that was seen; another person releases it."""
    actor = turn.known_actor()
    require(may_propose_release(actor))
    if not edition(turn.session, bulletin_id).content_hash.startswith(seen) or len(seen) < HASH_DIGITS:
        raise DomainError("bulletin_changed")
    done = propose(turn.session, actor=actor, bulletin_id=bulletin_id, now=turn.now)
    return Reply(_standing(turn, actor, done), edits=True)


def released_now(turn: Turn, bulletin_id: int, seen: str) -> Reply:
    """Release what another person proposed."""
    actor = turn.known_actor()
    deliveries = release(turn.session, actor=actor, bulletin_id=bulletin_id, content_hash=seen, now=turn.now)
    name = edition_name(content_of(edition(turn.session, bulletin_id)), turn.language)
    return Reply(Message(turn.text("bot.bulletin.released", name=name, deliveries=deliveries)), edits=True)


def _as_it_arrives(turn: Turn, shown: Bulletin) -> tuple[Message, ...]:
    return tuple(message for _, message in parts_of(shown.id, content_of(shown), turn.language))


def _standing(turn: Turn, actor: Actor, shown: Bulletin) -> Message:
    """Where an edition stands, with the button that its reader may press now."""
    name = edition_name(content_of(shown), turn.language)
    seen = shown.content_hash[:HASH_DIGITS]
    buttons = []
    if _is_open_to_proposal(turn, shown):
        said = turn.text("bot.bulletin.is_draft", name=name, digest=seen)
        if may_propose_release(actor):
            buttons.append(Button(turn.text("bot.bulletin.propose"), ("o", PROPOSE, str(shown.id), seen)))
    elif shown.state == PROPOSED:
        assert shown.expires_at is not None
        until = local_time(turn.session, shown.expires_at)
        by = _name(turn, shown.proposed_by)
        said = turn.text("bot.bulletin.is_proposed", name=name, by=by, until=until, digest=seen)
        if may_release(actor, proposed_by=shown.proposed_by):
            buttons.append(Button(turn.text("bot.bulletin.release"), ("o", RELEASE, str(shown.id), seen)))
    else:
        assert shown.released_at is not None
        moment = local_time(turn.session, shown.released_at)
        said = turn.text("bot.bulletin.is_released", name=name, by=_name(turn, shown.released_by), moment=moment)
    if may_read_drafts(actor):
        buttons.append(Button(turn.text("bot.bulletin.back"), ("o", BULLETINS, "0")))
    return Message(said, tuple((button,) for button in buttons))


def _is_open_to_proposal(turn: Turn, shown: Bulletin) -> bool:
    """A draft, or a proposal that nobody released in time."""
    has_run_out = shown.state == PROPOSED and shown.expires_at is not None and turn.now >= shown.expires_at
    return shown.state == DRAFT or has_run_out


def _label(turn: Turn, shown: Bulletin) -> str:
    name = edition_name(content_of(shown), turn.language)
    return turn.text("bot.bulletin.entry", name=name, state=turn.text(f"bot.bulletin.state.{shown.state}"))


def _name(turn: Turn, person_id: str | None) -> str:
    person = turn.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""
