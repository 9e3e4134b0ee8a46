"""Reading a configuration document: typed values, or findings that name file and key. PURE.

A document is what a TOML parser gives (`parse_float=Decimal`): tables, lists, strings, numbers, truth values. Every key
is read through a `Table`, so that a key nobody asked for is found by `refuse_unread`. Refuses to know what values mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from consortium.imports import exact_number
from locales.errors import Finding
from locales.texts import LANGUAGES

T = TypeVar("T")
LONGEST_TEXT = 2000
_LARGEST_EXPONENT = 30  # far beyond any figure here; keeps 1e999999 from becoming a million digits
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SHOWN = 80  # characters of a foreign key or value that a finding repeats


@dataclass(frozen=True, slots=True)
class Form:
    """How a short string must look, and the finding that says so."""

    pattern: re.Pattern[str]
    code: str

    def fits(self, value: object) -> bool:
        return isinstance(value, str) and self.pattern.fullmatch(value) is not None


CODE = Form(re.compile(r"[a-z][a-z0-9_]{0,39}"), "code_malformed")


@dataclass(slots=True)
class Findings:
    """What is wrong with one file, in the order in which it was found."""

    file: str
    found: list[Finding] = field(default_factory=list)

    def add(self, key: str, code: str, **details: object) -> None:
        self.found.append(Finding(self.file, key, code, details))


class Table:
    """One table of the document, the path to it, and which of its keys have been read."""

    def __init__(self, values: Mapping[str, Any], path: str, findings: Findings) -> None:
        self.values = values
        self.path = path
        self.findings = findings
        self._read: set[str] = set()

    def key(self, name: str) -> str:
        """The path of one key, as findings name it: `people[3].units`."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        return name in self.values

    def take(self, name: str) -> Any:
        """The raw value, which now counts as read; None if the key is absent."""
        self._read.add(name)
        return self.values.get(name)

    def fault(self, name: str, code: str, **details: object) -> None:
        """Note a fault at one key."""
        self.findings.add(self.key(name), code, **details)

    def refuse_unread(self) -> None:
        """Refuse every key that was not asked for: unknown, misspelt, or not for this kind of thing."""
        for name in self.values:
            if name not in self._read:
                self.fault(str(name)[:_SHOWN], "key_unknown")

    def string(self, name: str, form: Form, default: str | None = None) -> str:
        """A short string of a given form; `default` if absent or empty, required without one; "" after a finding."""
        value = self.take(name)
        if value is None or (value == "" and default is not None):
            return default if default is not None else self.refuse(name, "key_missing", "")
        return str(value) if form.fits(value) else self.refuse(name, form.code, "", value=str(value)[:_SHOWN])

    def text(self, name: str, longest: int, default: str | None = None) -> str:
        """Free text of one line or more, not blank; `default` if absent or empty, required without one."""
        value = self.take(name)
        if value is None or (value == "" and default is not None):
            return default if default is not None else self.refuse(name, "key_missing", "")
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            return self.refuse(name, "text_expected", "", limit=longest)
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words; `default` if absent, required without one; "" after a finding."""
        value = self.take(name)
        if value is None:
            return default if default is not None else self.refuse(name, "key_missing", "")
        if value not in allowed:
            return self.refuse(name, "value_unknown", "", value=str(value)[:_SHOWN], allowed=", ".join(allowed))
        return str(value)

    def choices(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """A list of some of `allowed`, each at most once; empty if the key is absent."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            return self.refuse(name, "list_expected", ())
        for place, each in enumerate(value):
            if each not in allowed:
                self.fault(f"{name}[{place}]", "value_unknown", value=str(each)[:_SHOWN], allowed=", ".join(allowed))
            elif each in value[:place]:
                self.fault(f"{name}[{place}]", "value_twice", value=each)
        return tuple(each for each in allowed if each in value)

    def strings(self, name: str, form: Form, most: int) -> tuple[str, ...]:
        """A required list of one or more different short strings."""
        value = self.take(name)
        if value is None:
            return self.refuse(name, "key_missing", ())
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            return self.refuse(name, "list_length", (), low=1, high=most)
        for place, each in enumerate(value):
            if not form.fits(each):
                self.fault(f"{name}[{place}]", form.code, value=str(each)[:_SHOWN])
            elif each in value[:place]:
                self.fault(f"{name}[{place}]", "value_twice", value=each)
        return tuple(each for each in value if form.fits(each))

    def truth(self, name: str, *, default: bool) -> bool:
        value = self.take(name)
        if value is None:
            return default
        return value if isinstance(value, bool) else self.refuse(name, "truth_expected", default)

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`; `default` if absent, required without one; `low` after a finding."""
        value = self.take(name)
        if value is None:
            return default if default is not None else self.refuse(name, "key_missing", low)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            return self.refuse(name, "out_of_range", low, low=low, high=high)
        return value

    def number(self, name: str) -> Fraction | None:
        """An exact number, None if absent: a TOML number or the same as text. Never a float, NaN or Infinity."""
        value = self.take(name)
        if value is None:
            return None
        number = exact(value)
        return number if number is not None else self.refuse(name, "number_expected", None)

    def day(self, name: str) -> date | None:
        """A calendar day, None if absent: a TOML date, or the same as text; never a moment."""
        value = self.take(name)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:  # the thirtieth of February: refused with all else that is no day
            pass
        return self.refuse(name, "day_expected", None)

    def wording(
        self, name: str, *, languages: tuple[str, ...] = LANGUAGES, longest: int = LONGEST_TEXT, required: bool = True
    ) -> dict[str, str]:
        """`{zh = "…", en = "…"}`: a text in every one of the languages and in no other; {} after a finding."""
        value = self.take(name)
        if value is None:
            return self.refuse(name, "key_missing", {}) if required else {}
        if not isinstance(value, Mapping):
            return self.refuse(name, "wording_expected", {}, languages=", ".join(languages))
        table = Table(value, self.key(name), self.findings)
        texts = {language: table.text(language, longest) for language in languages}
        table.refuse_unread()
        return texts if all(texts.values()) else {}

    def table(self, name: str, *, required: bool = True) -> Table:
        """The table under `name`; an empty one, with a finding, when there is none."""
        value = self.take(name)
        if not isinstance(value, Mapping):
            if value is not None or required:
                self.fault(name, "key_missing" if value is None else "table_expected")
            value = {}
        return Table(value, self.key(name), self.findings)

    def entries(self, form: Form = CODE) -> Iterator[tuple[str, Table]]:
        """Each entry of this table as a table of its own, by its code."""
        for name in self.values:
            value = self.take(name)
            if not form.fits(name):
                self.fault(str(name)[:_SHOWN], form.code, value=str(name)[:_SHOWN])
            elif not isinstance(value, Mapping):
                self.fault(name, "table_expected")
            else:
                yield name, Table(value, self.key(name), self.findings)

    def tables(self, name: str, *, least: int, most: int) -> list[Table]:
        """A list of tables. A list that is too long is not looked into: the work stays bounded."""
        value = self.take(name)
        if value is None and least == 0:
            return []
        if not isinstance(value, list) or not least <= len(value) <= most:
            return self.refuse(name, "key_missing" if value is None else "list_length", [], low=least, high=most)
        for place, each in enumerate(value):
            if not isinstance(each, Mapping):
                self.fault(f"{name}[{place}]", "table_expected")
        return [
            Table(each, f"{self.key(name)}[{place}]", self.findings)
            for place, each in enumerate(value)
            if isinstance(each, Mapping)
        ]

    def refuse(self, name: str, code: str, instead: T, **details: object) -> T:
        """Note a fault and go on with `instead`."""
        self.fault(name, code, **details)
        return instead


def exact(value: object) -> Fraction | None:
    """An exact number from what TOML or a person wrote; None for anything that is not one."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    if isinstance(value, int):
        return Fraction(value) if abs(value) < 10**_LARGEST_EXPONENT else None
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
            return None
        value = format(value, "f")
    try:
        return exact_number(value)
    except ValueError:
        return None
