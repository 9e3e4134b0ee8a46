"""The bot's way to the page on which all units are scored at once: inside Telegram, or in any browser by a fresh link.

Knows which buttons a chat gets: where the page is reached over https, Telegram opens it inside itself and says who
opened it; a one-time link leads there from everywhere else. Refuses to know the page. Draws the link's token from the
system's random source; the link stands in the reply alone.
"""

from __future__ import annotations

from bot.addresses import sign_in_address
from bot.inbound import Reply
from bot.layout import Rows
from bot.turn import Turn
from consortium.links import LIFETIME, WEB, make_link, new_token
from consortium.permissions import REPRESENTATIVE, require
from outbox.message import Button, Message

SHEET_PATH = "/sheet"
INSIDE_PATH = "/sheet/app"
LINK = "w"
"""The verb of the button, in the conversation of ballots."""

_TELEGRAM = "telegram"


def sheet_rows(turn: Turn) -> Rows:
    """The buttons that lead to the page; none where this installation has no address."""
    address = (turn.context.public_url or "").rstrip("/")
    if not address or not turn.is_private:
        return ()
    link = (Button(turn.text("sheet.chat.link"), ("b", LINK)),)
    if turn.said.channel != _TELEGRAM or not address.startswith("https://"):
        return (link,)
    return ((Button(turn.text("sheet.chat.open"), web_app=address + INSIDE_PATH),), link)


def sheet_link(turn: Turn) -> Reply:
    """A fresh link to the page for whoever speaks, in a message of its own; the screen stays."""
    require(REPRESENTATIVE in turn.known_actor().roles)
    return page_link(turn, SHEET_PATH)


def page_link(turn: Turn, path: str) -> Reply:
    """A fresh link to a page of ours on which the speaker marks; whether they may is for the caller to ask."""
    actor, token = turn.known_actor(), new_token()
    address = sign_in_address(turn.context.public_url, token, to=path)
    make_link(turn.session, person_id=actor.person_id, purpose=WEB, made_by=actor, token=token, now=turn.now)
    minutes = LIFETIME[WEB].seconds // 60
    if turn.said.channel == _TELEGRAM:  # which refuses a button whose address has a host of one word
        return Reply(more=(Message(turn.text("sheet.chat.handed", minutes=minutes, address=address)),))
    go = Button(turn.text("sheet.chat.go"), url=address)
    return Reply(more=(Message(turn.text("sheet.chat.handed_here", minutes=minutes), ((go,),)),))
