"""The office hands out links: choose a person, then a web sign-in link or one that binds a Telegram account.

The link stands in the reply alone: replies are not stored, and of the token only a hash is. Draws tokens from the
system's random source through `consortium.links.new_token`.
"""

from __future__ import annotations

from sqlalchemy import select

from bot.addresses import bot_address, sign_in_address
from bot.inbound import Reply
from bot.layout import in_rows, page_of, page_turners, shorten
from bot.turn import Turn
from consortium.links import BIND, LIFETIME, WEB, make_link, new_token
from consortium.models import Account, Person
from consortium.people import actor_of
from consortium.permissions import Actor, may_manage_people, require
from consortium.units import unit
from locales.errors import DomainError
from locales.texts import pick
from outbox.message import Button, Message

PEOPLE, PERSON, LINK = "ppl", "who", "lnk"
_PURPOSES = {"w": WEB, "b": BIND}
_LONGEST_NAME = 24


def people_list(turn: Turn, page_number: int) -> Reply:
    """The people of the consortium, eight at a time."""
    require(may_manage_people(turn.known_actor()))
    people = turn.session.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id)).all()
    shown, page = page_of(people, page_number)
    buttons = [Button(shorten(person.name, _LONGEST_NAME), ("o", PERSON, person.id)) for person in shown]
    turners = page_turners(
        page, ("o", PEOPLE), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    home = (Button(turn.text("bot.office.back"), ("o", "menu")),)
    head = turn.text("bot.people.choose", page=page.number + 1, pages=page.last + 1)
    return Reply(Message(head, (*in_rows(buttons, 2), *turners, home)), edits=True)


def person_screen(turn: Turn, person_id: str) -> Reply:
    """One person: roles, whether a Telegram account is bound, and the two kinds of link."""
    require(may_manage_people(turn.known_actor()))
    person = actor_of(turn.session, person_id)
    bound = turn.session.scalar(
        select(Account.display_name).where(
            Account.person_id == person_id, Account.channel == "telegram", Account.confirmed_at.is_not(None)
        )
    )
    account = turn.text("bot.people.bound" if bound is not None else "bot.people.not_bound")
    lines = [person.name, _roles(turn, person), account]
    return Reply(Message("\n".join(line for line in lines if line), _link_buttons(turn, person_id)), edits=True)


def new_link(turn: Turn, person_id: str, kind: str) -> Reply:
    """A fresh link of the chosen kind, in a message of its own; the screen stays."""
    actor = turn.known_actor()
    require(may_manage_people(actor))
    purpose = _PURPOSES.get(kind)
    if purpose is None:
        raise DomainError("button_expired")
    token = new_token()
    address = (
        sign_in_address(turn.context.public_url, token) if purpose == WEB else bot_address(turn.context.bot_name, token)
    )
    make_link(turn.session, person_id=person_id, purpose=purpose, made_by=actor, token=token, now=turn.now)
    name = actor_of(turn.session, person_id).name
    if purpose == WEB:
        minutes = LIFETIME[WEB].seconds // 60
        handed = turn.text("bot.people.web_link", name=name, minutes=minutes, address=address)
    else:
        handed = turn.text("bot.people.bind_link", name=name, days=LIFETIME[BIND].days, address=address)
    return Reply(more=(Message(handed),))


def _link_buttons(turn: Turn, person_id: str) -> tuple[tuple[Button, ...], ...]:
    return (
        (Button(turn.text("bot.people.make_web"), ("o", LINK, person_id, "w")),),
        (Button(turn.text("bot.people.make_bind"), ("o", LINK, person_id, "b")),),
        (Button(turn.text("bot.people.back"), ("o", PEOPLE, "0")),),
    )


def _roles(turn: Turn, person: Actor) -> str:
    """The roles in words; a representative's with the units."""
    words = [turn.text(f"consortium.role.{role}") for role in sorted(person.roles)]
    units = [pick(unit(turn.session, code).name, turn.language) for code in sorted(person.units)]
    return turn.text("bot.comma").join([*words, *units])
