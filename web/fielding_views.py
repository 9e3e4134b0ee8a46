"""Waves and the progress of surveys as pages show them. PURE.

Counts and rates, rounded here and nowhere before; a bar is a row of rectangles whose widths are worked out here, since
pages carry no styles of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from locales.numbers import plain, rounded
from locales.texts import pick, text
from surveys.fielding.models import Wave
from surveys.fielding.progress import Progress
from surveys.fielding.sampling import commitment
from surveys.fielding.settings import FieldingSettings
from surveys.fielding.steps import (
    COMPLETE,
    DELIVERED,
    EXPIRED,
    INELIGIBLE,
    INVITED,
    PARTIAL,
    REFUSED,
    STARTED,
    UNREACHABLE,
    WITHDRAWN,
)
from surveys.fielding.waves import end_of, seed_shown_from

BAR = 1000
"""How wide a bar is, in its own units."""

_SHOWN_ORDER = (
    COMPLETE, PARTIAL, STARTED, DELIVERED, INVITED, UNREACHABLE, REFUSED, WITHDRAWN, EXPIRED, INELIGIBLE,
)  # fmt: skip
PLANNED, RUNNING, OVER = "planned", "running", "over"


@dataclass(frozen=True, slots=True)
class Part:
    """One disposition in a bar: where its rectangle begins, how wide it is, how many it stands for."""

    name: str
    count: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class ProgressView:
    """What came of somebody's invitations. `code` and `name` are "" for all units together."""

    code: str
    name: str
    reported: int
    undrawn: int
    invited: int
    complete: int
    rate: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class WaveView:
    """A wave. `seed` is None until `seed_from`; `sample` says in words how many are drawn."""

    id: str
    name: str
    state: str
    questionnaire: str
    version: str
    kinds: tuple[str, ...]
    first_day: str
    last_day: str
    sample: str
    contact_after: int | None
    window_days: int | None
    commitment: str
    seed_from: str
    seed: str | None


def progress_view(progress: Progress, name: str = "") -> ProgressView:
    """One unit, or all together."""
    rate = progress.response_rate
    return ProgressView(
        code=progress.unit_code,
        name=name,
        reported=progress.reported,
        undrawn=progress.undrawn,
        invited=progress.invited,
        complete=progress.counts[COMPLETE],
        rate="—" if rate is None else f"{rounded(100 * rate, 1)} %",
        parts=tuple(_parts(progress.counts)),
    )


def wave_view(
    wave: Wave, *, title: Mapping[str, str], settings: FieldingSettings, now: datetime, zone: ZoneInfo, language: str
) -> WaveView:
    """A wave in words of `language`."""
    state = wave_state(wave, now)
    last = end_of(wave) - timedelta(microseconds=1)
    seed_from = seed_shown_from(settings, wave)
    return WaveView(
        id=wave.id,
        name=wave.name,
        state=state,
        questionnaire=pick(title, language),
        version=wave.questionnaire_version,
        kinds=tuple(wave.kinds),
        first_day=wave.starts_at.astimezone(zone).date().isoformat(),
        last_day=max(last, wave.starts_at).astimezone(zone).date().isoformat(),
        sample=_sample(wave, language),
        contact_after=wave.contact_after_hours,
        window_days=wave.window_days,
        commitment=commitment(wave.seed),
        seed_from=seed_from.astimezone(zone).date().isoformat(),
        seed=wave.seed if now >= seed_from else None,
    )


def wave_state(wave: Wave, now: datetime) -> str:
    """`planned`, `running` or `over`."""
    if now >= end_of(wave):
        return OVER
    return RUNNING if now >= wave.starts_at else PLANNED


def _sample(wave: Wave, language: str) -> str:
    if wave.target is not None:
        return text(language, "fielding.wave.of_target", target=wave.target)
    if wave.fraction == 1:
        return text(language, "fielding.wave.of_all")
    return text(language, "fielding.wave.of_share", percent=plain(100 * wave.fraction))


def _parts(counts: Mapping[str, int]) -> Iterable[Part]:
    """The dispositions there are, complete first; the widths add up to the bar."""
    whole, seen, x = sum(counts.values()), 0, 0
    for name in _SHOWN_ORDER:
        if counts[name]:
            seen += counts[name]
            end = BAR * seen // whole
            yield Part(name, counts[name], x, end - x)
            x = end
