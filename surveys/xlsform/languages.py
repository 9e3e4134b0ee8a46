"""Languages as authors of spreadsheets write them, `English (en)`, `中文`, `FR`, to BCP-47 tags. PURE.

The code in parentheses decides; without one, a code that stands alone or the language's name in English or in itself.
Refuses to guess: what is none of these has no tag.
"""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from surveys.structure import UNDETERMINED

_IN_PARENTHESES = re.compile(r"\(\s*([^()]*?)\s*\)\s*$")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_SCRIPT_LENGTH, _REGION_LENGTH = 4, 2
_SELF_NAMED = (
    "ar", "bn", "de", "el", "en", "es", "fa", "fr", "ha", "he", "hi", "id", "it", "ja", "km", "ko", "lo", "mn", "ms",
    "my", "ne", "nl", "pl", "ps", "pt", "ro", "ru", "rw", "so", "sv", "sw", "ta", "th", "tr", "uk", "ur", "uz", "vi",
    "yo", "zh",
)  # fmt: skip
_MORE_NAMES = {
    "汉语": "zh", "简体": "zh-Hans", "简体中文": "zh-Hans", "繁体": "zh-Hant", "繁体中文": "zh-Hant",
    "繁體中文": "zh-Hant", "default": UNDETERMINED,
}  # fmt: skip


def language_tag(written: str) -> str | None:
    """`Chinese (zh)` → `zh`, `zh_cn` → `zh-CN`, `Français` → `fr`; None where no language is recognised."""
    inside = _IN_PARENTHESES.search(written)
    if inside is not None:
        return _tag(inside[1]) if _TAG.fullmatch(inside[1]) else None
    bare = written.strip()
    named = _names().get(bare.casefold())
    if named is not None:
        return named
    return _tag(bare) if _TAG.fullmatch(bare) and bare.partition("-")[0].partition("_")[0].lower() in _codes() else None


def _tag(written: str) -> str:
    """As BCP 47 recommends to write it: language small, script with a capital, region in capitals."""
    first, *others = re.split("[-_]", written)
    shown = [first.lower()]
    for part in others:
        if len(part) == _SCRIPT_LENGTH and part.isalpha():
            shown.append(part.title())
        else:
            shown.append(part.upper() if len(part) == _REGION_LENGTH else part.lower())
    return "-".join(shown)


@cache
def _codes() -> frozenset[str]:
    return frozenset(Locale("en").languages)


@cache
def _names() -> dict[str, str]:
    """Name of a language, case-folded → tag."""
    names = {name.casefold(): _tag(code) for code, name in Locale("en").languages.items()}
    for code in _SELF_NAMED:
        name = Locale.parse(code).get_language_name(code)
        names |= {} if name is None else {name.casefold(): _tag(code)}
    return names | _MORE_NAMES
