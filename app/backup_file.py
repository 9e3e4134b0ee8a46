"""The file of a backup: one block that says what it is, and behind it a whole copy of the database.

Knows the block, the length and the digest over both. Refuses to know what is in the copy: it comes and goes as bytes.
A file that is cut, altered or not ours is refused, each with a code of its own, before anything is made of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from locales.errors import DomainError
from storage.base import canonical

BLOCK = 1024
"""Bytes of the block at the start; what is behind it (`tail -c +1025`) is a SQLite file or an archive of pg_dump."""

_MAGIC = b"TONGPING BACKUP 1\n"
_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself. `revision` is that of the tables, `size` and `sha256` are of the copy's bytes; the
    digest is over these values, too.
    """

    program: str
    revision: str
    engine: str
    made_at: str
    size: int
    sha256: str


def write_backup(copy: Path, target: Path, *, program: str, revision: str, engine: str, made_at: str) -> Header:
    """Put the copy behind its block into `target`, which appears whole (mode 600) or not at all.

    Errors: `file_exists` (nothing is ever overwritten), `file_not_writable`.
    """
    facts = {"program": program, "revision": revision, "engine": engine, "made_at": made_at}
    with private_part(target) as (part, file), copy.open("rb") as source:
        file.write(bytes(BLOCK))
        digest, size = hashlib.sha256(), 0
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
        header = Header(**facts, size=size, sha256=_sealed(digest, facts, size))
        file.seek(0)
        file.write(_block(header))
        file.flush()
        os.fsync(file.fileno())
        _appear(part, target)
    return header


def read_header(path: Path) -> Header:
    """What the file says of itself. Errors: `file_unreadable`, `backup_foreign`, `backup_truncated`."""
    try:
        with path.open("rb") as file:
            block = file.read(BLOCK)
            length = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise DomainError("file_unreadable", file=str(path), reason=error.strerror or "") from None
    if not block.startswith(_MAGIC[: len(block)]) or not block:
        raise DomainError("backup_foreign", file=path.name)
    if length < BLOCK:
        raise DomainError("backup_truncated", file=path.name)
    try:
        header = Header(**json.loads(block.removeprefix(_MAGIC).rstrip(b" \n")))
        expected = BLOCK + int(header.size)
    except (ValueError, TypeError):
        raise DomainError("backup_altered", file=path.name) from None
    if length < expected:
        raise DomainError("backup_truncated", file=path.name)
    if length > expected:
        raise DomainError("backup_altered", file=path.name)
    return header


def unpack(path: Path, header: Header, target: IO[bytes]) -> None:
    """Write the copy to `target`. `backup_altered` if it is not the one that the digest was made of."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(BLOCK)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    facts = {name: value for name, value in asdict(header).items() if name not in ("size", "sha256")}
    if _sealed(digest, facts, header.size) != header.sha256:
        raise DomainError("backup_altered", file=path.name)
    target.flush()
    os.fsync(target.fileno())


@contextmanager
def private_part(target: Path, ending: str = "part") -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file beside `target` that only its owner can read; gone afterwards, unless it was renamed."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.{ending}")
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise DomainError("file_not_writable", file=str(target), reason=error.strerror or "") from None
    try:
        with os.fdopen(descriptor, "r+b") as file:
            yield part, file
    except OSError as error:
        raise DomainError("file_not_writable", file=str(target), reason=error.strerror or "") from None
    finally:
        for ending_ in ("", "-journal", "-wal", "-shm"):
            Path(f"{part}{ending_}").unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Let a renamed file survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _appear(part: Path, target: Path) -> None:
    try:
        os.link(part, target)
    except FileExistsError:
        raise DomainError("file_exists", file=str(target)) from None
    except OSError:  # a file system without hard links
        if target.exists():
            raise DomainError("file_exists", file=str(target)) from None
        part.replace(target)
    sync_folder(target.parent)


def _block(header: Header) -> bytes:
    written = _MAGIC + canonical(asdict(header)).encode()
    return written.ljust(BLOCK - 1) + b"\n"


def _sealed(digest: Any, facts: dict[str, str], size: int) -> str:
    whole = digest.copy()
    whole.update(canonical(facts | {"size": size}).encode())
    return str(whole.hexdigest())
