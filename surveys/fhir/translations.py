"""A text in several languages, there and back: the element itself and the translations beside it. PURE.

FHIR writes a text in the form's own language (`text`) and hangs its translations on it (`_text`). Which languages
there are is found out on the way. Refuses to know which texts there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from surveys.fhir.elements import Element, Raw, shown
from surveys.fhir.extensions import TRANSLATION, merged, sort_extensions
from surveys.structure import UNDETERMINED, Wording

_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_TAGS = ("valueCode", "valueString")
_CONTENTS = ("valueString", "valueMarkdown")


class Tongues:
    """The languages of a form in the order in which they appear; the first one is that of the form itself."""

    def __init__(self, first: str | None) -> None:
        self.first = first or UNDETERMINED
        self._seen = {self.first: None}

    def note(self, *tags: str) -> None:
        self._seen.update(dict.fromkeys(tags))

    def all(self) -> tuple[str, ...]:
        return tuple(self._seen)


def is_tag(value: object) -> bool:
    """Whether it looks like the tag of a language: `sw`, `zh-Hans-CN`."""
    return isinstance(value, str) and _TAG.fullmatch(value) is not None


def read_wording(element: Element, name: str, tongues: Tongues) -> Wording:
    """The text of an element in all its languages; empty where it has none."""
    text = element.string(name)
    wording: dict[str, str] = {tongues.first: text} if text is not None else {}
    beside = element.table(f"_{name}")
    if beside is None:
        return wording
    inside = element.within(beside)
    inside.carry("id", "fhir_comments")
    sorted_ = sort_extensions(inside, frozenset((TRANSLATION,)))
    inside.refuse_unread()
    richer = [raw for raw in sorted_.found.get(TRANSLATION, []) if _add(inside, wording, raw)]
    if sorted_.harmless or richer:
        inside.keep("extension", [*sorted_.harmless, *richer])
    if inside.carried:
        element.carried[f"_{name}"] = inside.carried
    tongues.note(*wording)
    return wording


def write_wording(target: dict[str, Any], name: str, wording: Wording, first: str) -> None:
    """Put a text, and its translations beside it, into an object."""
    if wording.get(first):
        target[name] = wording[first]
    others = [write_translation(tag, text) for tag, text in wording.items() if tag != first and text]
    if others:
        target[f"_{name}"] = {"extension": others}


def write_translation(tag: str, text: str) -> dict[str, Any]:
    inside = [{"url": "lang", "valueCode": tag}, {"url": "content", "valueString": text}]
    return {"url": TRANSLATION, "extension": inside}


def give_back(target: dict[str, Any], carried: Mapping[str, Any]) -> None:
    """Put carried elements into an object; what hangs beside a simple value joins what hangs there already."""
    for name, value in carried.items():
        there = target.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            extensions = merged(there.get("extension", []), value.get("extension"), {TRANSLATION: _translation})
            target[name] = {**there, **value, **({"extension": extensions} if extensions else {})}
        else:
            target[name] = value


def _add(element: Element, wording: dict[str, str], raw: Raw) -> bool:
    """One more language, which said twice must be the same. Whether it says more than we would write."""
    translation = _translation(raw)
    if translation is None:
        element.refuse("translation", "fhir_element_malformed", value=shown(raw))
        return False
    tag, text = translation
    if wording.setdefault(tag, text) != text:
        element.refuse("translation", "fhir_translation_twice", value=tag)
    return raw != write_translation(tag, text)


def _translation(raw: Raw) -> tuple[str, str] | None:
    """Language and text out of `lang` and `content`; None if there is anything else in it."""
    parts = raw.get("extension")
    if not isinstance(parts, list) or not set(raw) <= {"url", "extension", "id"}:
        return None
    inside = {str(part.get("url")): part for part in parts if isinstance(part, dict)}
    if set(inside) != {"lang", "content"} or len(parts) != len(inside):
        return None
    tag, text = _only(inside["lang"], _TAGS), _only(inside["content"], _CONTENTS)
    return (tag, text) if is_tag(tag) and tag and text else None


def _only(part: Raw, names: tuple[str, ...]) -> str | None:
    """The one text that a part of a translation holds."""
    said = [name for name in part if name not in ("url", "id")]
    text = part[said[0]] if len(said) == 1 and said[0] in names else None
    return text if isinstance(text, str) else None
