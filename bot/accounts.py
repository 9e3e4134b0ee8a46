"""Accounts that wait for the office: told to its people, confirmed or refused by a button (rules of getting in).

Knows the notice, the list and the two buttons. Whether the speaker may decide is `consortium.links`' to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbound import Reply
from bot.layout import page_of, page_turners
from bot.turn import Turn
from bulletins.notices import tell
from bulletins.wording import one_line
from consortium.links import confirm_account, refuse_account
from consortium.models import Account, Chat, Person
from consortium.people import people_with_role
from consortium.permissions import OFFICE, may_manage_people, require
from locales.errors import DomainError
from locales.texts import text
from outbox.deliveries import enqueue
from outbox.message import Button, Message

ACCOUNT, ACCOUNTS = "acc", "accs"
_YES, _NO = "y", "n"
_AT_ONCE = 4


def ask_office_to_confirm(turn: Turn, account_id: int) -> None:
    """Owe the question to the people of the office, except the one whose account it is."""
    account = turn.session.get_one(Account, account_id)
    person = turn.session.get_one(Person, account.person_id)
    others = [each for each in people_with_role(turn.session, OFFICE) if each.id != person.id]
    key = f"account:{account_id}:{account.requested_at.isoformat()}"
    tell(
        turn.session,
        people=others,
        key=key,
        kind="notice",
        message=lambda language: _question(language, account, person),
        now=turn.now,
    )


def waiting_accounts(turn: Turn, page_number: int) -> Reply:
    """The accounts that nobody has decided about, each with its two buttons."""
    require(may_manage_people(turn.known_actor()))
    rows = turn.session.execute(
        select(Account, Person).join(Person).where(Account.confirmed_at.is_(None)).order_by(Account.id)
    ).all()
    shown, page = page_of(rows, page_number, _AT_ONCE)
    lines = [turn.text("bot.accounts.title" if rows else "bot.accounts.none")]
    buttons = []
    for number, (account, person) in enumerate(shown, start=page.number * _AT_ONCE + 1):
        lines.append(f"{number}. {_asked(turn.language, account, person)}")
        buttons.append(_decisions(turn.language, account.id, number))
    turners = page_turners(
        page, ("o", ACCOUNTS), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    home = (Button(turn.text("bot.office.back"), ("o", "menu")),)
    return Reply(Message("\n\n".join(lines), (*buttons, *turners, home)), edits=True)


def decided(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A tap on confirm or refuse; the person learns of a confirmation in their own chat."""
    _, _, account_id, decision = (*fields, "", "")[:4]
    if not account_id.isdecimal() or decision not in (_YES, _NO):
        raise DomainError("button_expired")
    actor = turn.known_actor()
    if decision == _NO:
        refuse_account(turn.session, actor=actor, account_id=int(account_id), now=turn.now)
        return Reply(Message(turn.text("bot.accounts.refused")), edits=True)
    bound = confirm_account(turn.session, actor=actor, account_id=int(account_id), now=turn.now)
    account = turn.session.get_one(Account, bound.account_id)
    tell_bound(turn.session, account.id, turn.now)
    return Reply(Message(turn.text("bot.accounts.confirmed", person=bound.name)), edits=True)


def tell_bound(session: Session, account_id: int, now: datetime) -> None:
    """Owe the person the good news in the chat they asked from: once, whether it was confirmed in chat or on a page."""
    account = session.get_one(Account, account_id)
    person = session.get_one(Person, account.person_id)
    spoken = session.scalar(
        select(Chat.language).where(Chat.channel == account.channel, Chat.address == account.account)
    )
    language = spoken or person.language
    menu = Button(text(language, "bot.menu.open"), ("m", "menu"))
    enqueue(
        session,
        dedupe_key=f"account-confirmed:{account.id}:{account.requested_at.isoformat()}",
        channel=account.channel,
        address=account.account,
        kind="notice",
        message=Message(text(language, "bot.link.bound", name=person.name), ((menu,),)),
        now=now,
    )


def _question(language: str, account: Account, person: Person) -> Message:
    return Message(_asked(language, account, person), (_decisions(language, account.id, None),))


def _asked(language: str, account: Account, person: Person) -> str:
    return text(
        language,
        "bot.accounts.question",
        display=one_line(account.display_name) or account.account,
        account=account.account,
        channel=text(language, f"bot.channel.{account.channel}"),
        person=person.name,
    )


def _decisions(language: str, account_id: int, number: int | None) -> tuple[Button, ...]:
    prefix = f"{number}. " if number is not None else ""
    return tuple(
        Button(prefix + text(language, key), ("o", ACCOUNT, str(account_id), decision))
        for key, decision in (("bot.accounts.confirm", _YES), ("bot.accounts.refuse", _NO))
    )
