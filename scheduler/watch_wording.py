"""Alerts and written explanations in words, for chat and pages alike.

Knows names, and how a figure is shown. A survey's figure is shown once its month is settled, and not before. Refuses to
know who may read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from sqlalchemy.orm import Session

from bulletins.wording import name_in, period_name
from consortium.models import Unit
from consortium.periods import Period
from consortium.workdays import local_date
from evaluation.abnormal_changes import pooled_figure
from evaluation.alerts import CHANGE, FEED
from evaluation.change import MOST_MONTHS, RUNNING, Figure
from evaluation.elements import Indicator, Scheme
from evaluation.explanation_text import figure_text
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.range_explanations import ACCEPTED, GIVEN, is_late, is_overdue
from evaluation.reading_plans import scheme_if_any
from evaluation.watched_figures import Key, history_of, months_before, stored_figures
from locales.numbers import rounded
from locales.texts import text
from surveys.shown import months_of


@dataclass(frozen=True, slots=True)
class Words:
    """One language, and what was looked up already: schemes by period, figures by unit, indicator and month."""

    session: Session
    language: str
    schemes: dict[Period, Scheme | None] = field(default_factory=dict)
    figures: Mapping[Key, Figure] = field(default_factory=dict)

    def say(self, key: str, **values: object) -> str:
        """A text of this domain."""
        return text(self.language, f"watch.{key}", **values)

    def unit(self, code: str) -> str:
        """A unit's name, or its code."""
        found = self.session.get(Unit, code)
        return name_in(found.name, self.language, code) if found is not None else code

    def period(self, written: str) -> str:
        """A period's name."""
        return period_name(Period.parse(written), self.language)

    def indicator(self, period: str, code: str) -> Indicator | None:
        """An indicator as the period's scheme defines it."""
        month = Period.parse(period)
        if month not in self.schemes:
            self.schemes[month] = scheme_if_any(self.session, month)
        scheme = self.schemes[month]
        return scheme.indicators.get(code) if scheme is not None else None

    def name(self, period: str, code: str) -> str:
        """An indicator's name, or its code."""
        found = self.indicator(period, code)
        return name_in(found.name, self.language, code) if found is not None else code

    def figure(self, period: str, code: str, value: Fraction) -> str:
        """A figure with its unit of measure, to two decimals at most."""
        found = self.indicator(period, code)
        shown = Fraction(rounded(value))
        return figure_text(shown, found.unit if found else None, found.unit_wording if found else None, self.language)


def words_for(session: Session, language: str, alerts: Iterable[Alert] = ()) -> Words:
    """The words of a language, with the figures that these alerts are about and their histories."""
    months: set[Period] = set()
    for each in alerts:
        if each.kind == CHANGE:
            period = Period.parse(each.period)
            months |= {*months_of(period), *months_before(period, MOST_MONTHS)}
    return Words(session, language, figures=stored_figures(session, months) if months else {})


def alert_text(words: Words, alert: Alert) -> str:
    """What an alert says, without unit and period: one sentence."""
    name, details = words.name(alert.period, alert.indicator), alert.details
    if alert.kind == FEED:
        return words.say("alert.feed", name=name)
    if alert.kind != CHANGE:
        ends = {end: words.figure(alert.period, alert.indicator, Fraction(details[end])) for end in ("low", "high")}
        value = words.figure(alert.period, alert.indicator, Fraction(details["value"]))
        return words.say("alert.range", name=name, value=value, **ends)
    now = current_figure(words, alert)
    usual = {
        each: words.figure(alert.period, alert.indicator, Fraction(details[each]))
        for each in ("usual", "lowest", "highest")
    }
    key = f"alert.{details['side']}"
    if now is None:
        so_far = words.say("alert.so_far" if details["look"] == RUNNING else "alert.unsettled")
        return words.say(key, name=name, figure=so_far, months=details["months"], **usual)
    figure = words.say("alert.figure", value=words.figure(alert.period, alert.indicator, now.value))
    return words.say(key, name=name, figure=figure, months=details["months"], **usual)


def current_figure(words: Words, alert: Alert) -> Figure | None:
    """The figure that an alert is about, as it stands today; None while it may not be shown."""
    months = months_of(Period.parse(alert.period))
    found = [words.figures.get((alert.unit_code, alert.indicator, str(month))) for month in months]
    parts = [each for each in found if each is not None]
    return pooled_figure(parts) if parts and len(parts) == len(months) else None


def alert_history(words: Words, alert: Alert) -> list[tuple[str, str]]:
    """The months before an abnormal change, in time: the month, and the figure in words."""
    indicator = words.indicator(alert.period, alert.indicator)
    if alert.kind != CHANGE or indicator is None:
        return []
    months = months_before(Period.parse(alert.period), MOST_MONTHS)
    found = history_of(
        words.session, words.figures, unit_code=alert.unit_code, indicator=indicator, months=months,
        schemes=words.schemes,
    )  # fmt: skip
    return [
        (period_name(month, words.language), words.figure(str(month), alert.indicator, figure.value))
        for month, figure in found
    ]


def explanation_text(words: Words, found: WrittenExplanation) -> str:
    """What is to be explained: the figure, and the range that it left."""
    shown = {
        end: words.figure(found.period, found.indicator, value)
        for end, value in (("value", found.value), ("low", found.low), ("high", found.high))
    }
    return words.say("alert.range", name=words.name(found.period, found.indicator), **shown)


def due_text(words: Words, found: WrittenExplanation) -> str:
    """The due date, and whether it may still move."""
    key = "due.provisional" if found.is_provisional else "due.fixed"
    return words.say(key, date=found.due_on.isoformat())


def state_text(words: Words, found: WrittenExplanation, today: date) -> str:
    """How an explanation stands."""
    if is_overdue(found, today):
        return words.say("state.overdue")
    if found.state in {GIVEN, ACCEPTED} and was_late(words.session, found):
        return words.say(f"state.{found.state}_late")
    return words.say(f"state.{found.state}")


def was_late(session: Session, found: WrittenExplanation) -> bool:
    """Whether the words came after the due date."""
    return found.given_at is not None and is_late(found, local_date(session, found.given_at))
