"""Traces of erased texts in files: a program of its own, started by `storage.erasing`.

Reads files as bytes and finds in them known fragments (16 bytes each) at any place, and texts that begin with a known
mark, except those that are known to live. Refuses to know what a file means: a page in use, a free page, a log of
changes and its slack are all bytes. It is a process of its own for two reasons: to close a file that SQLite has open in
the same process gives up the locks on it, and a hundred megabytes are looked through without the memory of a server.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FRAGMENT = 16
"""Bytes of a fragment: 96 bits of a sealed text, which no chance repeats."""

BEHIND_MARK = 64
"""How many bytes behind a mark tell one text from another."""

ENOUGH = 100
"""More traces than this in one file are not counted: it is not clean."""

_CHUNK = 4 * 1024 * 1024
_BLOCK = 64 * 1024
_WORD = 8
_MIXER = np.uint64(0x9E3779B97F4A7C15)
_FEWEST_BITS, _MOST_BITS, _SPARE_BITS = 12, 25, 5

_Words = npt.NDArray[np.uint64]


def fragment_finder(fragments: bytes) -> Callable[[bytes], int]:
    """A function that counts the places in some bytes at which one of the fragments stands."""
    words = np.frombuffer(fragments, dtype="<u8").reshape(-1, 2)
    words = words[np.argsort(words[:, 0])]
    heads, tails = np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1])
    bits = min(max(math.ceil(math.log2(len(words) + 1)) + _SPARE_BITS, _FEWEST_BITS), _MOST_BITS)
    shift = np.uint64(64 - bits)
    known_heads, known_tails = np.zeros((2, 1 << bits), dtype=np.bool_)
    known_heads[_mixed(heads, shift)] = True
    known_tails[_mixed(tails, shift)] = True

    def count(content: bytes) -> int:
        found = 0
        for start in range(0, len(content), _BLOCK):
            block = content[start : start + _BLOCK + FRAGMENT - 1]
            if len(block) < FRAGMENT or not np.frombuffer(block, dtype=np.uint8).any():
                continue
            for offset in range(_WORD):
                found += count_at(block, offset)
        return found

    def count_at(block: bytes, offset: int) -> int:
        """Of the places that are `offset` behind a multiple of eight. Two tables leave few to be compared."""
        last = len(block) - (len(block) - offset) % _WORD
        here: _Words = np.frombuffer(block[offset:last], dtype="<u8")  # cut out, so that it is aligned
        maybe = np.flatnonzero(known_heads[_mixed(here[:-1], shift)])
        maybe = maybe[known_tails[_mixed(here[maybe + 1], shift)]]
        starts, ends = (np.searchsorted(heads, here[maybe], side) for side in ("left", "right"))
        pairs = zip(maybe.tolist(), starts.tolist(), ends.tolist(), strict=True)
        return sum(bool((tails[start:end] == here[place + 1]).any()) for place, start, end in pairs)

    return count


def mark_finder(mark: bytes, living: Collection[bytes]) -> Callable[[bytes, int], int]:
    """A function that counts the places before an end at which the mark stands and behind it nothing that lives."""

    def count(content: bytes, end: int) -> int:
        found, place = 0, content.find(mark)
        while -1 < place < end:
            behind = place + len(mark)
            found += content[behind : behind + BEHIND_MARK] not in living
            place = content.find(mark, behind)
        return found

    return count


def search_files(
    paths: Collection[str], *, fragments: bytes, mark: bytes, living: Collection[bytes]
) -> dict[str, int | None]:
    """How many traces each file holds, `ENOUGH` or more for "many"; None for a file that is not there (any more)."""
    of_fragments = fragment_finder(fragments) if fragments else None
    of_mark = mark_finder(mark, frozenset(living))
    found: dict[str, int | None] = {}
    for path in paths:
        try:
            found[path] = _search(Path(path), of_fragments, of_mark, overlap=max(len(mark) + BEHIND_MARK, FRAGMENT))
        except FileNotFoundError:
            found[path] = None
    return found


def _search(
    path: Path, of_fragments: Callable[[bytes], int] | None, of_mark: Callable[[bytes, int], int], *, overlap: int
) -> int:
    """What both find in one file, read piece by piece; a piece begins with the end of the last one."""
    found = 0
    with path.open("rb", buffering=0) as file:
        os.fsync(file.fileno())  # what is looked at is what is on the disk
        rest = file.read(_CHUNK)
        while rest and found < ENOUGH:
            more = file.read(_CHUNK)
            content = rest + more[:overlap]
            found += of_mark(content, len(rest))
            if of_fragments is not None:
                found += of_fragments(rest + more[: FRAGMENT - 1])
            rest = more
    return found


def _mixed(words: _Words, shift: np.uint64) -> _Words:
    mixed: _Words = (words * _MIXER) >> shift
    return mixed


def main() -> None:
    """A line of JSON with paths, mark and living texts, and behind it the fragments; answers with a JSON document."""
    asked: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    living = [text.encode() for text in asked["living"]]
    fragments = sys.stdin.buffer.read()
    found = search_files(asked["paths"], fragments=fragments, mark=asked["mark"].encode(), living=living)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
