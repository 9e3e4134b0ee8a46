"""The bulletin on the web: the archive, every released edition, its pictures.

Released editions are for everybody who has the address; drafts and their pictures are for the office and the committee.
Figures come from the edition's own content, so what was released can be read again as it was.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins import editions
from bulletins.archive import retracted
from bulletins.charts import RANKING, picture_key
from bulletins.models import Bulletin, Retraction
from bulletins.pictures import picture
from bulletins.wording import edition_name, plain_text
from consortium.permissions import may_read_drafts
from consortium.units import zone
from locales.errors import DomainError
from web.bulletin_views import bulletin_view
from web.pages import language_of, local_time, page
from web.site import Site, site_of
from web.visitors import visitor_in

_PERIOD = re.compile(r"20[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
_PICTURE = re.compile(r"(?P<id>[0-9]{1,9})-(?P<language>zh|en)(?:-(?P<kind>history|trends|heat))?\.png", re.ASCII)
_A_DAY = "public, max-age=86400"
_ASK_AGAIN = "private, no-cache"


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the archive. `former` are the editions of the same month that came before it, newest first; `gone`
    those of them, this one too, that were taken back.
    """

    period: str
    name: str
    edition: int
    released: str
    former: tuple[int, ...]
    gone: frozenset[int]


@dataclass(frozen=True, slots=True)
class RetractionView:
    """When an edition was taken back, and why."""

    moment: str
    reason: str


async def archive(request: Request) -> Response:
    """GET /bulletins: every month, year by year, the newest first."""
    found, gone, local = await site_of(request).database.run(lambda session: _archived(session, request))
    entries = _entries(found, gone, language_of(request), local)
    years = [(year, list(of_year)) for year, of_year in groupby(entries, key=lambda entry: entry.period[:4])]
    return page(request, "bulletins.html.j2", years=years)


async def show(request: Request) -> Response:
    """GET /bulletins/{period}[/{edition}]: the newest released edition of a month, or an earlier one."""
    period, wanted = request.path_params["period"], request.path_params.get("edition")
    if not _PERIOD.fullmatch(period):
        raise DomainError("bulletin_unknown")

    archived, gone, local = await site_of(request).database.run(lambda session: _archived(session, request))
    found = [each for each in archived if each.period == period]
    chosen = next((each for each in found if wanted is None or each.edition == wanted), None)
    if chosen is None:
        raise DomainError("bulletin_unknown")
    return page(
        request,
        "bulletin.html.j2",
        bulletin=bulletin_view(editions.content_of(chosen), language_of(request)),
        bulletin_id=chosen.id,
        released=_released(chosen, local),
        newest=found[0].edition,
        others=[each.edition for each in found if each is not chosen],
        gone={each.edition for each in found if each.id in gone},
        retraction=_retraction(gone.get(chosen.id), local),
    )


async def show_picture(request: Request) -> Response:
    """GET /pictures/{id}-{language}[-history|-trends|-heat].png"""
    found = _PICTURE.fullmatch(request.path_params["name"])
    if found is None:
        raise DomainError("picture_unknown")

    def work(session: Session) -> bool:
        bulletin = editions.edition(session, int(found["id"]))
        if bulletin.state == editions.RELEASED:
            return True
        visitor = visitor_in(session, request)
        if visitor is None or not may_read_drafts(visitor.actor):
            raise DomainError("picture_unknown")  # as if there were none: a draft is nobody's business
        return False

    site = site_of(request)
    is_public = await site.database.run(work)
    key = picture_key(int(found["id"]), found["language"], found["kind"] or RANKING)
    return await picture_response(request, site, key, _A_DAY if is_public else _ASK_AGAIN)


async def picture_response(request: Request, site: Site, key: str, kept: str) -> Response:
    """The PNG of a key, named by its own digest: a browser that has it is told so."""
    png = await picture(site.database, key)
    headers = {"Cache-Control": kept, "ETag": f'"{hashlib.sha256(png).hexdigest()}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(png, media_type="image/png", headers=headers)


def _archived(session: Session, request: Request) -> tuple[list[Bulletin], dict[int, Retraction], ZoneInfo]:
    """Every released edition, the newest first, which of them were taken back, and the consortium's clock."""
    visitor_in(session, request)
    return editions.released(session), retracted(session), zone(session)


def _retraction(found: Retraction | None, local: ZoneInfo) -> RetractionView | None:
    if found is None or found.agreed_at is None:
        return None
    return RetractionView(local_time(found.agreed_at, local), plain_text(found.reason))


def _released(bulletin: Bulletin, local: ZoneInfo) -> str:
    return local_time(bulletin.released_at, local) if bulletin.released_at is not None else ""


def _entries(found: list[Bulletin], gone: Container[int], language: str, local: ZoneInfo) -> list[EntryView]:
    by_period: dict[str, list[Bulletin]] = {}
    for each in found:
        by_period.setdefault(each.period, []).append(each)
    return [
        EntryView(
            period=period,
            name=edition_name(editions.content_of(released[0]), language),
            edition=released[0].edition,
            released=_released(released[0], local),
            former=tuple(each.edition for each in released[1:]),
            gone=frozenset(each.edition for each in released if each.id in gone),
        )
        for period, released in by_period.items()
    ]


ROUTES = [
    Route("/bulletins", archive),
    Route("/bulletins/{period}", show),
    Route("/bulletins/{period}/{edition:int}", show),
    Route("/pictures/{name}", show_picture),
]
