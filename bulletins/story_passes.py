"""Passes to tell a story, and the receipts made from them: one pass, one story, and nothing on record in between. PURE.

A pass is given out with the thanks for a survey, or with a form for somebody known by name. It is signed and holds a
random number; the receipt is worked out from that number with the server's secret, so the same pass always leads to the
same receipt, and neither the pass nor the number is kept anywhere. From a receipt nobody can tell the pass.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from locales.errors import DomainError
from surveys.receipts import read_receipt_code

PATIENT, DOCTOR = "p", "d"

_PURPOSE = b"tongping.story.1\x00"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_MAC = 16
_PASS = re.compile(
    r"(?P<said>(?P<who>[pd])\.(?P<number>[A-Za-z0-9_-]{8,43})\.(?P<unit>[a-z0-9_]{0,40}))\.(?P<mac>[0-9a-f]{16})"
)


def story_pass(secret: bytes, who: str, number: str, unit_code: str = "") -> str:
    """The pass of a number, for a patient of a unit or for somebody known by name."""
    said = f"{who}.{number}.{unit_code}"
    return f"{said}.{_mac(secret, said)}"


def read_pass(secret: bytes, written: str, who: str) -> tuple[str, str]:
    """The number and the unit of a pass; `story_pass_invalid` for anything else."""
    found = _PASS.fullmatch(written)
    if found is None or found["who"] != who:
        raise DomainError("story_pass_invalid")
    if not hmac.compare_digest(found["mac"], _mac(secret, found["said"])):
        raise DomainError("story_pass_invalid")
    return found["number"], found["unit"]


def number_after(secret: bytes, *proofs: str) -> str:
    """The number that follows from things only their holder knows, such as a ticket: asked again, the same."""
    digest = hmac.new(secret, _PURPOSE + b"number\x00" + _joined(proofs), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode("ascii")


def receipt_for(secret: bytes, number: str) -> str:
    """The receipt code of the story that is told with this number: 60 bits that only this server can work out."""
    digest = hmac.new(secret, _PURPOSE + b"receipt\x00" + _joined((number,)), hashlib.sha256).digest()
    code = read_receipt_code("".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_LENGTH]))
    assert code is not None
    return code


def _mac(secret: bytes, said: str) -> str:
    return hmac.new(secret, _PURPOSE + b"pass\x00" + _joined((said,)), hashlib.sha256).hexdigest()[:_MAC]


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\x00".join(parts).encode("utf-8", "surrogatepass")
