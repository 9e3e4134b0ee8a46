"""What the office writes about a year: why something fell short, and what is to be done about it (rule 27).

One note for each unit and indicator, for each unit, and for the year as a whole; the newest words stand, the trail
knows who wrote when. Refuses to know what fell short.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.one_line import one_line
from consortium.permissions import Actor, may_run_season, require
from evaluation.follow_up_models import YearNote
from locales.errors import DomainError
from storage.audit import record
from storage.database import upsert

LONGEST_WORDS = 1000
WHOLE_YEAR = ""
FIRST_YEAR, LAST_YEAR = 2000, 2099

_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,40}(?:/[a-z][a-z0-9_]{0,39})?", re.ASCII)


def write_year_note(
    session: Session, *, year: int, subject: str, cause: str, measure: str, actor: Actor, now: datetime
) -> None:
    """Write a note, or change the one that stands; with no words at all it is taken away.

    `subject` is "unit/indicator", "unit", or "" for the year. Errors: `not_allowed`, `year_unknown`,
    `year_note_subject`, `year_note_length`.
    """
    require(may_run_season(actor))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DomainError("year_unknown")
    if subject != WHOLE_YEAR and (not _SUBJECT.fullmatch(subject) or not _has_unit(session, subject)):
        raise DomainError("year_note_subject")
    words = {"cause": one_line(cause), "measure": one_line(measure)}
    if any(len(each) > LONGEST_WORDS for each in words.values()):
        raise DomainError("year_note_length", limit=LONGEST_WORDS)
    standing = session.get(YearNote, (year, subject))
    if not any(words.values()):
        if standing is not None:
            session.delete(standing)
            place = f"year:{year}/{subject}"
            record(session, actor=actor.ref, action="remove_year_note", subject=place, now=now)
        return
    values = {**words, "written_by": actor.person_id, "written_at": now}
    upsert(session, YearNote, {"year": year, "subject": subject, **values}, conflict=["year", "subject"], update=values)
    session.expire_all()
    record(session, actor=actor.ref, action="write_year_note", subject=f"year:{year}/{subject}", now=now)


def year_notes(session: Session, year: int) -> Mapping[str, YearNote]:
    """The notes of a year by their subject."""
    found = session.scalars(select(YearNote).where(YearNote.year == year).order_by(YearNote.subject))
    return {each.subject: each for each in found}


def _has_unit(session: Session, subject: str) -> bool:
    return session.get(Unit, subject.partition("/")[0]) is not None
