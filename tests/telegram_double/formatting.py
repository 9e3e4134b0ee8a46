"""PURE. Telegram's text rules: HTML parse mode, entities, trimming, lengths in UTF-16 units.

One point is stricter than the real server on purpose: there an `&` that starts no known reference stays as it is; here
it is refused, because it always means that somebody forgot to escape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.telegram_double import refusals
from tests.telegram_double.addresses import checked_link

Entity = dict[str, Any]

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "tg-emoji": "custom_emoji", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
_ENTITY_TYPES = {
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
    "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
    "custom_emoji",
}  # fmt: skip
_REFERENCE = re.compile(r"&(?:#(?P<decimal>[0-9]{1,7})|#x(?P<hexadecimal>[0-9a-fA-F]{1,6})|(?P<name>[A-Za-z]+));?")
_NAMES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Formatted:
    """Plain text and the entities in it; offsets and lengths in UTF-16 units."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    argument: str
    begin: int  # index into the plain text


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_utf8(text: str) -> bool:
    """False for a text with half a surrogate pair: it has no UTF-8 form."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def format_text(text: str, parse_mode: str, entities: Any) -> Formatted:
    """What a reader sees of a sent text. Refuses bad HTML, bad entities, and parse modes this double does not speak."""
    if not is_utf8(text):
        raise refusals.bad_request("strings must be encoded in UTF-8")
    if not parse_mode:
        return tidy(Formatted(text, _checked_entities(text, entities)))
    if parse_mode.lower() != "html":
        raise refusals.bad_request("unsupported parse_mode")
    return tidy(parse_html(text))


def tidy(formatted: Formatted) -> Formatted:
    """Drops control characters' effects and the white space around the text, and moves the entities along."""
    cleaned = "".join(" " if character < " " and character != "\n" else character for character in formatted.text)
    kept = cleaned.strip()
    start = utf16_length(cleaned[: len(cleaned) - len(cleaned.lstrip())])
    end = start + utf16_length(kept)
    moved = []
    for entity in formatted.entities:
        first = max(entity["offset"], start)
        last = min(entity["offset"] + entity["length"], end)
        if first < last:
            moved.append({**entity, "offset": first - start, "length": last - first})
    return Formatted(kept, tuple(moved))


def _checked_entities(text: str, entities: Any) -> tuple[Entity, ...]:
    if not entities:
        return ()
    if not isinstance(entities, list):
        raise refusals.unparsable("expected an Array of MessageEntity")
    length = utf16_length(text)
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in _ENTITY_TYPES:
            raise refusals.unparsable("entity has unsupported type")
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int) or offset < 0 or size < 1:
            raise refusals.unparsable("entity has invalid offset or length")
        if offset + size > length:
            raise refusals.unparsable(f"entity begins in a middle of a UTF-16 symbol or ends after {length}")
    return tuple(entities)


def parse_html(source: str) -> Formatted:
    """Reads the HTML subset; an error carries the offset in bytes, as the server counts."""
    plain: list[str] = []
    found: list[Entity] = []
    stack: list[_Open] = []
    at = 0
    while at < len(source):
        character = source[at]
        if character == "&":
            decoded, at = _reference(source, at)
            plain.append(decoded)
        elif character != "<":
            plain.append(character)
            at += 1
        elif source.startswith("</", at):
            at = _close_tag(source, at, stack, plain, found)
        else:
            opened, at = _open_tag(source, at, len(plain))
            stack.append(opened)
    if stack:
        raise refusals.unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    text = "".join(plain)
    if not is_utf8(text):
        raise refusals.unparsable(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return Formatted(text, tuple(sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))))


def _bytes(source: str, at: int) -> int:
    return len(source[:at].encode())


def _reference(source: str, at: int) -> tuple[str, int]:
    match = _REFERENCE.match(source, at)
    if match:
        if match["name"] in _NAMES:
            return _NAMES[match["name"]], match.end()
        digits = match["decimal"] or match["hexadecimal"]
        if digits:
            code = int(digits, 10 if match["decimal"] else 16)
            if 0 < code < _LAST_CODE_POINT:
                return chr(code), match.end()
    raise refusals.unparsable(f"Unsupported or unescaped character reference at byte offset {_bytes(source, at)}")


def _open_tag(source: str, begin: int, plain_length: int) -> tuple[_Open, int]:
    where = f"at byte offset {_bytes(source, begin)}"
    at = begin + 1
    while at < len(source) and not source[at].isspace() and source[at] != ">":
        at += 1
    if at == len(source):
        raise refusals.unparsable(f"Unclosed start tag {where}")
    tag = source[begin + 1 : at].lower()
    if tag not in _TAGS:
        raise refusals.unparsable(f'Unsupported start tag "{tag}" {where}')
    argument = ""
    while True:
        at = _skip_space(source, at)
        if at == len(source):
            raise refusals.unparsable(f"Unclosed start tag {where}")
        if source[at] == ">":
            break
        name, value, at = _attribute(source, at, tag, where)
        argument = _argument_of(tag, name, value) or argument
    if tag == "span" and argument != "spoiler":
        raise refusals.unparsable(f'Tag "span" must have class "tg-spoiler" {where}')
    return _Open(tag, argument, plain_length), at + 1


def _skip_space(source: str, at: int) -> int:
    while at < len(source) and source[at].isspace():
        at += 1
    return at


def _attribute(source: str, begin: int, tag: str, where: str) -> tuple[str, str, int]:
    at = begin
    while at < len(source) and not source[at].isspace() and source[at] not in "=>":
        at += 1
    name = source[begin:at]
    if not name:
        raise refusals.unparsable(f'Empty attribute name in the tag "{tag}" {where}')
    at = _skip_space(source, at)
    if tag == "blockquote" and name == "expandable" and not source.startswith("=", at):
        return name, name, at
    if not source.startswith("=", at):
        raise refusals.unparsable(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
    at = _skip_space(source, at + 1)
    if at == len(source):
        raise refusals.unparsable(f'Unclosed start tag "{tag}" {where}')
    if source[at] not in "'\"":
        token = _NAME_TOKEN.match(source, at)
        end = token.end() if token else at
        if end == len(source) or not (source[end].isspace() or source[end] == ">"):
            raise refusals.unparsable(f"Unexpected end of name token at byte offset {_bytes(source, at)}")
        return name, source[at:end].lower(), end
    return _quoted(source, at, name, where)


def _quoted(source: str, begin: int, name: str, where: str) -> tuple[str, str, int]:
    value: list[str] = []
    at = begin + 1
    while at < len(source) and source[at] != source[begin]:
        if source[at] == "&":
            decoded, at = _reference(source, at)
            value.append(decoded)
        else:
            value.append(source[at])
            at += 1
    if at == len(source):
        raise refusals.unparsable(f"Unclosed start tag {where}")
    return name, "".join(value), at + 1


def _argument_of(tag: str, name: str, value: str) -> str:
    """What the tag's entity needs of its attributes; any other attribute is ignored, as the server does."""
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("blockquote", "expandable")}:
        return value
    if tag == "code" and name == "class":
        return value.removeprefix("language-") if value.startswith("language-") else ""
    if tag == "span" and name == "class":
        return value.removeprefix("tg-") if value.startswith("tg-") else ""
    return ""


def _close_tag(source: str, begin: int, stack: list[_Open], plain: list[str], found: list[Entity]) -> int:
    where = f"at byte offset {_bytes(source, begin)}"
    if not stack:
        raise refusals.unparsable(f"Unexpected end tag {where}")
    end = source.find(">", begin)
    if end < 0:
        raise refusals.unparsable(f"Unclosed end tag {where}")
    tag = source[begin + 2 : end].strip().lower()
    opened = stack.pop()
    if tag and tag != opened.tag:
        raise refusals.unparsable(f'Unmatched end tag {where}, expected "</{opened.tag}>", found "</{tag}>"')
    body = "".join(plain[opened.begin :])
    if body:
        offset = utf16_length("".join(plain[: opened.begin]))
        entity = _entity(opened, body, {"offset": offset, "length": utf16_length(body)})
        if entity:
            found.append(entity)
    return end + 1


def _entity(opened: _Open, body: str, place: Entity) -> Entity | None:
    kind = _TAGS[opened.tag]
    if kind == "text_link":
        url = checked_link(opened.argument or body)
        return {"type": kind, **place, "url": url} if url else None
    if kind == "custom_emoji":
        if not opened.argument.isdecimal():
            raise refusals.unparsable("Invalid custom emoji identifier specified")
        return {"type": kind, **place, "custom_emoji_id": opened.argument}
    if kind == "blockquote" and opened.argument:
        kind = "expandable_blockquote"
    return {"type": kind, **place}
