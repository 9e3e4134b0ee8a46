"""Comments after a count: the office words each anew or leaves it out, then shows a unit all of them at once.

Who wrote a comment is known to nobody. The unit reads only the office's wording, and only once "show" was pressed for
all of its comments; then the originals are deleted, so that a comment without its original is one that is shown.
Refuses a wording that is the original, and to put any text into the audit. Rules 21 and 46.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from locales.errors import DomainError
from reviews.comments import tidy_comment
from reviews.models import PeerComment
from storage.audit import record
from storage.database import serialize

NOT_SHOWN = ""
"""The wording of a comment that the office leaves out."""

_TELLING = 8  # letters of an original from which on a wording must not contain it


@dataclass(frozen=True, slots=True)
class WaitingComment:
    """A comment as the office sees it. `reworded` is None while undecided, NOT_SHOWN for one that is left out."""

    id: str
    original: str
    reworded: str | None


@dataclass(frozen=True, slots=True)
class UnitComments:
    """One unit's comments of a month: those that wait for the office, or, once it showed them, what the unit reads."""

    unit_code: str
    waiting: tuple[WaitingComment, ...]
    shown: tuple[str, ...]

    @property
    def undecided(self) -> int:
        return sum(each.reworded is None for each in self.waiting)


def comments_of(session: Session, *, period: Period) -> dict[str, UnitComments]:
    """Unit → its comments of a counted month, in the order of their random ids; units without any are not in it."""
    rows = session.scalars(
        select(PeerComment)
        .where(PeerComment.period == str(period))
        .order_by(PeerComment.unit_code, PeerComment.id)
        .execution_options(populate_existing=True)
    )
    found: dict[str, list[PeerComment]] = {}
    for row in rows:
        found.setdefault(row.unit_code, []).append(row)
    return {
        unit: UnitComments(
            unit,
            tuple(WaitingComment(row.id, row.comment, row.reworded) for row in rows if row.comment),
            tuple(row.reworded for row in rows if not row.comment and row.reworded),
        )
        for unit, rows in found.items()
    }


def months_with_comments(session: Session) -> dict[str, int]:
    """Month → comments that still wait for the office to decide or to show; the newest month first."""
    rows = session.execute(
        select(PeerComment.period, func.count().filter(PeerComment.comment != ""))
        .group_by(PeerComment.period)
        .order_by(PeerComment.period.desc())
    )
    return dict(rows.all())


def shown_comments(session: Session, *, period: Period, unit_code: str) -> tuple[str, ...]:
    """What a unit reads: the office's wordings, once it has shown them."""
    found = session.scalars(
        select(PeerComment.reworded)
        .where(PeerComment.period == str(period), PeerComment.unit_code == unit_code, PeerComment.comment == "")
        .order_by(PeerComment.id)
    )
    return tuple(each for each in found if each)


def reword_comments(
    session: Session, *, period: Period, unit_code: str, wordings: Mapping[str, str | None], actor: Actor, now: datetime
) -> int:
    """Keep the office's wordings of comments by id (NOT_SHOWN: left out, None: undecided again); how many changed.

    All of them or none. Errors: `not_allowed`, `comments_shown_already`, `comment_unknown`, `comment_too_long`,
    `comment_not_reworded` for one that is an original but for case, spaces and punctuation, or holds one whole, or has
    no words.
    """
    found = _waiting(session, period, unit_code, actor)
    if not set(wordings) <= set(found):
        raise DomainError("comment_unknown")
    originals = {bare(each.original) for each in found.values()}
    tidy = {id_: None if written is None else tidy_comment(written) for id_, written in wordings.items()}
    for number, id_ in enumerate(found, start=1):
        written = tidy.get(id_)
        if written and not _is_reworded(written, originals):
            raise DomainError("comment_not_reworded", number=number)
    changed = {id_: written for id_, written in tidy.items() if found[id_].reworded != written}
    for id_, written in changed.items():
        session.execute(
            update(PeerComment)
            .where(PeerComment.id == id_)
            .values(reworded=written, reworded_by=actor.person_id, reworded_at=now)
            .execution_options(synchronize_session=False)
        )
    if changed:
        decided = [written for written in changed.values() if written is not None]
        left_out = decided.count(NOT_SHOWN)
        details = {"reworded": len(decided) - left_out, "left_out": left_out, "reopened": len(changed) - len(decided)}
        _record(session, actor, "reword_peer_comments", period, unit_code, now, details)
    return len(changed)


def show_comments(session: Session, *, period: Period, unit_code: str, actor: Actor, now: datetime) -> int:
    """Show a unit the office's wordings, and delete the originals and what is left out; how many it reads now.

    Errors: `not_allowed`, `comments_shown_already`, `comment_unknown` (there is none), `comments_undecided`.
    """
    found = _waiting(session, period, unit_code, actor)
    undecided = sum(each.reworded is None for each in found.values())
    if undecided:
        raise DomainError("comments_undecided", count=undecided)
    theirs = (PeerComment.period == str(period)) & (PeerComment.unit_code == unit_code)
    left_out = sum(each.reworded == NOT_SHOWN for each in found.values())
    for statement in (
        delete(PeerComment).where(theirs, PeerComment.reworded == NOT_SHOWN),
        update(PeerComment).where(theirs).values(comment=""),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    details = {"shown": len(found) - left_out, "left_out": left_out}
    _record(session, actor, "show_peer_comments", period, unit_code, now, details)
    return len(found) - left_out


def take_back_comments(session: Session, *, period: Period, unit_code: str, actor: Actor, now: datetime) -> int:
    """Take what a unit reads away again, for good: the originals are gone. How many wordings were deleted.

    Errors: `not_allowed`, `comment_unknown` where nothing is shown.
    """
    require(may_run_season(actor))
    serialize(session, _lock(period, unit_code))
    count = len(shown_comments(session, period=period, unit_code=unit_code))
    if not count:
        raise DomainError("comment_unknown")
    session.execute(
        delete(PeerComment)
        .where(PeerComment.period == str(period), PeerComment.unit_code == unit_code, PeerComment.comment == "")
        .execution_options(synchronize_session=False)
    )
    _record(session, actor, "take_back_peer_comments", period, unit_code, now, {"taken_back": count})
    return count


def bare(written: str) -> str:
    """The letters and digits of a text and nothing else, so that an edit of case, width, spaces or marks is none."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).casefold())
    return "".join(each for each in folded if unicodedata.category(each)[0] in "LN")


def _is_reworded(wording: str, originals: set[str]) -> bool:
    said = bare(wording)
    return bool(said) and not any(said == each or (len(each) >= _TELLING and each in said) for each in originals)


def _waiting(session: Session, period: Period, unit_code: str, actor: Actor) -> dict[str, WaitingComment]:
    """The unit's comments that wait for the office, by id; locked, so that of two who decide one comes second."""
    require(may_run_season(actor))
    serialize(session, _lock(period, unit_code))
    found = comments_of(session, period=period).get(unit_code)
    if found is None:
        raise DomainError("comment_unknown")
    if not found.waiting:
        raise DomainError("comments_shown_already")
    return {each.id: each for each in found.waiting}


def _lock(period: Period, unit_code: str) -> str:
    return f"peer_comments:{period}:{unit_code}"


def _record(  # noqa: PLR0917 - the facts of one row
    session: Session,
    actor: Actor,
    action: str,
    period: Period,
    unit_code: str,
    now: datetime,
    details: Mapping[str, int],
) -> None:
    subject = f"peer_comments:{period}/{unit_code}"
    record(session, actor=actor.ref, action=action, subject=subject, now=now, details=details)
