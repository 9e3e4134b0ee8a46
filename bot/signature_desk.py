"""The accountant's signature in chat: what waits, one settled period with its results, the signature.

Knows the buttons. Who may sign, and that it is for the digest that was shown, is `evaluation.signatures`' to say.
"""

from __future__ import annotations

import re

from bot.inbound import Reply
from bot.layout import fitted, page_of, page_turners
from bot.turn import Turn
from bulletins.wording import name_in, period_name
from consortium.periods import Period
from consortium.permissions import Actor, may_sign_results, require
from evaluation.scorecards import Card, scorecards
from evaluation.signatures import MARK, Signed, count_unsigned, sign_results, signatures
from locales.errors import DomainError
from locales.numbers import rounded
from outbox.message import Button, Message
from reviews.rounds import local_time
from scheduler.staff_work import SIGN_LETTER, SIGN_LOOK, can_be_signed

LIST, SIGN = "l", "y"

_PERIOD = re.compile(r"20[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
_MOST_UNITS = 60


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """For the accountant: how many results wait."""
    if not may_sign_results(actor):
        return []
    count = count_unsigned(turn.session)
    return [Button(turn.text("signatures.menu", count=count), (SIGN_LETTER, LIST, "0"))]


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    _, verb, subject, mark = (*fields, "", "", "")[:4]
    if not turn.is_private:
        raise DomainError("button_expired")
    require(may_sign_results(turn.known_actor()))
    if verb == LIST:
        return _list_screen(turn, subject)
    if verb == SIGN:
        return _signed(turn, _period(subject), mark)
    if verb != SIGN_LOOK:
        raise DomainError("button_expired")
    return _look_screen(turn, _period(subject))


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: the period as it stands, or the list."""
    if len(fields) > 2 and fields[1] == SIGN:  # noqa: PLR2004 - "g", verb, period
        return _look_screen(turn, _period(fields[2]))
    return tapped(turn, fields)


def _list_screen(turn: Turn, page_number: str) -> Reply:
    found, page = page_of(signatures(turn.session), int(page_number) if page_number.isdecimal() else 0)
    rows = [
        (
            Button(
                f"{turn.text('signatures.unsigned' if each.at is None else 'signatures.signed')} · "
                f"{period_name(each.period, turn.language)}",
                (SIGN_LETTER, SIGN_LOOK, str(each.period)),
            ),
        )
        for each in found
    ]
    turners = page_turners(
        page, (SIGN_LETTER, LIST), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    home = (Button(turn.text("bot.menu.back"), ("m", "menu")),)
    said = turn.text("signatures.title" if rows else "signatures.none")
    return Reply(Message(said, (*rows, *turners, home)), edits=True)


def _look_screen(turn: Turn, period: Period, *, toast: str | None = None) -> Reply:
    require(may_sign_results(turn.known_actor()))
    found = next((each for each in signatures(turn.session) if each.period == period), None)
    if found is None:
        raise DomainError("not_settled", period=str(period))
    name = period_name(period, turn.language)
    cards = scorecards(turn.session, period)
    lines = [_line(turn, card) for card in cards[:_MOST_UNITS]]
    parts = [_head(turn, found, name), "\n".join(lines)]
    rows = []
    if found.at is None and can_be_signed(turn.session, found):
        parts.append(turn.text("signatures.sign_what", period=name, digest=found.digest[:MARK]))
        action = (SIGN_LETTER, SIGN, str(period), found.digest[:MARK])
        rows.append((Button(turn.text("signatures.sign"), action),))
    elif found.at is None:
        parts.append(turn.text("signatures.unapproved"))
    back = (Button(turn.text("signatures.back"), (SIGN_LETTER, LIST, "0")),)
    return Reply(Message(fitted("\n\n".join(parts)), (*rows, back)), edits=True, toast=toast)


def _head(turn: Turn, found: Signed, name: str) -> str:
    settled = turn.text("signatures.line", period=name, revision=found.revision,
                        at=local_time(turn.session, found.settled_at))  # fmt: skip
    lines = [settled, turn.text("signatures.digest", digest=found.digest[:MARK])]
    if found.at is not None:
        lines.append(turn.text("signatures.signed_by", name=found.by, at=local_time(turn.session, found.at)))
    if found.earlier:
        lines.append(turn.text("signatures.earlier", count=found.earlier))
    return "\n".join(lines)


def _line(turn: Turn, card: Card) -> str:
    total = "—" if card.total is None else rounded(card.total, 2)
    place = "—" if card.rank is None else turn.text("signatures.place", rank=card.rank, of=card.rank_of)
    return f"{name_in(card.unit_name, turn.language, card.unit_code)}  {total}  {place}"


def _signed(turn: Turn, period: Period, mark: str) -> Reply:
    sign_results(turn.session, period=period, digest=mark, actor=turn.known_actor(), now=turn.now)
    return _look_screen(turn, period, toast=turn.text("signatures.done"))


def _period(written: str) -> Period:
    if not _PERIOD.fullmatch(written):
        raise DomainError("button_expired")
    return Period.parse(written)
