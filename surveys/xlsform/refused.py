"""What is refused in a workbook so far, each thing once, and never without end. PURE."""

from __future__ import annotations

from dataclasses import dataclass, field

from surveys.refusals import Refusal, refuse

MOST = 200


@dataclass(slots=True)
class Refused:
    """Refusals in the order in which they were found; after `MOST` they are only counted."""

    found: list[Refusal] = field(default_factory=list)
    more: int = 0
    _seen: set[tuple[str | None, str, str]] = field(default_factory=set)

    def add(self, address: str | None, feature: str, code: str, **details: object) -> None:
        key = (address, feature, code)
        if key in self._seen:
            return
        if len(self.found) >= MOST:
            self.more += 1
            return
        self._seen.add(key)
        self.found.append(refuse(feature, code, address, **details))

    def all(self) -> tuple[Refusal, ...]:
        """With a last line for those that were only counted."""
        if not self.more:
            return tuple(self.found)
        return (*self.found, refuse("refusals", "refusals_not_shown", None, count=self.more))
