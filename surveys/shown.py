"""Which figures of a survey may be shown, so that no sum or difference of them is of fewer than five people. PURE.

What was shown once cannot be taken back, so every month is judged by itself when it is closed: shown from five on. A
quarter or a year, shown once it is over, must not give away what was hidden in it: what it adds to its shown parts is
of nobody, or of five. A measure of which all is known but one part would give that part away: where one dimension is
hidden and the whole score is not, the least answered of the others is hidden with it. Refuses to know what the figures
are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from consortium.disclosure import MINIMUM_SHOWN
from consortium.periods import Period

Counts = Mapping[Period, int]
"""Month → people."""

_QUARTERS = (1, 2, 3, 4)


def shown_periods(answered: Counts, minimum: int = MINIMUM_SHOWN, *, secret: Collection[Period] = ()) -> frozenset[str]:
    """The months with answers, and their quarters and years, of which something may be shown.

    `secret` are periods that are hidden for another reason: so is whatever holds one of them. Quarters and years are
    judged as if they were over.
    """
    shown: set[str] = set()
    for year in sorted({month.year for month in answered}):
        rest = total = 0
        for quarter in _QUARTERS:
            counts = {month: answered.get(month, 0) for month in months_of(Period(year, None, quarter))}
            told = {month for month, n in counts.items() if n >= minimum and not _holds_any(month, secret)}
            shown |= {str(month) for month in told}
            hidden = sum(n for month, n in counts.items() if month not in told)
            total += sum(counts.values())
            whole = Period(year, None, quarter)
            if _may_be_told(sum(counts.values()), hidden, minimum) and not _holds_any(whole, secret):
                shown.add(str(whole))
            else:
                rest += hidden
        if _may_be_told(total, rest, minimum) and not _holds_any(Period(year), secret):
            shown.add(str(year))
    return frozenset(shown)


def measures_shown(
    responses: Counts, bases: Mapping[str, Counts], *, score: str, dimensions: Sequence[str]
) -> dict[str, frozenset[str]]:
    """By measure, the months, quarters and years that may be shown.

    `bases` are by measure how many people answered it; `score` is the measure made of all `dimensions`.
    """
    whole = shown_periods(responses)
    shown = {measure: shown_periods(counts) for measure, counts in bases.items()}
    parts = [each for each in dimensions if each in bases]
    secret: dict[str, set[Period]] = {each: set() for each in parts}
    for period in _from_months_up(responses):
        if str(period) not in whole or str(period) not in shown.get(score, ()):
            continue
        totals = {each: sum(bases[each].get(month, 0) for month in months_of(period)) for each in parts}
        hidden = [each for each in parts if totals[each] and str(period) not in shown[each]]
        left = [each for each in parts if totals[each] and str(period) in shown[each]]
        if hidden and left and not any(_holds_any(period, secret[each]) for each in hidden):
            beside = min(left, key=lambda each: totals[each])
            secret[beside].add(period)
            shown[beside] = shown_periods(bases[beside], secret=secret[beside])
    return {measure: periods & whole for measure, periods in shown.items()}


def months_of(period: Period) -> tuple[Period, ...]:
    """The months of a period; of a month, itself."""
    if period.is_month:
        return (period,)
    first, last = (3 * period.quarter - 2, 3 * period.quarter) if period.quarter is not None else (1, 12)
    return tuple(Period(period.year, month) for month in range(first, last + 1))


def _may_be_told(total: int, hidden: int, minimum: int) -> bool:
    return total >= minimum and (hidden == 0 or hidden >= minimum)


def _holds_any(period: Period, others: Iterable[Period]) -> bool:
    own = set(months_of(period))
    return any(own.issuperset(months_of(each)) for each in others)


def _from_months_up(responses: Counts) -> list[Period]:
    """Months, then quarters, then years: what is hidden in a part is known when the whole is judged."""
    years = sorted({month.year for month in responses})
    quarters = [Period(year, None, quarter) for year in years for quarter in _QUARTERS]
    return [*sorted(responses), *quarters, *(Period(year) for year in years)]
