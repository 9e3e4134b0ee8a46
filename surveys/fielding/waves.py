"""Waves 调查批次: whose visits are asked, from when to when, which share, with which frozen questionnaire.

A wave is launched whole and never changed; it can be ended. The share of each unit is fixed at the launch. Without a
wave for a kind of visit everybody of that kind is invited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.units import all_units, zone
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize
from surveys.fielding.models import UndrawnVisit, Wave, WaveUnit
from surveys.fielding.sampling import commitment, fraction_for, is_drawn
from surveys.fielding.settings import FieldingSettings, Window
from surveys.models import Invitation, QuestionnaireVersion

LONGEST_NAME = 60
LONGEST_WAVE = timedelta(days=366)
_LOCK = "waves"
_LARGEST_TARGET = 100_000
_LONGEST_WAIT = 24 * 90
_LONGEST_WINDOW = 365


@dataclass(frozen=True, slots=True)
class Plan:
    """A wave as the office asks for it. `target` (visits of each unit) or else `fraction` says how many are drawn.

    `contact_after_hours` and `window_days` None: as the settings say for the kind of visit.
    """

    name: str
    questionnaire: tuple[str, str]  # id and version
    kinds: tuple[str, ...]
    first_day: date  # of discharges, on the consortium's calendar
    last_day: date
    fraction: Fraction = Fraction(1)
    target: int | None = None
    contact_after_hours: int | None = None
    window_days: int | None = None


def launch_wave(session: Session, *, plan: Plan, seed: str, new_id: str, actor: str, now: datetime) -> Wave:
    """Launch a wave. `seed` is fresh and secret; its SHA-256 is public from now on.

    Errors: `wave_name`, `wave_days`, `wave_over`, `wave_sample`, `wave_window`, `questionnaire_unknown`,
    `wave_of_draft`, `wave_kinds`, `wave_overlaps`.
    """
    place = zone(session)
    starts_at = _midnight(plan.first_day, place)
    ends_at = _midnight(plan.last_day + timedelta(days=1), place)
    _refuse_odd_plan(plan, starts_at, ends_at, now)
    _refuse_unfit_questionnaire(session, plan)
    serialize(session, _LOCK)
    for other in waves(session):
        if set(other.kinds) & set(plan.kinds) and other.starts_at < ends_at and starts_at < end_of(other):
            raise DomainError("wave_overlaps", name=other.name)
    wave = Wave(
        id=new_id,
        name=plan.name.strip(),
        questionnaire_id=plan.questionnaire[0],
        questionnaire_version=plan.questionnaire[1],
        kinds=list(plan.kinds),
        starts_at=starts_at,
        ends_at=ends_at,
        fraction=plan.fraction,
        target=plan.target,
        contact_after_hours=plan.contact_after_hours,
        window_days=plan.window_days,
        seed=seed,
        launched_at=now,
        ended_at=None,
    )
    session.add(wave)
    session.flush()
    for unit in all_units(session):
        session.add(WaveUnit(wave_id=new_id, unit_code=unit.code, fraction=_fraction(session, wave, unit.code)))
    session.flush()
    record(
        session,
        actor=actor,
        action="launch_wave",
        subject=f"wave:{new_id}",
        now=now,
        details={"questionnaire": ":".join(plan.questionnaire), "seed_sha256": commitment(seed)},
    )
    return wave


def end_wave(session: Session, *, wave_id: str, actor: str, now: datetime) -> Wave:
    """No visit discharged from now on belongs to it; those invited may still answer. Again changes nothing."""
    wave = session.get(Wave, wave_id, with_for_update=True)
    if wave is None:
        raise DomainError("wave_unknown")
    if wave.ended_at is None and now < wave.ends_at:
        wave.ended_at = now
        session.flush()
        record(session, actor=actor, action="end_wave", subject=f"wave:{wave_id}", now=now)
    return wave


def waves(session: Session) -> list[Wave]:
    """Every wave, the newest first."""
    return list(session.scalars(select(Wave).order_by(Wave.starts_at.desc(), Wave.id)))


def wave_among(known: Iterable[Wave], *, kind: str, discharged_at: datetime) -> Wave | None:
    """The one of these waves that a visit belongs to, or None."""
    return next((wave for wave in known if kind in wave.kinds and wave.starts_at <= discharged_at < end_of(wave)), None)


def end_of(wave: Wave) -> datetime:
    """From when on discharges no longer belong to it."""
    return wave.ends_at if wave.ended_at is None else min(wave.ends_at, wave.ended_at)


def seed_shown_from(settings: FieldingSettings, wave: Wave) -> datetime:
    """From when on the seed may be known: no visit can be invited any more, so nobody could pick one that is drawn."""
    return end_of(wave) + max(window_of(settings, wave, kind).length for kind in wave.kinds)


class Draw:
    """The draws of one unit, in whatever waves. A unit that joined after a launch has the share that was asked for."""

    def __init__(self, session: Session, unit_code: str) -> None:
        self._unit_code = unit_code
        rows = session.execute(select(WaveUnit.wave_id, WaveUnit.fraction).where(WaveUnit.unit_code == unit_code))
        self._shares: dict[str, Fraction] = dict(rows.all())

    def takes(self, wave: Wave, visit: str) -> bool:
        """Whether the wave draws this visit of the unit."""
        fraction = self._shares.get(wave.id, wave.fraction)
        return is_drawn(seed=wave.seed, unit_code=self._unit_code, visit=visit, fraction=fraction)


def window_of(settings: FieldingSettings, wave: Wave | None, kind: str) -> Window:
    """The window of a visit: its wave's, where that says something, else that of its kind."""
    usual = settings.window_of(kind)
    if wave is None:
        return usual
    hours, days = wave.contact_after_hours, wave.window_days
    return Window(
        contact_after=timedelta(hours=hours) if hours is not None else usual.contact_after,
        length=timedelta(days=days) if days is not None else usual.length,
    )


def _fraction(session: Session, wave: Wave, unit_code: str) -> Fraction:
    """The unit's share: as asked or, for a target, judged by as long a time just before the wave."""
    if wave.target is None:
        return wave.fraction
    before = wave.starts_at - (wave.ends_at - wave.starts_at)
    expected = 0
    for table in (Invitation, UndrawnVisit):
        statement = (
            select(func.count())
            .select_from(table)
            .where(
                table.unit_code == unit_code,
                table.kind.in_(wave.kinds),
                table.discharged_at >= before,
                table.discharged_at < wave.starts_at,
            )
        )
        if table is Invitation:
            statement = statement.where(Invitation.stream == "visit")
        expected += session.scalar(statement) or 0
    return fraction_for(target=wave.target, expected=expected)


def _refuse_odd_plan(plan: Plan, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if not 1 <= len(plan.name.strip()) <= LONGEST_NAME or not plan.name.isprintable():
        raise DomainError("wave_name", limit=LONGEST_NAME)
    if not starts_at < ends_at <= starts_at + LONGEST_WAVE + timedelta(days=1):
        raise DomainError("wave_days")
    if ends_at <= now:
        raise DomainError("wave_over")
    if not 0 < plan.fraction <= 1 or (plan.target is not None and not 0 < plan.target <= _LARGEST_TARGET):
        raise DomainError("wave_sample")
    hours, days = plan.contact_after_hours, plan.window_days
    is_odd = (hours is not None and not 0 <= hours <= _LONGEST_WAIT) or (
        days is not None and not 1 <= days <= _LONGEST_WINDOW
    )
    if is_odd or (hours is not None and days is not None and hours >= 24 * days):
        raise DomainError("wave_window")


def _refuse_unfit_questionnaire(session: Session, plan: Plan) -> None:
    version = session.get(QuestionnaireVersion, plan.questionnaire)
    if version is None:
        raise DomainError(
            "questionnaire_unknown", questionnaire=plan.questionnaire[0][:40], version=plan.questionnaire[1][:40]
        )
    if version.is_draft:
        raise DomainError("wave_of_draft", questionnaire=version.id, version=version.version)
    if not plan.kinds or not set(plan.kinds) <= set(version.kinds):
        raise DomainError("wave_kinds", kinds=", ".join(version.kinds))


def _midnight(day: date, place: ZoneInfo) -> datetime:
    """The first moment of a day on the consortium's calendar, in UTC."""
    return datetime.combine(day, time(), tzinfo=place).astimezone(UTC)
