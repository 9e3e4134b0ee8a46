"""The bulletin in chat: read what was released, look at a draft as it will arrive in each channel, propose it, release
it.

Knows which buttons a person is offered for an edition. Who may do what, and whether the edition is still the one that
was seen, is `bulletins.editions`' to say: a button carries the edition and the first digits of its content's hash.
"""

from __future__ import annotations

from collections import Counter

from bot import retraction_desk
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, page_of, page_turners
from bot.turn import Turn
from bulletins.approval_notices import CONVERSATION
from bulletins.approval_notices import LOOK as DECISION
from bulletins.editions import DRAFT, PROPOSED, RELEASED, content_of, edition, propose, release, released
from bulletins.editions import waiting as waiting_editions
from bulletins.models import Bulletin
from bulletins.publication import channels_in_use, parts_of, recipients
from bulletins.release_notices import HASH_DIGITS, RETRACTION
from bulletins.retractions import retraction_of
from bulletins.sent_editions import retractions_done
from bulletins.wording import edition_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor, may_propose_release, may_read_drafts, may_release, require
from evaluation.result_approvals import APPROVED, RETURNED, approval_of
from locales.errors import DomainError
from outbox.channel_limits import LOCAL, TELEGRAM
from outbox.cutting import split_text
from outbox.message import Button, Message
from reviews.rounds import local_time

READ, BULLETINS, BULLETIN, PROPOSE, RELEASE, CHANNEL = "read", "buls", "bul", "prop", "rel", "bulc"

_RELEASED_SHOWN = 6


def read_latest(turn: Turn) -> Reply:
    """The newest released edition that stands, as it went out; anyone known by name may read it."""
    turn.known_actor()
    taken_back = retractions_done(turn.session)
    archive = [each for each in released(turn.session) if each.id not in taken_back]
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
    return Reply(Message(head, (*retraction_desk.waiting_rows(turn), *rows, *turners, home)), edits=True)


def preview(turn: Turn, bulletin_id: int) -> Reply:
    """An edition exactly as it will arrive, or arrived, and below it what may be done with it."""
    actor = turn.known_actor()
    shown = edition(turn.session, bulletin_id)
    if shown.state != RELEASED:
        require(may_read_drafts(actor))
    return Reply(more=(*_as_it_arrives(turn, shown), _standing(turn, actor, shown)))


def in_channel(turn: Turn, bulletin_id: int, channel: str) -> Reply:
    """An edition as it arrives in another channel: the same messages, cut as they are there."""
    actor = turn.known_actor()
    require(may_read_drafts(actor))
    shown = edition(turn.session, bulletin_id)
    if channel not in channels_in_use(turn.session):
        raise DomainError("button_expired")
    parts = parts_of(shown.id, content_of(shown), turn.language, channel)
    head = turn.text("release.preview_head", channel=turn.text(f"release.channel.{channel}"), messages=len(parts))
    messages = [one for _, message in parts for one in _told(turn, message)]
    return Reply(more=(Message(head), *messages, _standing(turn, actor, shown)))


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


def _told(turn: Turn, message: Message) -> list[Message]:
    """A message of another channel as it can be shown here: what stands apart there in words, the text in its parts."""
    lines = [
        *([turn.text("release.preview_title", title=message.title)] if message.title else []),
        *([turn.text("release.preview_document")] if message.document is not None else []),
    ]
    if message.picture is not None:
        return [Message("\n".join([*lines, message.text]).strip(), picture=message.picture, alt=message.alt)]
    return [Message(part) for part in split_text("\n".join([*lines, message.text]), LONGEST_TEXT)]


def _standing(turn: Turn, actor: Actor, shown: Bulletin) -> Message:
    """Where an edition stands, with the button that its reader may press now."""
    name = edition_name(content_of(shown), turn.language)
    seen = shown.content_hash[:HASH_DIGITS]
    decision, is_free, buttons = _decision(turn, shown)
    if _is_open_to_proposal(turn, shown):
        said = turn.text("bot.bulletin.is_draft", name=name, digest=seen)
        if may_propose_release(actor) and is_free:
            buttons.append(Button(turn.text("bot.bulletin.propose"), ("o", PROPOSE, str(shown.id), seen)))
    elif shown.state == PROPOSED:
        assert shown.expires_at is not None
        until = local_time(turn.session, shown.expires_at)
        by = _name(turn, shown.proposed_by)
        said = turn.text("bot.bulletin.is_proposed", name=name, by=by, until=until, digest=seen)
        if may_release(actor, proposed_by=shown.proposed_by) and is_free:
            buttons.append(Button(turn.text("bot.bulletin.release"), ("o", RELEASE, str(shown.id), seen)))
    else:
        assert shown.released_at is not None
        moment = local_time(turn.session, shown.released_at)
        said = turn.text("bot.bulletin.is_released", name=name, by=_name(turn, shown.released_by), moment=moment)
        if shown.id in retractions_done(turn.session):
            said = turn.text("release.retracted.part", name=name) + "\n" + said
        buttons += _taking_back(turn, actor, shown)
    if shown.state != RELEASED:
        said = "\n\n".join(line for line in (said, decision, _goes_to(turn, shown)) if line)
    if may_read_drafts(actor):
        buttons += _other_channels(turn, shown)
        buttons.append(Button(turn.text("bot.bulletin.back"), ("o", BULLETINS, "0")))
    return Message(said, tuple((button,) for button in buttons))


def _decision(turn: Turn, shown: Bulletin) -> tuple[str, bool, list[Button]]:
    """What the committee has said about the results, whether it lets them be released, and the way to its decision."""
    standing = approval_of(turn.session, Period.parse(shown.period))
    if not standing.needed or shown.state == RELEASED:
        return "", True, []
    if standing.state == APPROVED:
        said = turn.text("approvals.is_approved", voices=len(standing.voices), approving=standing.approving)
        return said, True, []
    if standing.state == RETURNED:
        said = turn.text("approvals.was_returned")
    else:
        said = turn.text("approvals.must_wait", voices=len(standing.voices), quorum=standing.quorum)
    action = (CONVERSATION, DECISION, str(standing.id))
    look = [] if standing.id is None else [Button(turn.text("approvals.to_decision"), action)]
    return said, False, look


def _goes_to(turn: Turn, shown: Bulletin) -> str:
    """What a release sends where, by channel."""
    found = recipients(turn.session, shown.id, content_of(shown))
    if not found:
        return turn.text("release.goes_nowhere")
    places = Counter(each.channel for each in found)
    channels = turn.text("release.separator").join(
        turn.text("release.by_channel", channel=turn.text(f"release.channel.{channel}"), places=number)
        for channel, number in places.items()
    )
    messages = sum(each.messages for each in found)
    return turn.text("release.goes_to", places=len(found), messages=messages, channels=channels)


def _other_channels(turn: Turn, shown: Bulletin) -> list[Button]:
    """The way to how an edition looks where it does not look as here."""
    return [
        Button(
            turn.text("release.preview_in", channel=turn.text(f"release.channel.{channel}")),
            ("o", CHANNEL, str(shown.id), channel),
        )
        for channel in channels_in_use(turn.session)
        if channel not in (TELEGRAM, LOCAL)
    ]


def _taking_back(turn: Turn, actor: Actor, shown: Bulletin) -> list[Button]:
    """The button to take a released edition back, or to the proposal that stands."""
    if not may_propose_release(actor):
        return []
    standing = retraction_of(turn.session, shown.id)
    if standing is None or (standing.state == "proposed" and turn.now >= standing.expires_at):
        return retraction_desk.buttons_for(turn, shown.id, is_free=True)
    return [Button(turn.text("release.retraction.look"), ("o", RETRACTION, str(standing.id)))]


def _is_open_to_proposal(turn: Turn, shown: Bulletin) -> bool:
    """A draft, or a proposal that nobody released in time."""
    has_run_out = shown.state == PROPOSED and shown.expires_at is not None and turn.now >= shown.expires_at
    return shown.state == DRAFT or has_run_out


def _label(turn: Turn, shown: Bulletin) -> str:
    name = edition_name(content_of(shown), turn.language)
    is_back = shown.state == RELEASED and shown.id in retractions_done(turn.session)
    state = turn.text("release.page.retracted" if is_back else f"bot.bulletin.state.{shown.state}")
    return turn.text("bot.bulletin.entry", name=name, state=state)


def _name(turn: Turn, person_id: str | None) -> str:
    person = turn.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""
