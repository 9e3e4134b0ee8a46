"""Quarters and years: pooled where there are counts, added, averaged or the last one; what is missing stays missing."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from consortium.periods import Period
from evaluation.figures import Input
from evaluation.scheme import Scheme
from evaluation.scoring import score_unit, score_units
from evaluation.span_scores import is_mean_of_months, mean_of_months, span_of
from evaluation.spans import span_inputs
from tests.evaluation.cast import indicator, parsed, small, without

Month = Mapping[str, Input]


def counts(numerator: int, denominator: int, **more: Any) -> Input:
    value = Fraction(numerator * 100, denominator) if denominator else None
    reason = None if denominator else "zero_denominator"
    return Input(value, Fraction(numerator), Fraction(denominator), reason, **more)


def plain(value: int | str, **more: Any) -> Input:
    return Input(Fraction(value), **more)


def scheme_of(**more: Any) -> Scheme:
    return parsed(small({"rate": indicator(**more)}, {"rate": {"points": 100}}))


def pooled(*months: Input | None, own: Input | None = None, **more: Any) -> Input:
    """The figure of a span in which the one indicator stood so each month (None: nothing)."""
    given = [{} if month is None else {"rate": month} for month in months]
    return span_inputs(scheme_of(**more), given, {} if own is None else {"rate": own})["rate"]


def seen(found: Input) -> tuple[Fraction | None, str | None, bool]:
    return found.value, found.reason, found.is_partial


def test_rates_are_pooled_from_their_counts() -> None:
    """Rule 79: 10 of 10 and 0 of 90 are 10 %, not the 50 % of their mean."""
    found = pooled(counts(10, 10), counts(0, 90))
    assert (found.value, found.numerator, found.denominator) == (10, 10, 100)
    assert pooled(counts(10, 10), counts(0, 90), over_time="mean").value == 50


@pytest.mark.parametrize(("over_time", "value"), [(None, 20), ("mean", 20), ("sum", 60), ("last", 33), ("pool", None)])
def test_scheme_says_how_months_become_one_figure(over_time: str | None, value: int | None) -> None:
    manner = {} if over_time is None else {"over_time": over_time}
    found = pooled(plain(10), plain(17), plain(33), **manner)
    assert seen(found) == (value, None if value else "no_counts", False)


def test_counts_to_a_target_add_up() -> None:
    assert pooled(plain(3), plain(4), plain(5), curve="count", unit="visits").value == 12


@pytest.mark.parametrize(
    ("months", "over_time", "expected"),
    [
        ((counts(1, 2), None, counts(3, 4)), "pool", (Fraction(400, 6), None, True)),
        ((plain(10), None, plain(30)), "mean", (20, None, True)),
        ((plain(10), None, plain(30)), "sum", (40, None, True)),
        ((plain(10), None, plain(30)), "last", (30, None, False)),
        ((plain(10), None, None), "last", (10, None, False)),
        ((counts(1, 2), plain(9)), "pool", (50, None, True)),  # a value without counts cannot be pooled
        ((counts(1, 2), counts(0, 0)), "pool", (50, None, False)),  # a month without a case is not missing
        ((counts(0, 0), counts(0, 0)), "pool", (None, "zero_denominator", False)),
        ((counts(1, 2), counts(0, 0)), "mean", (50, None, True)),
        ((counts(0, 0), None), "mean", (None, "zero_denominator", False)),
        ((None, None), "pool", (None, "not_collected", False)),
        ((), "sum", (None, "not_collected", False)),
    ],
)  # fmt: skip
def test_missing_month_is_never_zero(
    months: tuple[Input | None, ...], over_time: str, expected: tuple[object, str | None, bool]
) -> None:
    """Decision 10: what is there is used, and the figure says that it is not all."""
    assert seen(pooled(*months, over_time=over_time)) == expected


def test_counts_beside_plain_values_are_averaged_unless_pooling_is_asked_for() -> None:
    assert seen(pooled(counts(1, 2), plain(30))) == (40, None, False)


def test_partial_figure_leaves_the_scorecard_incomplete() -> None:
    score = score_unit(scheme_of(), "only", {"rate": pooled(plain(25), None)})
    assert (score.total, score.complete) == (50, False)


def test_figure_given_for_the_span_itself_wins() -> None:
    assert pooled(plain(10), plain(20), own=plain(99)).value == 99
    assert seen(pooled(plain(10), own=counts(0, 0))) == (None, "zero_denominator", False)
    assert pooled(plain(10), own=Input(None, reason="no_responses")).value == 10


def test_reason_that_all_months_share_is_the_reason() -> None:
    closed = Input(None, reason="no_round")
    assert pooled(closed, closed).reason == "no_round"
    assert pooled(closed, Input(None, reason="too_few_raters")).reason == "not_collected"


def test_what_is_not_approved_waits_outside() -> None:
    """Rule 16: a month nobody has agreed to adds nothing; with no other month the whole figure waits."""
    waiting = plain(50, is_approved=False)
    some = pooled(plain(2), waiting, over_time="sum")
    assert (some.value, some.is_approved, some.is_partial) == (2, True, True)
    none = pooled(waiting, waiting, over_time="sum")
    assert (none.value, none.is_approved) == (100, False)


def test_figures_of_two_definitions_are_never_averaged() -> None:
    """Decision 3."""
    survey = {"input": "survey", "questionnaire": "outpatient", "unit": "score", "definition": "topbox"}
    found = pooled(plain(80, definition="linear-0-100", n=9), plain(60, definition="topbox", n=7), **survey)
    assert (found.value, found.n, found.definition, found.is_partial) == (60, 7, "topbox", True)


def test_people_are_added_where_all_months_say_them_and_the_origin_to_look_at_first_is_kept() -> None:
    assert pooled(plain(1, n=5), plain(2, n=6)).n == 11
    assert pooled(plain(1, n=5), plain(2)).n is None
    assert (
        pooled(plain(1, origin="imported"), plain(2, origin="corrected"), plain(3, origin="auto")).origin == "corrected"
    )


def test_what_is_made_of_others_is_made_of_their_pooled_figures() -> None:
    watched = without(indicator(direction="watch"), "target")
    scheme = parsed(small({"a": watched, "rest": indicator(input="complement", of=["a"])}, {"rest": {"points": 1}}))
    figures = span_inputs(scheme, [{"a": counts(10, 10)}, {"a": counts(0, 90)}], {})
    assert set(figures) == {"a"}
    assert score_unit(scheme, "only", figures).lines[0].value == 90


# --- of one period ---------------------------------------------------------------------------------------------------

OCTOBER, NOVEMBER, QUARTER, YEAR = (Period(2026, 10), Period(2026, 11), Period(2026, None, 4), Period(2026))


def test_period_is_put_together_from_its_own_months() -> None:
    scheme = scheme_of(over_time="sum")
    figures = {OCTOBER: {"rate": plain(1)}, NOVEMBER: {"rate": plain(2)}, Period(2026, 9): {"rate": plain(50)},
               Period(2025, 10): {"rate": plain(1000)}}  # fmt: skip
    sums = {str(period): span_of(scheme, figures, period).get("rate") for period in (OCTOBER, QUARTER, YEAR)}
    assert {name: each and each.value for name, each in sums.items()} == {"2026-10": 1, "2026-Q4": 3, "2026": 53}


def test_quarter_reported_as_such_stands_for_its_months_in_the_year() -> None:
    scheme = scheme_of(over_time="sum")
    figures = {OCTOBER: {"rate": plain(1)}, QUARTER: {"rate": plain(40)}, Period(2026, 1): {"rate": plain(2)}}
    assert span_of(scheme, figures, YEAR)["rate"].value == 42
    assert span_of(scheme, figures | {YEAR: {"rate": plain(7)}}, YEAR)["rate"].value == 7


def yearly(**more: Any) -> Scheme:
    document = small(
        {"a": indicator(), "b": indicator(dimension="capacity"), "extra": indicator(bonus=True, party="peers")},
        {"a": {"points": 60}, "b": {"points": 40}, "extra": {"points": 10}},
    )
    document["scheme"] |= more
    return parsed(document)


def test_year_is_its_own_or_the_mean_of_its_months_as_the_scheme_says() -> None:
    """Rule 75, both by hand. Own: 100 of 400 cases are 25 %, half of the target. Mean: (100 + 20) ÷ 2 = 60."""
    document = small({"rate": indicator()}, {"rate": {"points": 100}})
    months = [{"rate": counts(50, 100)}, {"rate": counts(30, 300)}]
    own = parsed(document)
    document["scheme"]["year_rule"] = "mean_of_months"
    averaged = parsed(document)
    assert [is_mean_of_months(each, YEAR) for each in (own, averaged)] == [False, True]
    assert is_mean_of_months(averaged, QUARTER) is False
    pool = score_unit(own, "only", span_inputs(own, months, {}))
    assert (pool.total, pool.lines[0].value) == (40, 20)
    mean = mean_of_months(averaged, "only", [score_unit(averaged, "only", month) for month in months])
    assert (mean.total, mean.complete, mean.lines[0].reason, mean.lines[0].value) == (60, True, "mean_of_months", None)


def test_mean_of_months_is_of_totals_and_still_adds_up() -> None:
    """A month in which half is missing has its total on the scale of 100 like any other, and the sum of parts is kept."""
    scheme = yearly(year_rule="mean_of_months")
    given: list[Month] = [
        {"a": plain(50), "b": plain(25)},  # 60 + 20 = 80
        {"a": plain(25)},  # 30 of 60 = 50
        {"a": plain(50), "b": plain(50), "extra": plain(50)},  # 110: 100 at most
        {},  # no total: left out
    ]
    months = [score_units(scheme, {"u": "only"}, {"u": month})["u"] for month in given]
    assert [month.total for month in months] == [80, 50, 100, None]
    year = mean_of_months(scheme, "only", months)
    assert (year.total, year.complete) == (Fraction(230, 3), False)
    for projection in (year.dimensions, year.parties, year.aspects):
        assert sum(each for each in projection.values() if each is not None) == year.total
    assert sum(line.points for line in year.lines if line.points is not None) == year.earned
    nothing = mean_of_months(scheme, "only", [score_unit(scheme, "only", {})] * 12)
    assert (nothing.total, nothing.lines[0].reason) == (None, "not_collected")
