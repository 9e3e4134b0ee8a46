"""Ways out on the office's desk: how each stands, why something did not arrive, and a test line, asked for twice.

Knows groups and channels and how they stand. Refuses to know addresses with keys in them, and what messages say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consortium.models import Chat
from consortium.one_line import one_line
from consortium.permissions import may_run_season, require
from consortium.units import zone
from locales.errors import DomainError
from locales.texts import text
from outbox.channel_limits import CONFIGURED, EMAIL, TELEGRAM
from outbox.ways import Way, way_to
from scheduler.channel_notices import send_test_line, testable_chat, tried_line
from web.forms import TOKEN_FIELD, read_form
from web.pages import Values, language_of, local_time, page, see
from web.site import site_of
from web.visitors import require_visitor

PATH = "/office/channels"

_ASKED = re.compile(r"[0-9]{10}", re.ASCII)
_GOOD_FOR = timedelta(hours=1)  # what was shown is what is sent, with the time at which it was shown


@dataclass(frozen=True, slots=True)
class WayView:
    """One way out as the page shows it. `chat` is None for all of Telegram together, which has no test line."""

    name: str
    kind: str
    where: str
    chat: int | None
    state: str
    mark: str
    arrived: str
    waiting: int
    doubtful: int
    sent: int
    refused: int
    reason: str | None


async def show(request: Request) -> Response:
    """GET /office/channels: every way out, and how it stands."""

    def work(session: Session) -> Values:
        require(may_run_season(require_visitor(session, request).actor))
        statement = select(Chat).where(Chat.kind == "group")
        statement = statement.where(or_(Chat.purpose.is_not(None), Chat.channel.in_(CONFIGURED)))
        groups = session.scalars(statement.order_by(Chat.id)).all()
        whole = way_to(session, channel=TELEGRAM)
        telegram = [_view(session, request, whole, None)] if whole.counts else []
        return {"ways": [*telegram, *(_group(session, request, chat) for chat in groups)]}

    values = await site_of(request).database.run(work)
    done = text(language_of(request), "channels.test.done") if request.query_params.get("done") == "test" else None
    return page(request, "channels.html.j2", **values, done=done)


async def ask(request: Request) -> Response:
    """GET /office/channels/{id}/test: what a test would send, and where."""

    def work(session: Session) -> Values:
        actor = require_visitor(session, request).actor
        require(may_run_season(actor))
        chat, now = testable_chat(session, _number(request)), site_of(request).clock()
        line = tried_line(session, chat=chat, actor=actor, local_time=local_time(now, zone(session)))
        return {"way": _group(session, request, chat), "line": line.text, "asked": str(int(now.timestamp()))}

    return page(request, "channel_test.html.j2", **await site_of(request).database.run(work))


async def send(request: Request) -> Response:
    """POST /office/channels/{id}/test: send it. The same form again sends nothing more."""
    form = await read_form(request, fields=(TOKEN_FIELD, "asked"))
    if not _ASKED.fullmatch(form["asked"]):
        raise DomainError("form_unreadable")

    def work(session: Session) -> None:
        actor, now = require_visitor(session, request, form).actor, site_of(request).clock()
        require(may_run_season(actor))
        chat, seen = testable_chat(session, _number(request)), datetime.fromtimestamp(int(form["asked"]), UTC)
        if abs(now - seen) > _GOOD_FOR:
            raise DomainError("channel_test_old")
        line = tried_line(session, chat=chat, actor=actor, local_time=local_time(seen, zone(session)))
        send_test_line(session, chat_id=chat.id, message=line, asked=form["asked"], actor=actor, now=now)

    await site_of(request).database.run(work)
    return see(f"{PATH}?done=test")


def _group(session: Session, request: Request, chat: Chat) -> WayView:
    return _view(session, request, way_to(session, channel=chat.channel, address=chat.address), chat)


def _view(session: Session, request: Request, way: Way, chat: Chat | None) -> WayView:
    language = language_of(request)
    kind = chat.channel if chat is not None else TELEGRAM
    title = one_line(chat.title) or chat.address if chat is not None else text(language, "channels.telegram.all")
    state, mark = _standing(way, chat)
    return WayView(
        name=title,
        kind=text(language, f"channels.kind.{kind}"),
        where=chat.address if chat is not None and kind == EMAIL else "",
        chat=chat.id if chat is not None and chat.state == "active" else None,
        state=text(language, f"channels.state.{state}"),
        mark=mark,
        arrived=local_time(way.arrived_at, zone(session)) if way.arrived_at is not None else "",
        waiting=way.waiting,
        doubtful=way.doubtful,
        sent=way.counts.get("sent", 0),
        refused=way.counts.get("refused", 0),
        reason=text(language, f"outbox.code.{way.code}") if way.code is not None else None,
    )


def _standing(way: Way, chat: Chat | None) -> tuple[str, str]:
    """In a word, and how the word is marked."""
    if chat is not None and chat.state != "active":
        return "off", "is-bad"
    if way.code is not None:
        return "failing", "is-bad"
    if way.arrived_at is None:
        return "unused", ""
    return "well", "is-good"


def _number(request: Request) -> int:
    number = int(request.path_params["id"])
    if number >= 1 << 31:
        raise DomainError("channel_unknown")
    return number


ROUTES = [
    Route(PATH, show),
    Route(f"{PATH}/{{id:int}}/test", ask),
    Route(f"{PATH}/{{id:int}}/test", send, methods=["POST"]),
]
