"""Curves for many figures at once: what `curves.share_of` says, as floats, for draws only. PURE.

Never for a score: those are exact. Knows the same six kinds; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any

from evaluation.curves import is_whole
from evaluation.elements import BAND, COUNT, RELATIVE, STEPS, Curve


def drawn_share(curve: Curve, values: Any, *, reference: float | None = None) -> Any:
    """The share, 0–1, of each value; None for a curve that cannot say it: an end is missing, or its reference."""
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    if not is_whole(curve) or (curve.kind == RELATIVE and reference is None):
        return None
    figures = np.asarray(values, dtype=np.float64)
    if curve.kind == BAND:
        return _band(curve, figures)
    if curve.kind == STEPS:
        limits = np.array([float(-limit if curve.is_down else limit) for limit, _ in curve.steps])
        shares = np.array([0.0, *(float(share) for _, share in curve.steps)])
        return shares[np.searchsorted(limits, -figures if curve.is_down else figures, side="right")]
    target = float(curve.target or 0)
    if curve.kind == RELATIVE:
        figures = figures - (reference or 0.0)
        if curve.floor is None:
            return np.where(figures <= target if curve.is_down else figures >= target, 1.0, 0.0)
    floor = 0.0 if curve.kind == COUNT or curve.floor is None else float(curve.floor)
    return np.clip((figures - floor) / (target - floor), 0.0, 1.0)


def _band(curve: Curve, figures: Any) -> Any:
    """All of it inside; outside straight down to an end, at once without one."""
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    assert curve.band is not None
    low, high = (float(edge) for edge in curve.band)
    below, above = np.zeros(figures.shape), np.zeros(figures.shape)
    if curve.floor is not None:
        below = np.clip((figures - float(curve.floor)) / (low - float(curve.floor)), 0.0, 1.0)
    if curve.ceiling is not None:
        above = np.clip((float(curve.ceiling) - figures) / (float(curve.ceiling) - high), 0.0, 1.0)
    return np.where(figures < low, below, np.where(figures > high, above, 1.0))
