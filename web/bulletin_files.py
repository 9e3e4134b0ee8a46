"""The printed edition of a bulletin as a file.

Released editions are for everybody who has the address, like the page itself; drafts are for the office and the
committee. The file is made once and kept: whoever asks gets the bytes that the mails carry.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins import editions
from bulletins.charts import EDITION, PDF, picture_key
from bulletins.models import Bulletin
from bulletins.pictures import rendering
from consortium.permissions import may_read_drafts
from locales.errors import DomainError
from web.pages import language_of
from web.site import site_of
from web.visitors import visitor_in

_PERIOD = re.compile(r"20[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
_MOST = 2**31
_A_DAY, _ASK_AGAIN = "public, max-age=86400", "private, no-cache"


class _File(NamedTuple):
    """Which edition is asked for."""

    bulletin_id: int
    edition: int
    is_newest_asked: bool
    is_public: bool


async def show_print(request: Request) -> Response:
    """GET /bulletins/{period}[/{edition}].pdf: the newest released edition of a month in print, or the one named."""
    period, number = request.path_params["period"], request.path_params.get("edition")
    if not _PERIOD.fullmatch(period) or (number is not None and number >= _MOST):
        raise DomainError("bulletin_unknown")
    site, language = site_of(request), language_of(request)

    def work(session: Session) -> _File:
        visitor = visitor_in(session, request)
        reads_drafts = visitor is not None and may_read_drafts(visitor.actor)
        wanted = select(Bulletin).where(Bulletin.period == period).order_by(Bulletin.edition.desc())
        if number is not None:
            wanted = wanted.where(Bulletin.edition == number)
        for each in session.scalars(wanted):
            is_public = each.state == editions.RELEASED
            if is_public or (reads_drafts and number is not None):
                return _File(each.id, each.edition, number is None, is_public)
        raise DomainError("bulletin_unknown")  # a draft is nobody's business: as if there were none

    found = await site.database.run(work)
    pdf = await rendering(site.database, picture_key(found.bulletin_id, language, EDITION), PDF)
    headers = {
        "Cache-Control": _A_DAY if found.is_public and not found.is_newest_asked else _ASK_AGAIN,
        "ETag": f'"{hashlib.sha256(pdf).hexdigest()}"',
        "Content-Disposition": f'inline; filename="tongping-{period}-{found.edition}-{language}.pdf"',
        "Vary": "Accept-Language, Cookie",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(pdf, media_type="application/pdf", headers=headers)


ROUTES = [
    Route("/bulletins/{period}.pdf", show_print),
    Route("/bulletins/{period}/{edition:int}.pdf", show_print),
]
