"""The extensions of one element: those that are understood, those carried along, and the rest, refused by name. PURE.

The name of an extension is the last part of its address. Refuses to know what those that are understood mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from surveys.fhir.elements import Element, Raw, shown
from surveys.fhir.harmless import AFTERWARDS, HARMLESS, HARMLESS_WORDS, HL7, is_computing

TRANSLATION = f"{HL7}translation"
UNDERSTOOD_NOWHERE: frozenset[str] = frozenset()
_INSIDE = (TRANSLATION, "lang", "content")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Address → the extensions of it that are to be understood; and those that are carried, in order."""

    found: Mapping[str, list[Raw]] = field(default_factory=dict)
    harmless: list[Raw] = field(default_factory=list)


def segment(url: str) -> str:
    """The last part of an address, by which people know the extension."""
    last = url.rstrip("/").rpartition("/")[2] or url
    return last.removeprefix("urn:").rpartition(":")[2] or last


def sort_extensions(element: Element, understood: frozenset[str]) -> Sorted:
    """The extensions of an element; what may not be carried is refused."""
    found: dict[str, list[Raw]] = {}
    harmless: list[Raw] = []
    for raw in element.tables("extension"):
        url = raw.get("url")
        if not isinstance(url, str) or not url:
            element.refuse("extension", "fhir_element_malformed", value="url")
        elif url in understood:
            found.setdefault(url, []).append(raw)
        elif is_harmless(url, raw):
            harmless.append(raw)
        else:
            refuse_extension(element, raw, url)
    return Sorted(found, harmless)


def is_harmless(url: str, raw: Raw) -> bool:
    """Whether it may be carried: on the list, and nothing inside it computes."""
    if url in HARMLESS_WORDS:
        word = raw.get("valueCode")
        return isinstance(word, str) and word in HARMLESS_WORDS[url]
    return url in HARMLESS and (url in AFTERWARDS or _computing_inside(raw) is None)


def refuse_extension(element: Element, raw: Raw, url: str) -> None:
    """Refuse one, by the name of what computes inside it if there is such a thing."""
    name = segment(url)
    if is_computing(name) or "valueExpression" in raw:
        element.refuse(name, "fhir_expression")
    elif (inside := _computing_inside(raw)) is not None:
        element.refuse(inside, "fhir_expression")
    else:
        element.refuse(name, "fhir_extension_unsupported")


def carry_extensions(element: Element, understood: frozenset[str] = UNDERSTOOD_NOWHERE) -> Mapping[str, list[Raw]]:
    """Keep the harmless ones with the element; those that are understood are returned."""
    sorted_ = sort_extensions(element, understood)
    if sorted_.harmless:
        element.keep("extension", sorted_.harmless)
    return sorted_.found


def carry_companions(element: Element) -> None:
    """Carry what stands beside simple values (`_linkId` beside `linkId`), as far as it is harmless."""
    for name in element.unread():
        if not name.startswith("_"):
            continue
        value = element.take(name)
        companions = value if isinstance(value, list) else [value]
        if all(each is None or isinstance(each, dict) for each in companions):
            kept = [None if each is None else companion(element.within(each)) for each in companions]
            if any(kept):
                element.keep(name, kept if isinstance(value, list) else kept[0])
        else:
            element.refuse(name, "fhir_element_malformed", value=name)


def companion(inside: Element) -> dict[str, Any]:
    """What is carried of one object beside a simple value that means nothing here; its translations are."""
    inside.carry("id", "fhir_comments")
    for translations in carry_extensions(inside, frozenset((TRANSLATION,))).values():
        inside.keep("extension", [*inside.carried.get("extension", []), *translations])
    inside.refuse_unread()
    return inside.carried


def only_value(element: Element, raw: Raw, *names: str) -> tuple[str, Any] | None:
    """The value of an extension, under one of the names it may have; what is added to it must be harmless."""
    url = str(raw["url"])
    given = [name for name in raw if name.startswith("value") and raw[name] is not None]
    if len(given) == 1 and given[0] in names and _is_bare(element, raw, {"url", "id", given[0], f"_{given[0]}"}):
        return given[0], raw[given[0]]
    if len(given) != 1 or given[0] not in names:
        inside = _computing_inside(raw)
        code = "fhir_element_malformed" if inside is None else "fhir_expression"
        element.refuse(inside or segment(url), code, value=shown(", ".join(given)))
    return None


def _is_bare(element: Element, raw: Raw, known: set[str]) -> bool:
    """Whether an extension says nothing besides its value but how it looks, or the same in other words."""
    for name in raw:
        if name not in known:
            element.refuse(segment(str(raw["url"])), "fhir_element_malformed", value=shown(name))
            return False
    return is_harmless_inside(element, raw)


def is_harmless_inside(element: Element, raw: Raw) -> bool:
    """Whether every extension inside an object, however deep, is harmless or a translation; refused if not."""
    for each in _nested(raw):
        url = each.get("url")
        if isinstance(url, str) and url not in _INSIDE and not is_harmless(url, each):
            refuse_extension(element, each, url)
            return False
    return True


def keep_richer(element: Element, raw: Raw, canonical: Raw) -> None:
    """Carry an understood extension too where it says more than we would write: `merged` prefers it then."""
    if raw != canonical:
        element.keep("extension", [*element.carried.get("extension", []), raw])


def merged(
    generated: list[dict[str, Any]], carried: Any, meanings: Mapping[str, Callable[[Raw], Any]]
) -> list[dict[str, Any]]:
    """What is generated and what was carried, together. Of one address with a meaning the carried form is kept where it
    still means the same; otherwise what is generated counts.
    """
    kept: list[dict[str, Any]] = list(carried) if isinstance(carried, list) else []
    result = []
    for each in generated:
        meaning = meanings.get(each["url"])
        same = (other for other in kept if meaning and other["url"] == each["url"] and meaning(other) == meaning(each))
        result.append(next(same, each))
    return [*result, *(each for each in kept if each["url"] not in meanings)]


def only_one(element: Element, found: Mapping[str, list[Raw]], url: str) -> Raw | None:
    """The extension of that address; two of them are refused, as nobody knows which one counts."""
    several = found.get(url, [])
    if len(several) > 1:
        element.refuse(segment(url), "fhir_extension_twice")
        return None
    return several[0] if several else None


def _computing_inside(raw: Raw) -> str | None:
    """The name of the first extension inside this one that computes something."""
    for each in _nested(raw):
        url = each.get("url")
        if isinstance(url, str) and is_computing(segment(url)):
            return segment(url)
    return None


def _nested(raw: Raw) -> Iterator[Raw]:
    """Every object inside an object, without recursion."""
    waiting: list[Any] = list(raw.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
