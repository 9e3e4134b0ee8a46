"""Slowing down those who guess tickets, links and keys: a bucket of failures for each client address. PURE.

Only failures count, so people with good links never notice. Knows numbers of seconds that its caller gives; refuses to
know clocks. Buckets live in this process, and the fullest are forgotten first.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES = 60
"""How many wrong links in a row one address may open before it has to wait."""

SECONDS_FOR_ONE = 1.0
"""After how many seconds one more is allowed."""

MOST_CLIENTS = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Throttle:
    """Failures by client. `moment` is any number of seconds that only grows."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def allows(self, client: str, moment: float) -> bool:
        """Whether this client may try again."""
        bucket = self._buckets.get(client)
        return bucket is None or _refilled(bucket, moment) >= 1

    def failed(self, client: str, moment: float) -> None:
        """The client tried something that does not exist."""
        bucket = self._buckets.get(client)
        left = FAILURES if bucket is None else _refilled(bucket, moment)
        self._buckets[client] = _Bucket(max(left - 1, 0.0), moment)
        if len(self._buckets) > MOST_CLIENTS:
            self._forget(moment)

    def _forget(self, moment: float) -> None:
        """Keep the half that has failed most: who is forgotten begins anew with a full bucket."""
        ranked = sorted(self._buckets, key=lambda client: _refilled(self._buckets[client], moment))
        self._buckets = {client: self._buckets[client] for client in ranked[: MOST_CLIENTS // 2]}


def _refilled(bucket: _Bucket, moment: float) -> float:
    return min(float(FAILURES), bucket.left + (moment - bucket.at) / SECONDS_FOR_ONE)
