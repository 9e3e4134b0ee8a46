"""Gathering what a shadow run needs: a settled period as it was frozen, and a draft beside it. Writes nothing.

Knows which periods can be scored anew. Refuses to know how (`evaluation.shadow`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.elements import MEAN_OF_MONTHS, Scheme
from evaluation.figures import Input
from evaluation.follow_up_models import SchemeDraft
from evaluation.freezing import COMBINED
from evaluation.indicators import readings_of
from evaluation.inputs import reading_input, region_inputs
from evaluation.models import Reading
from evaluation.scheme_drafts import scheme_of
from evaluation.schemes import scheme_version
from evaluation.settled import frozen_cards, frozen_lines, lines_by_unit, settlement_of, settlements
from evaluation.shadow import FrozenUnit, UnitShadow, shadow_run
from locales.errors import DomainError
from surveys.shown import months_of


@dataclass(frozen=True, slots=True)
class Shadow:
    """A settled period by the scheme it was settled with and by a draft."""

    period: Period
    old: Scheme
    new: Scheme
    units: tuple[UnitShadow, ...]


def shadow_periods(session: Session) -> list[Period]:
    """The settled periods, the newest first: any of them can be asked for."""
    return sorted((Period.parse(each.period) for each in settlements(session)), key=str, reverse=True)


def run_shadow(session: Session, *, draft: SchemeDraft, period: Period) -> Shadow:
    """The frozen figures of a period scored by a draft.

    Errors: `not_settled`, `scheme_shadow_combined`: a year that is the mean of its months, or a period of which two
    versions scored a part each, has no figures of its own that could be scored anew.
    """
    settlement = settlement_of(session, period)
    old = scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version)
    new = scheme_of(draft)
    rows = frozen_lines(session, str(period))
    is_year = period.month is None and period.quarter is None
    is_mean = is_year and MEAN_OF_MONTHS in {old.year_rule, new.year_rule}
    if is_mean or any(row["reason"] in COMBINED and row["points"] is not None for row in rows):
        raise DomainError("scheme_shadow_combined", period=str(period))
    lines = lines_by_unit(rows)
    readings = readings_of(session, period) if period.is_month else {}
    region = region_inputs(session, period, new) if period.is_month else {}
    units = [
        FrozenUnit(
            card=card,
            lines=lines.get(card["unit_code"], []),
            others=_others(new, readings.get(card["unit_code"], {})),
        )
        for card in frozen_cards(session, str(period))
    ]
    return Shadow(period, old, new, shadow_run(old, new, units, months=len(months_of(period)), region=region))


def _others(new: Scheme, readings: Mapping[str, Reading]) -> dict[str, Input]:
    """Readings that the draft asks for, whether or not a line was made of them."""
    found = {code: new.indicators[code] for code in readings if code in new.indicators}
    return {code: reading_input(indicator, readings[code]) for code, indicator in found.items()}
