"""The texts people read: every sentence by key, in Chinese and in English.

Knows the catalogues `locales/<language>/<domain>.po`; a key begins with its domain. Refuses to know what a text is for.
A key that is missing in English falls back to Chinese; a key that exists nowhere is a fault of ours and raises.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"

_FOLDER = Path(__file__).parent


@cache
def catalogue(language: str, domain: str = "*") -> Mapping[str, str]:
    """The texts of one language, key → text: those of one domain, or all. A key that stands in two files is refused.

    A domain is read when its first text is asked for, so that a command's help waits for one small file.
    """
    texts: dict[str, str] = {}
    for path in _files(language, domain):
        with path.open("rb") as file:
            for entry in read_po(file, locale=language, abort_invalid=True):
                if not entry.id:
                    continue  # the header
                if entry.id in texts:
                    msg = f"text key {entry.id} stands twice, the second time in {path.name}"
                    raise ValueError(msg)
                texts[str(entry.id)] = str(entry.string)
    return texts


def _files(language: str, domain: str) -> list[Path]:
    """`bot.po` for the domain `bot`; the codes of all domains lie in `errors_<domain>.po`."""
    return sorted((_FOLDER / language).glob("errors_*.po" if domain == "errors" else f"{domain}.po"))


def text(language: str, key: str, /, **values: object) -> str:
    """The text of `key` with `{name}` places filled; values are shown as they are, never read as templates."""
    domain = key.partition(".")[0]
    template = catalogue(language, domain).get(key) or catalogue(DEFAULT_LANGUAGE, domain).get(key)
    if template is None:
        msg = f"no text for {key}"
        raise KeyError(msg)
    return template.format_map(_Shown(values)) if values else template


def placeholders(template: str) -> set[str]:
    """The names of the places in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def pick(wording: Mapping[str, str], language: str) -> str:
    """The wording that a configuration carries itself, in `language` or else in Chinese or else in any."""
    return wording.get(language) or wording.get(DEFAULT_LANGUAGE) or next(iter(wording.values()), "")


def known_language(tag: str | None) -> str:
    """`zh` or `en` for a language tag such as `en-GB`; Chinese for all others."""
    return "en" if (tag or "").lower().startswith("en") else DEFAULT_LANGUAGE


class _Shown(dict[str, str]):
    """Values as strings, so that a format specification or attribute access in a text finds nothing to call."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__({name: str(value) for name, value in values.items()})
