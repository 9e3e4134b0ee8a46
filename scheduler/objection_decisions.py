"""What is done about an objection, whole: handed in, taken back, decided, with what follows from it for figures, the
bulletin and the people concerned, all in one transaction (rule 29).

Knows that an upheld objection may correct a settlement and the bulletin made of it. Who may decide, and that it is
decided once, is `evaluation.objections`' to say; how a settlement is corrected is `evaluation.corrections`'.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from bulletins.editions import amend
from consortium.imports import exact_number
from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.corrections import CorrectedFigure, correct_settlement
from evaluation.follow_up_models import Objection
from evaluation.objections import FIGURES, decide_objection, raise_objection, withdraw_objection
from locales.errors import DomainError
from locales.texts import LANGUAGES, text
from scheduler.objection_notices import (
    tell_of_decision,
    tell_of_objection,
    tell_of_stale_bulletin,
    tell_of_withdrawal,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that takes the place of the one that was settled: numerator and denominator, or a value."""

    indicator: str
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    value: Fraction | None = None


def hand_in_objection(
    session: Session, *, unit_code: str, period: Period, indicator: str | None, words: str, actor: Actor, now: datetime
) -> Objection:
    """Raise it and tell the office. Errors: those of `raise_objection`."""
    found = raise_objection(
        session, unit_code=unit_code, period=period, indicator=indicator, words=words, actor=actor, now=now
    )
    tell_of_objection(session, found=found, now=now)
    return found


def take_back_objection(session: Session, *, number: str, actor: Actor, now: datetime) -> Objection:
    """Withdraw it and tell the office. Errors: those of `withdraw_objection`."""
    found = withdraw_objection(session, number=number, actor=actor, now=now)
    tell_of_withdrawal(session, found=found, now=now)
    return found


def answer_objection(
    session: Session,
    *,
    number: str,
    verdict: str,
    answer: str,
    actor: Actor,
    now: datetime,
    figure: Figure | None = None,
) -> Objection:
    """Decide it and tell the unit. With the verdict `figures` the settlement is corrected by `figure`, and the bulletin
    of the period gets a corrected edition to be released by two, or its draft is brought up to date.

    Errors, each with nothing changed: those of `decide_objection` and of `correct_settlement`,
    `objection_figure_missing`, `objection_other_indicator`.
    """
    found = decide_objection(session, number=number, verdict=verdict, answer=answer, actor=actor, now=now)
    if verdict == FIGURES:
        _correct(session, found, figure, actor, now)
    tell_of_decision(session, found=found, now=now)
    return found


def written_figure(indicator: str, *, numerator: str, denominator: str, value: str) -> Figure:
    """What somebody typed: numerator and denominator, or a value. Errors: `objection_figure_missing`,
    `objection_figure_invalid`.
    """
    given = {"numerator": numerator.strip(), "denominator": denominator.strip(), "value": value.strip()}
    named = frozenset(name for name, written in given.items() if written)
    if not indicator or named not in {frozenset({"value"}), frozenset({"numerator", "denominator"})}:
        raise DomainError("objection_figure_missing")
    figures: dict[str, Fraction] = {}
    for name in named:
        try:
            figures[name] = exact_number(given[name])
        except ValueError:
            raise DomainError("objection_figure_invalid", written=given[name][:40]) from None
    return Figure(indicator, **figures)


def _correct(session: Session, found: Objection, figure: Figure | None, actor: Actor, now: datetime) -> None:
    if figure is None:
        raise DomainError("objection_figure_missing")
    if found.indicator not in {None, figure.indicator}:
        raise DomainError("objection_other_indicator", number=found.number)
    period = Period.parse(found.period)
    corrected = CorrectedFigure(found.unit_code, figure.indicator, figure.numerator, figure.denominator, figure.value)
    correct_settlement(session, period=period, figures=[corrected], objection=found.number, actor=actor.ref, now=now)
    note = " · ".join(text(language, "objections.note", number=found.number) for language in LANGUAGES)
    try:
        with session.begin_nested():
            amend(session, period=period, note=note, actor=actor.ref, now=now)
    except DomainError as error:
        if error.code != "bulletin_figures_moved":
            raise
        tell_of_stale_bulletin(session, found=found, now=now)  # answers were taken back since: no edition can be made
