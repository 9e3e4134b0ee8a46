"""Posters 海报: a code on the wall that anybody may scan. Its answers are a stream of their own and carry no points.

A poster belongs to a unit, or to a department of it by a name of one's own. Opening its address makes nothing; a
button does, and only so many a day. Refuses to know who scanned.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from consortium.units import unit, zone
from locales.errors import DomainError
from locales.texts import LANGUAGES
from storage.audit import record
from storage.database import insert_new
from surveys.fielding.models import Fielded, Poster, PosterDay
from surveys.fielding.steps import COMPLETE
from surveys.invitations import Invited, invite_aside
from surveys.plain_text import clean_text
from surveys.questionnaires import in_use

LONGEST_DEPARTMENT = 30
USUAL_DAILY_LIMIT = 200
LARGEST_DAILY_LIMIT = 5000
MOST_POSTERS = 500
LIFETIME = timedelta(hours=24)
"""How long a survey that was opened from a poster may be finished."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # read aloud and typed from paper: nothing that is mistaken for another
_LENGTH = 8
_CODE = re.compile(f"[{_ALPHABET}]{{{_LENGTH}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PosterCount:
    """A poster with what came of it: surveys opened, today and ever, and answers sent."""

    poster: Poster
    opened: int
    opened_today: int
    complete: int


def new_poster_code() -> str:
    """Eight letters and digits that are not mistaken for each other. Draws from the system's random source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def make_poster(
    session: Session,
    *,
    unit_code: str,
    department: str,
    kind: str,
    code: str,
    actor: str,
    now: datetime,
    daily_limit: int = USUAL_DAILY_LIMIT,
) -> Poster:
    """A poster for a unit, or for a department of it ("" for none). `kind` decides the questionnaire.

    The same department and kind again gives the poster that hangs there already. Errors: `unit_unknown`,
    `department_name`, `kind_without_questionnaire`, `poster_limit`, `poster_too_many`.
    """
    unit(session, unit_code)
    name = clean_text(department)
    if name is None or len(name) > LONGEST_DEPARTMENT or "\n" in name:
        raise DomainError("department_name", limit=LONGEST_DEPARTMENT)
    if in_use(session, kind) is None:
        raise DomainError("kind_without_questionnaire", kind=kind[:40])
    if not 1 <= daily_limit <= LARGEST_DAILY_LIMIT:
        raise DomainError("poster_limit", limit=LARGEST_DAILY_LIMIT)
    hanging = posters(session, unit_code=unit_code)
    same = next((each for each in hanging if (each.department, each.kind) == (name, kind)), None)
    if same is not None:
        return same
    if len(hanging) >= MOST_POSTERS:
        raise DomainError("poster_too_many", limit=MOST_POSTERS)
    poster = Poster(
        code=code,
        unit_code=unit_code,
        department=name,
        kind=kind,
        daily_limit=daily_limit,
        created_at=now,
        withdrawn_at=None,
    )
    session.add(poster)
    session.flush()
    record(session, actor=actor, action="make_poster", subject=f"poster:{code}", now=now,
           details={"unit": unit_code, "kind": kind, "department": name})  # fmt: skip
    return poster


def withdraw_poster(session: Session, *, code: str, actor: str, now: datetime) -> None:
    """Nobody can begin from this poster any more; what was begun may be finished. Again changes nothing."""
    poster = session.get(Poster, code, with_for_update=True)
    if poster is None:
        raise DomainError("poster_unknown")
    if poster.withdrawn_at is None:
        poster.withdrawn_at = now
        session.flush()
        record(session, actor=actor, action="withdraw_poster", subject=f"poster:{code}", now=now)


def posters(session: Session, *, unit_code: str) -> list[Poster]:
    """The posters of a unit that are not withdrawn, by department."""
    return list(
        session.scalars(
            select(Poster)
            .where(Poster.unit_code == unit_code, Poster.withdrawn_at.is_(None))
            .order_by(Poster.department, Poster.kind, Poster.code)
        )
    )


def poster_counts(session: Session, *, unit_code: str, now: datetime) -> list[PosterCount]:
    """The same with what came of each."""
    hanging = posters(session, unit_code=unit_code)
    codes = [poster.code for poster in hanging]
    opened = _by_code(session, select(Fielded.poster_code, func.count()), codes)
    complete = _by_code(
        session, select(Fielded.poster_code, func.count()).where(Fielded.disposition == COMPLETE), codes
    )
    today = _day(session, now)
    rows = session.execute(select(PosterDay.code, PosterDay.opened).where(PosterDay.day == today))
    todays = dict(rows.all())
    return [
        PosterCount(each, opened.get(each.code, 0), todays.get(each.code, 0), complete.get(each.code, 0))
        for each in hanging
    ]


def poster_at(session: Session, *, code: str) -> Poster:
    """The poster of a code as it was scanned or typed, or `poster_unknown`; `poster_withdrawn` once taken down."""
    typed = code.strip().lower()
    poster = session.get(Poster, typed) if _CODE.fullmatch(typed) else None
    if poster is None:
        raise DomainError("poster_unknown")
    if poster.withdrawn_at is not None:
        raise DomainError("poster_withdrawn")
    return poster


def open_poster(session: Session, *, code: str, language: str, ticket: str, new_id: str, now: datetime) -> Invited:
    """Somebody wants to answer: an invitation of the stream `poster`, without a visit.

    Errors: `poster_unknown`, `poster_withdrawn`, `poster_full` (the day's limit is reached),
    `kind_without_questionnaire`, `invitation_language`.
    """
    poster = poster_at(session, code=code)
    if language not in LANGUAGES:
        raise DomainError("invitation_language", value=language[:20])
    questionnaire = in_use(session, poster.kind)
    if questionnaire is None:
        raise DomainError("kind_without_questionnaire", kind=poster.kind)
    _count_opening(session, poster, _day(session, now))
    return invite_aside(
        session,
        stream="poster",
        unit_code=poster.unit_code,
        visit=f"poster:{new_id}",
        kind=poster.kind,
        language=language,
        questionnaire=questionnaire,
        lifetime=LIFETIME,
        ticket=ticket,
        new_id=new_id,
        actor="patient",
        now=now,
        poster_code=poster.code,
    )


def _count_opening(session: Session, poster: Poster, day: str) -> None:
    """One more today, or `poster_full`. Counting is one statement: many at once are never one too many."""
    if insert_new(session, PosterDay, {"code": poster.code, "day": day, "opened": 1}, ["code", "day"]):
        return
    counted = session.execute(
        update(PosterDay)
        .where(PosterDay.code == poster.code, PosterDay.day == day, PosterDay.opened < poster.daily_limit)
        .values(opened=PosterDay.opened + 1)
        .returning(PosterDay.opened)
        .execution_options(synchronize_session=False)
    ).first()
    if counted is None:
        raise DomainError("poster_full")


def _by_code(session: Session, statement: Any, codes: list[str]) -> dict[str, int]:
    rows = session.execute(statement.where(Fielded.poster_code.in_(codes)).group_by(Fielded.poster_code))
    return dict(rows.all())


def _day(session: Session, now: datetime) -> str:
    return now.astimezone(zone(session)).date().isoformat()
