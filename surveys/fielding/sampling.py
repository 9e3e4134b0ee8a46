"""Drawing visits at random so that nobody can choose, and everybody can check. PURE.

A visit is drawn if a keyed hash of it falls below the fraction: the same visit always gives the same answer, the key
(the wave's seed) is unknown while the wave runs, and afterwards anybody can draw again. No unit sees the order of
others; there is no list that could be reordered.
"""

from __future__ import annotations

import hashlib
import hmac
from fractions import Fraction

_PURPOSE = b"tongping.draw.1\x00"
_RANGE = 1 << 64


def is_drawn(*, seed: str, unit_code: str, visit: str, fraction: Fraction) -> bool:
    """Whether this visit belongs to the sample. A fraction of 1 takes every visit, 0 none."""
    return place_of(seed=seed, unit_code=unit_code, visit=visit) * fraction.denominator < fraction.numerator * _RANGE


def place_of(*, seed: str, unit_code: str, visit: str) -> int:
    """Where the visit falls, from 0 to 2^64 - 1. Exactly comparable; no float takes part."""
    content = _PURPOSE + unit_code.encode() + b"\x00" + visit.encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.new(seed.encode(), content, hashlib.sha256).digest()[:8], "big")


def fraction_for(*, target: int, expected: int) -> Fraction:
    """Which share of about `expected` visits gives `target` of them; all, where fewer or nobody knows how many."""
    return Fraction(1) if expected <= target else Fraction(target, expected)


def commitment(seed: str) -> str:
    """The SHA-256 that is shown from the launch on, so that the seed cannot be exchanged later."""
    return hashlib.sha256(_PURPOSE + seed.encode()).hexdigest()
