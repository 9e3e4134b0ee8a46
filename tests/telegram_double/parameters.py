"""PURE. The parameters of one call, read as leniently as the real server reads them: JSON values or strings of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_double import refusals

_TRUE = {"true", "yes", "1"}


@dataclass(frozen=True, slots=True)
class SentFile:
    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Parameters:
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, SentFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0, *, least: int | None = None, most: int | None = None) -> int:
        """A whole number; what is none counts as the default, and what is out of bounds is moved to them."""
        try:
            value = int(str(self.values.get(name, default)))
        except ValueError:
            value = default
        value = value if least is None else max(least, value)
        return value if most is None else min(most, value)

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).strip().lower() in _TRUE

    def structure(self, name: str) -> Any:
        """A nested value, sent as JSON or as a string of JSON; None when absent or empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise refusals.bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def file(self, name: str) -> SentFile | str | None:
        """An uploaded file, under its own name or by `attach://`; or the string that stands for one."""
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.files.get(value.removeprefix("attach://"))
        return value if isinstance(value, str) and value else self.files.get(name)

    def chat(self) -> int | None:
        """The chat the call is about, if it names one by number."""
        value = str(self.values.get("chat_id", ""))
        return int(value) if value.removeprefix("-").isdecimal() else None

    def record(self) -> dict[str, Any]:
        """The parameters for the list of calls; structures decoded, files as they came."""
        decoded = {name: self._decoded(value) for name, value in self.values.items()}
        return {**decoded, **self.files}

    @staticmethod
    def _decoded(value: Any) -> Any:
        if isinstance(value, str) and value[:1] in {"{", "["}:
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value
