"""A poster as a page to print: its words in both languages, its code, set in a process of its own.

Knows which words stand on it. Refuses to know how it is set (`poster_program`, `poster.typ`) and where it hangs.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from consortium.confined import Limits, read_confined
from locales.errors import DomainError
from locales.texts import LANGUAGES, pick, text

PDF, PNG = "pdf", "png"
_LIMITS = Limits(seconds=20.0, megabytes=2048)
_WORDS = ("heading", "scan", "voluntary", "use")


def poster_words(
    *, url: str, unit_name: Mapping[str, str], department: str, consortium_name: Mapping[str, str]
) -> dict[str, Any]:
    """Everything that stands on a poster. `url` is the whole address; it is shown without what nobody types."""
    words: dict[str, Any] = {
        name: {language: text(language, f"fielding.poster.{name}") for language in LANGUAGES} for name in _WORDS
    }
    return words | {
        "title": " · ".join(filter(None, (pick(unit_name, "zh"), department))),
        "unit": {language: pick(unit_name, language) for language in LANGUAGES},
        "consortium": {language: pick(consortium_name, language) for language in LANGUAGES},
        "department": department,
        "url": url,
        "address": url.removeprefix("https://").removeprefix("http://"),
    }


def print_poster(words: Mapping[str, Any], *, form: str = PDF) -> bytes:
    """One page, A4, as PDF or PNG. Blocks for about a second. `poster_not_printed` if it cannot be set."""
    found, fault = read_confined(
        "surveys.fielding.poster_program",
        json.dumps(words, ensure_ascii=False).encode(),
        limits=_LIMITS,
        arguments=[form],
    )
    if fault or len(found["pages"]) != 1:
        raise DomainError("poster_not_printed", reason=fault or "pages")
    return base64.b64decode(found["pages"][0])
