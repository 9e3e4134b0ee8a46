"""Bringing together what a bulletin says, from a settled month and nothing else.

Knows where each figure is frozen or tallied, and hides what small numbers must not show (rule 46) before the content
exists. Refuses to compute scores, and to read a month that is not settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.content import (
    INCOMPLETE,
    NO_PEER_SCORE,
    BulletinContent,
    History,
    Overall,
    Satisfaction,
    TierTable,
    UnitRow,
    Wording,
    pooled,
)
from consortium.disclosure import may_show_count
from consortium.periods import Period
from consortium.units import installation
from evaluation.elements import WATCH, Note, Scheme
from evaluation.figures import plain
from evaluation.indicators import history
from evaluation.schemes import scheme_version
from evaluation.scorecards import Card, scorecards, settlement_of
from locales.errors import DomainError
from locales.texts import LANGUAGES, pick, text
from reviews.peer_mean import DEFINITION as PEER_DEFINITION
from surveys.models import Tally
from surveys.questionnaires import load
from surveys.scoring import DEFINITION as SATISFACTION_DEFINITION
from surveys.tallies import Satisfaction as Tallied
from surveys.tallies import satisfaction


def gather(session: Session, *, period: Period, edition: int, note: str | None = None) -> BulletinContent:
    """The content of an edition; `note` says what it corrects of the edition before.

    Errors: `not_settled`, and `bulletin_figures_moved` if answers were added to or taken from the month since.
    """
    settlement = settlement_of(session, period)
    scheme = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    cards = scorecards(session, period)
    surveys = satisfaction(session, period=period)
    _refuse_moved_figures(period, cards, surveys)
    dimensions = _dimensions(session, period)
    shown = {
        card.unit_code: _shown(surveys[card.unit_code], dimensions)
        for card in cards
        if card.unit_code in surveys and may_show_count(card.responses)
    }
    applied = installation(session)
    return BulletinContent(
        consortium=applied.name,
        aims=applied.aims,
        period=str(period),
        edition=edition,
        scheme=scheme.title,
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        tiers=tuple(_tier(scheme, code, cards, shown) for code in scheme.tiers if any(c.tier == code for c in cards)),
        overall=Overall(units=len(cards), units_shown=len(shown), satisfaction=pooled(list(shown.values()))),
        dimensions=tuple(dimensions.items()),
        history=_history(session, scheme),
        assumptions=tuple(_assumption(scheme, note) for note in scheme.notes if note.assumed),
        satisfaction_definition=SATISFACTION_DEFINITION,
        peer_definition=PEER_DEFINITION,
        digest=settlement.digest,
        corrects=edition - 1 if note is not None else None,
        note=note,
    )


def _refuse_moved_figures(period: Period, cards: list[Card], surveys: Mapping[str, Tallied]) -> None:
    """Scores were frozen with so many answers; satisfaction beside them must be from the same ones."""
    for card in cards:
        tallied = surveys[card.unit_code].n if card.unit_code in surveys else 0
        if tallied != card.responses:
            details: dict[str, Any] = {"frozen": card.responses, "tallied": tallied}
            raise DomainError("bulletin_figures_moved", period=str(period), unit=card.unit_code, **details)


def _dimensions(session: Session, period: Period) -> dict[str, Wording]:
    """The sub-dimensions that were asked in the month, each by the name of the questionnaire that comes first."""
    versions = session.execute(
        select(Tally.questionnaire_id, Tally.questionnaire_version)
        .where(Tally.period == str(period))
        .distinct()
        .order_by(Tally.questionnaire_id, Tally.questionnaire_version)
    )
    names: dict[str, Wording] = {}
    for questionnaire_id, version in versions:
        for dimension in load(session, questionnaire_id, version).dimensions:
            names.setdefault(dimension.code, dict(dimension.name))
    return names


def _shown(found: Tallied, dimensions: Mapping[str, Wording]) -> Satisfaction:
    figures = tuple((code, found.dimensions.get(code)) for code in dimensions)
    return Satisfaction(responses=found.n, score=found.score, dimensions=figures)


def _tier(scheme: Scheme, code: str, cards: list[Card], shown: Mapping[str, Satisfaction]) -> TierTable:
    """Ranked units by rank; those that share one, and those without, in the order of the cards."""
    members = [card for card in cards if card.tier == code]
    last = len(members) + 1
    members.sort(key=lambda card: last if card.rank is None else card.rank)  # stable: the order of the cards remains
    rows = tuple(_row(card, shown.get(card.unit_code)) for card in members)
    return TierTable(code, scheme.tiers[code].name, rank_of=members[0].rank_of, units=rows)


def _row(card: Card, figures: Satisfaction | None) -> UnitRow:
    marks = [] if card.unranked_reason is None else [card.unranked_reason]
    if not card.complete:
        marks.append(INCOMPLETE)
    if card.rater_band is None:
        marks.append(NO_PEER_SCORE)
    return UnitRow(
        code=card.unit_code,
        name=dict(card.unit_name),
        total=card.total,
        rank=card.rank,
        marks=tuple(marks),
        raters=card.rater_band,
        satisfaction=figures,
    )


def _history(session: Session, scheme: Scheme) -> tuple[History, ...]:
    """Watched indicators that have figures of the consortium as a whole: they carry no points and stand apart."""
    series = []
    for code, indicator in scheme.indicators.items():
        if indicator.direction != WATCH:
            continue
        points = tuple((str(f.period), f.value) for f in history(session, code) if f.unit_code is None)
        if any(value is not None for _, value in points):
            series.append(
                History(code, indicator.name, indicator.unit, indicator.unit_wording, indicator.source, points)
            )
    return tuple(series)


def _assumption(scheme: Scheme, note: Note) -> Wording:
    """What the scheme fills in where its sources are silent, with the place in the scheme, in every language."""
    return {language: _assumption_in(scheme, note, language) for language in LANGUAGES}


def _assumption_in(scheme: Scheme, note: Note, language: str) -> str:
    tier = scheme.tiers[note.tier] if note.tier is not None else None
    indicator = scheme.indicators[note.indicator] if note.indicator is not None else None
    names = [pick(part.name, language) for part in (tier, indicator) if part is not None]
    if note.text is not None:
        what = pick(note.text, language)
    elif tier is None:
        what = text(language, "evaluation.note.ends")
    else:
        points = sum((line.points for line in tier.lines if line.indicator == note.indicator), Fraction(0))
        what = text(language, "bulletins.assumption.points", points=plain(points))
    return text(language, "bulletins.assumption.at", place=" · ".join(names), what=what) if names else what
