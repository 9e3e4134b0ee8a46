"""Links for a group of which there is no list: so many of them, each with a serial that means nobody.

Whoever hands them out decides who gets one; the serial is random and stands for no person. Only blind surveys are
handed out so. Draws nothing itself: `token` makes ids, tickets and serials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from consortium.permissions import Actor, require
from consortium.units import unit
from locales.errors import DomainError
from locales.texts import LANGUAGES
from storage.audit import record
from surveys.fielding.visit_files import LONGEST_GROUP
from surveys.fielding.visit_lists import may_field
from surveys.invitations import NewVisit, invite_many
from surveys.questionnaires import for_kind

LEAST_LINKS, MOST_LINKS = 1, 500
_SERIAL = 12  # characters of a token: enough that no two are alike


@dataclass(frozen=True, slots=True)
class HandedLink:
    """One link to hand out, and until when it is open."""

    serial: str
    ticket: str = field(repr=False)
    expires_at: datetime


def make_links(
    session: Session,
    *,
    unit_code: str,
    kind: str,
    group: str,
    language: str,
    count: int,
    token: Callable[[], str],
    actor: Actor,
    now: datetime,
) -> list[HandedLink]:
    """`count` links to the blind survey of a kind, for a group of the unit ("" for none), open from now on.

    Errors: `not_allowed` for whoever may not field there, `unit_unknown`, `links_count`, `links_kind`,
    `group_malformed`, `invitation_language`.
    """
    require(may_field(actor, unit_code))
    unit(session, unit_code)
    if not LEAST_LINKS <= count <= MOST_LINKS:
        raise DomainError("links_count", least=LEAST_LINKS, most=MOST_LINKS)
    questionnaire = for_kind(session, kind)
    if questionnaire is None or not questionnaire.is_blind:
        raise DomainError("links_kind", kind=kind[:24])
    name = group.strip()
    if len(name) > LONGEST_GROUP or not name.isprintable():
        raise DomainError("group_malformed", limit=LONGEST_GROUP)
    if language not in LANGUAGES:
        raise DomainError("invitation_language", value=language[:20])
    visits = [
        NewVisit(f"{kind}-{token()[:_SERIAL]}", kind, now, language, token(), token(), group=name or None)
        for _ in range(count)
    ]
    invited = invite_many(session, unit_code=unit_code, visits=visits, now=now, is_handed_out=True)
    record(session, actor=actor.ref, action="make_links", subject=f"unit:{unit_code}", now=now,
           details={"kind": kind, "count": count})  # fmt: skip
    return [
        HandedLink(visit.visit, visit.ticket or "", each.expires_at)
        for visit, each in zip(visits, invited, strict=True)
    ]
