"""Groups: the bot is added, removed, moved; the office says what a group is for.

Knows the offer "as bulletin group / bind to a unit / the office's own / leave it" and who may act on it. What a group
is for is a row of `consortium.chats`. Nothing that people write in a group is read but commands.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.inbound import GROUP, PRIVATE, Inbound, Reply
from bot.layout import in_rows, page_of, page_turners, shorten
from bot.turn import Context, Turn, begin_turn
from bulletins.notices import tell
from bulletins.wording import one_line
from consortium import chats
from consortium.links import token_hash
from consortium.models import Chat
from consortium.people import people_with_role
from consortium.permissions import OFFICE, may_manage_people, require
from consortium.units import all_units, unit
from locales.errors import DomainError
from locales.texts import pick, text
from outbox.deliveries import move_address
from outbox.message import Button, Message

GROUP_VERB = "grp"
_OFFER, _BULLETIN, _UNIT, _UNITS, _OFFICE, _NOTHING = "o", "b", "s", "u", "f", "x"
_LONGEST_NAME = 20


def changed(session: Session, said: Inbound, context: Context) -> Reply:
    """Something about the chat itself: the bot came or went, or the group has a new address."""
    if said.kind == "migrate":
        chats.follow_migration(session, channel=said.channel, old=said.chat, new=said.content, now=context.now)
        move_address(session, channel=said.channel, old=said.chat, new=said.content, now=context.now)
        return Reply()
    if said.kind == "left":
        state = said.content if said.content in ("blocked", "gone") else "gone"
        chats.mark_unreachable(session, channel=said.channel, address=said.chat, state=state, now=context.now)
        return Reply()
    if said.chat_kind == PRIVATE:
        chats.mark_reachable(session, channel=said.channel, address=said.chat, now=context.now)
        return Reply()
    return _joined(begin_turn(session, said, context))


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A tap on the offer, in the group or in an office person's chat; only office persons' taps act."""
    _, _, chat_id, verb, extra = (*fields, "", "", "")[:5]
    if not chat_id.isdecimal():
        raise DomainError("button_expired")
    actor = turn.known_actor()
    require(may_manage_people(actor))
    chat = turn.session.get(Chat, int(chat_id))
    if chat is None or chat.kind != GROUP:
        raise DomainError("chat_unknown")
    if verb == _OFFER:
        return Reply(_offer(turn.language, chat), edits=True)
    if verb == _UNITS:
        return Reply(_unit_list(turn, chat, int(extra) if extra.isdecimal() else 0), edits=True)
    purposes = {_BULLETIN: chats.BULLETIN, _UNIT: chats.UNIT, _OFFICE: chats.OFFICE_ROOM, _NOTHING: None}
    if verb not in purposes:
        raise DomainError("button_expired")
    unit_code = _unit_of(turn.session, extra) if verb == _UNIT else None
    bound = chats.bind_chat(
        turn.session, actor=actor, chat_id=chat.id, purpose=purposes[verb], unit_code=unit_code, now=turn.now
    )
    change = (Button(turn.text("bot.group.change"), ("o", GROUP_VERB, str(bound.id), _OFFER)),)
    return Reply(Message(_purpose(turn, bound), (change,)), edits=True)


def _joined(turn: Turn) -> Reply:
    """The bot was added: an office person who did it is asked at once, else the office is owed the question."""
    if turn.chat.purpose is not None:  # a group that moved or took the bot back keeps what it is for
        return Reply(Message(_purpose(turn, turn.chat)))
    if turn.actor is not None and may_manage_people(turn.actor):
        return Reply(_offer(turn.language, turn.chat))
    chat = turn.chat
    tell(
        turn.session,
        people=people_with_role(turn.session, OFFICE),
        key=f"group:{chat.id}:{turn.now.isoformat()}",
        kind="notice",
        message=lambda language: _offer(language, chat),
        now=turn.now,
    )
    return Reply(Message(turn.text("bot.group.joined")))


def _offer(language: str, chat: Chat) -> Message:
    offers = (
        ("bot.group.as_bulletin", _BULLETIN),
        ("bot.group.as_unit", _UNITS),
        ("commands.group.as_office", _OFFICE),
        ("bot.group.as_nothing", _NOTHING),
    )
    rows = tuple((Button(text(language, key), ("o", GROUP_VERB, str(chat.id), verb)),) for key, verb in offers)
    return Message(text(language, "bot.group.offer", title=_title(language, chat)), rows)


def _unit_list(turn: Turn, chat: Chat, page_number: int) -> Message:
    shown, page = page_of(all_units(turn.session), page_number)
    buttons = [
        Button(
            shorten(pick(each.name, turn.language), _LONGEST_NAME),
            ("o", GROUP_VERB, str(chat.id), _UNIT, _short(each.code)),
        )
        for each in shown
    ]
    turners = page_turners(
        page,
        ("o", GROUP_VERB, str(chat.id), _UNITS),
        earlier=turn.text("bot.page.earlier"),
        later=turn.text("bot.page.later"),
    )
    back = (Button(turn.text("bot.group.back"), ("o", GROUP_VERB, str(chat.id), _OFFER)),)
    head = turn.text("bot.group.which_unit", title=_title(turn.language, chat))
    return Message(head, (*in_rows(buttons, 2), *turners, back))


def _short(unit_code: str) -> str:
    """A unit in a button that also carries a chat: the code itself may be too long."""
    return token_hash(unit_code)[:12]


def _unit_of(session: Session, short: str) -> str:
    found = next((each.code for each in all_units(session) if _short(each.code) == short), None)
    if found is None:
        raise DomainError("button_expired")
    return found


def _purpose(turn: Turn, chat: Chat) -> str:
    title = _title(turn.language, chat)
    if chat.purpose == chats.BULLETIN:
        return turn.text("bot.group.is_bulletin", title=title)
    if chat.purpose == chats.UNIT and chat.unit_code is not None:
        name = pick(unit(turn.session, chat.unit_code).name, turn.language)
        return turn.text("bot.group.is_unit", title=title, unit=name)
    if chat.purpose == chats.OFFICE_ROOM:
        return turn.text("commands.group.is_office", title=title)
    return turn.text("bot.group.is_nothing", title=title)


def _title(language: str, chat: Chat) -> str:
    return one_line(chat.title) or text(language, "bot.group.untitled")
