"""Published figures are attacked: 1,000 months, one to three colluders, and months of which one rater alone changed.

What the attacker gains is the share of the variance of a ballot mean (around what its unit is truly worth) that its best
guess explains. The mean of n ballots, c of them known, gives 1/(n - c) away whoever publishes it; steps must hold it
there. Two months that differ in one rater give the difference away besides: steps must leave it uncertain by more than
one whole mark on one criterion. With two decimals instead of steps the same attacker finds most ballots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from consortium.disclosure import coarse_mark, mark_of_score
from reviews import figures_fit
from reviews.figures import Mark, RoundFigures, round_figures
from reviews.figures_parts import fitted_parts
from reviews.figures_round import published_fits, published_units
from tests.reviews.figures_attacker import Cell, Guess, Month, attack

PLAYS = 500  # of two months each
CRITERIA = 5
FEWEST = 5
SPREAD = 0.45  # of ballots around what their rater usually gives
CHANCE = 0.01  # what so many guesses may explain by luck
GROUPS = ((2, 4), (4, 7), (7, 11), (11, 16), (16, 26))

Fits = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Play:
    """Two months of one consortium, the second with one rater more or one who marked anew."""

    marks: Mapping[Cell, str]
    first: list[Cell]
    second: list[Cell]
    changed: str
    worth: Mapping[str, float]
    fellows: frozenset[str]
    is_newcomer: bool

    @property
    def known(self) -> dict[Cell, float]:
        return {cell: mean(marks) for cell, marks in self.marks.items() if cell[0] in self.fellows}


@dataclass(frozen=True)
class Tried:
    """One guessed ballot mean: how many raters the attacker did not know, and what stands against what."""

    unknown: int
    raters: int
    true: float
    guessed: float
    spread: float
    worth: float
    is_newcomer: bool


def mean(marks: str) -> float:
    return sum(map(int, marks)) / len(marks)


def play(seed: int) -> Play:
    """6 to 26 units, 60 to 100 % of the ballots there; in every second play the changed rater was absent before."""
    random = np.random.default_rng([seed, 26])
    number = 6 + int(21 * random.random() ** 2)
    there = random.random((number, number)) < random.uniform(0.6, 1.0)
    worth, severity = 3.8 + 0.45 * random.standard_normal(number), 0.36 * random.standard_normal(number)
    view = worth + severity[:, None] + 0.35 * random.standard_normal((2, number, number))
    given = np.clip(np.rint(view[..., None] + 0.45 * random.standard_normal((*view.shape, CRITERIA))), 1, 5)
    pairs = [(one, other) for one in range(number) for other in range(number) if one != other and there[one, other]]
    changed, *fellows = random.permutation(number)[: int(random.integers(2, 5))].tolist()
    marks = {
        (f"u{one}", f"u{other}", version): "".join(str(int(mark)) for mark in given[version, one, other])
        for one, other in pairs
        for version in ((0, 1) if one == changed else (0,))
    }
    is_newcomer = seed % 2 == 0
    first = [cell for cell in marks if not cell[2] and not (is_newcomer and cell[0] == f"u{changed}")]
    second = [cell for cell in marks if cell[0] != f"u{changed}" or cell[2]]
    names = {f"u{at}": float(each) for at, each in enumerate(worth)}
    return Play(marks, first, second, f"u{changed}", names, frozenset(f"u{fellow}" for fellow in fellows), is_newcomer)


def publish(cells: Sequence[Cell], marks: Mapping[Cell, str]) -> Month:
    """What a count publishes of these ballots, as far as it is not worked out from the documents again."""
    given = [Mark(*cell[:2], marks[cell]) for cell in cells]
    raters = Counter(mark.target for mark in given)
    parts = fitted_parts([(each.rater, each.target, each.marks) for each in given if raters[each.target] >= FEWEST])
    tiers = {unit: "t" for _, unit, _ in cells}
    return Month(cells, published_fits(parts, given, tiers=tiers, unranked=(), seed=1))


def tried(played: Play, months: Sequence[Month], guess: Guess, wanted: Callable[[Cell], bool]) -> list[Tried]:
    raters = Counter(unit for _, unit, _ in months[-1].cells)
    fellows = Counter(unit for rater, unit, _ in months[-1].cells if rater in played.fellows)
    return [
        Tried(
            raters[cell[1]] - fellows[cell[1]],
            raters[cell[1]],
            mean(played.marks[cell]),
            float(guessed),
            float(spread),
            played.worth[cell[1]],
            played.is_newcomer,
        )
        for cell, guessed, spread in zip(guess.cells, guess.mean, guess.spread, strict=True)
        if wanted(cell)
    ]


def campaign(plays: int) -> tuple[list[Tried], list[Tried]]:
    """(ballots guessed from one month, ballots of the changed rater guessed from two)."""
    single, double = [], []
    for seed in range(plays):
        played = play(seed)
        months = [publish(cells, played.marks) for cells in (played.first, played.second)]
        if not all(month.fits for month in months):
            continue
        single += tried(played, months[1:], attack(months[1:], played.known), lambda _: True)
        if seed % 4 > 1:
            continue
        both = set.intersection(*({unit["unit"] for fit in month.fits for unit in fit["units"]} for month in months))
        double += tried(
            played,
            months,
            attack(months, played.known),
            lambda cell, both=both: cell[2] == 1 and cell[1] in both,  # type: ignore[misc]
        )
    return single, double


@cache
def found() -> tuple[list[Tried], list[Tried]]:
    return campaign(PLAYS)


def gain(guesses: Sequence[Tried]) -> float:
    """The share of the variance that the guesses explain."""
    off = np.mean([(each.true - each.guessed) ** 2 for each in guesses])
    return 1.0 - float(off / np.mean([(each.true - each.worth) ** 2 for each in guesses]))


def hits(guesses: Sequence[Tried]) -> float:
    """How many guesses are the true ballot mean, to the nearest fifth."""
    return float(np.mean([abs(each.true - each.guessed) < 0.1 for each in guesses]))


def test_one_month_gives_no_more_away_than_a_mean_must() -> None:
    single, _ = found()
    assert len(single) > 20_000
    for low, high in GROUPS:
        group = [each for each in single if low <= each.unknown < high]
        assert len(group) > 300, (low, high)
        assert gain(group) <= np.mean([1.0 / each.unknown for each in group]) + CHANCE, (low, high)
    assert min(each.spread for each in single) > 0.3


def test_attacker_knows_its_own_doubt() -> None:
    """Guesses lie as far off as the attacker believes: nothing stronger hides behind a wrong model of the figures."""
    single, double = found()
    for guesses in (single, double):
        off = np.array([(each.true - each.guessed) / each.spread for each in guesses])
        assert 0.75 < float(off.std()) < 1.15


def test_two_months_that_differ_in_one_rater_leave_its_ballots_uncertain() -> None:
    _, double = found()
    anew, newcomers = ([each for each in double if each.is_newcomer is kind] for kind in (False, True))
    assert min(len(anew), len(newcomers)) > 300
    for low, high in ((5, 8), (8, 12), (12, 27)):
        group = [each for each in anew if low <= each.raters < high]
        blurred = np.mean([(each.raters * (0.1 if each.raters >= 8 else 0.2)) ** 2 / 12 for each in group])
        bound = np.mean([1.0 / each.unknown for each in group]) + 0.5 * SPREAD**2 / (SPREAD**2 + blurred)
        assert gain(group) <= bound, (low, high)
    assert hits(anew) < 0.25
    assert hits(newcomers) < 0.4
    assert min(each.spread for each in double) > 0.25  # a whole mark on one of five criteria moves a mean by 0.2


def test_half_marks_of_criteria_give_no_more_away_either() -> None:
    """A single mark, guessed from its ballot's guess and the distance of its criterion from the others."""
    off, around, allowed = [], [], []
    for seed in range(0, PLAYS, 8):
        played = play(seed)
        month = publish(played.second, played.marks)
        if not month.fits:
            continue
        shown = by_criterion(month, played.marks)
        guess = attack([month], played.known)
        fellows = Counter(unit for rater, unit, _ in month.cells if rater in played.fellows)
        raters = Counter(unit for _, unit, _ in month.cells)
        for cell, guessed in zip(guess.cells, guess.mean, strict=True):
            if cell[1] not in shown:
                continue
            marks = np.array(list(map(float, played.marks[cell])))
            profile = shown[cell[1]] - shown[cell[1]].mean()
            off += np.square(marks - guessed - profile).tolist()
            around += np.square(marks - played.worth[cell[1]]).tolist()
            allowed.append(1.0 / (raters[cell[1]] - fellows[cell[1]]))
    assert len(off) > 20_000
    assert 1.0 - np.mean(off) / np.mean(around) <= np.mean(allowed) + CHANCE


def by_criterion(month: Month, marks: Mapping[Cell, str]) -> dict[str, np.ndarray]:
    """The marks by criterion that are shown of each unit with eight raters."""
    given: dict[str, list[tuple[str, str, str]]] = {}
    for rater, unit, version in month.cells:
        given.setdefault(unit, []).append((rater, unit, marks[rater, unit, version]))
    counted = [ballot for own in given.values() if len(own) >= FEWEST for ballot in own]
    codes = [f"c{at}" for at in range(CRITERIA)]
    units = published_units(
        fitted_parts(counted), (), given, criteria=codes, thresholds={"raters": 5, "criterion": 8, "comments": 10}
    )
    return {
        unit.unit: np.array([float(mark_of_score(unit.criteria[code])) for code in codes])
        for unit in units
        if unit.criteria
    }


def test_attack_succeeds_where_two_decimals_are_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_fit, "estimate_of", lambda mark, _: Fraction(round(mark * 100), 100))
    monkeypatch.setattr(figures_fit, "width_of", lambda _, __: Fraction(1, 100))
    _, double = campaign(30)
    newcomers = [each for each in double if each.is_newcomer]
    assert hits(newcomers) > 0.55
    assert gain(newcomers) > 0.7
    assert min(each.spread for each in newcomers) < 0.1


# -- what follows from the documents, and what does not ----------------------------------------------------------------


def figures(marks: Mapping[Cell, str], cells: Sequence[Cell], **changed: Any) -> RoundFigures:
    units = sorted({name for rater, unit, _ in cells for name in (rater, unit)})
    asked: dict[str, Any] = {
        "units": units,
        "criteria": [f"c{at}" for at in range(CRITERIA)],
        "tiers": dict.fromkeys(units, "t"),
        "unranked": (),
        "thresholds": {"raters": 5, "criterion": 8, "comments": 10},
        "seed": 1,
    }
    return round_figures([Mark(*cell[:2], marks[cell]) for cell in cells], **(asked | changed))


def test_places_follow_from_the_documents_alone() -> None:
    """So an attacker who has the documents learns nothing from ranks, intervals and bands."""
    for seed in range(1, 12):
        played = play(seed)
        published = figures(played.marks, played.first)
        places: dict[str, Any] = {}
        for fit in published.fits:
            places |= figures_fit.places_in(fit)
        for unit in published.units:
            expected = places.get(unit.unit, (None,) * 4)
            assert (unit.rank, unit.rank_low, unit.rank_high, unit.band) == expected


def test_criteria_tell_nothing_of_the_whole_beyond_its_step() -> None:
    """Means of 3.688 and 3.728 stand on 3.7 both; a criterion 0.448 below is 3.252, though one of them has 3.24."""
    cells = [(f"u{at}", "u0", 0) for at in range(1, 26)]
    marks = {cell: ("4" if at < 6 else "3") + ("4444" if at < 20 else "3333") for at, cell in enumerate(cells)}
    assert marks[cells[-1]] == "33333"
    shown = [
        next(unit for unit in figures(given, cells).units if unit.unit == "u0")
        for given in (marks, marks | {cells[-1]: "44444"})
    ]
    assert shown[0] == shown[1]
    assert shown[0].score == Fraction("67.5")
    assert shown[0].criteria["c0"] == Fraction("62.5")


@pytest.mark.parametrize("raters", [5, 7, 8, 12, 25])
@pytest.mark.parametrize("same", ["11111", "55555"])
def test_unit_at_an_end_of_the_scale_exposes_nobody(raters: int, same: str) -> None:
    """One rater may have given a ballot far from that end: what is published is the same."""
    cells = [(f"u{at}", "u0", 0) for at in range(1, raters + 1)]
    every = dict.fromkeys(cells, same)
    other = "22222" if same == "11111" else "44444"
    for cell in cells:
        assert figures(every | {cell: other}, cells) == figures(every, cells)
    assert coarse_mark(Fraction(int(same[0])), raters) in {Fraction(5), Fraction(6, 5)}
