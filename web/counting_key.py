"""The key that a count needs, as the server has it: wrapped for trustees, in one hand, or not there at all.

Knows where `[review] key_file` points and what kind of text lies there. A key that a single holder can use is looked at
no further than that: the schedule counts with it, never a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from consortium.units import installation
from locales.errors import DomainError
from reviews.sealing import thumbprint
from reviews.trustees import WrappedKey, is_wrapped, read_key_text

ABSENT, UNREADABLE, PLAIN, WRAPPED, INVALID, FOREIGN = "absent", "unreadable", "plain", "wrapped", "invalid", "foreign"
LARGEST_KEY = 64 * 1024


@dataclass(frozen=True, slots=True)
class KeyFound:
    """What lies where the key should: `kind` is one of the above; `key` only if it is wrapped and whole."""

    kind: str
    key: WrappedKey | None = field(default=None, repr=False)


def key_path(session: Session) -> Path | None:
    """Where the configuration says that the key lies, or None. Errors: `not_applied`."""
    applied = installation(session)
    written = applied.review.get("key_file")
    return Path(applied.folder) / str(written) if written else None


def look_at(path: Path | None) -> KeyFound:
    """What lies at a path. Reads a file."""
    if path is None:
        return KeyFound(ABSENT)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_KEY)
    except OSError:
        return KeyFound(UNREADABLE)
    text = content.decode("utf-8", "replace")
    return wrapped_in(text) if is_wrapped(text) else KeyFound(PLAIN)


def wrapped_in(text: str) -> KeyFound:
    """The wrapped key that a text holds."""
    try:
        return KeyFound(WRAPPED, read_key_text(text))
    except DomainError:
        return KeyFound(INVALID)


def for_round(found: KeyFound, public_key: str) -> KeyFound:
    """The same, if it opens ballots that were sealed to this public key; else it is somebody else's."""
    if found.key is not None and found.key.thumbprint != thumbprint(public_key):
        return KeyFound(FOREIGN)
    return found
