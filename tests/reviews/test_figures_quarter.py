"""A quarter from published documents alone: against what its months were made of, and where months do not fit together."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from consortium.disclosure import coarse_mark, mark_of_score
from reviews.figures_exchange import quarter_document, quarter_from
from reviews.figures_fit import covariance_of, estimates_of
from reviews.figures_parts import fitted_parts
from reviews.figures_quarter import quarter_of_months
from reviews.figures_round import published_fits
from tests.reviews.figures_cast import NO_DEALINGS, some_marks


def fits(
    seed: int, units: int = 14, *, tiers: dict[str, str] | None = None, unranked: tuple[str, ...] = (), **world: Any
):
    """The documents of one month, as they come back from the database."""
    marks = some_marks(seed, units, **world)
    raters = Counter(mark.target for mark in marks if mark.marks != NO_DEALINGS)
    counted = [mark for mark in marks if mark.marks != NO_DEALINGS and raters[mark.target] >= 5]
    dealt = [(mark.rater, mark.target, mark.marks) for mark in counted]
    tiers = tiers or {f"u{at}": "secondary" for at in range(units)}
    found = published_fits(fitted_parts(dealt), marks, tiers=tiers, unranked=unranked, seed=seed)
    return json.loads(json.dumps(found))


def test_quarter_of_one_month_is_that_month() -> None:
    [document] = fits(1)
    quarter = quarter_of_months("2026-Q4", {"2026-10": [document]})
    assert (quarter.quarter, quarter.months, quarter.alike, quarter.interval) == ("2026-Q4", ("2026-10",), 50, 90)
    for unit, own in zip(quarter.units, document["units"], strict=True):
        assert (unit.unit, unit.months, unit.tier) == (own["unit"], 1, "secondary")
        assert abs(mark_of_score(unit.score) - own["estimate"] / 100) <= 0.11  # shrunk and levelled again, then rounded


def test_three_months_that_agree_are_those_months_with_more_certainty() -> None:
    [document] = fits(2, 20)
    one, three = (quarter_of_months("2026-Q4", {f"2026-{10 + at}": [document] for at in range(n)}) for n in (1, 3))
    assert three.months == ("2026-10", "2026-11", "2026-12")
    widths = [sum((unit.rank_high or 0) - (unit.rank_low or 0) for unit in quarter.units) for quarter in (one, three)]
    assert widths[1] < widths[0]
    assert {unit.months for unit in three.units} == {3}


def test_quarter_lies_between_its_months() -> None:
    documents = [fits(3)[0], fits(4)[0], fits(5)[0]]  # three different worlds
    quarter = quarter_of_months("2026-Q4", {f"2026-{10 + at}": [each] for at, each in enumerate(documents)})
    by_month = np.array([estimates_of(each) for each in documents])
    marks = np.array([float(mark_of_score(unit.score)) for unit in quarter.units])
    assert np.abs(marks - by_month.mean(axis=0)).max() < 0.35
    assert marks.mean() == pytest.approx(by_month.mean(), abs=0.06)


def test_figures_are_on_the_steps_of_a_month() -> None:
    quarter = quarter_of_months("2026-Q4", {"2026-10": fits(6, 7), "2026-11": fits(7, 7)})
    for unit in quarter.units:
        mark = mark_of_score(unit.score)
        assert coarse_mark(mark, 6) == mark  # six raters a unit: two tenths
        assert (unit.rank is None) == (unit.rank_low is None) == (unit.rank_high is None)


def test_unit_that_was_missing_is_there_with_its_months() -> None:
    [whole], [fewer] = fits(8, 12), fits(9, 11)
    quarter = quarter_of_months("2026-Q4", {"2026-10": [whole], "2026-11": [fewer]})
    months = {unit.unit: unit.months for unit in quarter.units}
    assert (months["u11"], months["u3"], len(months)) == (1, 2, 12)


def test_tiers_are_ranked_by_themselves_and_unranked_ones_not() -> None:
    tiers = {f"u{at}": ("primary", "secondary", "partner")[at % 3] for at in range(15)}
    months = {f"2026-{10 + at}": fits(10 + at, 15, tiers=tiers, unranked=("partner",)) for at in range(3)}
    quarter = quarter_of_months("2026-Q4", months)
    for unit in quarter.units:
        if unit.tier == "partner":
            assert (unit.rank, unit.band) == (None, None)
        else:
            assert unit.rank is not None
            assert unit.rank_low is not None
            assert unit.rank_high is not None
            assert 1 <= unit.rank_low <= unit.rank <= unit.rank_high <= 5
            assert unit.ranked == 5


def test_parts_that_no_month_joins_are_not_ranked_together() -> None:
    near = fits(13, 8)
    far = json.loads(
        json.dumps(fits(14, 9)).replace('"u', '"v').replace('"vnit', '"unit').replace('"vnranked', '"unranked')
    )
    far[0]["part"] = 1
    quarter = quarter_of_months("2026-Q4", {"2026-10": [*near, *far], "2026-11": [*near, *far]})
    assert len(quarter.units) == 17
    assert {unit.rank for unit in quarter.units} == {None}
    joined = quarter_of_months("2026-Q4", {"2026-10": [*near, *far], "2026-11": fits_of_both()})
    assert None not in {unit.rank for unit in joined.units}


def fits_of_both() -> Any:
    """A month in which both parts of the test above were one."""
    renamed = {f"u{at}": f"u{at}" if at < 8 else f"v{at - 8}" for at in range(17)}
    [document] = fits(15, 17)
    for unit in document["units"]:
        unit["unit"] = renamed[unit["unit"]]
    return [document]


def test_month_that_tells_nobody_apart_leaves_the_places_to_the_others() -> None:
    [document], flat = fits(16), fits(16)
    flat[0].update(covariance=None, sd_unit=0)
    quarter = quarter_of_months("2026-Q4", {"2026-10": [document], "2026-11": flat})
    assert None not in {unit.rank for unit in quarter.units}
    nothing = quarter_of_months("2026-Q4", {"2026-10": flat, "2026-11": flat})
    assert {unit.rank for unit in nothing.units} == {None}
    by_code = {unit.unit: unit.score for unit in nothing.units}
    assert all(abs(mark_of_score(by_code[own["unit"]]) - own["estimate"] / 100) <= 0.11 for own in flat[0]["units"])


def test_unit_alone_in_its_part_has_the_mean_of_its_months() -> None:
    alone = {
        "definition": "d", "part": 0, "mu": 400, "sd_rater": 0, "sd_unit": 0, "sd_residual": 0, "covariance": None,
        "interval": 90, "draws": 1000, "seed": 1, "unranked": [],
        "units": [{"unit": "jia", "tier": "t", "raters": 5, "step": 20, "estimate": 400, "width": 20}],
    }  # fmt: skip
    other = {**alone, "units": [{**alone["units"][0], "estimate": 340}]}  # type: ignore[index]
    quarter = quarter_of_months("2026-Q4", {"2026-10": [alone], "2026-11": [other]})
    [jia] = quarter.units
    assert (mark_of_score(jia.score), jia.rank, jia.months) == (coarse_mark(mark_of_score(jia.score), 5), None, 2)
    assert float(mark_of_score(jia.score)) == pytest.approx(3.7, abs=0.11)


def test_quarter_without_scores_is_none() -> None:
    with pytest.raises(ValueError, match="no unit"):
        quarter_of_months("2026-Q4", {"2026-10": []})


def test_covariances_stay_good_for_drawing_in_any_round() -> None:
    for seed in range(12):
        for document in fits(seed, 6 + seed, share=0.85, no_dealings=0.15):
            covariance = covariance_of(document)
            if covariance is not None:
                assert np.linalg.eigvalsh(covariance).min() > 0


def test_quarter_comes_back_whole_from_its_document() -> None:
    quarter = quarter_of_months("2026-Q4", {"2026-10": fits(18), "2026-12": fits(19)})
    assert quarter_from(json.loads(json.dumps(quarter_document(quarter)))) == quarter
