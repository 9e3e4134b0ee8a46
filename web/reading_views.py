"""Readings as pages show them: figure, where it came from, who and when, and whether it waits for approval. Reads only.

Knows the names of indicators in a month's scheme. Refuses to know who may look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from evaluation.approvals import needs_approval
from evaluation.elements import Indicator, Scheme
from evaluation.freshness import freshness_of
from evaluation.late_readings import does_count
from evaluation.missing_readings import Asked, MissingReading
from evaluation.models import LateReading, Reading
from evaluation.reading_words import figure_line, who_name
from locales.numbers import plain
from locales.texts import pick, text
from web.pages import local_time


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One figure. `state`: it waits for approval (`waiting`), lacks its evidence (`bare`), is `approved`, or ""."""

    scope: str
    period: str
    indicator: str
    name: str
    figure: str
    unit: str
    when: str
    origin: str
    state: str
    evidence: str | None


@dataclass(frozen=True, slots=True)
class LateView:
    """One late figure: of which unit, month and indicator, what counts of it, and whether it does."""

    unit: str
    period: str
    name: str
    figure: str
    does_count: bool


@dataclass(frozen=True, slots=True)
class Wordings:
    """What every view needs: names of units, people and indicators, the consortium's clock, a language."""

    language: str
    place: ZoneInfo
    units: Mapping[str, str]
    people: Mapping[str, str]
    scheme: Scheme | None

    def indicator_name(self, code: str) -> str:
        indicator = self.indicator(code)
        return pick(indicator.name, self.language) if indicator is not None else code

    def indicator(self, code: str) -> Indicator | None:
        return self.scheme.indicators.get(code) if self.scheme is not None else None


def reading_view(reading: Reading, words: Wordings) -> ReadingView:
    """A reading on record."""
    fresh, indicator = freshness_of(reading), words.indicator(reading.indicator)
    state = ""
    if indicator is not None and indicator.needs_evidence:
        waits = needs_approval(indicator, reading)
        state = "approved" if not waits else "waiting" if reading.evidence is not None else "bare"
    return ReadingView(
        scope=reading.scope,
        period=reading.period,
        indicator=reading.indicator,
        name=words.indicator_name(reading.indicator),
        figure=figure_line((reading.numerator, reading.denominator, reading.value)),
        unit=measure_word(indicator, words.language),
        when=" · ".join(
            (
                text(words.language, f"readings.origin.{fresh.origin}"),
                who_name(fresh.recorded_by, words.people, words.language),
                local_time(fresh.recorded_at, words.place),
            )
        ),
        origin=fresh.origin,
        state=state,
        evidence=reading.evidence,
    )


def late_view(late: LateReading, words: Wordings) -> LateView:
    """A late figure where it counts, or is only kept."""
    indicator = words.indicator(late.indicator)
    return LateView(
        unit=words.units.get(late.unit_code, late.unit_code),
        period=late.period,
        name=words.indicator_name(late.indicator),
        figure=figure_line((late.numerator, late.denominator, late.value)),
        does_count=indicator is not None and does_count(late, indicator),
    )


def missing_lines(missing: Iterable[MissingReading], words: Wordings, today: date) -> list[str]:
    """What has not come, each with the day until which it is in time or was."""
    language = words.language
    return [f"{words.indicator_name(each.indicator)} · {due_words(each.due_on, today, language)}" for each in missing]


def due_words(day: date, today: date, language: str) -> str:
    """Until when a figure is in time, or that it is late."""
    return text(language, "readings.missing.until" if today <= day else "readings.missing.late", day=day.isoformat())


def measure_word(indicator: Indicator | None, language: str) -> str:
    """The unit of measure in words."""
    if indicator is None:
        return ""
    if indicator.unit is None:
        return pick(indicator.unit_wording, language) if indicator.unit_wording is not None else ""
    return text(language, f"readings.measure.{indicator.unit}")


def points_word(asked: Asked, language: str) -> str:
    """What hangs on a figure: points, another indicator, or nothing."""
    if asked.points > 0:
        return text(language, "readings.entry.points", points=plain(asked.points))
    return text(language, "readings.entry.part" if asked.is_part else "readings.entry.watched")
