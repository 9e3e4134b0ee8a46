"""Small schemes with one line, `rate`, and what may stand beside it."""

from __future__ import annotations

from typing import Any

from tests.evaluation.cast import indicator, small, without

RATE = "indicators.rate"
LINE = "tiers.only.indicators.rate"


def one(line: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return small({"rate": indicator(**more)}, {"rate": {"points": 100} if line is None else line})


def bare(line: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The same without the usual target."""
    return without(one(line, **more), f"{RATE}.target")


def watched(**more: Any) -> dict[str, Any]:
    return without(indicator(direction="watch", **more), "target")


def computed(**indicators: dict[str, Any]) -> dict[str, Any]:
    return small({"a": watched(), "b": watched(), **indicators}, {"rate": {"points": 100}})


def mean(*of: str, **more: Any) -> dict[str, Any]:
    return indicator(input="mean", of=list(of), **more)
