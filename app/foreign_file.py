"""Files that somebody names on the command line: read whatever they are, written whole or not at all.

Knows files, folders, pipes and devices. Refuses to wait for ever, and to leave half a file behind.
"""

from __future__ import annotations

import errno
import os
import secrets
import select
import stat
from pathlib import Path

from locales.errors import DomainError

_PIECE = 1024 * 1024
_LONGEST_WAIT = 3.0  # seconds without a byte, where a pipe stands for a file


def read_file(path: Path, *, largest: int) -> bytes:
    """At most `largest` bytes and one more, so that a larger file is seen to be one. `file_unreadable` otherwise."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _bytes_of(descriptor, largest + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise DomainError("file_unreadable", file=shown(path), reason=getattr(error, "strerror", None) or "") from None


def write_file(path: Path, text: str) -> None:
    """Write a file, whole or not at all, over an older one if there is one. `file_not_writable` if it cannot be."""
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:  # a device or a pipe: nothing to replace
                file.write(text.encode())
            return
        _replace(target, text.encode())
    except OSError as error:
        raise DomainError("file_not_writable", file=shown(path), reason=error.strerror or "") from None


def is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def shown(path: Path) -> str:
    """A path as it can be printed: what is not a character is replaced."""
    named = str(path).encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "\ufffd" for character in named)


def _bytes_of(descriptor: int, most: int) -> bytes:
    is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
    pieces: list[bytes] = []
    wanted = most
    while wanted > 0:
        if not is_file:
            _wait(descriptor)
        piece = os.read(descriptor, min(wanted, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


def _wait(descriptor: int) -> None:
    """Until there is something to read, or the end; TimeoutError after a while."""
    readable, _, _ = select.select([descriptor], [], [], _LONGEST_WAIT)
    if not readable:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def _replace(target: Path, content: bytes) -> None:
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if mode is not None:
                os.fchmod(file.fileno(), mode)
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
