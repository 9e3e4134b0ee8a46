"""The shares that trustees have given on the page, while they wait for each other: in this process's memory alone.

Each share is bound to the person who gave it; of one round there are two of different people, or there is no count.
They are forgotten after a quarter of an hour, when they are taken back, and when a count begins, whatever comes of it.
Knows seconds that its caller gives; refuses to know clocks, pages, rounds and who is a trustee. What is dropped here is
no longer referred to; when the interpreter overwrites it is not ours to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locales.errors import DomainError
from reviews.trustees import THRESHOLD, Share, WrappedKey

LIFETIME = 15 * 60.0
"""Seconds for which a share, or a key that was brought to the page, is kept."""


@dataclass(frozen=True, slots=True)
class Given:
    """A share that is here: who gave it, as whose, and since when."""

    person: str
    share: Share = field(repr=False)
    since: float

    @property
    def trustee(self) -> str:
        """The name that the key knows its holder by."""
        return self.share.trustee


@dataclass(slots=True)
class UnderWay:
    """A count that the first of `people` has begun here.

    `outcome` is None while it runs, then "counted" or the code of a refusal. `copies` are files beside the database in
    which sealed ballots still lie.
    """

    people: tuple[str, ...]
    done: int = 0
    total: int = 0
    outcome: str | None = None
    copies: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        return self.outcome is None


@dataclass(slots=True)
class _Table:
    """What lies here for one round."""

    given: dict[str, Given] = field(default_factory=dict)
    key: WrappedKey | None = field(default=None, repr=False)
    key_since: float = 0.0
    count: UnderWay | None = None


class CountingRoom:
    """What trustees have brought, by round. `moment` is any number of seconds that only grows."""

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = {}

    def given(self, period: str, moment: float) -> tuple[Given, ...]:
        """The shares that are here now, the oldest first."""
        return tuple(self._table(period, moment).given.values())

    def key(self, period: str, moment: float) -> WrappedKey | None:
        """The wrapped key that somebody brought to the page, if it has one of its own."""
        return self._table(period, moment).key

    def count(self, period: str) -> UnderWay | None:
        """The count that runs, or the last one that ended here."""
        table = self._tables.get(period)
        return table.count if table is not None else None

    def bring_key(self, period: str, key: WrappedKey, moment: float) -> None:
        """Keep a wrapped key for a while; shares of another one are forgotten."""
        table = self._idle(period, moment)
        if table.key != key:
            table.given.clear()
        table.key, table.key_since = key, moment

    def give(self, period: str, person: str, share: Share, moment: float) -> None:
        """Keep a person's share. Errors: `share_given` (theirs is here), `share_twice` (another brought the same one),
        `shares_complete`, `count_under_way`.
        """
        table = self._idle(period, moment)
        if person in table.given:
            raise DomainError("share_given")
        if any(each.share.number == share.number for each in table.given.values()):
            raise DomainError("share_twice", trustee=share.trustee)
        if len(table.given) >= THRESHOLD:
            raise DomainError("shares_complete")
        table.given[person] = Given(person, share, moment)

    def take_back(self, period: str, person: str) -> bool:
        """Drop a person's share; whether there was one."""
        table = self._tables.get(period)
        return table is not None and table.given.pop(person, None) is not None

    def begin(self, period: str, person: str, moment: float) -> tuple[Share, ...]:
        """Hand over the shares to a count that begins now, and forget them. Errors: `shares_missing`,
        `share_not_given` (only who gave a share may begin), `count_under_way`.
        """
        table = self._idle(period, moment)
        if len(table.given) < THRESHOLD:
            raise DomainError("count_shares_missing", given=len(table.given), needed=THRESHOLD)
        if person not in table.given:
            raise DomainError("share_not_given")
        shares = tuple(each.share for each in table.given.values())
        table.count = UnderWay((person, *(other for other in table.given if other != person)))
        table.given.clear()
        table.key = None
        return shares

    def begin_alone(self, period: str, person: str, moment: float) -> UnderWay:
        """Something that needs no share begins: erasing what was counted. Error: `count_under_way`."""
        table = self._idle(period, moment)
        table.count = UnderWay((person,))
        return table.count

    def forget(self, moment: float) -> None:
        """Drop whatever has lain here too long."""
        for period in list(self._tables):
            self._table(period, moment)

    def _idle(self, period: str, moment: float) -> _Table:
        table = self._table(period, moment)
        if table.count is not None and table.count.runs:
            raise DomainError("count_under_way")
        return table

    def _table(self, period: str, moment: float) -> _Table:
        """What lies here for a round and is not too old."""
        table = self._tables.setdefault(period, _Table())
        for person, each in list(table.given.items()):
            if moment - each.since >= LIFETIME:
                del table.given[person]
        if table.key is not None and moment - table.key_since >= LIFETIME:
            table.key = None
        return table
