"""What comes after its month was settled counts in the next open one, once, and only what the settlement did not know."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import select

from consortium.periods import Period
from evaluation.freshness import freshness
from evaluation.indicators import ImportReport, readings_of
from evaluation.late_readings import late_readings
from evaluation.models import LateReading, Reading, Settlement
from evaluation.reading_digests import DIGESTED, LATE_DIGESTED, reading_digest
from locales.errors import Finding
from storage.audit import AuditRow
from tests.evaluation.cast import IN_OCTOBER, OCTOBER, OCTOBER_IS_OVER, Season, assert_told, changed, example

NOVEMBER, DECEMBER = OCTOBER.next(), OCTOBER.next().next()
ROW, OWN = "jia,2026-10,down_referral,81,600,", "jia,2026-11,down_referral,10,100,"
LATE = ImportReport(rows=1, added=0, corrected=0, late=1)


def closes(season: Season, period: Period) -> None:
    """A month is settled, without its scores."""
    first = season.session.scalars(select(Settlement)).first()
    number = len(season.session.scalars(select(Settlement)).all()) + 1
    season.session.add(
        Settlement(period=str(period), sequence=number, settled_at=OCTOBER_IS_OVER, settled_by="x", scheme_year=2026,
                   scheme_version=1, digest=str(number), previous_digest=first.digest if first else None)
    )  # fmt: skip
    season.session.flush()


def counts(season: Season, period: Period, code: str = "down_referral", unit: str = "jia") -> object:
    found = readings_of(season.session, period).get(unit, {}).get(code)
    return None if found is None else (found.numerator, found.denominator, found.value)


def kept(season: Season) -> list[tuple[object, ...]]:
    return [
        (row.period, row.counted_in, row.numerator, row.denominator, row.value) for row in late_readings(season.session)
    ]


def refused(found: object) -> list[str]:
    assert isinstance(found, list)
    for finding in found:
        assert isinstance(finding, Finding)
        assert_told(finding)
    return [finding.code for finding in found]


def test_figure_that_was_missing_joins_the_next_month(season: Season) -> None:
    """81 ÷ 600 late and 10 ÷ 100 of November: (81 + 10) ÷ (600 + 100) = 13 %."""
    season.is_set_up().settles()
    season.reads(OWN)
    assert season.reads(ROW) == LATE
    assert kept(season) == [("2026-10", "2026-11", 81, 600, Fraction("13.5"))]
    assert counts(season, OCTOBER) is None
    assert counts(season, NOVEMBER) == (91, 700, 13)
    season.reads("jia,2026-12,down_referral,5,50,")
    assert counts(season, DECEMBER) == (5, 50, 10)  # once, and not again
    stored = season.session.scalars(select(Reading).where(Reading.period == "2026-11")).one()
    assert (stored.numerator, stored.denominator) == (10, 100)  # what is on record is not touched
    assert stored.digest == reading_digest({name: getattr(stored, name) for name in DIGESTED})


def test_settled_figure_is_never_counted_twice(season: Season) -> None:
    """85 ÷ 640 after 81 ÷ 600 was settled: only the 4 ÷ 40 that came since count, so that the quarter is right."""
    season.is_set_up().reads(ROW)
    season.settles()
    season.reads(OWN)
    assert season.reads(ROW) == ImportReport(rows=1, added=0, corrected=0, unchanged=1)
    assert season.reads("jia,2026-10,down_referral,85,640,") == LATE
    assert kept(season) == [("2026-10", "2026-11", 4, 40, 10)]
    assert counts(season, OCTOBER) == (81, 600, Fraction("13.5"))
    assert counts(season, NOVEMBER) == (14, 140, 10)
    assert 81 + 14 == 85 + 10


def test_late_figure_may_be_corrected_until_its_month_is_settled(season: Season) -> None:
    season.is_set_up().settles()
    season.reads(OWN)
    assert season.reads(ROW) == LATE
    assert season.reads("jia,2026-10,down_referral,80,600,") == LATE
    assert season.reads("jia,2026-10,down_referral,80,600,") == ImportReport(1, 0, 0, unchanged=1)
    assert counts(season, NOVEMBER) == (90, 700, Fraction(90, 7))
    details = season.session.scalars(select(AuditRow.details).where(AuditRow.action == "keep_late_reading")).all()
    assert [each.get("before", {}).get("numerator") for each in details] == [None, "81"]
    closes(season, NOVEMBER)
    assert refused(season.reads(ROW)) == ["reading_late_counted"]
    assert counts(season, NOVEMBER) == (90, 700, Fraction(90, 7))


def test_month_without_a_figure_of_its_own_stays_without_one(season: Season) -> None:
    """Decision 10: what is late waits for the next month that has a figure, and counts there once."""
    season.is_set_up().settles()
    season.reads(ROW)
    assert counts(season, NOVEMBER) is None
    closes(season, NOVEMBER)
    season.reads("jia,2026-12,down_referral,10,100,")
    assert counts(season, DECEMBER) == (91, 700, 13)
    season.reads("jia,2027-01,down_referral,10,100,")
    assert counts(season, DECEMBER.next()) is None  # no scheme there, and nothing on record


def test_what_is_counted_is_added_and_a_bare_level_is_only_kept(season: Season) -> None:
    document = changed(example(), "indicators.joint_projects.over_time", "sum")
    season.is_set_up(document=document).settles()
    season.reads("yi,2026-11,joint_projects,,,2", "jia,2026-11,teaching_satisfaction,,,80")
    assert season.reads("yi,2026-10,joint_projects,,,3", "jia,2026-10,teaching_satisfaction,,,90") == ImportReport(
        rows=2, added=0, corrected=0, late=2
    )
    assert counts(season, NOVEMBER, "joint_projects", "yi") == (None, None, 5)
    assert counts(season, NOVEMBER, "teaching_satisfaction") == (None, None, 80)
    assert len(kept(season)) == 2


def test_late_figure_without_its_evidence_counts_nowhere(season: Season) -> None:
    """Rule 16: nobody has looked at what would prove it."""
    document = changed(example(), "indicators.down_referral.evidence", True)
    season.is_set_up(document=document).settles()
    season.reads(OWN)
    season.reads(ROW)
    assert counts(season, NOVEMBER) == (10, 100, 10)


def test_late_figures_skip_the_months_that_are_settled(season: Season) -> None:
    season.is_set_up().settles()
    closes(season, NOVEMBER)
    season.reads(ROW)
    assert kept(season)[0][:2] == ("2026-10", "2026-12")


def test_digest_and_freshness_of_what_is_late(season: Season) -> None:
    season.is_set_up().settles()
    season.reads(OWN, now=IN_OCTOBER)
    season.reads(ROW, now=OCTOBER_IS_OVER)
    row = season.session.scalars(select(LateReading)).one()
    assert row.digest == reading_digest({name: getattr(row, name) for name in LATE_DIGESTED}, columns=LATE_DIGESTED)
    assert freshness(season.session, NOVEMBER)["jia", "down_referral"].recorded_at == OCTOBER_IS_OVER


def test_late_zero_denominator_is_kept_and_changes_nothing(season: Season) -> None:
    season.is_set_up().settles()
    season.reads(OWN)
    assert season.reads("jia,2026-10,down_referral,0,0,") == LATE
    assert counts(season, NOVEMBER) == (10, 100, 10)
