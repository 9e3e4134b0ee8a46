"""Which configuration keys exist: those that the parsers ask for, found by watching them read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from app.example_folder import EXAMPLE, QUESTIONNAIRE_FOLDER
from consortium.definition import parse_consortium
from consortium.document import Table
from scheduler import timetable
from surveys.definition import parse_questionnaire

Document = dict[str, Any]
_LANGUAGES = {"zh", "en"}


def keys_of_consortium() -> set[str]:
    """As `docs/configuration.md` writes them: `units[].code`."""
    document = _read(EXAMPLE / "consortium.toml")
    document["chats"].append({"address": "-1001", "purpose": "unit", "unit": "h1"})
    document["channels"] = [
        {"id": "a", "kind": "wecom", "url_file": "a"},
        {"id": "b", "kind": "webhook", "url": "https://example.org/b", "secret_file": "b"},
        {"id": "c", "kind": "email", "host": "c", "from": "c@example.org", "to": ["c@example.org"], "user": "c",
         "password_file": "c"},
    ]  # fmt: skip
    return _asked(parse_consortium, document)


def keys_of_questionnaire() -> set[str]:
    """`questions[].id`; options and conditions by their own list: `options[].code`."""
    asked = _asked(parse_questionnaire, _read(QUESTIONNAIRE_FOLDER / "outpatient.toml"))
    nested = re.compile(r".*\.((?:options|enable_when)\[\]\.)")
    return {nested.sub(r"\1", key) for key in asked}


def keys_of_schedule() -> set[str]:
    return {"jobs", *(f"jobs[].{key}" for key in timetable._KEYS), "cooperation.file"}


def _read(path: Path) -> Document:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def _asked(parse: Callable[..., Any], document: Document) -> set[str]:
    with _watched() as asked:
        _, findings = parse(document, file="example.toml")
    assert findings == []
    paths = {re.sub(r"\[[0-9]+\]", "[]", key) for key in asked}
    leaves = {path for path in paths if path.rpartition(".")[2] not in _LANGUAGES}
    return {path for path in leaves if not any(other.startswith((f"{path}.", f"{path}[")) for other in leaves)}


@contextmanager
def _watched() -> Iterator[set[str]]:
    asked: set[str] = set()
    take, has = Table.take, Table.has

    def watch(function: Callable[[Table, str], Any]) -> Callable[[Table, str], Any]:
        def watched(table: Table, name: str) -> Any:
            asked.add(table.key(name))
            return function(table, name)

        return watched

    with mock.patch.object(Table, "take", watch(take)), mock.patch.object(Table, "has", watch(has)):
        yield asked
