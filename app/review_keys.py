"""`tongping review keygen`, and the key with which `review count` opens ballots: of one holder, or of trustees.

Knows files and the terminal. A share leaves this machine as a file of its own or page by page on the screen; it is
never printed together with another, never part of a document, and read without an echo.
"""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from app.answer import Answer
from app.foreign_file import read_file, shown
from app.settings import make_private_file, terminal_language
from locales.errors import DomainError, Reask, explain
from locales.texts import text
from reviews.sealing import generate_keys
from reviews.trustees import (
    THRESHOLD,
    TRUSTEES,
    WORDS,
    WRAPPING_KEY_BYTES,
    Share,
    WrappedKey,
    is_wrapped,
    key_text,
    read_key_text,
    read_share,
    share_private_key,
    unwrap,
)

_LARGEST_FILE = 64 * 1024
_IN_A_ROW = 3  # words of a share on one line
_CLEARED = "\x1b[2J\x1b[3J\x1b[H"  # the screen and what has scrolled away


def keygen(output: Path, *, trustees: Sequence[str], on_screen: bool) -> Answer:
    """Make the key pair of the reviews: the public key on stdout, the private one as `output`.

    Without trustees that file (mode 600) opens ballots; with three it takes the shares of two of them as well.
    """
    if on_screen and not trustees:
        raise DomainError("trustees_number", given=0, needed=TRUSTEES)
    private, public = generate_keys()
    if not trustees:
        make_private_file(output, private)
        return Answer({"public_key": public, "key_file": str(output)}, [public])
    key, shares = share_private_key(private, trustees=trustees, wrapping_key=secrets.token_bytes(WRAPPING_KEY_BYTES))
    files = [] if on_screen else [output.with_name(f"{output.name}.share-{share.number}") for share in shares]
    for path in (output, *files):
        if path.exists():
            raise DomainError("file_exists", file=str(path))
    if on_screen:
        _show(shares, key)
    _write({path: _share_text(share, key) for path, share in zip(files, shares, strict=False)}, output, key_text(key))
    document = {
        "public_key": public,
        "key_file": str(output),
        "trustees": list(key.trustees),
        "share_files": [str(path) for path in files],
    }
    return Answer(document, [public])


def private_key_in(key_file: Path, *, share_files: Sequence[Path]) -> str:
    """The private key that a key file holds; of a wrapped one after two trustees gave their shares.

    Shares come from files, or are asked for at the terminal. Errors: `file_unreadable`, `shares_unused`,
    `shares_missing` (no terminal to ask at), and those of `read_share` and `unwrap`.
    """
    content = read_file(key_file, largest=_LARGEST_FILE).decode("utf-8", "replace")
    if not is_wrapped(content):
        if share_files:
            raise DomainError("shares_unused", file=shown(key_file))
        return content
    key = read_key_text(content)
    if share_files:
        shares = [
            read_share(key, read_file(path, largest=_LARGEST_FILE).decode("utf-8", "replace")) for path in share_files
        ]
        return unwrap(key, shares)
    if not sys.stdin.isatty():
        raise DomainError("shares_missing", given=0, needed=THRESHOLD)
    return unwrap(key, _asked(key))


def _asked(key: WrappedKey) -> list[Share]:
    """Two shares typed or pasted at the terminal, unseen; a slip is said and the share asked for again."""
    language = terminal_language()
    shares: list[Share] = []
    _tell(text(language, "assignment.key.of", trustees=", ".join(key.trustees)))
    while len(shares) < THRESHOLD:
        prompt = text(language, "assignment.key.ask", number=len(shares) + 1, needed=THRESHOLD)
        try:
            share = read_share(key, getpass.getpass(prompt + " "))
        except DomainError as refusal:
            _tell(explain(language, refusal))
            continue
        except EOFError:
            raise DomainError("shares_missing", given=len(shares), needed=THRESHOLD) from None
        if any(share.number == given.number for given in shares):
            _tell(explain(language, Reask("share_twice", {"trustee": share.trustee})))
            continue
        shares.append(share)
    return shares


def _show(shares: Sequence[Share], key: WrappedKey) -> None:
    """One share after the other on the terminal, each gone before the next is seen."""
    language = terminal_language()
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise DomainError("screen_needs_terminal")
    for share in shares:
        _tell(_CLEARED + text(language, "assignment.key.call", trustee=share.trustee))
        input()
        _tell(_CLEARED + _share_text(share, key) + text(language, "assignment.key.written"))
        input()
    _tell(_CLEARED)


def _share_text(share: Share, key: WrappedKey) -> str:
    """A share with what its trustee must know, every line of it behind a #; then the words, numbered."""
    language = terminal_language()
    heading = text(
        language,
        "assignment.key.share",
        number=share.number,
        of=TRUSTEES,
        trustee=share.trustee,
        needed=THRESHOLD,
        words=WORDS,
        thumbprint=key.thumbprint,
    )
    numbered = [f"{place:2} {word:<10}" for place, word in enumerate(share.words.split(), start=1)]
    rows = ["".join(numbered[start : start + _IN_A_ROW]).rstrip() for start in range(0, WORDS, _IN_A_ROW)]
    return "\n".join([*(f"# {line}" for line in heading.splitlines()), *rows, ""])


def _write(share_texts: dict[Path, str], output: Path, key: str) -> None:
    """All files, each readable by its owner alone, or none."""
    made: list[Path] = []
    try:
        for path, content in [*share_texts.items(), (output, key)]:
            make_private_file(path, content)
            made.append(path)
    except DomainError:
        for path in made:
            path.unlink()
        raise


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - stdout carries the answer alone
