"""The table that feeds pay (rules 39, 74, 100): each unit's total with band, place and veto, under a signature.

Knows nothing of money and of persons: what a score is worth is decided where pay is made. Totals are unrounded to six
places; everything else is as the scorecards show it. Refuses to leave unsigned.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.periods import Period
from consortium.tables_out import CSV, XLSX, Cell, Sheet, write_csv, write_workbook
from evaluation.ranking import VETOED
from evaluation.scorecards import Card, scorecards
from evaluation.settled import settlement_of
from evaluation.signatures import refuse_unsigned
from evaluation.vetoed import vetoed_units
from locales.texts import pick, text

HEADER = (
    "period", "unit", "name", "tier", "total", "complete", "band", "place", "of", "veto", "why_unranked", "digest",
    "signed_by", "signed_at",
)  # fmt: skip
"""The columns, by the names that programs read; the sheet's own name is in the reader's language."""

_PLACES = Decimal("0.000001")


def pay_sheet(session: Session, period: Period, language: str) -> Sheet:
    """The table of a signed period. Errors: `not_settled`, `result_not_signed`."""
    signature = refuse_unsigned(session, period)
    digest = settlement_of(session, period).digest
    vetoed = vetoed_units(session, period)
    name = session.scalar(select(Person.name).where(Person.id == signature.person_id)) or signature.person_id
    signed = (digest, name, signature.signed_at.isoformat())
    rows = [
        (
            str(period),
            *_row(card, is_vetoed=card.unranked_reason == VETOED or card.unit_code in vetoed, language=language),
            *signed,
        )
        for card in scorecards(session, period)
    ]
    return Sheet(text(language, "signatures.sheet", period=period), HEADER, rows, {"name": 28, "digest": 66})


def pay_file(sheet: Sheet, form: str) -> bytes:
    """The table as a file of this form."""
    return write_csv(sheet.header, sheet.rows) if form == CSV else write_workbook([sheet])


def pay_name(period: Period, form: str) -> str:
    """What the file is called."""
    return f"pay-{period}.{XLSX if form == XLSX else CSV}"


def _row(card: Card, *, is_vetoed: bool, language: str) -> tuple[Cell, ...]:
    return (
        card.unit_code,
        pick(card.unit_name, language),
        card.tier,
        None if card.total is None or is_vetoed else exact_cell(card.total),
        "yes" if card.complete else "no",
        card.band,
        card.rank,
        card.rank_of if card.rank is not None else None,
        "yes" if is_vetoed else "no",
        card.unranked_reason,
    )


def exact_cell(value: Fraction) -> Decimal:
    """A figure for a spreadsheet: half up at the sixth place, without useless zeros."""
    shown = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES, ROUND_HALF_UP).normalize()
    return shown.quantize(Decimal(1)) if shown == shown.to_integral_value() else shown
