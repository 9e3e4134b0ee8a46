"""Several months of answers as one: pooled by counts, and nothing of a hidden month can be worked out from it."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from consortium.periods import Period
from surveys.measurement import Counted
from surveys.pooled_months import PooledMonths
from surveys.shown import months_of

YEAR = Period(2026)
QUARTERS = [Period(2026, quarter=each) for each in (1, 2, 3, 4)]
"""What is settled of a year: its months, its quarters and itself."""


def counted(n: int) -> dict[str, dict[str, Counted]]:
    return {"jia": {"outpatient": Counted({"1": {"": {"": n, "page": n}}}, n)}} if n else {}


def told(counts: dict[Period, int], whole: Period | None, months: tuple[Period, ...]) -> int | None:
    """Responses that are told of some months together; None where they are hidden."""
    pooled = PooledMonths(None, months, whole, {month: counted(counts[month]) for month in months}, frozenset())  # type: ignore[arg-type]
    return pooled.responses("jia")


def secrets(counts: dict[Period, int]) -> list[int]:
    """What is left of each whole when its told parts are taken away: people of whom nothing was told before."""
    left = []
    rest = 0
    year = told(counts, YEAR, months_of(YEAR)) or 0
    for quarter in QUARTERS:
        months = months_of(quarter)
        shown = sum(counts[month] for month in months if counts[month] >= 5)
        whole = told(counts, quarter, months) or 0
        left.append(whole - shown)
        rest += max(whole, shown)
    left.append(year - rest)
    return left


def test_nothing_of_a_hidden_month_is_left_over_by_a_quarter_or_a_year() -> None:
    """Every quarter of small numbers by itself, and a thousand years drawn from them."""
    draw = Random(5)
    for three in product(range(8), repeat=3):
        counts = dict.fromkeys(months_of(YEAR), 0) | dict(zip(months_of(QUARTERS[0]), three, strict=True))
        assert all(each == 0 or abs(each) >= 5 for each in secrets(counts)), three
    for _ in range(1000):
        counts = {month: draw.choice((0, 1, 2, 3, 4, 5, 9, 30)) for month in months_of(YEAR)}
        assert all(each == 0 or abs(each) >= 5 for each in secrets(counts)), counts


@pytest.mark.parametrize(
    ("numbers", "whole", "expected"),
    [((3, 3, 3), QUARTERS[1], 9), ((30, 3, 0), QUARTERS[1], 30), ((30, 3, 3), QUARTERS[1], 36), ((3, 1, 0), QUARTERS[1], None),
     ((3, 3, 3), None, None), ((30, 3, 3), None, 30), ((0, 0, 0), QUARTERS[1], 0)],
)  # fmt: skip
def test_a_stretch_that_is_no_quarter_takes_only_months_that_may_be_told(
    numbers: tuple[int, ...], whole: Period | None, expected: int | None
) -> None:
    months = months_of(QUARTERS[1])
    counts = dict(zip(months, numbers, strict=True))
    assert told(counts, whole, months) == expected
