"""Lists of options that a form carries in itself: contained value sets. PURE.

Taken are plain lists: an expansion, or concepts that are listed one by one. A set that would have to be looked up,
filtered or composed is refused, as is one outside the file. The set itself is carried and given back; questions keep
pointing to it as long as their options are those of the set. Refuses to know the questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from surveys.fhir.elements import Element, Raw, Report
from surveys.fhir.options import read_option
from surveys.fhir.translations import Tongues, is_tag, write_translation
from surveys.structure import Option

Options = tuple[Option, ...]


class ValueSets:
    """The contained value sets of one form; each is read once, however many questions point to it."""

    def __init__(self, contained: Any) -> None:
        sets = [each for each in contained if isinstance(each, dict)] if isinstance(contained, list) else []
        self._by_reference: dict[str, Raw | None] = {}
        self._read: dict[str, Options | None] = {}
        for each in sets:
            if each.get("resourceType") == "ValueSet":
                for reference in _references(each):  # two of one name: nobody knows which one is meant
                    self._by_reference[reference] = None if reference in self._by_reference else each

    def options(self, element: Element, reference: str, tongues: Tongues) -> Options | None:
        """The options of the set that an item points to; None after a refusal."""
        if reference not in self._by_reference:
            is_inside = reference.startswith("#")
            element.refuse("answerValueSet", "fhir_value_set_missing" if is_inside else "fhir_value_set_external")
            return None
        if reference not in self._read:
            self._read[reference] = _read(element, self._by_reference[reference], tongues)
        options = self._read[reference]
        if options is None:
            element.refuse("answerValueSet", "fhir_value_set_not_a_list")
        return options

    def same_options(self, reference: str, options: Options, first: str) -> bool:
        """Whether the set still says just what these options say."""
        element = Element({}, None, Report())
        return reference in self._by_reference and self.options(element, reference, Tongues(first)) == options


def _references(value_set: Raw) -> Iterator[str]:
    """How a question may point to it: by its id, or, as some do, by its own address."""
    id_, url, version = (value_set.get(name) for name in ("id", "url", "version"))
    if isinstance(id_, str) and id_:
        yield f"#{id_}"
    if isinstance(url, str) and url:
        yield url
        if isinstance(version, str) and version:
            yield f"{url}|{version}"


def _read(element: Element, value_set: Raw | None, tongues: Tongues) -> Options | None:
    concepts = _concepts(value_set, tongues.first) if value_set is not None else None
    if not concepts:
        return None
    options = []
    codes: set[str] = set()
    for concept in concepts:
        offered = read_option(element.within(concept), tongues)
        if offered is None or offered.option.code in codes:
            return None
        codes.add(offered.option.code)
        options.append(offered.option)
    return tuple(options)


def _concepts(value_set: Raw, first: str) -> list[Raw] | None:
    """Its concepts, each in the form of an `answerOption`; None if it is no plain list."""
    if value_set.get("implicitRules"):
        return None
    expansion = value_set.get("expansion")
    if isinstance(expansion, dict) and expansion.get("contains"):
        return _expanded(expansion, first)
    compose = value_set.get("compose")
    return _composed(compose, first) if isinstance(compose, dict) and not compose.get("exclude") else None


def _expanded(expansion: Raw, first: str) -> list[Raw] | None:
    contains, total = _objects(expansion.get("contains")), expansion.get("total")
    if (total is not None and total != len(contains)) or expansion.get("offset"):
        return None
    if any(each.get(name) for each in contains for name in ("contains", "abstract", "inactive")):
        return None
    return [_as_option(each, each.get("system"), first) for each in contains]


def _composed(compose: Raw, first: str) -> list[Raw] | None:
    concepts = []
    for each in _objects(compose.get("include")):
        listed = _objects(each.get("concept"))
        if each.get("filter") or each.get("valueSet") or not listed:
            return None
        concepts += [_as_option(concept, each.get("system"), first) for concept in listed]
    return concepts


def _objects(value: Any) -> list[Raw]:
    """A list of objects; empty if it is none."""
    return value if isinstance(value, list) and all(isinstance(each, dict) for each in value) else []


def _as_option(concept: Raw, system: Any, first: str) -> Raw:
    """A concept in the form of an `answerOption`; its designations in other languages become translations."""
    coding: dict[str, Any] = {"system": system, "code": concept.get("code"), "display": concept.get("display")}
    translations: dict[str, Mapping[str, Any]] = {}
    for each in _objects(concept.get("designation")):
        tag, text = str(each.get("language")), each.get("value")
        is_other = tag not in translations and (tag != first or not coding["display"])
        if is_other and is_tag(each.get("language")) and isinstance(text, str) and text and "use" not in each:
            translations[tag] = write_translation(tag, text)
    if translations:
        coding["_display"] = {"extension": list(translations.values())}
    return {"valueCoding": coding, "extension": concept.get("extension")}
