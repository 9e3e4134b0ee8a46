"""Made-up rounds of peer review: units of known worth, raters of unlike severity, and what some of them do to others.

Spreads are in units of the true worth's: severity 0.8, a rater's view of one unit 0.78, single scores 1.0, a unit's own
profile over the criteria 0.44; worth itself spreads by 0.45 points around 3.8 on a scale of 1 to 5, or by 11 points of
100. One ballot in ten is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

CRITERIA = 5
SEVERITY, VIEW, SINGLE, PROFILE, WORTH = 0.8, 0.78, 1.0, 0.44, 0.45
MISSING, SELDOM = 0.1, 0.1
DISTRICTS = 15

Scores = dict[tuple[str, str, str], dict[str, float]]
Guilty = dict[frozenset[str], str]
"""Members → the kind of flag that would be right."""


@dataclass(frozen=True)
class World:
    """A round: its scores, what the units are worth, and who did what."""

    scores: Scores
    worth: dict[str, float]
    gainers: tuple[str, ...] = ()
    losers: tuple[str, ...] = ()
    guilty: Guilty = field(default_factory=dict)


@dataclass
class _Making:
    """A world in the making: marks by rater and unit, NaN where there is no ballot."""

    random: np.random.Generator
    marks: np.ndarray
    worth: np.ndarray
    top: float
    bottom: float
    guilty: Guilty = field(default_factory=dict)
    gainers: tuple[int, ...] = ()
    losers: tuple[int, ...] = ()

    def give(self, rater: int, unit: int, mark: float) -> None:
        self.marks[rater, unit] = mark


Attack = Callable[[_Making], None]


def world(
    seed: int,
    attack: Attack | None = None,
    *,
    units: int = 26,
    raters: int | None = None,
    hundred: bool = False,
    reciprocity: float = 0.0,
    districts: bool = False,
) -> World:
    """One round. `raters` per unit, everybody if None; in `districts` nine scores of ten stay inside one's own."""
    random = np.random.default_rng(seed)
    worth = random.standard_normal(units)
    severity = SEVERITY * random.standard_normal(units)
    home = np.arange(units) % DISTRICTS
    if districts:
        severity = np.sqrt(0.5) * (SEVERITY * random.standard_normal(DISTRICTS)[home] + severity)
    view = np.sqrt(1 - reciprocity) * random.standard_normal((units, units))
    shared = random.standard_normal((units, units))
    view += np.sqrt(reciprocity) * (np.triu(shared, 1) + np.triu(shared, 1).T)
    latent = worth[None, :, None] + severity[:, None, None] + VIEW * view[:, :, None]
    profile = PROFILE * random.standard_normal((1, units, CRITERIA))
    latent = latent + profile - profile.mean(axis=2, keepdims=True)  # what is worth more in all is worth
    latent = latent + SINGLE * random.standard_normal((units, units, CRITERIA))
    middle, spread, bottom, top = (70.0, 11.0, 0.0, 100.0) if hundred else (3.8, WORTH, 1.0, 5.0)
    marks = np.clip(np.rint(middle + spread * latent), bottom, top)
    marks[~_assigned(random, units, raters, home if districts else None)] = np.nan
    making = _Making(random, marks, worth, top, bottom)
    if attack is not None:
        attack(making)
    return _finished(making)


def ring(size: int) -> Attack:
    """Members give each other full marks on everything."""

    def attack(making: _Making) -> None:
        members = _some(making, size)
        for one, other in permutations(members, 2):
            making.give(one, other, making.top)
        making.gainers += members
        making.guilty[_names(members)] = "ring"

    return attack


def pair_at_war(making: _Making) -> None:
    """Two give each other the lowest marks."""
    one, other = _some(making, 2)
    making.give(one, other, making.bottom)
    making.give(other, one, making.bottom)
    making.guilty[_names((one, other))] = "retaliating_pair"


def brigade(making: _Making) -> None:
    """Three give one unit the lowest marks."""
    victim, *members = _some(making, 4)
    for member in members:
        making.give(member, victim, making.bottom)
    making.losers += (victim,)
    making.guilty[_names((victim, *members))] = "brigade"


def sabotage(making: _Making) -> None:
    """A ring of three that also takes three steps of worth off everybody else."""
    ring(3)(making)
    off = 3 * WORTH * (making.top - making.bottom) / 4
    for member in making.gainers:
        others = [unit for unit in range(len(making.worth)) if unit not in making.gainers]
        lowered = making.marks[member, others] - off
        making.marks[member, others] = np.clip(np.rint(lowered), making.bottom, making.top)


def lines(making: _Making) -> None:
    """One rater gives everybody the same mark, another hardly tells anybody apart."""
    same, nearly = _some(making, 2)
    there = ~np.isnan(making.marks)
    step = (making.top - making.bottom) / 4
    making.marks[same] = np.where(there[same], making.top - step, np.nan)
    noise = making.random.random(making.marks[nearly].shape) < SELDOM
    making.marks[nearly] = np.where(there[nearly], making.top - 2 * step + step * noise, np.nan)
    making.guilty[_names((same,))] = "one_value"
    making.guilty[_names((nearly,))] = "straight_line"


def together(*attacks: Attack) -> Attack:
    def attack(making: _Making) -> None:
        for each in attacks:
            each(making)

    return attack


def _assigned(random: np.random.Generator, units: int, raters: int | None, home: np.ndarray | None) -> np.ndarray:
    """Who scores whom, by rater and unit."""
    if raters is None:
        given = np.ones((units, units), dtype=bool)
    else:
        given = np.zeros((units, units), dtype=bool)
        for unit in range(units):
            chance = np.ones(units) if home is None else np.where(home == home[unit], 0.9 * (units / 19.0), 0.1)
            chance[unit] = 0.0
            given[random.choice(units, raters, replace=False, p=chance / chance.sum()), unit] = True
    given &= random.random((units, units)) >= MISSING
    np.fill_diagonal(given, val=False)
    return given


def _some(making: _Making, number: int) -> tuple[int, ...]:
    taken = {int(name[1:]) for members in making.guilty for name in members}
    free = [unit for unit in range(len(making.worth)) if unit not in taken]
    return tuple(int(unit) for unit in making.random.choice(free, number, replace=False))


def _names(members: tuple[int, ...]) -> frozenset[str]:
    return frozenset(f"u{member}" for member in members)


def _finished(making: _Making) -> World:
    scores: Scores = {}
    for rater, unit in zip(*np.nonzero(~np.isnan(making.marks[:, :, 0])), strict=True):
        marks = making.marks[rater, unit].tolist()
        scores[f"u{rater}", f"u{unit}", ""] = {f"c{at}": mark for at, mark in enumerate(marks)}
    worth = {f"u{unit}": float(each) for unit, each in enumerate(making.worth)}
    gainers, losers = (tuple(f"u{at}" for at in who) for who in (making.gainers, making.losers))
    return World(scores, worth, gainers, losers, making.guilty)
