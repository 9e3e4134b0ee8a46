"""How an objection is named and told, in chat and on pages: what it is about, when it is due, how it stands.

Knows words. Refuses to know who may read them and what may be done.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from bulletins.wording import name_in, period_name
from consortium.models import Unit
from consortium.periods import Period
from evaluation.elements import READING, Scheme
from evaluation.follow_up_models import Objection
from evaluation.models import Settlement
from evaluation.objections import is_overdue
from evaluation.schemes import scheme_for, scheme_version
from locales.errors import DomainError
from locales.texts import text


def unit_name(session: Session, code: str, language: str) -> str:
    """A unit's name, or its code."""
    found = session.get(Unit, code)
    return name_in(found.name, language, code) if found is not None else code


def indicator_names(session: Session, period: Period, language: str) -> dict[str, str]:
    """The names of the indicators by which a period was settled, or would be; none where there is no scheme."""
    scheme = _scheme_of(session, period)
    return {code: name_in(each.name, language, code) for code, each in scheme.indicators.items()} if scheme else {}


def correctable(session: Session, period: Period) -> frozenset[str]:
    """The indicators of a period whose figures can be corrected: those that are read, not asked or marked by people."""
    scheme = _scheme_of(session, period)
    return (
        frozenset(code for code, each in scheme.indicators.items() if each.input == READING) if scheme else frozenset()
    )


def _scheme_of(session: Session, period: Period) -> Scheme | None:
    settled = session.get(Settlement, str(period))
    if settled is not None:
        return scheme_version(session, year=settled.scheme_year, version=settled.scheme_version)
    try:
        return scheme_for(session, period)
    except DomainError:  # there is none yet
        return None


def about(session: Session, period: Period, indicator: str | None, language: str) -> str:
    """`2026年10月 · 下转率`, or the whole result of the period."""
    if indicator is None:
        what = text(language, "objections.whole")
    else:
        what = indicator_names(session, period, language).get(indicator, indicator)
    return text(language, "objections.about", period=period_name(period, language), what=what)


def about_objection(session: Session, found: Objection, language: str) -> str:
    """The same of an objection that stands."""
    return about(session, Period.parse(found.period), found.indicator, language)


def due_words(due_on: date, *, is_provisional: bool, language: str) -> str:
    """A due date, and whether it may still move because the official calendar is not known that far."""
    key = "workdays.due_provisional" if is_provisional else "workdays.due"
    return text(language, key, date=due_on.isoformat())


def due_of(found: Objection, language: str) -> str:
    """The due date of an objection."""
    return due_words(found.due_on, is_provisional=found.is_provisional, language=language)


def state_words(found: Objection, today: date, language: str) -> str:
    """How it stands: open, overdue, rejected, withdrawn, or upheld with what follows from it."""
    if is_overdue(found, today):
        return text(language, "objections.state.overdue")
    key = f"objections.state.{found.state}" if found.remedy is None else f"objections.state.{found.remedy}"
    return text(language, key)


def objection_text(session: Session, found: Objection, *, today: date, language: str) -> str:
    """An objection whole, for a message: unit, matter, how it stands, its words and its answer."""
    lines = [
        text(language, "objections.head", number=found.number, state=state_words(found, today, language)),
        text(
            language,
            "objections.of_unit",
            unit=unit_name(session, found.unit_code, language),
            about=about_objection(session, found, language),
        ),
        text(
            language,
            "objections.received",
            received=found.received_on.isoformat(),
            due=due_of(found, language),
        ),
        "",
        found.words,
    ]
    if found.answer:
        lines += ["", text(language, "objections.answered", answer=found.answer)]
    return "\n".join(lines)
