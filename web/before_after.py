"""Before and after as a page: for everybody who reads bulletins."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulletins.before_after import Overview, before_after
from web.before_after_views import overview_view
from web.pages import language_of, page
from web.site import site_of
from web.visitors import visitor_in


async def show(request: Request) -> Response:
    """GET /before-after: figures of earlier years beside our own of released months, and places with their field."""

    def work(session: Session) -> Overview:
        visitor_in(session, request)
        return before_after(session)

    found = await site_of(request).database.run(work)
    return page(request, "before_after.html.j2", view=overview_view(found, language_of(request)))


ROUTES = [Route("/before-after", show)]
