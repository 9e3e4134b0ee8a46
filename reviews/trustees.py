"""Trustees 保管人: a private key that no single person can use, and the shares that open it, two of three.

The private key is wrapped (compact JWE, dir with A256GCM) by a key of 256 bits, and that key is shared by SLIP-39: each
trustee holds 33 words with a checksum. Knows texts in memory. Refuses to know where key and shares are kept, and to
repeat a word of a share in an error. The wrapping key is an argument; the shares and the wrapping's nonce are drawn
from the operating system's randomness.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics  # type: ignore[import-untyped]
from shamir_mnemonic import Share as Parsed  # its annotations are there, its marker is not
from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]

from locales.errors import DomainError
from reviews.sealing import open_private_key, thumbprint

TRUSTEES, THRESHOLD = 3, 2
WORDS = 33
WRAPPING_KEY_BYTES = 32

_TYPE = "tongping-review-key"
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_NAME_LENGTH = 80
_SHORT = 4  # letters that tell every word of the list from all others
_WORDS = {word: word for word in WORDLIST} | {word[:_SHORT]: word for word in WORDLIST}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A private key that two of its trustees can open; by itself it opens nothing. `identifier` names the shares."""

    thumbprint: str
    trustees: tuple[str, ...]
    identifier: int
    wrapped: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Share:
    """One trustee's part; `number` is its place among the trustees, from 1."""

    number: int
    trustee: str
    words: str = field(repr=False)


def share_private_key(
    private_json: str, *, trustees: Sequence[str], wrapping_key: bytes
) -> tuple[WrappedKey, tuple[Share, ...]]:
    """Wrap a private key and share what unwraps it among three people.

    `wrapping_key` is 32 random bytes and used for nothing else. Errors: `trustees_number`, `trustee_name`,
    `trustee_twice`, `review_key_invalid`; ValueError for a wrapping key of another length.
    """
    names = _names(trustees)
    open_private_key(private_json)
    if len(wrapping_key) != WRAPPING_KEY_BYTES:
        msg = f"the wrapping key has {WRAPPING_KEY_BYTES} bytes"
        raise ValueError(msg)
    (mnemonics,) = generate_mnemonics(1, [(THRESHOLD, TRUSTEES)], wrapping_key, iteration_exponent=0)
    shares = tuple(
        Share(number, name, words) for number, (name, words) in enumerate(zip(names, mnemonics, strict=True), start=1)
    )
    wrapped = jwe.encrypt_compact(
        dict(_HEADER), private_json.encode(), OctKey.import_key(wrapping_key), algorithms=list(_HEADER.values())
    )
    identifier = Parsed.from_mnemonic(mnemonics[0]).identifier
    return WrappedKey(thumbprint(private_json), names, identifier, wrapped), shares


def key_text(key: WrappedKey) -> str:
    """The wrapped key as the text of a file."""
    document = {
        "type": _TYPE,
        "trustees": list(key.trustees),
        "shares_needed": THRESHOLD,
        "shares": key.identifier,
        "thumbprint": key.thumbprint,
        "wrapped": key.wrapped,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def is_wrapped(key_file: str) -> bool:
    """Whether the text of a key file is a wrapped key, and not one that a single holder can use."""
    document = _document(key_file)
    return document is not None and document.get("type") == _TYPE


def read_key_text(key_file: str) -> WrappedKey:
    """The wrapped key in a file's text, or `wrapped_key_invalid`."""
    document = _document(key_file) or {}
    names, identifier = document.get("trustees"), document.get("shares")
    texts = [document.get("thumbprint"), document.get("wrapped")]
    if (
        document.get("type") != _TYPE
        or document.get("shares_needed") != THRESHOLD
        or not isinstance(names, list)
        or len(names) != TRUSTEES
        or type(identifier) is not int
        or not all(isinstance(each, str) for each in [*names, *texts])
    ):
        raise DomainError("wrapped_key_invalid")
    return WrappedKey(str(texts[0]), tuple(names), identifier, str(texts[1]))


def read_share(key: WrappedKey, written: str) -> Share:
    """One share as a person wrote it, if it belongs to the key: so each trustee learns at once of a slip.

    Taken in any case and layout, numbered or not, words whole or as their first four letters; lines that begin with #
    are passed over. Errors: `share_words`, `share_word_unknown` (with its place), `share_mistyped`, `share_foreign`.
    """
    words = _words(written)
    try:
        parsed = Parsed.from_mnemonic(" ".join(words))
    except MnemonicError:
        parsed = None  # raised below, away from an exception that quotes words
    if parsed is None:
        raise DomainError("share_mistyped")
    shape = (parsed.identifier, parsed.group_count, parsed.group_index, parsed.member_threshold)
    if shape != (key.identifier, 1, 0, THRESHOLD) or parsed.index >= TRUSTEES:
        raise DomainError("share_foreign", trustees=", ".join(key.trustees))
    return Share(parsed.index + 1, key.trustees[parsed.index], " ".join(words))


def unwrap(key: WrappedKey, shares: Sequence[Share]) -> str:
    """The private key, from two different shares. Errors: `shares_missing`, `share_twice`, `shares_wrong`."""
    if len(shares) < THRESHOLD:
        raise DomainError("shares_missing", given=len(shares), needed=THRESHOLD)
    first, second = shares[:THRESHOLD]
    if first.number == second.number:
        raise DomainError("share_twice", trustee=first.trustee)
    private_json = _unwrapped(key, first, second)
    if private_json is None or thumbprint(private_json) != key.thumbprint:
        raise DomainError("shares_wrong", one=first.trustee, other=second.trustee)
    return private_json


def _unwrapped(key: WrappedKey, first: Share, second: Share) -> str | None:
    """None if the two shares make no key, or not the one that opens this text."""
    try:
        wrapping_key = OctKey.import_key(combine_mnemonics([first.words, second.words]))
        opened = jwe.decrypt_compact(key.wrapped, wrapping_key, algorithms=list(_HEADER.values())).plaintext
        return None if opened is None else opened.decode()
    except (MnemonicError, JoseError, ValueError):
        return None


def _names(trustees: Sequence[str]) -> tuple[str, ...]:
    names = tuple(unicodedata.normalize("NFC", name.strip()) for name in trustees)
    if len(names) != TRUSTEES:
        raise DomainError("trustees_number", given=len(names), needed=TRUSTEES)
    for name in names:
        if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable():
            raise DomainError("trustee_name", limit=_NAME_LENGTH)
        if names.count(name) > 1:
            raise DomainError("trustee_twice", trustee=name)
    return names


def _words(written: str) -> list[str]:
    lines = (line for line in unicodedata.normalize("NFKC", written).splitlines() if not line.lstrip().startswith("#"))
    found = [word.lower() for line in lines for word in _WORD.findall(line)]
    if len(found) != WORDS:
        raise DomainError("share_words", given=len(found), needed=WORDS)
    unknown = next((place for place, word in enumerate(found, start=1) if word not in _WORDS), None)
    if unknown is not None:
        raise DomainError("share_word_unknown", place=unknown)
    return [_WORDS[word] for word in found]


def _document(key_file: str) -> dict[str, Any] | None:
    try:
        document = json.loads(key_file)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
