"""What can go wrong, as values: a broken rule, something a person can mend, a fault found in a file.

Each carries a code; the code is the text key (`errors.<code>`), and each edge translates in one place with `explain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locales.texts import text


class DomainError(Exception):
    """A broken rule. Nothing half-done stays: the transaction that raised it is rolled back."""

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Reask:
    """What a person gave cannot be taken; ask again, saying why."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in a file: which file, where in it (`people[3].unit`, `line 4, value`), and what."""

    file: str
    key: str
    code: str
    details: Mapping[str, object] = field(default_factory=dict)


def explain(language: str, fault: DomainError | Reask | Finding) -> str:
    """One sentence: what is wrong and what to do next."""
    values = dict(fault.details)
    if isinstance(fault, Finding):
        values = {"file": fault.file, "key": fault.key} | values
    return text(language, f"errors.{fault.code}", **values)
