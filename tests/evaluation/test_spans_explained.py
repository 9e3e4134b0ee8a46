"""What is put together of parts reads so in words: no line of it is lost, none is called watched."""

from __future__ import annotations

import pytest

from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.explanation_text import explanation_text
from tests.evaluation.cast import Season, wording
from tests.evaluation.test_spans_settled import (
    AUGUST,
    JULY,
    Q3,
    SEPTEMBER,
    YEAR,
    scheme,
    settled,
    summer,
    year_scheme,
)

__all__ = ["summer"]


@pytest.mark.parametrize(
    ("language", "why"), [("zh", "考核方案在期中更换"), ("en", "the scheme changed in the middle")]
)
def test_quarter_cut_by_a_new_version_tells_of_indicators_that_are_gone(
    summer: Season, language: str, why: str
) -> None:
    later = scheme(
        tiers={"only": {"name": wording("only"), "indicators": {"rate": {"points": 80}, "visits": {"points": 20}}}}
    )
    for code in ("level", "heard"):
        later["indicators"].pop(code)
    summer.is_scored_by(later, version=2, effective="2026-09")
    settled(summer, JULY, AUGUST, SEPTEMBER, Q3)
    found = explain(summer.session, unit_code="a", period=Q3)
    assert [line.code for line in found.lines] == ["rate", "visits", "heard", "level"]
    assert explanation_text(found, language).count(why) == 4


def test_year_of_months_says_so_with_every_line(summer: Season) -> None:
    summer.is_scored_by(year_scheme(year_rule="mean_of_months"), effective="2026-07")
    settled(summer, *(Period(2026, month) for month in range(7, 13)), YEAR)
    written = explanation_text(explain(summer.session, unit_code="a", period=YEAR), "zh")
    assert written.count("各月得分的平均") >= 4
    assert "不计分" not in written
