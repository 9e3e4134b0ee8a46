"""That a visit was reported, when its number is no longer kept: so that a report again invites nobody a second time.

A keyed hash in a table of its own, the same for visits that were invited and for those a wave passed over. From an
invitation nothing leads here, nor back: whoever knows a number learns that it was reported once, and no more. The key
is the database's own and is drawn here, from the system's random source, when the first visit is forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.database import insert_new
from surveys.fielding.models import PAST_VISITS, PastVisitKey
from surveys.fielding.rows import chunks, insert_new_rows

_PURPOSE = b"tongping.past-visit.1\x00"


def remember_visits(session: Session, *, visits: Iterable[tuple[str, str]]) -> None:
    """(Unit, number) of visits whose numbers are about to be forgotten. Again changes nothing."""
    pairs = list(visits)
    if not pairs:
        return
    insert_new(session, PastVisitKey, {"id": 1, "key": secrets.token_hex(32)}, ["id"])
    key = _key(session)
    rows = sorted({(unit_code, _mark(key or b"", unit_code, visit)) for unit_code, visit in pairs})
    for some in chunks(rows):
        made = [{"unit_code": unit_code, "mark": mark} for unit_code, mark in some]
        insert_new_rows(session, PAST_VISITS, made, conflict=["unit_code", "mark"], key="mark")


def past_visits(session: Session, *, unit_code: str, visits: Sequence[str]) -> set[str]:
    """Those of the visits that were reported so long ago that only this is known of them."""
    key = _key(session)
    if key is None or not visits:
        return set()
    by_mark = {_mark(key, unit_code, visit): visit for visit in visits}
    found: set[str] = set()
    for some in chunks(list(by_mark)):
        marks = session.scalars(
            select(PAST_VISITS.c.mark).where(PAST_VISITS.c.unit_code == unit_code, PAST_VISITS.c.mark.in_(some))
        )
        found |= {by_mark[mark] for mark in marks}
    return found


def _key(session: Session) -> bytes | None:
    written = session.scalar(select(PastVisitKey.key))
    return bytes.fromhex(written) if written is not None else None


def _mark(key: bytes, unit_code: str, visit: str) -> str:
    content = _PURPOSE + unit_code.encode() + b"\x00" + visit.encode("utf-8", "surrogatepass")
    return hmac.new(key, content, hashlib.sha256).hexdigest()
