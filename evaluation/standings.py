"""What several periods say together: the two-year standard, and who stayed below a limit for how long. PURE.

Compares unrounded totals (rules 24 and 45): what is shown as 85.00 may still be below 85. A period that is missing is
never taken for a good one or a bad one. Refuses to know where totals come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from consortium.periods import Period

STANDARD = Fraction(85)  # rule 45
YEARS = 2
VETOED, MISSING_YEAR, NO_TOTAL, BELOW_STANDARD = "vetoed", "missing_year", "no_total", "below_standard"
FAILURES = (VETOED, MISSING_YEAR, NO_TOTAL, BELOW_STANDARD)


@dataclass(frozen=True, slots=True)
class YearTotal:
    """A unit's unrounded total of one settled year; None where there was nothing to score, or it was vetoed."""

    total: Fraction | None
    is_vetoed: bool = False


@dataclass(frozen=True, slots=True)
class Standard:
    """Whether a unit met the standard in both years. `failures`: year and why, the later year first; none if it did."""

    is_met: bool
    totals: tuple[tuple[int, Fraction | None], ...]
    failures: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class BelowRun:
    """A unit whose totals lay below the limit in `length` periods one after the other, from `first` to `last`."""

    unit_code: str
    first: Period
    last: Period
    length: int
    lowest: Fraction


def two_year_standard(totals: Mapping[int, YearTotal], *, year: int) -> Standard:
    """Rule 45: 85 or more, unrounded, in `year` and the year before. A veto or a missing year fails with its reason."""
    years = [year - back for back in range(YEARS)]
    failures = tuple((each, failure) for each in years if (failure := _failure(totals.get(each))) is not None)
    known = tuple((each, totals[each].total if each in totals else None) for each in years)
    return Standard(not failures, known, failures)


def below_running(
    history: Mapping[str, Sequence[tuple[Period, Fraction | None]]], *, below: Fraction, periods: int
) -> tuple[BelowRun, ...]:
    """Rule 24: every run of `periods` or more periods, one right after the other, with totals below `below`.

    `history`: unit → its settled periods of one length with unrounded totals. A period that was not settled or has no
    total ends a run: it proves nothing. Exactly `below` is not below. Runs by unit, the earlier first.
    """
    if periods < 1:
        msg = "a run has at least one period"
        raise ValueError(msg)
    found = [run for unit_code, totals in history.items() for run in _runs(unit_code, totals, below)]
    return tuple(run for run in found if run.length >= periods)


def _failure(found: YearTotal | None) -> str | None:
    if found is None:
        return MISSING_YEAR
    if found.is_vetoed:
        return VETOED
    if found.total is None:
        return NO_TOTAL
    return BELOW_STANDARD if found.total < STANDARD else None


def _runs(unit_code: str, totals: Iterable[tuple[Period, Fraction | None]], below: Fraction) -> list[BelowRun]:
    """Every run of one unit, however short."""
    runs: list[BelowRun] = []
    for period, total in sorted(totals, key=lambda each: str(each[0])):
        if total is None or total >= below:
            continue
        if runs and runs[-1].last.next() == period:
            runs[-1] = BelowRun(unit_code, runs[-1].first, period, runs[-1].length + 1, min(runs[-1].lowest, total))
        else:
            runs.append(BelowRun(unit_code, period, period, 1, total))
    return runs
