"""What must hold in the tables of fielding at any time; each check names what it found, for `doctor`.

Reads dispositions, draws and tickets; never an answer. A finding names an invitation or a wave, never a visit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import groupby, pairwise

from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from locales.errors import Finding
from surveys.audiences.blindness import of_blind_survey
from surveys.fielding.models import DispositionChange, Fielded, UndrawnVisit, Wave
from surveys.fielding.steps import COMPLETE, FOLLOWS, INELIGIBLE, INVITED, WITHDRAWN
from surveys.fielding.waves import Draw
from surveys.models import Invitation, Response, Ticket

_FILE = "database"
_SENT = {"sent": COMPLETE, "withdrawn": WITHDRAWN}


def check_fielding(session: Session) -> list[Finding]:
    """Everything below, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


def every_invitation_has_one_disposition(session: Session) -> list[Finding]:
    """Each invitation has a current disposition, and its history leads to it step by step."""
    missing = session.scalars(
        select(Invitation.id)
        .outerjoin(Fielded, Fielded.invitation_id == Invitation.id)
        .where(Fielded.invitation_id.is_(None))
        .order_by(Invitation.id)
    )
    findings = [_finding(invitation_id, "disposition_missing") for invitation_id in missing]
    current = {row.invitation_id: row for row in session.scalars(select(Fielded))}
    steps = session.scalars(
        select(DispositionChange).order_by(DispositionChange.invitation_id, DispositionChange.number)
    )
    seen = set()
    for invitation_id, history in groupby(steps, key=lambda step: step.invitation_id):
        seen.add(invitation_id)
        if not _leads_to(list(history), current.get(invitation_id)):
            findings.append(_finding(invitation_id, "disposition_without_history"))
    findings += [_finding(each, "disposition_without_history") for each in sorted(current.keys() - seen)]
    return findings


def dispositions_say_what_responses_do(session: Session) -> list[Finding]:
    """Complete is exactly what was sent, withdrawn exactly what was withdrawn."""
    rows = session.execute(
        select(Fielded.invitation_id, Fielded.disposition, Response.state)
        .outerjoin(Response, Response.invitation_id == Fielded.invitation_id)
        .where(Response.state.in_(_SENT) | Fielded.disposition.in_(_SENT.values()))
        .order_by(Fielded.invitation_id)
    )
    return [
        _finding(row.invitation_id, "disposition_not_of_response")
        for row in rows
        if _SENT.get(row.state or "") != row.disposition
    ]


def draws_are_what_their_seeds_say(session: Session) -> list[Finding]:
    """Whoever is invited in a wave was drawn, whoever was passed over was not, as long as visits have their numbers."""
    known = {wave.id: wave for wave in session.scalars(select(Wave))}
    invited = session.execute(
        select(Fielded.wave_id, Invitation.unit_code, Invitation.visit)
        .join(Invitation, Invitation.id == Fielded.invitation_id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(
            Fielded.wave_id.is_not(None),
            Invitation.contact_removed_at.is_(None),
            not_(of_blind_survey(session)) | Response.state.is_(None) | (Response.state == "draft"),
        )  # what a blind survey has parted from its visit was drawn by another name
    )
    undrawn = session.execute(
        select(UndrawnVisit.wave_id, UndrawnVisit.unit_code, UndrawnVisit.visit).where(
            UndrawnVisit.contact_removed_at.is_(None)
        )
    )
    wrong: dict[str, int] = {}
    draw_of = cache(partial(Draw, session))
    for rows, should_be_drawn in ((invited, True), (undrawn, False)):
        for wave_id, unit_code, visit in rows:
            assert wave_id is not None
            if draw_of(unit_code).takes(known[wave_id], visit) is not should_be_drawn:
                wrong[wave_id] = wrong.get(wave_id, 0) + 1
    return [Finding(_FILE, f"wave:{wave_id}", "draw_differs", {"visits": wrong[wave_id]}) for wave_id in sorted(wrong)]


def nobody_ineligible_has_a_ticket(session: Session) -> list[Finding]:
    """Who was invited a short while ago got no second link."""
    found = session.scalars(
        select(Fielded.invitation_id)
        .join(Ticket, Ticket.invitation_id == Fielded.invitation_id)
        .where(Fielded.disposition == INELIGIBLE, Fielded.reason == "recently_invited")
        .distinct()
        .order_by(Fielded.invitation_id)
    )
    return [_finding(invitation_id, "ineligible_with_ticket") for invitation_id in found]


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (
    every_invitation_has_one_disposition,
    dispositions_say_what_responses_do,
    draws_are_what_their_seeds_say,
    nobody_ineligible_has_a_ticket,
)


def _leads_to(history: list[DispositionChange], current: Fielded | None) -> bool:
    if current is None or [step.number for step in history] != list(range(current.changes + 1)):
        return False
    last = history[-1]
    return (
        history[0].disposition == INVITED
        and (last.disposition, last.reason, last.at) == (current.disposition, current.reason, current.changed_at)
        and _follow(step.disposition for step in history)
    )


def _follow(names: Iterable[str]) -> bool:
    return all(before in FOLLOWS[after] for before, after in pairwise(names))


def _finding(invitation_id: str, code: str) -> Finding:
    return Finding(_FILE, f"invitation:{invitation_id}", code)
