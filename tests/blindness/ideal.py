"""Everything that is chance in a world, made the same in every world; and sealing as it is meant to be.

Two worlds can be compared to the byte only if nothing in them is drawn anew. Random numbers come from a seed, at their
sources. Sealing is replaced below everything that uses it, at the library's door, by a vault: what comes out has the
length and the form of a sealed text and depends on nothing but how many were sealed before and how long the content is.
So receipts, roots and orders are the same in two worlds exactly if nothing but the content of ballots differs; a text
that is longer for a comment, a ballot that is sealed twice for "no dealings" or never, all show.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from joserfc import jwe

_IV, _TAG = 12, 16


class Chance(random.Random):
    """The system's randomness, from a seed."""

    def __init__(self, seed: object = 0) -> None:
        super().__init__(f"chance {seed}")

    def token_bytes(self, nbytes: int | None = None) -> bytes:
        return self.randbytes(32 if nbytes is None else nbytes)

    def token_hex(self, nbytes: int | None = None) -> str:
        return self.token_bytes(nbytes).hex()

    def token_urlsafe(self, nbytes: int | None = None) -> str:
        return _base64(self.token_bytes(nbytes))


@dataclass
class Vault:
    """The ideal seal: nobody without the vault learns anything but the length of a content."""

    contents: dict[str, bytes] = field(default_factory=dict)
    sealed: int = 0

    def encrypt_compact(self, header: dict[str, Any], payload: bytes, key: Any, **_more: Any) -> str:
        self.sealed += 1
        chance = random.Random(f"sealed text {self.sealed}")
        first = _base64(_one_line(header))
        parts = (key.raw_value.key_size // 8, _IV, len(payload), _TAG)
        text = ".".join([first, *(_base64(chance.randbytes(length)) for length in parts)])
        self.contents[text] = bytes(payload)
        return text

    def decrypt_compact(self, sealed: str | bytes, _key: Any, **_more: Any) -> SimpleNamespace:
        text = sealed.decode() if isinstance(sealed, bytes) else sealed
        if text not in self.contents:
            raise ValueError("not sealed here")
        return SimpleNamespace(plaintext=self.contents[text])


@contextlib.contextmanager
def without_chance(*, seed: object = 0, ideal_seal: bool = True) -> Iterator[Vault]:
    """One world's stretch of time in which nothing is left to chance."""
    chance, vault = Chance(seed), Vault()
    with contextlib.ExitStack() as patches:
        for name in ("token_bytes", "token_hex", "token_urlsafe", "choice"):
            patches.enter_context(mock.patch.object(secrets, name, getattr(chance, name)))
        patches.enter_context(mock.patch.object(secrets, "randbelow", chance.randrange))
        patches.enter_context(mock.patch.object(secrets, "SystemRandom", return_value=chance))
        patches.enter_context(mock.patch.object(random, "SystemRandom", return_value=chance))
        patches.enter_context(mock.patch.object(os, "urandom", chance.randbytes))
        if ideal_seal:
            patches.enter_context(mock.patch.object(jwe, "encrypt_compact", vault.encrypt_compact))
            patches.enter_context(mock.patch.object(jwe, "decrypt_compact", vault.decrypt_compact))
        yield vault


@contextlib.contextmanager
def replaced_everywhere(original: Callable[..., Any], replacement: Callable[..., Any]) -> Iterator[int]:
    """A function replaced under every name by which a module of the project knows it; how many there are."""
    places = [
        (module, name)
        for module in list(sys.modules.values())
        if _is_ours(str(getattr(module, "__file__", "") or ""))
        for name, value in list(vars(module).items())
        if value is original
    ]
    with contextlib.ExitStack() as patches:
        for module, name in places:
            patches.enter_context(mock.patch.object(module, name, replacement))
        yield len(places)


_PROJECT = str(Path(__file__).resolve().parents[2])


def _is_ours(file: str) -> bool:
    return file.startswith(_PROJECT) and "site-packages" not in file


def _one_line(header: dict[str, Any]) -> bytes:
    return json.dumps(header, separators=(",", ":")).encode()


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
