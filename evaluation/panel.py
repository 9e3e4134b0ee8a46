"""The expert panel as the scheme has it: what experts mark, when a month may have a panel, and what it is worth.

Joins the scheme's indicators of input `panel` with `reviews.panel_rounds`, which knows no scheme. Refuses to know
marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor
from consortium.units import all_units
from evaluation.elements import FULL, PANEL, Indicator, Scheme
from evaluation.models import Settlement
from evaluation.schemes import LOCK, scheme_for
from evaluation.scoring import NO_PANEL, TOO_FEW_EXPERTS, Input
from locales.errors import DomainError
from locales.texts import LANGUAGES, text
from reviews.criteria import Criterion
from reviews.panel_evidence import hand_in_evidence, refuse_other_units
from reviews.panel_figures import DEFINITION, PanelFigure
from reviews.panel_models import Panel
from reviews.panel_rounds import PanelPlan, open_panel
from reviews.rounds import CLOSED, OPEN
from storage.database import serialize


def open_month_panel(
    session: Session, *, period: Period, closes_at: datetime | None, actor: str, now: datetime
) -> Panel:
    """Open the panel of a month that is not settled, on what its year's scheme gives experts to mark.

    Errors: `already_settled`, `scheme_missing`, and those of `reviews.panel_rounds.open_panel`.
    """
    serialize(session, LOCK)  # no month is settled between the look at it and the opening
    if session.get(Settlement, str(period)) is not None:
        raise DomainError("already_settled", period=str(period))
    plan = panel_plan(session, scheme_for(session, period))
    return open_panel(session, period=period, plan=plan, closes_at=closes_at, actor=actor, now=now)


def hand_in_month_evidence(
    session: Session,
    *,
    actor: Actor,
    period: Period,
    unit_code: str,
    indicator: str,
    name: str,
    content: bytes,
    new_id: str,
    now: datetime,
) -> None:
    """Keep a file for an indicator that experts mark for this unit, in a month that is not settled.

    Errors: `already_settled`, `scheme_missing`, `evidence_indicator_unknown`, and those of
    `reviews.panel_evidence.hand_in_evidence`.
    """
    refuse_other_units(actor, unit_code)  # before anything is said of the unit
    serialize(session, LOCK)
    if session.get(Settlement, str(period)) is not None:
        raise DomainError("already_settled", period=str(period))
    marked = marked_indicators(session, scheme_for(session, period), unit_code)
    if indicator not in marked:
        raise DomainError("evidence_indicator_unknown")
    hand_in_evidence(
        session,
        actor=actor,
        period=period,
        unit_code=unit_code,
        indicator=indicator,
        name=name,
        content=content,
        new_id=new_id,
        now=now,
        among=marked,
    )


def marked_indicators(session: Session, scheme: Scheme, unit_code: str) -> dict[str, Indicator]:
    """What experts mark of one unit, by code, in the order of its tier's table."""
    codes = panel_plan(session, scheme).tables.get(unit_code, ())
    return {code: scheme.indicators[code] for code in codes}


def panel_plan(session: Session, scheme: Scheme) -> PanelPlan:
    """What experts mark under a scheme: its indicators, their minimums, and which of them each unit's tier has."""
    marked = {code: each for code, each in scheme.indicators.items() if each.input == PANEL}
    tables = {
        unit.code: [code for code in tier_table(scheme, unit.tier) if code in marked] for unit in all_units(session)
    }
    used = {code for codes in tables.values() for code in codes}
    criteria = [_criterion(each) for code, each in marked.items() if code in used]
    minimums = {code: each.panel.minimum for code, each in marked.items() if code in used and each.panel is not None}
    return PanelPlan(criteria, minimums, tables)


def tier_table(scheme: Scheme, tier: str) -> list[str]:
    """The codes of the indicators that a tier is scored by; none for a tier that the scheme does not have."""
    return [line.indicator for line in scheme.tiers[tier].lines] if tier in scheme.tiers else []


def refuse_panel(session: Session, period: Period) -> None:
    """No score while experts may still mark, or have marked and are not counted: `panel_open`, `panel_not_counted`.

    A month without a panel is settled without one.
    """
    panel = session.get(Panel, str(period), populate_existing=True)
    if panel is not None and panel.state == OPEN:
        raise DomainError("panel_open", period=str(period))
    if panel is not None and panel.state == CLOSED:
        raise DomainError("panel_not_counted", period=str(period))


def panel_input(indicator: Indicator, figures: Mapping[str, PanelFigure | None] | None) -> Input:
    """A unit's input from its figures by indicator; None without a panel. `low` and `high` are the ends of
    what the figure stands for: both the same where nothing is pooled.
    """
    if figures is None or indicator.code not in figures:
        return Input(None, reason=NO_PANEL)
    figure = figures[indicator.code]
    if figure is None:
        return Input(None, reason=TOO_FEW_EXPERTS, definition=DEFINITION)
    part = FULL.get(indicator.unit or "", Fraction(1)) / 100
    low, high = figure.stands_for
    return Input(figure.score * part, definition=DEFINITION, low=low * part, high=high * part)


def _criterion(indicator: Indicator) -> Criterion:
    """An indicator as experts are asked about it, in both languages."""
    terms = indicator.panel
    assert terms is not None
    asked = {language: text(language, "panel.ask") for language in LANGUAGES}
    return Criterion(
        code=indicator.code,
        name=dict(indicator.name),
        text=asked,
        low=terms.low or {language: text(language, "panel.low") for language in LANGUAGES},
        high=terms.high or {language: text(language, "panel.high") for language in LANGUAGES},
    )
