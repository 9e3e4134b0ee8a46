"""How many surveys one address may open from posters: a bucket for each. PURE.

A waiting room shares one address, so the bucket is not small; whoever presses without end still waits. Knows numbers of
seconds that its caller gives; refuses to know clocks. Buckets live in this process.
"""

from __future__ import annotations

from dataclasses import dataclass

BURST = 30
"""How many in a row."""

SECONDS_FOR_ONE = 20.0
"""After how many seconds one more."""

MOST_CLIENTS = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Openings:
    """Openings by client. `moment` is any number of seconds that only grows."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, client: str, moment: float) -> bool:
        """Whether this client may open one more; if so it is counted."""
        bucket = self._buckets.get(client)
        left = BURST if bucket is None else _refilled(bucket, moment)
        if left < 1:
            return False
        self._buckets[client] = _Bucket(left - 1, moment)
        if len(self._buckets) > MOST_CLIENTS:
            self._forget(moment)
        return True

    def _forget(self, moment: float) -> None:
        """Keep the half that has opened most: who is forgotten begins anew with a full bucket."""
        ranked = sorted(self._buckets, key=lambda client: _refilled(self._buckets[client], moment))
        self._buckets = {client: self._buckets[client] for client in ranked[: MOST_CLIENTS // 2]}


def _refilled(bucket: _Bucket, moment: float) -> float:
    return min(float(BURST), bucket.left + (moment - bucket.at) / SECONDS_FOR_ONE)
