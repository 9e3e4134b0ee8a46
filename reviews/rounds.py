"""Rounds 互评轮次: open → closed → counted → erased, each step once, never back (rules 2 and 21).

Knows the states, the times and who has taken part. Refuses to know marks: until the count there is no figure of a
round but how many of its tasks each unit has done.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_RATERS, PEER_THRESHOLDS
from consortium.models import Unit
from consortium.periods import Period
from consortium.units import all_units, installation, zone
from locales.errors import DomainError
from reviews.assignment import (
    EVERYONE_UP_TO,
    USUAL_RATERS,
    Plan,
    RaterAndTarget,
    plan_round,
    tiers_split,
    units_with_few_raters,
)
from reviews.ballot_store import make_store, store_name
from reviews.cooperation import cooperating_pairs, cooperation_lock
from reviews.criteria import CRITERIA, Criterion, criteria_document, parse_criteria
from reviews.models import Assignment, ReviewRound
from reviews.panel_models import Panel
from reviews.sealing import check_public_key
from storage.audit import record
from storage.database import serialize

OPEN, CLOSED, COUNTED, ERASED = "open", "closed", "counted", "erased"
STATES = (OPEN, CLOSED, COUNTED, ERASED)

_BEFORE = {CLOSED: OPEN, COUNTED: CLOSED, ERASED: COUNTED}  # the only steps there are: from value to key
_STANDS: dict[type[ReviewRound | Panel], dict[str | None, str]] = {
    ReviewRound: {
        None: "round_unknown",
        OPEN: "round_is_open",
        CLOSED: "round_is_closed",
        COUNTED: "round_is_counted",
        ERASED: "round_is_erased",
    },
    Panel: {
        None: "panel_unknown",
        OPEN: "panel_is_open",
        CLOSED: "panel_is_closed",
        COUNTED: "panel_is_counted",
        ERASED: "panel_is_erased",
    },
}
_ROUNDS_LOCK = "review_round"
_SEEDS = 2**32
_TOKEN_KEY_BYTES = 32
_PAIRS_NAMED = 12  # in one sentence; the details name all


@dataclass(frozen=True, slots=True)
class Progress:
    """How many units a unit is to score, and how many of them it has scored or passed over as "no dealings"."""

    unit_code: str
    assigned: int
    done: int


def open_round(
    session: Session,
    *,
    period: Period,
    closes_at: datetime | None,
    actor: str,
    now: datetime,
    raters: int | None = None,
    seed: int | None = None,
) -> ReviewRound:
    """Open the month's round: freeze key and criteria, and let those who cooperated score each other.

    Up to about thirty units everyone scores everyone they cooperated with; beyond, `raters` a unit are drawn, by
    default as many as the configuration says. Without `seed` the draw's seed comes from `secrets`; the audit keeps it,
    so that anyone can repeat the draw; the key of its tokens comes from there too. Errors: `period_not_month`,
    `round_is_…` (there is one already), `round_still_open` (another month's), `no_review_key`, `review_key_invalid`,
    `review_key_private`, `closing_in_the_past`, `no_cooperation`, `raters_out_of_range`, `round_unconnected` (a tier
    could not be ranked as one; with the pairs that would mend it), `round_of_two`.
    """
    if not period.is_month:
        raise DomainError("period_not_month", period=str(period))
    serialize(session, _ROUNDS_LOCK)
    serialize(session, cooperation_lock(str(period)))
    refuse_second_round(session, period)
    public_key = review_key(session)
    if closes_at is not None and closes_at <= now:
        raise DomainError("closing_in_the_past", closes_at=local_time(session, closes_at))
    if raters is None:
        raters = usual_raters(session)
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    plan = plan_of(session, period, cooperating_pairs(session, period), raters=raters, seed=seed)
    round_ = ReviewRound(
        period=str(period),
        state=OPEN,
        public_key=public_key,
        criteria=criteria_document(CRITERIA),
        thresholds=dict(PEER_THRESHOLDS),
        token_key=new_token_key(),
        opened_at=now,
        closes_at=closes_at,
    )
    session.add(round_)
    session.flush()
    make_store(session, store_name(str(period)))
    session.execute(
        insert(Assignment),
        [{"period": str(period), "rater": task.rater, "target": task.target, "casts": 0} for task in plan.tasks],
    )
    units = {unit for part in plan.parts for unit in part}
    details = {"assignments": len(plan.tasks), "units": len(units)}
    if len(units) > EVERYONE_UP_TO:
        details |= {"raters": raters, "seed": seed}
    record(session, actor=actor, action="open_round", subject=subject(str(period)), now=now, details=details)
    return round_


def close_round(session: Session, *, period: Period, actor: str, now: datetime) -> ReviewRound:
    """End voting. `round_unknown` or `round_is_…` if there is nothing to close."""
    advance(session, period=str(period), to=CLOSED, values={"closed_at": now})
    record(session, actor=actor, action="close_round", subject=subject(str(period)), now=now)
    return session.get_one(ReviewRound, str(period), populate_existing=True)


def advance(
    session: Session,
    *,
    period: str,
    to: str,
    values: dict[str, Any],
    of: type[ReviewRound | Panel] = ReviewRound,
) -> None:
    """Take the one step that leads to the state `to`, if the round stands just before it; else `round_is_<state>`.

    `of`: a panel of experts goes the same way; it is refused as `panel_is_<state>`.

    The condition stands in the UPDATE, so of two who take the same step at once one is refused.
    """
    step = (
        update(of)
        .where(of.period == period, of.state == _BEFORE.get(to))
        .values(state=to, **values)
        .returning(of.period)
        .execution_options(synchronize_session=False)
    )
    if to in _BEFORE and session.scalar(step) is not None:
        return
    raise refused(session, period, of=of)


def refused(session: Session, period: str, *, of: type[ReviewRound | Panel] = ReviewRound) -> DomainError:
    """The error that says where the round (or the panel) stands instead of where it would have to."""
    state = session.scalar(select(of.state).where(of.period == period))
    return DomainError(_STANDS[of][state], period=period)


def open_round_of(session: Session) -> ReviewRound | None:
    """The round that is open now, if any; there is never more than one. Its closing time may have passed."""
    return session.scalar(
        select(ReviewRound).where(ReviewRound.state == OPEN).execution_options(populate_existing=True)
    )


def round_of(session: Session, period: Period) -> ReviewRound | None:
    """The month's round in whatever state, or None."""
    return session.get(ReviewRound, str(period), populate_existing=True)


def takes_ballots(round_: ReviewRound | Panel, now: datetime) -> bool:
    """Whether a ballot cast now is accepted: the round is open and its closing time has not come."""
    return round_.state == OPEN and (round_.closes_at is None or now < round_.closes_at)


def criteria_of(round_: ReviewRound | Panel) -> tuple[Criterion, ...]:
    """The criteria as they were when the round opened."""
    return parse_criteria(round_.criteria)


def progress(session: Session, period: Period) -> list[Progress]:
    """Who has taken part, in the order of the units. The only thing anyone learns of a round before its count."""
    done = func.count().filter(Assignment.casts > 0)
    rows = session.execute(
        select(Assignment.rater, func.count(), done)
        .join(Unit, Unit.code == Assignment.rater)
        .where(Assignment.period == str(period))
        .group_by(Assignment.rater, Unit.position)
        .order_by(Unit.position, Assignment.rater)
    )
    return [Progress(unit_code=rater, assigned=assigned, done=count) for rater, assigned, count in rows]


def raters_missing(session: Session, period: Period) -> list[str]:
    """The units that have not done all of their tasks: only they are reminded."""
    return [unit.unit_code for unit in progress(session, period) if unit.done < unit.assigned]


def units_without_prospect(session: Session, period: Period) -> tuple[str, ...]:
    """The units too few others will score for a result, whoever votes: to be told before anyone is disappointed."""
    tasks = session.execute(select(Assignment.rater, Assignment.target).where(Assignment.period == str(period)))
    return units_with_few_raters((RaterAndTarget(rater, target) for rater, target in tasks), MINIMUM_RATERS)


def pairs_named(bridges: Iterable[RaterAndTarget]) -> str:
    """Pairs of units as a sentence names them, not more than a person reads."""
    shown = [f"{bridge.rater} – {bridge.target}" for bridge in bridges]
    return ", ".join(shown[:_PAIRS_NAMED] + ["…"] * (len(shown) > _PAIRS_NAMED))


def day_of(session: Session, moment: datetime) -> datetime:
    """The beginning of the day of a moment, on the consortium's own clock: all that is kept of when a ballot was cast.

    Between two ballots of one rater the time tells how long it thought, and marks take longer than "no dealings".
    """
    return moment.astimezone(zone(session)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def local_time(session: Session, moment: datetime) -> str:
    """A moment as people of the consortium read it, to the minute on their own clock."""
    return moment.astimezone(zone(session)).strftime("%Y-%m-%d %H:%M")


def new_token_key() -> str:
    """A key for the tokens of a round's ballots, from `secrets`."""
    return secrets.token_hex(_TOKEN_KEY_BYTES)


def subject(period: str) -> str:
    """How the audit names a round."""
    return f"round:{period}"


def usual_raters(session: Session) -> int:
    """How many raters a unit are drawn where units are many, as the configuration says."""
    return int(installation(session).review.get("raters") or USUAL_RATERS)


def plan_of(session: Session, period: Period, pairs: Iterable[tuple[str, str]], *, raters: int, seed: int) -> Plan:
    """Who scores whom in the month if these pairs cooperated, refused where a tier would fall apart."""
    units = all_units(session)
    plan = plan_round(
        pairs,
        seed=seed,
        raters=raters,
        districts={unit.code: unit.district for unit in units},
        units=[unit.code for unit in units],
    )
    if not plan.tasks:
        raise DomainError("no_cooperation", period=str(period))
    tiers = tiers_split(plan.parts, {unit.code: unit.tier for unit in units})
    if tiers and not plan.bridges:
        raise DomainError("round_of_two", period=str(period))
    if tiers:
        raise DomainError(
            "round_unconnected",
            period=str(period),
            count=len(plan.parts),
            pairs=pairs_named(plan.bridges),
            tiers=list(tiers),
            parts=[list(part) for part in plan.parts],
            bridges=[{"rater": bridge.rater, "unit": bridge.target} for bridge in plan.bridges],
        )
    return plan


def refuse_second_round(session: Session, period: Period) -> None:
    """`round_is_…` if the month has its round, `round_still_open` while another month's is open."""
    if round_of(session, period) is not None:
        raise refused(session, str(period))
    other = open_round_of(session)
    if other is not None:
        raise DomainError("round_still_open", period=other.period)


def review_key(session: Session) -> str:
    """The configured public key, to which ballots can be sealed; `no_review_key` or what is wrong with it."""
    public_key = installation(session).review.get("public_key")
    if not public_key:
        raise DomainError("no_review_key")
    check_public_key(public_key)
    return str(public_key)
