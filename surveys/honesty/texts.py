"""Own words that were written before: the same comment again, or one put together from used phrases. PURE.

Short and common words ("很好", "谢谢") are everybody's and say nothing. Held against each other are the comments of all
units: a program that praises one praises the next.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

SHORTEST = 14  # letters and digits below which a comment is not held against others
PHRASE = 7  # so many in a row are a phrase
FEWEST_USES = 3  # of a phrase, in different comments
COMMON = 250  # or one comment in so many
COVERED = 0.75  # part of a comment that used phrases cover, from which on it is put together


def plain(words: str) -> str:
    """Letters and digits only, in one width and case."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    return "".join(character for character in folded if character.isalnum())


def used_phrases(comments: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Of many comments, as `plain` writes them: the phrases that several share, and the whole ones that come again."""
    long = [letters for letters in comments if len(letters) >= SHORTEST]
    uses = Counter(phrase for letters in long for phrase in {letters[at : at + PHRASE] for at in _starts(letters)})
    least = max(FEWEST_USES, len(long) // COMMON)
    wholes = Counter(long)
    return (
        frozenset(phrase for phrase, count in uses.items() if count >= least),
        frozenset(letters for letters, count in wholes.items() if count > 1),
    )


def is_repeated(letters: str, used: AbstractSet[str], wholes: AbstractSet[str]) -> bool:
    """Whether a comment, as `plain` writes it, stands elsewhere as a whole or is put together from used phrases."""
    if len(letters) < SHORTEST:
        return False
    if letters in wholes:
        return True
    covered = bytearray(len(letters))
    for at in _starts(letters):
        if letters[at : at + PHRASE] in used:
            covered[at : at + PHRASE] = b"\1" * PHRASE
    return sum(covered) >= COVERED * len(letters)


def _starts(letters: str) -> range:
    return range(len(letters) - PHRASE + 1)
