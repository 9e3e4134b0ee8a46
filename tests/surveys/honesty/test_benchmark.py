"""The benchmark's figures hold where its promise is made: most attacks found, few honest answers doubted."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.attacks import BEYOND_SIGNALS, FOUND_OUT
from benchmarks.honesty import judge, run
from benchmarks.respondents import UNITS, honest_months

_SEED = (77,)  # not among those the weights were set on


@pytest.mark.parametrize("share", [0.05, 0.30])
def test_attacks_are_found_and_patients_believed(share):
    found = run([[attack] for attack in FOUND_OUT.values()], share, _SEED)
    assert found.attacks / (found.attacks + found.honest) == pytest.approx(share, abs=0.01)
    assert found.recall >= 0.9
    assert found.false_alarms <= 0.02


def test_a_month_of_patients_alone_is_believed():
    months = honest_months(Random(78))
    judged = judge(months)
    assert len(months) == len(UNITS)
    assert {kind for kind, _ in judged} == {""}
    assert sum(flagged for _, flagged in judged) <= 0.02 * len(judged)


def test_who_does_everything_as_patients_do_is_not_found():
    found = run([list(BEYOND_SIGNALS.values())], 0.1, _SEED)
    assert found.recall < 0.1
    assert found.false_alarms <= 0.02
