"""PURE: what somebody wrote, as one line: in normal form NFC, spaces single, without control and invisible characters.

For reasons, comments and names of files. Refuses to know how long a line may be and what it says.
"""

from __future__ import annotations

import unicodedata

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")


def one_line(written: str) -> str:
    """The line; "" where nothing can be seen."""
    spaced = "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", written))
    visible = "".join(character for character in spaced if unicodedata.category(character) not in _INVISIBLE)
    return " ".join(visible.split())
