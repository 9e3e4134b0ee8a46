"""Sealed ballots: compact JWE, RSA-OAEP-256 with a 3072-bit key and A256GCM, all of one length.

Knows how a ballot is written, sealed to a public key, opened with the private one and named by a receipt. Refuses to
know where keys or ballots are kept. Key pairs and the content keys of `seal` are drawn from the operating system's
randomness. An error never carries what stood in a ballot, not even as the cause of the exception.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from locales.errors import DomainError
from reviews.criteria import are_marks

KEY_BITS = 3072
PAYLOAD_BYTES = 1024  # every ballot is padded to this, so that no length tells anything
SEALED_LENGTH = 1971

HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}
ALGORITHMS = list(HEADER.values())
_FIRST_PART = base64.urlsafe_b64encode(json.dumps(HEADER, separators=(",", ":")).encode()).rstrip(b"=").decode()
_TYPES = {
    "assignment": int,
    "cast_at": str,
    "comment": str,
    "counter": int,
    "marks": str,
    "period": str,
    "rater": str,
    "target": str,
    "token": str,
}
_SEALED = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}")
_TOKEN_LENGTH = 22
_RECEIPT_LENGTH = 20
_RECEIPT_GROUP = 5


@dataclass(frozen=True, slots=True)
class BallotContent:
    """What lies inside a sealed ballot. `counter` numbers the casts of one assignment from 1; the newest counts.

    `token` is what `ballot_token` gave the rater for just this cast: nobody else can make a ballot that counts as his.
    """

    period: str
    assignment_id: int
    rater: str
    target: str
    marks: str = field(repr=False)
    cast_at: datetime
    counter: int
    token: str = field(default="", repr=False)
    comment: str = field(default="", repr=False)


def ballot_token(token_key: str, assignment_id: int, counter: int) -> str:
    """The token of one cast of one assignment: 128 bits of an HMAC (SHA-256) under the round's `token_key` (hex)."""
    message = f"{assignment_id}:{counter}".encode()
    digest = hmac.new(bytes.fromhex(token_key), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_TOKEN_LENGTH]


def looks_sealed(sealed: str) -> bool:
    """Whether a text has the form of a sealed ballot: what anyone can see without the key."""
    return len(sealed) == SEALED_LENGTH and sealed.startswith(_FIRST_PART + ".") and bool(_SEALED.fullmatch(sealed))


def generate_keys() -> tuple[str, str]:
    """A new key pair as (private, public) JWK texts of one line each. The caller keeps the private one off the server,
    or at least in a file of mode 600.
    """
    key = RSAKey.generate_key(KEY_BITS, parameters={"use": "enc", "alg": HEADER["alg"]}, private=True)
    return _one_line(key.as_dict(private=True)), _one_line(key.as_dict(private=False))


def check_public_key(public_json: str) -> None:
    """DomainError `review_key_invalid` unless ballots can be sealed to it; `review_key_private` if it can also open
    them: a private key has no business where the public one is named.
    """
    read_public_key(public_json)


def open_private_key(private_json: str) -> RSAKey:
    """The key to open ballots with (checking it costs a tenth of a second: do it once); DomainError
    `review_key_invalid` on anything else.
    """
    key = _read_key(private_json)
    if not key.is_private:
        raise DomainError("review_key_invalid")
    return key


def thumbprint(key_json: str) -> str:
    """The name of a key pair (RFC 7638, SHA-256): equal for its private and its public text."""
    return _read_key(key_json).thumbprint()


def seal(public_json: str, content: BallotContent) -> str:
    """The ballot sealed to the holder of the private key: `SEALED_LENGTH` characters, different at every call."""
    return jwe.encrypt_compact(dict(HEADER), _write(content), read_public_key(public_json), algorithms=ALGORITHMS)


def unseal(private_json: str, sealed: str) -> BallotContent:
    """One ballot opened; DomainError `ballot_unreadable` for a wrong key or the slightest change of the text."""
    return unseal_with(open_private_key(private_json), sealed)


def unseal_with(key: RSAKey, sealed: str) -> BallotContent:
    """Like `unseal`, with a key that is already open: a count opens the key once and the ballots after it."""
    content = _read(_open(key, sealed))
    if content is None:
        raise DomainError("ballot_unreadable")
    return content


def receipt_of(sealed: str) -> str:
    """The receipt of a sealed ballot: 100 bits of its SHA-256 as `AAAAA-BBBBB-CCCCC-DDDDD`, digits 0 and 1 unused."""
    digest = base64.b32encode(hashlib.sha256(sealed.encode()).digest()).decode()[:_RECEIPT_LENGTH]
    return "-".join(digest[start : start + _RECEIPT_GROUP] for start in range(0, _RECEIPT_LENGTH, _RECEIPT_GROUP))


def read_public_key(public_json: str) -> RSAKey:
    """The key to seal to; `review_key_invalid`, or `review_key_private` for a key that can also open."""
    key = _read_key(public_json)
    if key.is_private:
        raise DomainError("review_key_private")
    return key


def _read_key(key_json: str) -> RSAKey:
    try:
        document = json.loads(key_json)
        key = RSAKey.import_key(document) if isinstance(document, dict) else None
        if key is not None and key.raw_value.key_size == KEY_BITS:
            return key
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        pass  # raised below, away from an exception that could quote the key
    raise DomainError("review_key_invalid")


def _open(key: RSAKey, sealed: str) -> bytes | None:
    """The padded payload, or None if the text is not exactly what `seal` makes or the key is not the right one.

    joserfc takes base64url in its one canonical spelling only, so no ballot can stand under two receipts.
    """
    if not looks_sealed(sealed):
        return None
    try:
        return jwe.decrypt_compact(sealed, key, algorithms=ALGORITHMS).plaintext
    except (JoseError, ValueError):
        return None


def _write(content: BallotContent) -> bytes:
    if content.cast_at.tzinfo is None:
        msg = "a ballot's time needs a zone"
        raise ValueError(msg)
    fields = {
        "assignment": content.assignment_id,
        "cast_at": content.cast_at.astimezone(UTC).isoformat(),
        "comment": content.comment,
        "counter": content.counter,
        "marks": content.marks,
        "period": content.period,
        "rater": content.rater,
        "target": content.target,
        "token": content.token,
    }
    payload = _one_line(fields).encode()
    if len(payload) > PAYLOAD_BYTES:
        msg = f"a ballot of {len(payload)} bytes does not fit into {PAYLOAD_BYTES}"
        raise ValueError(msg)
    return payload.ljust(PAYLOAD_BYTES)


def _read(payload: bytes | None) -> BallotContent | None:
    """The content of an opened payload, or None if it is not exactly what `_write` makes."""
    if payload is None or len(payload) != PAYLOAD_BYTES:
        return None
    try:
        fields = json.loads(payload)
        content = BallotContent(
            period=fields["period"],
            assignment_id=fields["assignment"],
            rater=fields["rater"],
            target=fields["target"],
            marks=fields["marks"],
            cast_at=datetime.fromisoformat(fields["cast_at"]),
            counter=fields["counter"],
            token=fields["token"],
            comment=fields["comment"],
        )
        has_types = all(type(fields[name]) is kind for name, kind in _TYPES.items())
        is_ours = has_types and are_marks(content.marks) and _write(content) == payload
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return content if is_ours else None


def _one_line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
