"""The style sheet, the scripts and the icon: read once at the start, named by their content, kept by browsers.

Serves what lies in `static/` and nothing else: a name that is not in the table does not exist.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from locales.errors import DomainError

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    media_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every file by its name."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            found[path.name] = Asset(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:_DIGITS])
    return found


def asset_path(name: str) -> str:
    """The address of a file; it changes with the content, so it may be kept for ever."""
    return f"/static/{name}?v={assets()[name].version}"


async def show(request: Request) -> Response:
    """GET /static/{name}"""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        raise DomainError("page_unknown")
    is_this_version = request.query_params.get("v") == asset.version
    headers = {"Cache-Control": _FOR_EVER if is_this_version else _ASK_AGAIN, "ETag": f'"{asset.version}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


ROUTES = [Route("/static/{name}", show)]
