"""Pictures by their key: the stored one, or drawn now in a process of its own and stored.

Knows keys such as `bulletin:17:zh` (the ranking) and `bulletin:17:zh:history`, the table of pictures and the drawing
program. Refuses to know who sends or shows them. Edge code: it starts a process and waits; the drawing process gets no
setting, no secret and no database, and one thread for arithmetic. One picture is drawn at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.charts import HISTORY, RANKING
from bulletins.models import Bulletin, BulletinPicture
from locales.errors import DomainError
from storage.database import Database, upsert

LONGEST_DRAWING = 60.0
"""Seconds after which a drawing process is given up."""

_KEY = re.compile(r"bulletin:(?P<id>[0-9]{1,9}):(?P<language>zh|en)(?::(?P<kind>history))?")
_ROOT = Path(__file__).parent.parent
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_ENVIRONMENT = {**_ONE_THREAD, "PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}

_log = structlog.get_logger("bulletins")
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Order:
    """A picture to draw: of which edition, and of which content."""

    bulletin_id: int
    language: str
    kind: str
    content_hash: str
    content: dict[str, Any]


async def picture(database: Database, key: str) -> bytes:
    """The PNG of a key. `picture_unknown` for any key without an edition, `picture_failed` if drawing goes wrong."""
    found = await database.run(lambda session: _stored(session, key))
    if isinstance(found, bytes):
        return found
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        found = await database.run(lambda session: _stored(session, key))  # somebody may have drawn it meanwhile
        if isinstance(found, bytes):
            return found
        order = found
        png = await _draw(order)
        await database.run(lambda session: _store(session, order, png))
        return png


def _stored(session: Session, key: str) -> bytes | _Order:
    parts = _KEY.fullmatch(key)
    bulletin = session.get(Bulletin, int(parts["id"])) if parts is not None else None
    if parts is None or bulletin is None:
        raise DomainError("picture_unknown")
    kind = HISTORY if parts["kind"] else RANKING
    if kind == HISTORY and not bulletin.content["history"]:
        raise DomainError("picture_unknown")
    png = session.scalar(
        select(BulletinPicture.png).where(
            BulletinPicture.bulletin_id == bulletin.id,
            BulletinPicture.language == parts["language"],
            BulletinPicture.kind == kind,
            BulletinPicture.content_hash == bulletin.content_hash,
        )
    )
    if png is not None:
        return png
    return _Order(bulletin.id, parts["language"], kind, bulletin.content_hash, bulletin.content)


def _store(session: Session, order: _Order, png: bytes) -> None:
    values = {"content_hash": order.content_hash, "png": png, "sha256": hashlib.sha256(png).hexdigest()}
    place = {"bulletin_id": order.bulletin_id, "language": order.language, "kind": order.kind}
    upsert(session, BulletinPicture, {**place, **values}, ["bulletin_id", "language", "kind"], values)


async def _draw(order: _Order) -> bytes:
    """Run the drawing program for one order."""
    asked = json.dumps({"kind": order.kind, "language": order.language, "content": order.content}).encode()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bulletins.charts", env=_ENVIRONMENT, cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        png, said = await asyncio.wait_for(child.communicate(asked), LONGEST_DRAWING)
    except TimeoutError:
        _log.error("picture.too_slow", bulletin=order.bulletin_id, seconds=LONGEST_DRAWING)
        raise DomainError("picture_failed") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or not png.startswith(b"\x89PNG"):
        last_line = said.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        _log.error("picture.failed", bulletin=order.bulletin_id, exit=child.returncode, reason=last_line[:300])
        raise DomainError("picture_failed")
    return png
