"""Whether the process lives, and whether it can do its work: for supervisors and load balancers.

Tells which part is not ready, never why: these pages are open to everybody.
"""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from storage.database import Database
from storage.upgrade import is_current
from web.site import site_of

log = structlog.get_logger(__name__)

_PATIENCE = 3.0  # seconds: a database that does not answer by then is not reachable


async def alive(_request: Request) -> Response:
    """GET /healthz: the process answers."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """GET /readyz: 200 when every part of this process is ready, else 503 with the parts by name."""
    site = site_of(request)
    parts = await _database_parts(site.database)
    parts |= {name: bool(state) for name, state in site.ready().items()}
    is_ready = all(parts.values())
    document = {"status": "ok" if is_ready else "not_ready", "role": site.role, "parts": parts}
    return JSONResponse(document, status_code=200 if is_ready else 503)


async def _database_parts(database: Database) -> dict[str, bool]:
    try:
        async with asyncio.timeout(_PATIENCE):
            await database.run(_answers)
            return {"database": True, "migrations": await asyncio.to_thread(is_current, database)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the database is not reachable
        log.warning("database_unreachable", error=type(error).__name__)
        return {"database": False, "migrations": False}


def _answers(session: Session) -> None:
    session.execute(text("select 1"))


ROUTES = [Route("/healthz", alive), Route("/readyz", ready)]
