"""Whether a survey may go on in this chat: answers in chat may be switched off here, its patient may have said stop.

One statement for both, since every tap asks. A draft that was opened or changed after the stop goes on: what somebody
opens of their own accord is answered. Refuses to know what is asked.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select

from bot.addresses import survey_address
from bot.door_screens import page_screen, stopped_before_screen
from bot.inbound import Reply
from bot.turn import Turn
from consortium.links import new_token
from consortium.models import Installation
from consortium.units import allows_chat
from surveys.fielding.models import OptOut
from surveys.invitations import add_ticket
from surveys.models import RESPONSES
from surveys.sittings import Sitting

_STANDING = select(
    Installation.review,
    select(OptOut.since)
    .where(OptOut.channel == bindparam("channel"), OptOut.account == bindparam("account"))
    .scalar_subquery()
    .label("stopped_at"),
    select(RESPONSES.c.touched_at).where(RESPONSES.c.id == bindparam("response")).scalar_subquery().label("touched_at"),
)


def door_reply(turn: Turn, sitting: Sitting) -> Reply | None:
    """What is shown instead of the survey, in its place; None where it may go on."""
    may_chat, is_stopped = _standing(turn, sitting)
    if not may_chat:
        return to_the_page(turn, sitting)
    if not is_stopped:
        return None
    return Reply(
        stopped_before_screen(sitting.language), edits=True, place=turn.said.message_ref or sitting.message_ref
    )


def has_stopped(turn: Turn, sitting: Sitting) -> bool:
    """Whether its patient has said stop since they last opened or changed it: words typed now are not for it."""
    return _standing(turn, sitting)[1]


def to_the_page(turn: Turn, sitting: Sitting) -> Reply:
    """A fresh address of the survey's page, in this reply alone; in place of a tapped screen. Draws the ticket."""
    is_tap = turn.said.kind == "tap"
    if turn.context.public_url is None:
        return Reply(page_screen(sitting.language, None), edits=is_tap)
    ticket = new_token()
    add_ticket(turn.session, invitation_id=sitting.invitation_id, ticket=ticket, now=turn.now)
    return Reply(page_screen(sitting.language, survey_address(turn.context.public_url, ticket)), edits=is_tap)


def _standing(turn: Turn, sitting: Sitting) -> tuple[bool, bool]:
    """Whether patients may answer in chat here, and whether this one has said stop."""
    given = {"channel": turn.said.channel, "account": turn.said.account, "response": sitting.response_id}
    row = turn.session.execute(_STANDING, given).one_or_none()
    if row is None:
        return True, False
    is_stopped = row.stopped_at is not None and row.touched_at is not None and row.touched_at <= row.stopped_at
    return allows_chat(row.review), is_stopped
