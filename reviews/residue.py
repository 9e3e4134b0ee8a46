"""What a count leaves for the auditor alone: a text sealed to the auditor's own key, of a length that says little.

Knows how it is padded, sealed and opened: compact JWE, RSA-OAEP-256 and A256GCM, as a ballot is. Refuses to know what
stands in it, and where keys are kept. An error never carries what was inside.
"""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from locales.errors import DomainError
from reviews.sealing import ALGORITHMS, HEADER, open_private_key, read_public_key, thumbprint

BLOCK = 16 * 1024
"""Every residue is padded to a multiple of so many bytes: its length tells no number of flags."""


def seal_residue(auditor_key: str, residue: str) -> str:
    """The text sealed to the auditor's public key. Errors: `review_key_invalid`, `review_key_private`."""
    payload = residue.encode()
    padded = payload.ljust(max(-(-len(payload) // BLOCK), 1) * BLOCK)
    return jwe.encrypt_compact(dict(HEADER), padded, read_public_key(auditor_key), algorithms=ALGORITHMS)


def open_residue(private_json: str, sealed: str) -> str:
    """The text again. Errors: `review_key_invalid`; `residue_unreadable` for another key or a changed text."""
    opened = _open(open_private_key(private_json), sealed)
    if opened is None:
        raise DomainError("residue_unreadable", thumbprint=thumbprint(private_json))
    return opened.rstrip(" ")


def _open(key: RSAKey, sealed: str) -> str | None:
    registry = jwe.JWERegistry(algorithms=ALGORITHMS)
    registry.max_ciphertext_length = max(registry.max_ciphertext_length, len(sealed))  # it is ours, however long
    try:
        opened = jwe.decrypt_compact(sealed, key, registry=registry)
        return opened.plaintext.decode() if opened.plaintext is not None else None
    except (JoseError, ValueError):
        return None
