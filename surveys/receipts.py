"""Receipt codes 回执: what a patient keeps to prove an answer arrived, and to find it again. Stored only as a hash.

Twelve characters without those that are mistaken for each other, 60 random bits, written in three groups.
"""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LENGTH = 12
_GROUP = 4


def new_receipt_code() -> str:
    """A code such as `7Q2M-0KXD-94TB`. Draws from the system's random source."""
    return _grouped("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)))


def read_receipt_code(written: str) -> str | None:
    """A code as people type it (small letters, O for 0, without hyphens), in its one form; None if it is none."""
    plain = written.strip().upper().translate(_MISREAD)
    return _grouped(plain) if len(plain) == _LENGTH and set(plain) <= set(_ALPHABET) else None


def receipt_hash(code: str) -> str:
    """What is stored of a code."""
    return hashlib.sha256(f"receipt:{code}".encode("utf-8", "surrogatepass")).hexdigest()


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))
