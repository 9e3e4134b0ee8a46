"""What the office does about a month that waits for its round: propose to settle without peers, agree, take it back.

Knows that everybody of the office is told, and whether the timetable expects a round. Who may agree, and when it is too
late, is `evaluation.waivers`' to say; settling itself is done by the schedule or the command.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor
from consortium.units import installation, zone
from evaluation.models import PeerWaiver
from evaluation.waivers import agree_to_waiver, is_agreed, propose_waiver, withdraw_waiver
from scheduler.timetable import OPEN, due_time, parse_schedule
from scheduler.waiver_notices import tell_of_agreement, tell_of_waiver, tell_of_withdrawal


def propose_without_peers(
    session: Session, *, period: Period, reason: str, proposer: Actor | str, now: datetime
) -> tuple[PeerWaiver, int]:
    """Propose it and tell the whole office; the proposal, and how many chats were told. Errors: those of
    `waivers.propose_waiver`.
    """
    expected = is_round_expected(session, period)
    waiver = propose_waiver(
        session, period=period, reason=reason, proposer=proposer, is_round_expected=expected, now=now
    )
    return waiver, tell_of_waiver(session, waiver=waiver, now=now)


def agree_without_peers(session: Session, *, period: Period, mark: str, actor: Actor, now: datetime) -> PeerWaiver:
    """Agree; with the second agreement the office is told that the month can be settled. Errors: those of
    `waivers.agree_to_waiver`.
    """
    waiver = agree_to_waiver(session, period=period, mark=mark, actor=actor, now=now)
    if is_agreed(waiver):
        tell_of_agreement(session, waiver=waiver, actor=actor, now=now)
    return waiver


def withdraw_without_peers(session: Session, *, period: Period, mark: str, actor: Actor, now: datetime) -> None:
    """Take the proposal back and tell the others. Errors: those of `waivers.withdraw_waiver`."""
    withdraw_waiver(session, period=period, mark=mark, actor=actor, now=now)
    tell_of_withdrawal(session, period=period, mark=mark, actor=actor, now=now)


def is_round_expected(session: Session, period: Period) -> bool:
    """Whether the timetable would have opened a round for the month."""
    if not period.is_month:
        return False
    timetable, _ = parse_schedule(installation(session).schedule, file="schedule.toml")
    return due_time(timetable, job=OPEN, period=period, zone=zone(session)) is not None
