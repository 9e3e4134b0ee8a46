"""The curve of an indicator, and of a tier's line, read from the keys of the scheme file. PURE.

Knows which ends each kind of curve takes, what is usual where none is stated, and what fits together. A wrong number is
told where it stands; ends that do not fit each other are told at the line in which they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from consortium.document import Table, exact
from evaluation.elements import (
    BAND,
    CHECKLIST,
    COUNT,
    CURVES,
    DOWN,
    FULL,
    LINEAR,
    MONTH,
    QUALITATIVE,
    RELATIVE,
    SPANS,
    STEPS,
    UP,
    WATCH,
    Curve,
    Indicator,
)
from locales.numbers import plain
from surveys.scoring import DEFINITIONS, NPS

Pair = tuple[Fraction, Fraction]

_ENDS = {
    LINEAR: ("floor", "target"),
    BAND: ("band", "floor", "ceiling"),
    STEPS: ("steps",),
    RELATIVE: ("floor", "target"),
    CHECKLIST: (),
    COUNT: ("target", "per"),
}
_ALL_ENDS = ("floor", "target", "band", "ceiling", "steps", "per")
_KINDS = {UP: CURVES, DOWN: (LINEAR, BAND, STEPS, RELATIVE), QUALITATIVE: (LINEAR, CHECKLIST), WATCH: (LINEAR,)}
_MOST_STEPS = 100
_LONGEST_CODE = 40
_FULL_SCORE = Fraction(100)  # of a satisfaction figure
_NOTHING, _ALL = Fraction(0), Fraction(1)


def read_curve(table: Table, *, direction: str, unit: str | None, kinds: Sequence[str] = CURVES) -> Curve:
    """The curve that an indicator states: its kind and its ends, some of which its tiers may have to add."""
    allowed = tuple(kind for kind in _KINDS.get(direction, CURVES) if kind in kinds)
    kind = table.choice("curve", allowed, default=allowed[0])
    curve = _with_ends(table, Curve(kind, is_down=direction == DOWN and kind in {STEPS, RELATIVE}), direction)
    if kind == CHECKLIST and len(kinds) > 1 and unit not in {*FULL, ""}:
        table.fault("unit", "scheme_checklist_unit", known=", ".join(FULL))
    if kind == RELATIVE:
        return replace(curve, against=table.text("against", _LONGEST_CODE))
    if not kind:
        table.take("against")  # whose curve is not known: nothing more is said of its ends
    return curve


def usual_curve(curve: Curve, *, direction: str, unit: str | None, definition: str | None) -> Curve:
    """The curve with what goes without saying: points begin at 0, a checklist is full at 100 %, equal is enough."""
    if direction == QUALITATIVE or curve.kind == CHECKLIST:
        return replace(curve, floor=_NOTHING, target=FULL.get(unit or ""))
    if curve.kind == LINEAR and direction == UP and curve.floor is None and definition != NPS:
        return replace(curve, floor=_NOTHING)
    if curve.kind == RELATIVE and curve.target is None:
        return replace(curve, target=_NOTHING)
    return replace(curve, per=MONTH) if curve.kind == COUNT and curve.per is None else curve


def line_curve(table: Table, indicator: Indicator) -> Curve | None:
    """The curve in one tier: each end the line's own, else the indicator's. None: watched."""
    curve = _with_ends(table, indicator.curve, indicator.direction)
    if indicator.direction == WATCH:
        return None
    check_ends(table, curve, indicator)
    return curve


def check_ends(table: Table, curve: Curve, indicator: Indicator) -> None:
    """Find ends that are missing, that cross each other, or that no figure of the indicator can reach."""
    required = {LINEAR: ("floor", "target"), BAND: ("band",), STEPS: ("steps",), COUNT: ("target",)}
    for name in required.get(curve.kind, ()):
        if getattr(curve, name) in {None, ()} and not table.has(name):
            table.fault(name, "scheme_end_missing", direction=indicator.direction)
    if curve.kind in {LINEAR, RELATIVE}:
        _check_order(table, curve, indicator.direction)
    if curve.kind == BAND:
        _check_band(table, curve)
    if curve.kind != RELATIVE:
        _check_reach(table, curve, indicator.definition)


def read_pair(table: Table, name: str) -> Pair | None:
    """Two numbers, the smaller one first: `[15, 25]`; None if absent or wrong."""
    value = table.take(name)
    if value is None:
        return None
    pair = _pair(value)
    if pair is None:
        return table.refuse(name, "scheme_pair_expected", None)
    return pair if pair[0] <= pair[1] else table.refuse(name, "scheme_pair_reversed", None)


def _with_ends(table: Table, curve: Curve, direction: str) -> Curve:
    """The curve with the ends that the table states; those that it cannot have are findings."""
    is_fixed = direction in {WATCH, QUALITATIVE}
    taken = () if is_fixed else _ENDS.get(curve.kind, ())
    for name in _ALL_ENDS:
        if name in taken or table.take(name) is None or not curve.kind:
            continue
        if is_fixed:
            table.fault(name, "scheme_end_not_taken", direction=direction)
        else:
            table.fault(name, "scheme_end_of_another_curve", curve=curve.kind)
    for name in taken:
        if table.has(name):
            curve = _with_end(table, curve, name)
    return curve


def _with_end(table: Table, curve: Curve, name: str) -> Curve:
    match name:
        case "floor":
            return replace(curve, floor=table.number(name))
        case "ceiling":
            return replace(curve, ceiling=table.number(name))
        case "band":
            return replace(curve, band=read_pair(table, name))
        case "steps":
            return replace(curve, steps=_steps(table, is_down=curve.is_down))
        case "per":
            return replace(curve, per=table.choice(name, tuple(SPANS)) or None)
    target = table.number(name)
    if curve.kind == COUNT and target is not None and target <= 0:
        table.fault(name, "scheme_count_target")
    return replace(curve, target=target)


def _steps(table: Table, *, is_down: bool) -> tuple[Pair, ...]:
    """`[[60, 0.5], [80, 1]]`, from worst to best: a better limit never earns less. () after a finding."""
    value = table.take("steps")
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_STEPS:
        return table.refuse("steps", "list_length", (), low=1, high=_MOST_STEPS)
    steps: list[Pair] = []
    for place, each in enumerate(value):
        step = _pair(each)
        fault = "scheme_step_expected" if step is None else _step_fault(step, steps[-1:], is_down=is_down)
        if step is None or fault is not None:
            return table.refuse(f"steps[{place}]", fault or "", ())
        steps.append(step)
    return tuple(steps)


def _step_fault(step: Pair, before: Sequence[Pair], *, is_down: bool) -> str | None:
    limit, share = step
    if not _NOTHING <= share <= _ALL:
        return "scheme_step_share"
    for limit_before, share_before in before:
        if is_down and limit >= limit_before:
            return "scheme_steps_not_falling"
        if not is_down and limit <= limit_before:
            return "scheme_steps_not_rising"
        if share < share_before:
            return "scheme_step_earns_less"
    return None


def _pair(value: object) -> Pair | None:
    if not isinstance(value, list):
        return None
    match [exact(each) for each in value[:3]]:
        case [Fraction() as first, Fraction() as second]:
            return first, second
    return None


def _check_order(table: Table, curve: Curve, direction: str) -> None:
    if curve.floor is None or curve.target is None:
        return
    if curve.target >= curve.floor if direction == DOWN else curve.target <= curve.floor:
        code = "scheme_target_not_below" if direction == DOWN else "scheme_target_not_above"
        table.fault("target", code, floor=plain(curve.floor), target=plain(curve.target))


def _check_band(table: Table, curve: Curve) -> None:
    if curve.band is None:
        return
    low, high = curve.band
    if curve.floor is not None and curve.floor >= low:
        table.fault("floor", "scheme_floor_in_band", low=plain(low))
    if curve.ceiling is not None and curve.ceiling <= high:
        table.fault("ceiling", "scheme_ceiling_in_band", high=plain(high))


def _check_reach(table: Table, curve: Curve, definition: str | None) -> None:
    """A satisfaction figure lies between 0 and 100, a net promoter score between -100 and 100: so must its ends."""
    if definition not in DEFINITIONS:
        return
    lowest = -_FULL_SCORE if definition == NPS else _NOTHING
    ends: dict[str, Sequence[Fraction | None]] = {
        "floor": (curve.floor,),
        "target": (curve.target,),
        "ceiling": (curve.ceiling,),
        "band": curve.band or (),
        "steps": [limit for limit, _ in curve.steps],
    }
    for name, numbers in ends.items():
        if any(number is not None and not lowest <= number <= _FULL_SCORE for number in numbers):
            details = {"definition": definition, "low": plain(lowest), "high": plain(_FULL_SCORE)}
            table.fault(name, "scheme_end_out_of_reach", **details)
