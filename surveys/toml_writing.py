"""A questionnaire as a TOML file that an author can read, change and apply. PURE.

What is written is the document of `surveys.document`, in the order in which an author thinks: what the form is, what it
says, its questions. `parse_questionnaire` of the file gives the same questionnaire again. Refuses to know files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from surveys.document import to_document
from surveys.structure import Questionnaire

_TOP = ("id", "version", "url", "is_draft", "kinds", "languages", "notice_version", "blind", "carried")
_WORDINGS = ("title", "notice", "thanks")
_FIRST = ("id", "type", "parent", "text", "required")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_LONG_LIST = 100  # characters; a longer list of tables stands on several lines


def to_toml(questionnaire: Questionnaire) -> str:
    """The file's text, in UTF-8 characters, ending in a newline."""
    return "\n".join(_lines(to_document(questionnaire))) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    for name in _TOP:
        if name in document and document[name] not in ("", []):
            yield f"{name} = {_value(document[name])}"
    for name in _WORDINGS:
        if document[name]:
            yield ""
            yield f"[{name}]"
            yield from (f"{_key(language)} = {_long_string(text)}" for language, text in document[name].items())
    for dimension in document["dimensions"]:
        yield ""
        yield "[[dimensions]]"
        yield from (f"{name} = {_value(value)}" for name, value in dimension.items())
    for question in document["questions"]:
        yield ""
        yield "[[questions]]"
        yield from _question_lines(question)


def _question_lines(question: Mapping[str, Any]) -> Iterator[str]:
    for name in (*_FIRST, *(name for name in question if name not in _FIRST)):
        if name in question and question[name] != {}:
            yield f"{name} = {_value(question[name])}"


def _value(value: Any) -> str:
    """A value on one line, but for long lists of tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items() if each != {})
        return f"{{ {inside} }}" if inside else "{}"
    parts = [_value(each) for each in value]
    if sum(map(len, parts)) > _LONG_LIST and isinstance(value[0], Mapping):
        return "[\n" + "".join(f"    {part},\n" for part in parts) + "]"
    return f"[{', '.join(parts)}]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    return f'"{_escaped(text)}"'


def _long_string(text: str) -> str:
    """Several lines stay several lines."""
    if "\n" not in text:
        return _string(text)
    return '"""\n' + "\n".join(map(_escaped, text.split("\n"))) + '"""'


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character) or _character(character) for character in text)


def _character(character: str) -> str:
    """Controls are escaped; so is half of a surrogate pair, which no reader takes, for the file to be UTF-8."""
    code = ord(character)
    is_odd = code < 0x20 or code == 0x7F or 0xD800 <= code <= 0xDFFF  # noqa: PLR2004 - what TOML cannot hold as it is
    return f"\\u{code:04x}" if is_odd else character
