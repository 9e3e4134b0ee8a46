"""The digest 摘要 for heads of units (rule 122): after a bulletin is released, each head is told of the own unit, once.

Knows what a head is told in a few lines: the result, where it moved, what cost most, what waits for the unit. All of it
stands on the unit's own pages too. Refuses to say anything of another unit: it is given one scorecard and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import String, cast, exists, func, literal, select
from sqlalchemy.orm import Session

from bulletins.content import from_json
from bulletins.models import Bulletin, Retraction
from bulletins.notices import tell
from bulletins.parts import UnitRow
from bulletins.wording import edition_name, name_in, one_line
from consortium.models import Role
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import HEAD
from evaluation.explaining import explain
from evaluation.explanation import ExplainedLine, Explanation
from evaluation.explanation_text import rank_text
from evaluation.follow_up_models import Objection, WrittenExplanation
from evaluation.office_models import Action
from locales.errors import DomainError
from locales.numbers import rounded
from locales.texts import pick, text
from outbox.cutting import safe_cut
from outbox.message import Button, Message
from storage.audit import AuditRow, record
from storage.database import serialize

ACTOR = "schedule"
SENT = "send_digests"
"""The audit row that says that the heads have been told of an edition."""

WITHIN = timedelta(days=3)
"""An edition that was released longer ago is no news: nobody is told any more."""

MOST_COSTLY, MOST_COMMENTS = 3, 3
_LONGEST_NAME, _LONGEST_COMMENT = 60, 120
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for one unit: explanations it owes, actions under way, objections without an answer."""

    explanations: int
    actions: int
    objections: int


def send_digests(session: Session, *, now: datetime) -> int:
    """Tell the heads of what has been released since; how many chats were told. Again it tells nobody twice."""
    subject = literal("bulletin:") + cast(Bulletin.id, String)
    told = exists().where(AuditRow.action == SENT, AuditRow.subject == subject)
    taken_back = exists().where(Retraction.bulletin_id == Bulletin.id, Retraction.state == "done")
    new = select(Bulletin).where(Bulletin.state == "released", Bulletin.released_at > now - WITHIN, ~told, ~taken_back)
    if session.scalars(new.limit(1)).first() is None:
        return 0
    serialize(session, SENT)  # another process may be at it; what it has told is seen below
    chats = 0
    for bulletin in session.scalars(new.order_by(Bulletin.id)).all():
        count = _tell_heads(session, bulletin, now)
        record(session, actor=ACTOR, action=SENT, subject=f"bulletin:{bulletin.id}", now=now, details={"chats": count})
        chats += count
    return chats


def pass_over_digests(session: Session, *, now: datetime) -> None:
    """After a restore: who has been told of these editions is not known here, so nobody is told by itself."""
    for bulletin_id in session.scalars(select(Bulletin.id).where(Bulletin.released_at > now - WITHIN)):
        record(
            session, actor=ACTOR, action=SENT, subject=f"bulletin:{bulletin_id}", now=now, details={"restored": True}
        )


def _tell_heads(session: Session, bulletin: Bulletin, now: datetime) -> int:
    content, period = from_json(bulletin.content), Period.parse(bulletin.period)
    rows = {row.code: row for tier in content.tiers for row in tier.units}
    units = session.scalars(select(Role.unit_code).where(Role.role == HEAD).distinct()).all()
    chats = 0
    for code in sorted(unit for unit in units if unit is not None):
        try:
            found = explain(session, unit_code=code, period=period)
        except DomainError:  # no scorecard in this month: nothing to tell
            continue
        waiting = _waiting(session, code)

        def message(language: str, found: Explanation = found, waiting: Waiting = waiting) -> Message:
            name, row = edition_name(content, language), rows.get(found.unit_code)
            return Message("\n".join(digest_lines(found, row, waiting, name, language)), _buttons(found, language))

        people, key = people_with_role(session, HEAD, code), f"digest:{bulletin.id}:{code}"
        chats += tell(session, people=people, key=key, kind="notice", message=message, now=now)
    return chats


def digest_lines(found: Explanation, row: UnitRow | None, waiting: Waiting, edition: str, language: str) -> list[str]:
    """What the head of one unit reads. `row` is the unit's own line of the bulletin; None where it stands in none."""
    unit = name_in(found.unit_name, language, found.unit_code)
    lines = [text(language, "digest.head", unit=unit, edition=edition)]
    if found.veto is not None or found.total is None:
        lines.append(text(language, "digest.no_total"))
    else:
        lines.append(text(language, "digest.total", total=rounded(found.total, 2)) + _ends(row, language))
        lines.append(rank_text(found.rank, found.rank_of, found.unranked_reason, language) + _places(row, language))
    movement = row.certainty.movement if row is not None and row.certainty is not None else None
    lines += [text(language, f"digest.moved.{movement}")] if movement is not None else []
    lines += ["", *_dimensions(found, language), *_costly(found.lines, language), *_comments(found, language)]
    lines += ["", text(language, "digest.waiting", explanations=waiting.explanations, actions=waiting.actions,
                       objections=waiting.objections)]  # fmt: skip
    return lines


def _ends(row: UnitRow | None, language: str) -> str:
    sure = row.certainty if row is not None else None
    if sure is None or sure.total_low is None or sure.total_high is None:
        return ""
    return text(language, "digest.between", low=rounded(sure.total_low, 1), high=rounded(sure.total_high, 1))


def _places(row: UnitRow | None, language: str) -> str:
    sure = row.certainty if row is not None else None
    if sure is None or sure.rank_low is None or sure.rank_high is None:
        return ""
    return text(language, "digest.between", low=sure.rank_low, high=sure.rank_high)


def _dimensions(found: Explanation, language: str) -> list[str]:
    available: dict[str, Fraction] = {}
    for line in found.lines:
        available[line.dimension] = available.get(line.dimension, Fraction(0)) + line.available
    return [
        text(
            language,
            "digest.dimension",
            name=_short(pick(found.dimension_names.get(code, {}), language) or code),
            points="—" if points is None else rounded(points, 1),
            of=rounded(available.get(code, Fraction(0)), 1),
        )
        for code, points in found.dimensions.items()
    ]


def _costly(lines: Iterable[ExplainedLine], language: str) -> list[str]:
    """The lines that cost most points, the dearest first."""
    lost = [(line.available - line.points, line) for line in lines if line.points is not None]
    dearest = sorted((each for each in lost if each[0] > 0), key=lambda each: (-each[0], each[1].code))[:MOST_COSTLY]
    if not dearest:
        return []
    said = [
        text(language, "digest.lost", name=_short(pick(line.name, language) or line.code), points=rounded(points, 1))
        for points, line in dearest
    ]
    return ["", text(language, "digest.costly"), *said]


def _comments(found: Explanation, language: str) -> list[str]:
    """What the office has made of the raters' comments and shown to this unit."""
    shown = [_short(comment, _LONGEST_COMMENT) for comment in found.peer_comments[:MOST_COMMENTS]]
    return ["", text(language, "digest.comments"), *(f"· {each}" for each in shown)] if shown else []


def _buttons(found: Explanation, language: str) -> tuple[tuple[Button, ...], ...]:
    """The way to the scorecard, by the address that `bot.explain_desk` understands."""
    written = str(found.period).removeprefix(str(_CENTURY)[:2])
    return ((Button(text(language, "digest.look"), ("k", found.unit_code, written)),),)


def _waiting(session: Session, unit_code: str) -> Waiting:
    def count(model: type[WrittenExplanation | Action | Objection], *states: str) -> int:
        rows = select(func.count()).select_from(model).where(model.unit_code == unit_code, model.state.in_(states))
        return session.scalar(rows) or 0

    return Waiting(
        explanations=count(WrittenExplanation, "asked", "returned"),
        actions=count(Action, "open", "done"),
        objections=count(Objection, "open"),
    )


def _short(written: str, longest: int = _LONGEST_NAME) -> str:
    line = one_line(written)
    return line if len(line) <= longest else line[: safe_cut(line, longest - 1)] + "…"
