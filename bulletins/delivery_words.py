"""Which part of which edition a delivery carries, in words, for whoever decides about one in doubt.

Knows the keys of `bulletins.sent_editions`, and never a message's text. Refuses to know how a delivery stands.
"""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.content import from_json
from bulletins.models import Bulletin, Retraction
from bulletins.sent_editions import part_named
from bulletins.wording import edition_name
from locales.texts import text
from outbox.models import Delivery

_CHANGE = re.compile(r"restate:(?P<id>[0-9]{1,18}):[0-9]+", re.ASCII)
_NOTICE = re.compile(r"retracted:(?P<id>[0-9]{1,9}):.*", re.ASCII)


def part_words(session: Session, dedupe_key: str, language: str) -> str:
    """`2026年10月协同简报 · 排名图`; "" for a delivery that carries no bulletin."""
    change = _CHANGE.fullmatch(dedupe_key)
    if change is not None:
        key = session.scalar(select(Delivery.dedupe_key).where(Delivery.id == int(change["id"])))
        said = part_words(session, key, language) if key is not None else ""
        return text(language, "release.part.change", what=said) if said else ""
    notice = _NOTICE.fullmatch(dedupe_key)
    if notice is not None:
        found = session.get(Retraction, int(notice["id"]))
        name = _name(session, found.bulletin_id, language) if found is not None else ""
        return text(language, "release.part.retraction", name=name) if name else ""
    named = part_named(dedupe_key)
    name = _name(session, named[0], language) if named is not None else ""
    if named is None or not name:
        return ""
    part = named[1]
    said = (
        text(language, "release.part.text", number=part) if part.isdecimal() else text(language, f"release.part.{part}")
    )
    return text(language, "release.part.of", name=name, part=said)


def _name(session: Session, bulletin_id: int, language: str) -> str:
    found = session.get(Bulletin, bulletin_id)
    return "" if found is None else edition_name(from_json(found.content), language)
