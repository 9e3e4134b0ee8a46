"""The count in chat: a trustee's way to the page, and what the office sees of a round that waits.

The link stands in the reply alone and is made anew each time; shares are never typed in a chat. Which rounds wait is
`scheduler.count_notices`' to say.
"""

from __future__ import annotations

from bot.addresses import sign_in_address
from bot.inbound import Reply
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.links import LIFETIME, WEB, make_link, new_token
from consortium.periods import Period
from consortium.permissions import Actor, may_give_share, may_see_season, require
from locales.errors import DomainError
from outbox.message import Button, Message
from reviews.models import ReviewRound
from reviews.rounds import CLOSED, local_time, round_of
from scheduler.count_notices import TO_COUNT, WAITING, ballots_cast, names_in_words, trustees, waiting_rounds

PAGE = "/count"

_MOST_ROUNDS = 6


def waiting_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The entry of a trustee's menu, while something waits; nobody else has one. The actor may have become known only
    in this turn.
    """
    if not may_give_share(actor):
        return []
    rounds = waiting_rounds(turn.session)
    return [Button(turn.text("trustees.menu", count=len(rounds)), ("o", TO_COUNT))] if rounds else []


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu, while something waits: its words and its verb."""
    rounds = waiting_rounds(turn.session)
    return [(turn.text("trustees.office_menu", count=len(rounds)), WAITING)] if rounds else []


def to_the_page(turn: Turn, written: str) -> Reply:
    """A trustee wants to count: a fresh link that leads to the page of that round, or of all that wait."""
    actor = turn.known_actor()
    require(may_give_share(actor))
    period = _month(written) if written else None
    if period is not None and not _waits(turn, period):
        return Reply(more=(Message(turn.text("trustees.not_waiting", period=period_name(period, turn.language))),))
    token = new_token()
    place = f"{PAGE}/{period}" if period is not None else PAGE
    address = sign_in_address(turn.context.public_url, token, to=place)
    make_link(turn.session, person_id=actor.person_id, purpose=WEB, made_by=actor, token=token, now=turn.now)
    minutes = LIFETIME[WEB].seconds // 60
    return Reply(more=(Message(turn.text("trustees.link", minutes=minutes, address=address)),))


def waiting_screen(turn: Turn) -> Reply:
    """What the office sees: which rounds wait, who the trustees are and who of them cannot be told."""
    require(may_see_season(turn.known_actor()))
    rounds = waiting_rounds(turn.session)[:_MOST_ROUNDS]
    parts = [_waiting_words(turn, each) for each in rounds] or [turn.text("trustees.nothing_waits")]
    if rounds:
        parts += [names_in_words(trustees(turn.session), turn.language), turn.text("trustees.desk_way")]
    home = (Button(turn.text("bot.office.back"), ("o", "menu")),)
    return Reply(Message("\n\n".join(parts), (home,)), edits=True)


def _waiting_words(turn: Turn, round_: ReviewRound) -> str:
    assert round_.closed_at is not None
    return turn.text(
        "trustees.desk",
        period=period_name(Period.parse(round_.period), turn.language),
        closed=local_time(turn.session, round_.closed_at),
        ballots=ballots_cast(turn.session, round_.period),
    )


def _waits(turn: Turn, period: Period) -> bool:
    round_ = round_of(turn.session, period)
    return round_ is not None and round_.state == CLOSED


def _month(written: str) -> Period:
    """The month in a button."""
    try:
        return Period.parse(written)
    except DomainError:
        raise DomainError("button_expired") from None
