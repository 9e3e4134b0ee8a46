"""Slowing down single client addresses: a bucket for each, which fills again with time. PURE.

One throttle counts failures, so that guessing tickets, links and keys takes for ever and people with good links never
notice; another counts openings of surveys from posters, where a whole waiting room shares one address. Knows seconds
that its caller gives; refuses to know clocks. Buckets live in this process, and the fullest are forgotten first.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES, SECONDS_FOR_ONE_FAILURE = 60, 1.0
"""How many wrong links in a row one address may open, and after how many seconds one more."""

OPENINGS, SECONDS_FOR_ONE_OPENING = 30, 20.0
"""How many surveys in a row one address may open from posters, and after how many seconds one more."""

MOST_CLIENTS = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Throttle:
    """Events by client: `most` in a row, then one every `seconds_for_one`. `moment`: any seconds that only grow."""

    def __init__(self, most: int, seconds_for_one: float) -> None:
        self._most = float(most)
        self._seconds_for_one = seconds_for_one
        self._buckets: dict[str, _Bucket] = {}

    def allows(self, client: str, moment: float) -> bool:
        """Whether this client may go on."""
        return self._left(client, moment) >= 1

    def count(self, client: str, moment: float) -> None:
        """One more event of this client. Beyond an empty bucket nothing is owed: waiting never gets longer."""
        self._buckets[client] = _Bucket(max(self._left(client, moment) - 1, 0.0), moment)
        if len(self._buckets) > MOST_CLIENTS:
            self._forget(moment)

    def _left(self, client: str, moment: float) -> float:
        bucket = self._buckets.get(client)
        if bucket is None:
            return self._most
        return min(self._most, bucket.left + (moment - bucket.at) / self._seconds_for_one)

    def _forget(self, moment: float) -> None:
        """Keep the half with the emptiest buckets: who is forgotten begins anew with a full one."""
        ranked = sorted(self._buckets, key=lambda client: self._left(client, moment))
        self._buckets = {client: self._buckets[client] for client in ranked[: MOST_CLIENTS // 2]}
