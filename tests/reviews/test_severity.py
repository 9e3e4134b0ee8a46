"""The plain fit against lme4's published figures and against the textbook on many shapes, and its posterior."""

from __future__ import annotations

import numpy as np
import pytest

from locales.errors import DomainError
from reviews.rank_intervals import LOWER, MIDDLE, UPPER
from reviews.severity import Fit, draw_effects, place_units, plain_fit, unit_covariance
from reviews.severity_ballots import Ballots, ballots_of
from tests.reviews.textbook_reml import agreement, round_of_scores, some_ballots, textbook

# Zones of inhibition, in mm, of six samples of penicillin on 24 plates (Davies and Goldsmith 1972, section 6.6)
PENICILLIN = [
    "272326232321",
    "272326232321",
    "252125242420",
    "262325232320",
    "252226222320",
    "242225232219",
    "242023212219",
    "262226242421",
    "242124222220",
    "242124232219",
    "262326242421",
    "252226242420",
    "262426242522",
    "262326232320",
    "262325242422",
    "252225232320",
    "252124232320",
    "252224232319",
    "242123212119",
    "262326242421",
    "252124222218",
    "252225222220",
    "242124222419",
    "242124222118",
]


def fit_of(rows: list[tuple[str, str, str, float]]) -> Fit:
    return plain_fit(ballots_from(rows))


def ballots_from(rows: list[tuple[str, str, str, float]]) -> Ballots:
    scores: dict[tuple[str, str, str], dict[str, float]] = {}
    for rater, unit, criterion, score in rows:
        scores.setdefault((rater, unit, ""), {})[criterion] = score
    return ballots_of(scores)


def penicillin() -> list[tuple[str, str, str, float]]:
    return [
        (chr(ord("a") + plate), "ABCDEF"[sample], "mm", float(row[2 * sample : 2 * sample + 2]))
        for plate, row in enumerate(PENICILLIN)
        for sample in range(6)
    ]


def test_fit_gives_the_figures_that_lme4_prints_for_penicillin() -> None:
    fit = fit_of(penicillin())
    assert fit.reml_criterion == pytest.approx(330.8606, abs=5e-5)
    assert (fit.sd_rater, fit.sd_unit, fit.sd_residual) == pytest.approx((0.8467, 1.9316, 0.5499), abs=5e-5)
    assert (fit.sd_rater**2, fit.sd_unit**2, fit.sd_residual**2) == pytest.approx(
        (0.716908, 3.73092, 0.302415), rel=3e-6
    )
    assert fit.mu == pytest.approx(22.97222, abs=5e-6)
    assert fit.sd_ballot is None


def test_raters_and_units_change_places_without_a_change_in_figures() -> None:
    fit = fit_of(penicillin())
    turned = fit_of([(unit, rater, criterion, score) for rater, unit, criterion, score in penicillin()])
    assert turned.reml_criterion == pytest.approx(fit.reml_criterion, abs=1e-9)
    assert turned.effect == pytest.approx(fit.severity, abs=1e-7)
    assert turned.severity == pytest.approx(fit.effect, abs=1e-7)
    assert (turned.sd_unit, turned.sd_rater) == pytest.approx((fit.sd_rater, fit.sd_unit), abs=1e-7)


SHAPES = [
    {"raters": 6, "units": 6},
    {"raters": 9, "units": 4, "share": 0.6},
    {"raters": 4, "units": 9, "share": 0.6},
    {"raters": 12, "units": 10, "share": 0.35, "criteria": 1},
    {"raters": 3, "units": 3},
    {"raters": 3, "units": 2, "criteria": 1, "share": 1.0, "steps": False},
    {"raters": 2, "units": 3, "criteria": 2, "share": 1.0},
    {"raters": 7, "units": 2},
    {"raters": 8, "units": 8, "sd_unit": 0.0, "steps": False},
    {"raters": 8, "units": 8, "sd_rater": 0.0, "steps": False},
    {"raters": 8, "units": 8, "sd_rater": 0.0, "sd_unit": 0.0, "steps": False},
    {"raters": 6, "units": 6, "sd_rater": 40.0, "sd_unit": 0.5, "steps": False},
    {"raters": 5, "units": 6, "missing": 0.3},
    {"raters": 6, "units": 4, "missing": 0.3, "sd_ballot": 0.0, "steps": False},
    {"raters": 4, "units": 6, "missing": 0.5, "criteria": 3, "steps": False},
]


@pytest.mark.parametrize(("seed", "world"), [*enumerate(SHAPES)], ids=str)
def test_fit_is_the_textbooks(world: dict[str, object], seed: int) -> None:
    ballots = some_ballots(seed, **world)  # type: ignore[arg-type]
    book = textbook(ballots)
    theta = book.best()
    lowest = book.criterion(theta)
    fit = plain_fit(ballots)
    assert fit.reml_criterion is not None
    assert fit.solved is not None
    # the least criterion of all, to nine figures; and at the fit's own variances the textbook says the same
    assert fit.reml_criterion <= lowest + 1e-9 * (1 + abs(lowest))
    own = np.array([fit.sd_rater, fit.sd_unit, fit.sd_ballot or 0.0][: len(theta)]) / fit.sd_residual
    assert fit.reml_criterion == pytest.approx(book.criterion(own), rel=1e-9, abs=1e-8)
    mu, sigma, effects, covariance = book.effects(own)
    assert (fit.mu, fit.sd_residual) == pytest.approx((mu, sigma), abs=1e-8)
    assert fit.severity == pytest.approx(effects[0], abs=1e-8)
    assert fit.effect == pytest.approx(effects[1], abs=1e-8)
    assert unit_covariance(fit) == pytest.approx(covariance, abs=1e-8)
    if not flat_on_top(book, theta):
        spreads = np.array([fit.sd_rater, fit.sd_unit, fit.sd_ballot or 0.0][: len(theta)])
        assert spreads == pytest.approx(theta * book.effects(theta)[1], abs=1e-4)


def flat_on_top(book: object, theta: np.ndarray) -> bool:
    """Whether other variances fit just as well, as with so few scores that one spread passes for another."""
    moved = [book.criterion(theta * (1 + turn)) for turn in (0.05 * np.eye(len(theta)))]  # type: ignore[attr-defined]
    return min(moved) - book.criterion(theta) < 1e-5 and theta.min() > 1e-3  # type: ignore[attr-defined]


def test_two_units_and_two_raters_are_enough() -> None:
    ballots = ballots_from([("p", "a", "c", 1.0), ("p", "b", "c", 4.0), ("q", "a", "c", 2.0), ("q", "b", "c", 4.5)])
    fit, book = plain_fit(ballots), textbook(ballots)
    assert fit.reml_criterion == pytest.approx(book.criterion(book.best()), abs=1e-8)
    assert fit.effect[1] > fit.effect[0]


@pytest.mark.parametrize("seed", range(6))
def test_fit_stands_where_nothing_lies_lower(seed: int) -> None:
    ballots = some_ballots(seed, 15, 20, share=0.3, missing=0.2 * (seed % 2))
    fit = plain_fit(ballots)
    assert fit.solved is not None
    book = textbook(ballots)
    own = np.sqrt(fit.solved.ratios)
    own = own if fit.model.units_are_kept else own[[1, 0, 2][: len(own)]]
    lowest = book.criterion(own)
    assert lowest == pytest.approx(fit.reml_criterion, rel=1e-11)
    random = np.random.default_rng(seed)
    for size in (1e-3, 1e-2, 0.1):
        for _ in range(4):
            assert book.criterion(np.abs(own + size * random.standard_normal(len(own)))) >= lowest - 1e-9


def test_complete_ballots_give_the_effects_of_their_single_scores() -> None:
    scores, _ = round_of_scores(5, 9, 9, share=1.0)
    means = plain_fit(ballots_of(scores))
    first = next(iter(scores))
    fewer = {key: dict(list(held.items())[: 4 if key == first else 5]) for key, held in scores.items()}
    singly = plain_fit(ballots_of(fewer))
    assert singly.sd_ballot is not None
    assert singly.effect == pytest.approx(means.effect, abs=0.02)  # one score of 360 is missing
    within = singly.sd_residual**2 / 5 + singly.sd_ballot**2
    assert means.sd_residual**2 == pytest.approx(within, rel=0.05)


@pytest.mark.parametrize(("factor", "shift"), [(1e-6, 0.0), (1e6, 0.0), (25.0, -75.0), (1.0, 1e6), (1e40, 1e40)])
def test_scale_of_the_scores_only_scales_the_figures(factor: float, shift: float) -> None:
    scores, _ = round_of_scores(3, 10, 10)
    fit = plain_fit(ballots_of(scores))
    moved = plain_fit(
        ballots_of(
            {key: {name: factor * score + shift for name, score in held.items()} for key, held in scores.items()}
        )
    )
    assert moved.effect / factor == pytest.approx(fit.effect, abs=1e-7)
    assert moved.mu == pytest.approx(factor * fit.mu + shift, rel=1e-9)
    spreads = (moved.sd_rater, moved.sd_unit, moved.sd_residual)
    assert np.array(spreads) / factor == pytest.approx((fit.sd_rater, fit.sd_unit, fit.sd_residual), abs=1e-7)
    assert moved.reml_criterion is not None
    assert fit.reml_criterion is not None
    degrees = len(scores) - 1
    assert moved.reml_criterion == pytest.approx(fit.reml_criterion + 2 * degrees * np.log(factor), rel=1e-7)


def test_order_of_the_ballots_does_not_matter() -> None:
    scores, _ = round_of_scores(4, 12, 12, missing=0.1)
    fit, turned = plain_fit(ballots_of(scores)), plain_fit(ballots_of(dict(reversed(scores.items()))))
    by_name = dict(zip(turned.units, turned.effect, strict=True))
    assert [by_name[unit] for unit in fit.units] == pytest.approx(fit.effect, abs=1e-8)
    assert turned.reml_criterion == pytest.approx(fit.reml_criterion, abs=1e-8)


def test_identical_marks_tell_nobody_apart() -> None:
    fit = fit_of([(rater, unit, "c", 4.0) for rater in "pqr" for unit in "abc"])
    assert (fit.mu, fit.sd_rater, fit.sd_unit, fit.sd_residual, fit.reml_criterion) == (4.0, 0.0, 0.0, 0.0, None)
    assert fit.score.tolist() == [4.0, 4.0, 4.0]
    places = place_units(fit, interval=0.9, draws=100, random=np.random.default_rng(1))
    assert (places.rank, places.low, places.high) == ((1, 1, 1), (1, 1, 1), (3, 3, 3))
    assert set(places.band) == {MIDDLE}
    assert unit_covariance(fit).tolist() == np.zeros((3, 3)).tolist()


def test_marks_without_error_give_the_marks_back() -> None:
    fit = fit_of(
        [
            (rater, unit, "c", 3.0 + 0.5 * r + 0.25 * u)
            for r, rater in enumerate("pqrs")
            for u, unit in enumerate("abcd")
        ]
    )
    assert fit.score - fit.score.mean() == pytest.approx(np.array([-0.375, -0.125, 0.125, 0.375]), abs=1e-5)
    assert fit.severity - fit.severity.mean() == pytest.approx(np.array([-0.75, -0.25, 0.25, 0.75]), abs=1e-5)
    assert fit.sd_residual < 1e-3


def test_units_that_do_not_differ_are_all_in_the_middle() -> None:
    ballots = some_ballots(12, 10, 10, sd_unit=0.0, sd_ballot=1.0, steps=False)
    fit = plain_fit(ballots)
    if fit.sd_unit == 0.0:
        assert draw_effects(fit, 10, np.random.default_rng(1)) is None
    places = place_units(fit, interval=0.9, draws=500, random=np.random.default_rng(1))
    assert places.band.count(MIDDLE) >= 9


@pytest.mark.parametrize(("raters", "units"), [(10, 14), (14, 10), (10, 10)])
def test_draws_have_the_mean_and_the_covariance_of_the_posterior(raters: int, units: int) -> None:
    fit = plain_fit(some_ballots(8, raters, units, share=0.5))
    drawn = draw_effects(fit, 60_000, np.random.default_rng(4))
    assert drawn is not None
    covariance = unit_covariance(fit)
    spread = np.sqrt(np.diag(covariance))
    assert np.abs((drawn.mean(axis=1) - fit.effect) / spread).max() < 0.02
    assert np.abs((np.cov(drawn) - covariance) / np.outer(spread, spread)).max() < 0.03


def test_same_seed_gives_the_same_places_and_another_seed_nearly() -> None:
    fit = plain_fit(some_ballots(6))
    one, again, other = (
        place_units(fit, interval=0.9, draws=1000, random=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one == again
    assert max(abs(np.subtract(one.low, other.low)).max(), abs(np.subtract(one.high, other.high)).max()) <= 1


def test_intervals_hold_the_true_places_nine_times_in_ten() -> None:
    held = []
    for seed in range(30):
        scores, worth = round_of_scores(100 + seed)
        fit = plain_fit(ballots_of(scores))
        true = np.array([worth[unit] for unit in fit.units])
        place = 1 + (true[:, None] < true).sum(axis=1)
        places = place_units(fit, interval=0.9, draws=400, random=np.random.default_rng(seed))
        held.append(np.mean((np.array(places.low) <= place) & (place <= np.array(places.high))))
    assert 0.92 < np.mean(held) < 0.98


def test_shrunk_severity_beats_the_raw_mean_where_districts_rate_themselves() -> None:
    """Stern districts rate their own units: the raw mean takes severity for worth."""
    random = np.random.default_rng(7)
    worth, severity = random.standard_normal(40) * 0.45, np.repeat([-0.6, 0.6, -0.3, 0.3], 10)
    rows = [
        (f"u{rater}", f"u{unit}", "c", 3.5 + worth[unit] + severity[rater] + 0.4 * random.standard_normal())
        for rater in range(40)
        for unit in range(40)
        if rater != unit and (rater // 10 == unit // 10 or random.random() < 0.1)
    ]
    ballots = ballots_from(rows)
    fit = plain_fit(ballots)
    true = np.array([worth[int(unit[1:])] for unit in fit.units])
    raw = np.array([ballots.mean[ballots.unit == unit].mean() for unit in range(40)])
    assert agreement(true, fit.effect) > agreement(true, raw) + 0.1


def test_parts_that_no_rater_joins_are_refused_by_name() -> None:
    rows = [
        ("p", "a", "c", 1.0),
        ("p", "b", "c", 2.0),
        ("q", "b", "c", 3.0),
        ("r", "c", "c", 4.0),
        ("r", "d", "c", 5.0),
    ]
    with pytest.raises(DomainError) as refused:
        fit_of(rows)
    assert refused.value.code == "severity_parts"
    assert refused.value.details == {"parts": [["a", "b"], ["c", "d"]], "count": 2}


def test_a_hub_and_its_spokes_are_two_parts() -> None:
    spokes = ["b", "c", "d"]
    rows = [*(("a", spoke, "c", 3.0) for spoke in spokes), *((spoke, "a", "c", 4.0) for spoke in spokes)]
    with pytest.raises(DomainError) as refused:
        fit_of(rows)
    assert refused.value.details["parts"] == [["a"], ["b", "c", "d"]]


@pytest.mark.parametrize(
    ("rows", "details"),
    [
        ([], {"raters": 0, "units": 0}),
        ([("p", "a", "c", 1.0)], {"raters": 1, "units": 1}),
        ([("p", "a", "c", 1.0), ("p", "b", "c", 2.0)], {"raters": 1, "units": 2}),
        ([("p", "a", "c", 1.0), ("q", "a", "c", 2.0)], {"raters": 2, "units": 1}),
    ],
)
def test_one_of_either_is_too_few(rows: list[tuple[str, str, str, float]], details: dict[str, int]) -> None:
    with pytest.raises(DomainError) as refused:
        fit_of(rows)
    assert (refused.value.code, refused.value.details) == ("severity_too_few", details)


def test_rater_and_unit_of_one_name_are_two_things() -> None:
    """A row in which both names are equal is a ballot like any other."""
    rows = [
        (rater, unit, "c", float(at % 5 + 1)) for at, (rater, unit) in enumerate((r, u) for r in "abc" for u in "abc")
    ]
    fit = fit_of(rows)
    renamed = fit_of([(f"rater {rater}", unit, criterion, score) for rater, unit, criterion, score in rows])
    assert fit.effect == pytest.approx(renamed.effect)


def test_bands_follow_the_whole_interval() -> None:
    fit = plain_fit(some_ballots(2))
    places = place_units(fit, interval=0.9, draws=1000, random=np.random.default_rng(1))
    for low, high, band in zip(places.low, places.high, places.band, strict=True):
        assert band == (UPPER if high <= 13 else LOWER if low >= 14 else MIDDLE)
