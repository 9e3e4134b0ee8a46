"""Settling again with other figures: what is replaced, what moves with it, what is kept, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.models import Person
from consortium.periods import Period
from evaluation.corrections import CorrectedFigure, correct_settlement, resettle
from evaluation.digests import Frozen, frozen_digest
from evaluation.models import Reading, SchemeVersion, ScoreLine, Settlement, SupersededSettlement
from evaluation.reading_digests import DIGESTED, reading_digest
from evaluation.scorecards import frozen_cards, frozen_lines, scorecards, settlement_of
from evaluation.settled import end_of_chain
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import Season, assert_told, indicator, small
from tests.evaluation.test_spans_settled import (
    AUGUST,
    JULY,
    OVER,
    Q3,
    SEPTEMBER,
    UNITS,
    YEAR,
    assert_adds_up,
    settled,
    summer,
    year_scheme,
)

__all__ = ["summer"]

CHEN = "person:chen"
F = Fraction


def figure(
    unit: str = "b", code: str = "rate", n: int | None = 30, of: int | None = 100, value: Fraction | None = None
):
    fractions = (None if each is None else F(each) for each in (n, of))
    return CorrectedFigure(unit, code, *fractions, value)


def corrects(season: Season, *figures: CorrectedFigure, period: Period = JULY) -> Settlement:
    return correct_settlement(season.session, period=period, figures=figures, objection=None, actor=CHEN, now=OVER)


def totals(season: Season, period: Period) -> dict[str, Fraction | None]:
    return {card.unit_code: card.total for card in scorecards(season.session, period)}


def digest_of(season: Season, settlement: Settlement) -> str:
    session = season.session
    scheme = session.get_one(SchemeVersion, (settlement.scheme_year, settlement.scheme_version))
    frozen = Frozen(settlement.period, scheme.year, scheme.version, scheme.digest, settlement.previous_digest,
                    settlement.readings_digest)  # fmt: skip
    return frozen_digest(frozen, frozen_cards(session, settlement.period), frozen_lines(session, settlement.period))


def test_corrected_month_is_scored_from_the_other_figure(summer: Season) -> None:
    """B had 50 of 100 in July, all 40 points; 30 of 100 are 24 of 40."""
    settled(summer, JULY, AUGUST)
    before = {"a": frozen_lines(summer.session, "2026-07")}
    again = corrects(summer, figure())
    assert totals(summer, JULY) == {"a": 60, "b": 60, "c": None}
    assert again.revision == 2
    assert_adds_up(summer, JULY)
    assert digest_of(summer, again) == again.digest
    after = [row for row in frozen_lines(summer.session, "2026-07") if row["unit_code"] == "a"]
    assert after == [row for row in before["a"] if row["unit_code"] == "a"]
    line = summer.session.get_one(ScoreLine, ("2026-07", "b", "rate"))
    assert (line.numerator, line.value, line.origin) == (30, 30, "corrected")


def test_chain_goes_on_and_what_stood_is_kept_whole(summer: Season) -> None:
    settled(summer, JULY, AUGUST)
    stood, later = settlement_of(summer.session, JULY).digest, settlement_of(summer.session, AUGUST)
    kept = (later.digest, later.previous_digest, later.sequence)
    again = corrects(summer, figure())
    old = summer.session.get_one(SupersededSettlement, ("2026-07", 1))
    assert (old.digest, old.sequence, old.previous_digest, old.superseded_by) == (stood, 1, None, CHEN)
    assert (again.sequence, again.previous_digest) == (3, kept[0])
    later = settlement_of(summer.session, AUGUST)
    assert (later.digest, later.previous_digest, later.sequence) == kept
    assert end_of_chain(summer.session) == (3, again.digest)
    rows = [row for row in old.document["lines"] if (row["unit_code"], row["indicator"]) == ("b", "rate")]
    assert [(row["value"], row["points"]) for row in rows] == [("50", "40")]
    second = again.digest
    third = corrects(summer, figure(n=20))
    assert (third.revision, third.sequence, third.previous_digest) == (3, 4, second)
    settled(summer, SEPTEMBER)
    assert settlement_of(summer.session, SEPTEMBER).previous_digest == third.digest


def test_reading_on_record_says_the_same(summer: Season) -> None:
    settled(summer, JULY)
    corrects(summer, figure(), figure("b", "level", None, None, F(50)))
    readings = {
        row.indicator: row
        for row in summer.session.scalars(select(Reading).where(Reading.period == "2026-07", Reading.unit_code == "b"))
    }
    assert (readings["rate"].value, readings["rate"].corrected_by) == (30, CHEN)
    assert (readings["level"].value, readings["level"].origin) == (50, "typed")  # was missing
    for row in readings.values():
        assert row.digest == reading_digest({name: getattr(row, name) for name in DIGESTED})
    assert totals(summer, JULY)["b"] == F(100 * (24 + 10), 60)
    trail = summer.session.scalars(select(AuditRow.details).where(AuditRow.action == "correct_settlement")).one()
    assert (trail["figures"], trail["revision"]) == (2, 2)


def test_approved_by_who_decided_and_ranks_and_medians_move(season: Season) -> None:
    """What needed evidence counts once it was corrected; the tier's median is that of the corrected figures."""
    document = small(
        {
            "rate": indicator(curve="relative", against="tier_median", target=0),
            "papers": indicator(unit="count", evidence=True, target=4),
        },
        {"rate": {"points": 50}, "papers": {"points": 50}},
    )
    season.is_set_up(UNITS).is_scored_by(document, effective="2026-07")
    season.session.add(Person(id="chen", name="陈", language="zh", active=True))
    season.reads("a,2026-07,rate,10,100,", "b,2026-07,rate,20,100,", "c,2026-07,rate,30,100,", "a,2026-07,papers,,,4")
    settled(season, JULY)
    assert totals(season, JULY) == {"a": 0, "b": 100, "c": 100}
    corrects(season, figure("a", n=40), figure("a", "papers", None, None, F(2)))
    assert totals(season, JULY) == {"a": 75, "b": 0, "c": 100}
    paper = season.session.scalars(select(Reading).where(Reading.indicator == "papers")).one()
    assert (paper.approved_by, paper.value) == ("chen", 2)


def test_quarter_is_corrected_by_itself_and_keeps_what_was_missing(summer: Season) -> None:
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    before = totals(summer, Q3)
    corrects(summer, figure("b", n=100, of=200), period=Q3)
    after = {card.unit_code: card for card in scorecards(summer.session, Q3)}
    assert (after["b"].total, after["a"].total) == (100, before["a"])
    assert (after["a"].complete, after["a"].responses) == (False, 45)
    assert summer.session.get_one(ScoreLine, ("2026-Q3", "a", "visits")).target == 30
    assert_adds_up(summer, Q3)


def test_year_put_together_of_months_is_put_together_again(summer: Season) -> None:
    summer.is_scored_by(year_scheme(year_rule="mean_of_months"), effective="2026-07")
    settled(summer, *(Period(2026, month) for month in range(7, 13)), YEAR)
    with pytest.raises(DomainError) as refused:
        corrects(summer, figure(), period=YEAR)
    assert refused.value.code == "correction_in_months"
    assert_told(refused.value)
    corrects(summer, figure("a", n=50))
    resettle(summer.session, period=YEAR, actor=CHEN, now=OVER)
    assert totals(summer, YEAR)["a"] == F(92 + 75 + 40, 3)


def test_settling_again_without_another_figure_changes_nothing_but_the_link(summer: Season) -> None:
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    for period in (JULY, AUGUST, Q3):
        name = str(period)
        before = frozen_cards(summer.session, name), frozen_lines(summer.session, name)
        resettle(summer.session, period=period, actor=CHEN, now=OVER)
        assert (frozen_cards(summer.session, name), frozen_lines(summer.session, name)) == before


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ((), "correction_empty"),
        ((figure("nobody"),), "correction_unit_unknown"),
        ((figure("b", "nothing"),), "correction_indicator_unknown"),
        ((figure("b", "heard"),), "correction_not_reading"),
        ((figure(), figure()), "correction_twice"),
        ((figure(n=None),), "correction_figure"),
        ((figure(of=-1),), "correction_figure"),
        ((figure(n=None, of=None),), "correction_figure"),
        ((figure(value=F(31)),), "correction_figure"),
    ],
)
def test_what_is_no_correction_is_refused_and_changes_nothing(
    summer: Season, figures: tuple[CorrectedFigure, ...], code: str
) -> None:
    with pytest.raises(DomainError) as unsettled:
        corrects(summer, figure(), period=SEPTEMBER)
    assert unsettled.value.code == "not_settled"
    settled(summer, JULY)
    before = settlement_of(summer.session, JULY).digest
    with pytest.raises(DomainError) as refused:
        corrects(summer, *figures)
    assert refused.value.code == code
    assert_told(refused.value)
    assert settlement_of(summer.session, JULY).digest == before
    assert summer.session.scalars(select(SupersededSettlement)).all() == []


def test_denominator_of_nothing_makes_the_figure_missing(summer: Season) -> None:
    settled(summer, JULY)
    corrects(summer, figure(n=0, of=0))
    line = summer.session.get_one(ScoreLine, ("2026-07", "b", "rate"))
    assert (line.value, line.points, line.reason) == (None, None, "zero_denominator")
