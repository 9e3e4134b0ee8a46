"""From a value to the share of the points that it earns. PURE and exact.

Knows the six kinds of curve, both edges of each, and how a curve is written into a document and read back. Refuses to
know points, indicators, and where a reference comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from evaluation.elements import BAND, COUNT, RELATIVE, STEPS, Curve

_NOTHING, _ALL = Fraction(0), Fraction(1)


def share_of(curve: Curve, value: Fraction, *, reference: Fraction | None = None) -> Fraction:
    """The share, 0–1, that `value` earns on a whole curve; a relative one needs its `reference`. ValueError without."""
    if curve.kind == BAND:
        return _band_share(curve, value)
    if curve.kind == STEPS:
        return _step_share(curve, value)
    if curve.kind == RELATIVE:
        if reference is None:
            msg = "a relative curve needs a reference"
            raise ValueError(msg)
        return _relative_share(curve, value - reference)
    floor = _NOTHING if curve.kind == COUNT else curve.floor
    if floor is None or curve.target is None:
        msg = f"a {curve.kind} curve without its ends"
        raise ValueError(msg)
    return linear_share(value, floor=floor, target=curve.target)


def linear_share(value: Fraction, *, floor: Fraction, target: Fraction) -> Fraction:
    """0 at `floor` or worse, 1 at `target` or better, straight between; a target below the floor counts downwards."""
    above = value.numerator * floor.denominator - floor.numerator * value.denominator
    way = target.numerator * floor.denominator - floor.numerator * target.denominator
    reached, full = above * target.denominator, way * value.denominator  # whole numbers: one divisor is looked for
    if full < 0:
        reached, full = -reached, -full
    if reached >= full:
        return _ALL
    return _NOTHING if reached <= 0 else Fraction(reached, full)


def is_whole(curve: Curve) -> bool:
    """Whether everything that the kind needs is there, so that a value can be scored."""
    if curve.kind == BAND:
        return curve.band is not None
    if curve.kind == STEPS:
        return bool(curve.steps)
    if curve.kind in {COUNT, RELATIVE}:
        return curve.target is not None
    return curve.floor is not None and curve.target is not None


def scaled_curve(curve: Curve, factor: Fraction) -> Curve:
    """The curve of a count with its target × `factor`, which is then for the whole period; any other as it is."""
    if curve.kind != COUNT or curve.target is None:
        return curve
    if factor <= 0:
        msg = "a count needs a period that lasts"
        raise ValueError(msg)
    return replace(curve, target=curve.target * factor, per=None)


def curve_document(curve: Curve) -> dict[str, Any]:
    """The curve as a JSON document: only what is set, every number as text (`"15"`, `"1/3"`)."""
    document: dict[str, Any] = {"kind": curve.kind}
    for name in ("floor", "target", "ceiling"):
        if (number := getattr(curve, name)) is not None:
            document[name] = str(number)
    if curve.band is not None:
        document["band"] = [str(edge) for edge in curve.band]
    if curve.steps:
        document["steps"] = [[str(limit), str(share)] for limit, share in curve.steps]
    for name in ("against", "per"):
        if (word := getattr(curve, name)) is not None:
            document[name] = word
    return document | ({"is_down": True} if curve.is_down else {})


def curve_from(document: Mapping[str, Any]) -> Curve:
    """The curve that `curve_document` wrote."""
    band, steps = document.get("band"), document.get("steps", ())
    floor, target, ceiling = (
        Fraction(document[name]) if name in document else None for name in ("floor", "target", "ceiling")
    )
    return Curve(
        kind=document["kind"],
        floor=floor,
        target=target,
        band=None if band is None else (Fraction(band[0]), Fraction(band[1])),
        ceiling=ceiling,
        steps=tuple((Fraction(limit), Fraction(share)) for limit, share in steps),
        against=document.get("against"),
        per=document.get("per"),
        is_down=document.get("is_down", False),
    )


def _band_share(curve: Curve, value: Fraction) -> Fraction:
    """All of it inside, both edges included; outside straight down to `floor` or `ceiling`, at once without one."""
    if curve.band is None:
        msg = "a band without its edges"
        raise ValueError(msg)
    low, high = curve.band
    if value < low:
        return _NOTHING if curve.floor is None else linear_share(value, floor=curve.floor, target=low)
    if value > high:
        return _NOTHING if curve.ceiling is None else linear_share(value, floor=curve.ceiling, target=high)
    return _ALL


def _step_share(curve: Curve, value: Fraction) -> Fraction:
    """The share of the best limit reached, nothing below all of them. Steps stand from worst to best."""
    for limit, share in reversed(curve.steps):
        if value <= limit if curve.is_down else value >= limit:
            return share
    return _NOTHING


def _relative_share(curve: Curve, difference: Fraction) -> Fraction:
    """Straight from `floor` to `target` on value − reference; without a floor all or nothing, equal is better."""
    target = curve.target or _NOTHING
    if curve.floor is not None:
        return linear_share(difference, floor=curve.floor, target=target)
    is_reached = difference <= target if curve.is_down else difference >= target
    return _ALL if is_reached else _NOTHING
