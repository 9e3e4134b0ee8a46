"""The digest of all that a period is scored from: noted when it is settled, compared by `tongping verify` ever after.

Knows where figures lie. Refuses to know what they earn.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.models import LateReading, Reading, ReadingStratum
from evaluation.proof_readings import digested
from evaluation.reading_digests import readings_digest


def readings_digest_of(session: Session, period: Period) -> str:
    """The digest of everything on record for a period, and of the late figures that are meant for it."""
    written = str(period)
    readings = session.execute(select(Reading.id, Reading.period, Reading.digest).where(Reading.period == written))
    late = session.execute(
        select(LateReading.id, LateReading.counted_in, LateReading.digest).where(LateReading.counted_in == written)
    )
    parts = (ReadingStratum.reading_id, ReadingStratum.stratum)
    figures = (ReadingStratum.numerator, ReadingStratum.denominator, ReadingStratum.value)
    of_period = select(*parts, *figures).join(Reading, Reading.id == ReadingStratum.reading_id)
    strata = session.execute(of_period.where(Reading.period == written))
    found = digested(*([dict(row) for row in rows.mappings()] for rows in (readings, late, strata)))
    return readings_digest(found.get(written, ()))
