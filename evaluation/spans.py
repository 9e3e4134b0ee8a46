"""From the months of one unit to the figure of a quarter or a year. PURE and exact.

Rates are pooled from their counts, never averaged where counts are known (rule 79); other figures are averaged, added
up or the last one taken, as the scheme says. What is made of other figures is not carried over: it is computed anew
from the pooled ones. A month that is missing stays missing: the figure is marked partial, and nothing stands for it.
Refuses to know which months belong to a period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from evaluation.elements import AVERAGE, COMPUTED, COUNT, LAST, POOL, SUM, Indicator, Scheme
from evaluation.figures import NO_COUNTS, NOT_COLLECTED, ZERO_DENOMINATOR, Input, rate

_ORIGINS = ("corrected", "typed", "imported", "auto")  # the one to look at first stands first


def span_inputs(scheme: Scheme, months: Sequence[Mapping[str, Input]], own: Mapping[str, Input]) -> dict[str, Input]:
    """One unit's figures for a span, by indicator: `own` ones where there are any, else those of its `months`."""
    missing = Input(None, reason=NOT_COLLECTED)
    figures: dict[str, Input] = {}
    for code, indicator in scheme.indicators.items():
        if indicator.input in COMPUTED:
            continue
        given = own.get(code, missing)
        if given.value is None and given.reason != ZERO_DENOMINATOR:
            figures[code] = _over_time(indicator, [month.get(code, missing) for month in months])
        else:
            figures[code] = given
    return figures


def _over_time(indicator: Indicator, months: Sequence[Input]) -> Input:
    """The months' figures as one. Those nobody has agreed to wait outside, unless there are no others."""
    there = [each for each in months if each.value is not None or _has_counts(each)]
    if indicator.definition is not None:  # figures of two definitions are never averaged (decision 3)
        there = [each for each in there if each.definition in {None, indicator.definition}]
    approved = [each for each in there if each.is_approved]
    used = approved or there
    found = _joined(indicator, used)
    if found.value is None:
        reasons = {each.reason for each in months if each.value is None and each.reason}
        is_plain = found.reason == NOT_COLLECTED and len(reasons) == 1
        return replace(found, reason=reasons.pop()) if is_plain else found
    is_short = len(used) < len(months) and _manner(indicator, used) != LAST
    return replace(
        found,
        is_approved=bool(approved),
        is_partial=found.is_partial or is_short or any(each.is_partial for each in used),
        origin=next((origin for origin in _ORIGINS if origin in {each.origin for each in used}), None),
        definition=used[-1].definition,
    )


def _joined(indicator: Indicator, used: Sequence[Input]) -> Input:
    manner = _manner(indicator, used)
    if manner == POOL:
        return _pooled(indicator, used)
    there = [(each.value, each) for each in used if each.value is not None]
    if not there:
        return Input(None, reason=ZERO_DENOMINATOR if used else NOT_COLLECTED)
    if manner == LAST:
        return there[-1][1]
    values = [value for value, _ in there]
    total = sum(values, Fraction(0))
    people = [each.n for _, each in there if each.n is not None]
    return Input(
        total if manner == SUM else total / len(values),
        n=sum(people) if len(people) == len(there) else None,
        is_partial=len(there) < len(used),
    )


def _pooled(indicator: Indicator, used: Sequence[Input]) -> Input:
    """All numerators over all denominators: a month without any case adds nothing, and is not missing."""
    counts = [
        (each.numerator, each.denominator)
        for each in used
        if each.numerator is not None and each.denominator is not None
    ]
    if not counts:
        return Input(None, reason=NO_COUNTS if used else NOT_COLLECTED)
    numerator = sum((each for each, _ in counts), Fraction(0))
    denominator = sum((each for _, each in counts), Fraction(0))
    value = rate(numerator, denominator, indicator.unit)
    reason = ZERO_DENOMINATOR if value is None else None
    return Input(value, numerator, denominator, reason, is_partial=len(counts) < len(used))


def _manner(indicator: Indicator, used: Sequence[Input]) -> str:
    """As the scheme says; else counts add up, rates are pooled where all months have counts, the rest is averaged."""
    if indicator.over_time is not None:
        return indicator.over_time
    if indicator.curve.kind == COUNT:
        return SUM
    return POOL if used and all(_has_counts(each) for each in used) else AVERAGE


def _has_counts(given: Input) -> bool:
    return given.numerator is not None and given.denominator is not None
