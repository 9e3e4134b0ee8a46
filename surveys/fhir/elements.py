"""One JSON object of a form, read element by element, and the report of what cannot be taken. PURE.

Every element is asked for by name; what nobody asked for is found by `refuse_unread`, so that nothing is dropped in
silence. Takes any JSON value at all: a wrong type gives a refusal, never an exception. Refuses to know what elements
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from surveys.refusals import Refusal, refuse

MOST_REFUSALS = 200
LARGEST_INTEGER = 2**31 - 1  # FHIR's integers have 32 bits
LARGEST_CARRIED = 10**40  # of a number that is only carried: it is written out again
MODIFIER = "modifierExtension"
SHOWN = 80  # characters of a foreign value that a refusal repeats

Raw = Mapping[str, Any]


@dataclass(slots=True)
class Report:
    """What cannot be taken, in the order in which it was found, each thing once; after `MOST_REFUSALS` only counted."""

    _kept: dict[tuple[str | None, str, str, str], Refusal] = field(default_factory=dict)
    _more: int = 0

    def add(self, link_id: str | None, feature: str, code: str, **details: object) -> None:
        """Note one refusal."""
        refusal = refuse(feature, code, link_id, **details)
        key = (refusal.link_id, refusal.feature, code, str(sorted(details.items())))
        if key in self._kept:
            return
        if len(self._kept) < MOST_REFUSALS:
            self._kept[key] = refusal
        else:
            self._more += 1

    @property
    def is_empty(self) -> bool:
        return not self._kept

    def refusals(self) -> list[Refusal]:
        """All of them; the last one says how many more there were."""
        rest = [refuse("…", "fhir_more_refusals", count=self._more)] if self._more else []
        return [*self._kept.values(), *rest]


class Element:
    """One object, the item it belongs to, which of its elements were read, and what of it is carried along."""

    def __init__(self, raw: Raw, link_id: str | None, report: Report) -> None:
        self.raw = raw
        self.link_id = link_id
        self.report = report
        self.carried: dict[str, Any] = {}
        self._read: set[str] = set()

    def within(self, raw: Raw) -> Element:
        """An object inside this one."""
        return Element(raw, self.link_id, self.report)

    def refuse(self, feature: str, code: str, **details: object) -> None:
        self.report.add(self.link_id, feature, code, **details)

    def has(self, name: str) -> bool:
        """Whether it says anything; null, "", [] and {} say nothing."""
        return not _is_empty(self.raw.get(name))

    def take(self, name: str) -> Any:
        """The value as it stands, which now counts as read; None if it says nothing."""
        self._read.add(name)
        return self.raw[name] if self.has(name) else None

    def string(self, name: str) -> str | None:
        value: str | None = self._of(name, lambda value: isinstance(value, str))
        return value

    def truth(self, name: str) -> bool | None:
        value: bool | None = self._of(name, lambda value: isinstance(value, bool))
        return value

    def whole(self, name: str, least: int) -> int | None:
        """A whole number, `least` or more."""
        value: int | None = self._of(name, lambda value: is_whole(value) and least <= value <= LARGEST_INTEGER)
        return value

    def word(self, name: str, allowed: Iterable[str]) -> str | None:
        """One of a few words."""
        value: str | None = self._of(name, lambda value: isinstance(value, str) and value in allowed)
        return value

    def table(self, name: str) -> Raw | None:
        value: Raw | None = self._of(name, lambda value: isinstance(value, dict))
        return value

    def tables(self, name: str) -> list[Raw]:
        """A list of objects; empty where there is none."""
        value = self._of(name, lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value))
        return value or []

    def carry(self, *names: str) -> None:
        """Take elements along as they stand: they are given back on the way out and mean nothing here."""
        for name in names:
            value = self.take(name)
            if value is not None:
                self.keep(name, value)

    def keep(self, name: str, value: Any) -> None:
        """Take one value along under a name."""
        try:
            self.carried[name] = carriable(value)
        except ValueError:
            self._malformed(name)

    def unread(self) -> list[str]:
        return [name for name in self.raw if name not in self._read and self.has(name)]

    def refuse_unread(self) -> None:
        """Refuse every element nobody asked for: unknown, or of another version of the standard."""
        for name in self.unread():
            if name != MODIFIER:  # found already, by `soundness`
                self.refuse(name, _OLDER.get(name, "fhir_element_unknown"))

    def _of(self, name: str, is_fit: Callable[[Any], bool]) -> Any:
        """The value, if it says something and is fit."""
        value = self.take(name)
        if value is None or is_fit(value):
            return value
        self._malformed(name)
        return None

    def _malformed(self, name: str) -> None:
        self.refuse(name, "fhir_element_malformed", value=shown(self.raw.get(name)))


def carriable(value: Any) -> Any:
    """A copy that `exact_json` can write; ValueError for a number longer than anybody means."""
    if isinstance(value, dict):
        return {name: carriable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [carriable(each) for each in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int | Decimal) and not -LARGEST_CARRIED <= value <= LARGEST_CARRIED:
        raise ValueError("number too large to be carried")
    return value


def is_whole(value: Any) -> bool:
    """Whether it is a whole number; JSON's true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """As much of a foreign value as a refusal may repeat."""
    if isinstance(value, str):
        return value[:SHOWN]
    if isinstance(value, int) and abs(value) > LARGEST_CARRIED:
        return "…"
    return "…" if isinstance(value, dict | list) else str(value)[:SHOWN]


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


_OLDER = dict.fromkeys(
    (
        *("option", "options", "hasAnswer", "concept", "group", "question"),
        *(
            f"initial{kind}"
            for kind in ("Boolean", "Decimal", "Integer", "Date", "DateTime", "Time", "String", "Uri", "Coding")
        ),
    ),
    "fhir_element_older",
)
"""How FHIR before R4 named what is named otherwise now."""
