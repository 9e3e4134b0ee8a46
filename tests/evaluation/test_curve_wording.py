"""Every kind of curve in one phrase, all its ends named, in both languages."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluation.curve_wording import curve_text
from evaluation.elements import BAND, CHECKLIST, COUNT, CURVES, LINEAR, REGION, RELATIVE, STEPS, TIER_MEDIAN, Curve

SIX, EIGHT = Fraction(6), Fraction(8)
STEPPED = ((Fraction(60), Fraction(1, 2)), (Fraction(80), Fraction(1)))
SAID = [
    (Curve(LINEAR, floor=Fraction(4), target=Fraction(1)), None, "4 为 0 分、1 为满分", "nothing at 4, all at 1"),
    (Curve(CHECKLIST, floor=Fraction(0), target=Fraction(100)), None, "按达成比例，0 为 0 分、100 为满分",
     "by the share that is met, nothing at 0, all at 100"),
    (Curve(COUNT, target=Fraction(12)), None, "目标 12，按完成比例计分", "by the share of the target 12"),
    (Curve(BAND, band=(SIX, EIGHT)), None, "6–8 之内（含两端）为满分，之外为 0 分", "all from 6 to 8, both included, nothing outside"),
    (Curve(BAND, band=(SIX, EIGHT), floor=Fraction(4)), None, "6–8 之内（含两端）为满分，往低递减，到 4 为 0 分，高于为 0 分",
     "all from 6 to 8, both included, below it down to nothing at 4, nothing above"),
    (Curve(BAND, band=(SIX, EIGHT), ceiling=Fraction(12)), None, "6–8 之内（含两端）为满分，低于为 0 分，往高递减，到 12 为 0 分",
     "all from 6 to 8, both included, nothing below, above it down to nothing at 12"),
    (Curve(STEPS, steps=STEPPED), None, "达到 80 得 100 %，达到 60 得 50 %，都未达到为 0 分",
     "100 % from 80 on, 50 % from 60 on, otherwise nothing"),
    (Curve(STEPS, steps=((Fraction(10), Fraction(1, 5)), (Fraction(3), Fraction(1))), is_down=True), None,
     "不高于 3 得 100 %，不高于 10 得 20 %，都未达到为 0 分", "100 % up to 3, 20 % up to 10, otherwise nothing"),
    (Curve(RELATIVE, target=Fraction(0), against=REGION, is_down=True), Fraction("3.5"), "对照区域数值 3.5，持平或更低为满分，更高为 0 分",
     "against the region's figure 3.5, all if equal or lower, else nothing"),
    (Curve(RELATIVE, target=Fraction(0), against=TIER_MEDIAN), Fraction(1, 3), "对照层级中位数 0.33，持平或更高为满分，更低为 0 分",
     "against the tier's median 0.33, all if equal or higher, else nothing"),
    (Curve(RELATIVE, target=Fraction(2), against=REGION), Fraction(5), "对照区域数值 5，相差 2 或以上为满分，否则 0 分",
     "against the region's figure 5, all from a difference of 2 on, else nothing"),
    (Curve(RELATIVE, target=Fraction(-2), against=REGION, is_down=True), None, "对照区域数值 —，相差 -2 或以下为满分，否则 0 分",
     "against the region's figure —, all up to a difference of -2, else nothing"),
    (Curve(RELATIVE, floor=Fraction(-10), target=Fraction(20), against="referral"), Fraction(41),
     "对照转诊率 41，相差 -10 为 0 分、相差 20 为满分", "against Referral rate 41, nothing at a difference of -10, all at 20"),
]  # fmt: skip


@pytest.mark.parametrize(("curve", "reference", "chinese", "english"), SAID)
def test_curve_is_told_with_all_its_ends(curve: Curve, reference: Fraction | None, chinese: str, english: str) -> None:
    against = {"zh": "转诊率", "en": "Referral rate"}
    assert curve_text(curve, "zh", reference=reference, against=against) == chinese
    assert curve_text(curve, "en", reference=reference, against=against) == english


def test_every_kind_has_its_words() -> None:
    assert {curve.kind for curve, *_ in SAID} == set(CURVES)


def test_a_target_cut_to_a_part_of_the_period_says_so() -> None:
    curve = Curve(COUNT, target=Fraction(4))
    assert curve_text(curve, "zh", is_part=True) == "目标按在册时间折算为 4，按完成比例计分"
    assert curve_text(curve, "en", is_part=True) == "by the share of the target 4, cut to the time as a member"
