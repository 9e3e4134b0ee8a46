"""A public summary of stars rebuilt as a scheme: eight equal parts, two of which are themselves means of two.

Six measures count for themselves, cleanliness with quiet, and the overall mark with the recommendation, as one each; the
summary is their mean, rounded half up. Hundreds of made-up hospitals, every half among them, by a formula of two lines.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from evaluation.figures import Input
from evaluation.scheme import Scheme
from evaluation.scoring import score_units
from locales.numbers import rounded
from tests.evaluation.cast import indicator, parsed, small, without

SINGLE = [f"composite_{number}" for number in range(1, 7)]
PAIRS = {"surroundings": ("cleanliness", "quiet"), "verdict": ("overall", "recommend")}
PARTS = [*SINGLE, *itertools.chain.from_iterable(PAIRS.values())]
FIVE = {"unit": "score", "target": 5}


def seen() -> dict[str, Any]:
    return without(indicator(direction="watch", **FIVE), "target")


def eight_lines() -> Scheme:
    """As a table: eight lines of 12.5 points, from 0 to 5 stars; two parts stand in it without points, two nowhere."""
    indicators = {code: indicator(**FIVE) for code in SINGLE} | {
        code: seen() for pair in PAIRS.values() for code in pair
    }
    indicators |= {code: indicator(input="mean", of=list(pair), **FIVE) for code, pair in PAIRS.items()}
    lines = {code: {"points": "12.5"} for code in (*SINGLE, *PAIRS)} | {
        code: {"points": 0} for code in PAIRS["verdict"]
    }
    return parsed(small(indicators, lines))


def one_mean() -> Scheme:
    """As one line that is a mean of eight, two of them means."""
    indicators = {code: seen() for code in PARTS}
    indicators |= {code: without(indicator(input="mean", of=list(pair), direction="watch", unit="score"), "target")
                   for code, pair in PAIRS.items()}  # fmt: skip
    indicators["summary"] = indicator(input="mean", of=[*SINGLE, *PAIRS], **FIVE)
    return parsed(small(indicators, {"summary": {"points": 100}}))


def hospitals() -> list[dict[str, int]]:
    """The same stars in all parts, every sum that a half star more or less makes, and many at random."""
    chance = random.Random(8)
    rows: list[Sequence[int]] = [[stars] * len(PARTS) for stars in range(1, 6)]
    rows += [[1 + (place < more) for place in range(6)] + [3, 4, 2, 5] for more in range(7)]
    rows += [[chance.randint(1, 5) for _ in PARTS] for _ in range(400)]
    return [dict(zip(PARTS, row, strict=True)) for row in rows]


def by_hand(stars: dict[str, int]) -> Fraction:
    singles = sum(stars[code] for code in SINGLE)
    return Fraction(2 * singles + sum(stars[code] for pair in PAIRS.values() for code in pair), 16)


def test_summary_of_hundreds_of_hospitals_is_that_of_the_formula() -> None:
    rows = hospitals()
    expected = [by_hand(stars) for stars in rows]
    halves = [mean for mean in expected if (2 * mean).denominator == 1 and mean.denominator == 2]
    assert len(halves) > 10  # what half up and half even tell apart
    given = {
        str(place): {code: Input(Fraction(each)) for code, each in stars.items()} for place, stars in enumerate(rows)
    }
    for scheme in (eight_lines(), one_mean()):
        scores = score_units(scheme, dict.fromkeys(given, "only"), given)
        means = [score.total / 20 for score in scores.values() if score.total is not None]
        assert means == expected
        assert all(score.complete for score in scores.values())
        assert [rounded(mean, 0) for mean in means] == [str((2 * mean + 1) // 2) for mean in expected]
    summary = score_units(one_mean(), dict.fromkeys(given, "only"), given)
    assert [score.lines[0].value for score in summary.values()] == expected


def test_hospital_with_half_a_pair_has_a_summary_that_says_it_is_not_whole() -> None:
    stars = {code: Input(Fraction(4)) for code in PARTS if code != "quiet"} | {"cleanliness": Input(Fraction(2))}
    score = score_units(eight_lines(), {"h": "only"}, {"h": stars})["h"]
    assert (score.total, score.complete) == (Fraction(7 * 4 + 2, 8) * 20, False)
