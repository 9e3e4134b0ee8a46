"""Schemes to begin with: templates as files beside this module, in the form in which every scheme is written.

Knows which there are. One keeps every bound and can be used as it stands; the others are frames of public lists, which
`scheme check` says what they lack. Refuses to know what is in them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from locales.errors import DomainError

TEMPLATES = ("five_dimensions", "tertiary_55_1", "secondary_28", "county_14", "lead_hospital_50")
READY = ("five_dimensions",)
"""Those that keep every bound."""

_FOLDER = Path(__file__).parent / "templates"
_YEAR = "2026"  # the year that stands in the files


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it is offered: its name, what it is called, how many indicators it has, and whether it is ready."""

    name: str
    title: Mapping[str, str]
    indicators: int
    is_ready: bool


def templates() -> tuple[Template, ...]:
    """Every template, in the order in which they are offered."""
    found = []
    for name in TEMPLATES:
        document = template_document(name)
        found.append(Template(name, document["scheme"]["title"], len(document["indicators"]), name in READY))
    return tuple(found)


def template_text(name: str, *, year: int | None = None) -> str:
    """The file's text, for a year of one's own. Errors: `scheme_template_unknown`."""
    if name not in TEMPLATES:
        raise DomainError("scheme_template_unknown")
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    if year is None:
        return text
    return text.replace(f"year = {_YEAR}", f"year = {year}", 1).replace(
        f'target_by = "{_YEAR}-', f'target_by = "{year}-'
    )


def template_document(name: str, *, year: int | None = None) -> dict[str, Any]:
    """The same as a document, with exact numbers."""
    return tomllib.loads(template_text(name, year=year), parse_float=Decimal)
