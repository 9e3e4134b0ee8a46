"""Figures in words: rounding, intervals, and a name for everything that can stand beside a figure."""

from __future__ import annotations

from fractions import Fraction

import pytest

from surveys.figure_wording import break_name, definition_name, hold_name, interval_text, score_text, signal_name
from surveys.honesty.holds import DOUBTED, KEPT, PROPOSED, RELEASED
from surveys.honesty.signals import SIGNALS
from surveys.intervals import estimate
from surveys.scoring import DEFINITIONS
from surveys.trends import DEFINITION, MODE, SCALE, figure


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (None, "—"),
        (Fraction(0), "0.00"),
        (Fraction(200, 3), "66.67"),
        (Fraction("84.995"), "85.00"),
        (Fraction("84.9949999"), "84.99"),
        (Fraction("-0.004"), "0.00"),
        (Fraction("-0.005"), "-0.01"),
        (Fraction(-500, 11), "-45.45"),
        (Fraction(100), "100.00"),
    ],
)
def test_scores_are_rounded_half_away_from_zero(score, shown):
    assert score_text(score) == shown


def test_an_interval_is_said_and_so_is_none():
    facts = {"n": 10, "invited": 20, "mode_mix": {}, "window": "2026-10", "definition": "topbox"}
    found = figure(estimate([(Fraction(100), 8), (Fraction(0), 2)], (0, 100)), **facts)
    assert interval_text(found, "en") == "95 % interval 49.01–94.34"
    assert interval_text(found, "zh") == "95% 区间 49.01–94.34"
    assert interval_text(figure(None, **facts), "en") == "no answers"


@pytest.mark.parametrize(
    ("name", "things"),
    [
        (definition_name, DEFINITIONS),
        (break_name, (DEFINITION, SCALE, MODE)),
        (signal_name, SIGNALS),
        (hold_name, (DOUBTED, PROPOSED, RELEASED, KEPT)),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_has_a_name_of_its_own(name, things, language):
    assert len({name(thing, language) for thing in things}) == len(things)
