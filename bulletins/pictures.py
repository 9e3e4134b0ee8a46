"""Pictures and printed editions by their key: the stored one, or made now in a process of its own and stored.

Knows keys such as `bulletin:17:zh` (the ranking), `bulletin:17:zh:trends`, `bulletin:17:zh:edition` (the PDF) and
`honour:5:zh` (a poster), the table of renderings and the drawing program. Refuses to know who sends or shows them. Edge
code: it starts a process and waits; the drawing process gets no setting, no secret and no database, and one thread for
arithmetic. One picture is drawn at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.charts import EDITION, KINDS, PDF, PNG, RANKING, SVG, kinds_of
from bulletins.content import from_json
from bulletins.honours import poster_of
from bulletins.models import Bulletin, Rendering
from bulletins.poster_drawing import HONOUR, poster_to_json
from locales.errors import DomainError
from storage.base import canonical
from storage.database import Database, upsert

LONGEST_DRAWING = 60.0
"""Seconds after which a drawing process is given up."""

_KEY = re.compile(
    r"bulletin:(?P<id>[0-9]{1,9}):(?P<language>zh|en)(?::(?P<kind>history|trends|heat|edition))?"
    r"|honour:(?P<honour>[0-9]{1,9}):(?P<in>zh|en)"
)
_ROOT = Path(__file__).parent.parent
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_ENVIRONMENT = {**_ONE_THREAD, "PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}
_BEGINS = {PNG: b"\x89PNG", SVG: b"<svg", PDF: b"%PDF-"}
_FORMS = {EDITION: (PDF,), **dict.fromkeys((*KINDS, HONOUR), (PNG, SVG))}
_MOST_POSTERS = 32

_log = structlog.get_logger("bulletins")
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
_posters: OrderedDict[str, bytes] = OrderedDict()  # they belong to no edition; named by what they show


@dataclass(frozen=True, slots=True)
class _Order:
    """Something to draw: of which edition (None for a poster), in which form, and of which content."""

    bulletin_id: int | None
    language: str
    kind: str
    form: str
    content_hash: str
    content: Mapping[str, Any]


async def picture(database: Database, key: str) -> bytes:
    """The PNG of a key. `picture_unknown` for any key without a picture, `picture_failed` if drawing goes wrong."""
    return await rendering(database, key, PNG)


async def rendering(database: Database, key: str, form: str) -> bytes:
    """The PNG or SVG of a picture's key, or the PDF of an edition's. Errors: `picture_unknown`, `picture_failed`."""
    found = await database.run(lambda session: _stored(session, key, form))
    if isinstance(found, bytes):
        return found
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        found = await database.run(lambda session: _stored(session, key, form))  # somebody may have drawn it meanwhile
        if isinstance(found, bytes):
            return found
        order = found
        made = await _draw(order)
        if order.bulletin_id is None:
            _keep_poster(order, made)
        else:
            await database.run(lambda session: _store(session, order, made))
        return made


async def drawn(content: Mapping[str, Any], *, language: str, kind: str, form: str) -> bytes:
    """A picture or PDF of a content that is not kept: the same bytes as the kept one. `picture_failed` if it fails."""
    return await _draw(_Order(None, language, kind, form, "", content))


def _stored(session: Session, key: str, form: str) -> bytes | _Order:
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise DomainError("picture_unknown")
    if parts["honour"] is not None:
        return _poster(session, int(parts["honour"]), parts["in"], form)
    kind, bulletin = parts["kind"] or RANKING, session.get(Bulletin, int(parts["id"]))
    if bulletin is None or form not in _FORMS[kind]:
        raise DomainError("picture_unknown")
    kept = session.scalar(
        select(Rendering.content).where(
            Rendering.bulletin_id == bulletin.id,
            Rendering.language == parts["language"],
            Rendering.kind == kind,
            Rendering.form == form,
            Rendering.content_hash == bulletin.content_hash,
        )
    )
    if kept is not None:
        return kept
    if kind not in (*kinds_of(from_json(bulletin.content)), EDITION):
        raise DomainError("picture_unknown")
    return _Order(bulletin.id, parts["language"], kind, form, bulletin.content_hash, bulletin.content)


def _poster(session: Session, honour_id: int, language: str, form: str) -> bytes | _Order:
    """A poster drawn before, or the order for it; what it shows can change as long as nobody has it."""
    if form not in _FORMS[HONOUR]:
        raise DomainError("picture_unknown")
    try:
        found = poster_of(session, honour_id)
    except DomainError:
        raise DomainError("picture_unknown") from None  # an honour that is not decided has no poster
    content = poster_to_json(found)
    shows = hashlib.sha256(canonical(content).encode()).hexdigest()
    order = _Order(None, language, HONOUR, form, shows, content)
    return _posters.get(_poster_name(order), order)


def _poster_name(order: _Order) -> str:
    return f"{order.content_hash}:{order.language}:{order.form}"


def _keep_poster(order: _Order, made: bytes) -> None:
    _posters[_poster_name(order)] = made
    while len(_posters) > _MOST_POSTERS:
        _posters.popitem(last=False)


def _store(session: Session, order: _Order, made: bytes) -> None:
    values = {"content_hash": order.content_hash, "content": made, "sha256": hashlib.sha256(made).hexdigest()}
    place = {"bulletin_id": order.bulletin_id, "language": order.language, "kind": order.kind, "form": order.form}
    upsert(session, Rendering, {**place, **values}, list(place), values)


async def _draw(order: _Order) -> bytes:
    """Run the drawing program for one order."""
    asked = {"kind": order.kind, "form": order.form, "language": order.language, "content": order.content}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bulletins.charts", env=_ENVIRONMENT, cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        made, said = await asyncio.wait_for(child.communicate(json.dumps(asked).encode()), LONGEST_DRAWING)
    except TimeoutError:
        _log.error("picture.too_slow", bulletin=order.bulletin_id, kind=order.kind, seconds=LONGEST_DRAWING)
        raise DomainError("picture_failed") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or not made.startswith(_BEGINS[order.form]):
        last_line = said.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        _log.error(
            "picture.failed",
            bulletin=order.bulletin_id,
            kind=order.kind,
            exit=child.returncode,
            reason=last_line[:300],
        )
        raise DomainError("picture_failed")
    return made
