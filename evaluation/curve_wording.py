"""A curve in one phrase: what earns nothing and what earns everything. PURE: numbers are written here, once.

Knows the six kinds as people read them. Refuses to know which indicator and which points it is about.
"""

from __future__ import annotations

from fractions import Fraction

from evaluation.elements import BAND, CHECKLIST, COUNT, REGION, RELATIVE, STEPS, TIER_MEDIAN, Curve, Wording
from locales.numbers import plain
from locales.texts import pick, text


def curve_text(
    curve: Curve,
    language: str,
    *,
    reference: Fraction | None = None,
    against: Wording | None = None,
    is_part: bool = False,
) -> str:
    """The curve in words, all of its ends named.

    `reference` is what a relative curve was measured against, where it is known; `against` is the name of the
    indicator that it stands for, if it is one; `is_part`: the target of a count was cut to a part of the period.
    """
    if curve.kind == BAND:
        return _band(curve, language)
    if curve.kind == STEPS:
        return _steps(curve, language)
    if curve.kind == RELATIVE:
        return _relative(curve, language, reference, against)
    target = "—" if curve.target is None else plain(curve.target)
    if curve.kind == COUNT:
        return text(language, "explain.curve.count_part" if is_part else "explain.curve.count", target=target)
    floor = "—" if curve.floor is None else plain(curve.floor)
    kind = "checklist" if curve.kind == CHECKLIST else "linear"
    return text(language, f"explain.curve.{kind}", floor=floor, target=target)


def _band(curve: Curve, language: str) -> str:
    if curve.band is None:
        return ""
    low, high = (plain(edge) for edge in curve.band)
    parts = [text(language, "explain.curve.band", low=low, high=high)]
    if curve.floor is None and curve.ceiling is None:
        parts.append(text(language, "explain.curve.band_only"))
    else:
        parts.append(_edge("below", curve.floor, language))
        parts.append(_edge("above", curve.ceiling, language))
    return text(language, "explain.comma").join(parts)


def _edge(side: str, end: Fraction | None, language: str) -> str:
    if end is None:
        return text(language, f"explain.curve.{side}_nothing")
    return text(language, f"explain.curve.{side}", end=plain(end))


def _steps(curve: Curve, language: str) -> str:
    key = "explain.curve.step_down" if curve.is_down else "explain.curve.step"
    shown = [
        text(language, key, limit=plain(limit), share=plain(100 * share)) for limit, share in reversed(curve.steps)
    ]
    return text(language, "explain.comma").join([*shown, text(language, "explain.curve.step_none")])


def _relative(curve: Curve, language: str, reference: Fraction | None, against: Wording | None) -> str:
    if curve.against in {REGION, TIER_MEDIAN}:
        name = text(language, f"explain.against.{curve.against}")
    else:
        name = pick(against, language) if against is not None else (curve.against or "")
    shown = plain(reference) if reference is not None else "—"
    beside = text(language, "explain.curve.reference", name=name, reference=shown)
    target = curve.target or Fraction(0)
    if curve.floor is not None:
        ends = text(language, "explain.curve.difference", floor=plain(curve.floor), target=plain(target))
    elif target == 0:
        ends = text(language, "explain.curve.equal_down" if curve.is_down else "explain.curve.equal")
    else:
        key = "explain.curve.by_down" if curve.is_down else "explain.curve.by"
        ends = text(language, key, target=plain(target))
    return text(language, "explain.curve.relative", reference=beside, ends=ends)
