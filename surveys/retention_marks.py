"""How an answer in own words reads in the database once its words are gone. PURE.

The row stays, so that it is still known that something was answered, that an option "other" was taken, and which
questions followed from it: figures and paths stay as they were. The mark is a control character, which nobody can leave
as an answer (`plain_text` takes them out).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from surveys.structure import OTHER

REMOVED: Final = "\x1f"
"""Instead of the words. A reader that knows nothing of it finds white space: no comment."""


def is_removed(value: str) -> bool:
    """Whether a stored value is one whose words were removed after their time."""
    return value.removeprefix(OTHER) == REMOVED


def without_removed(answers: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The answers without such values, and without questions that had no others: for forms that know no gaps."""
    kept = {name: tuple(value for value in values if not is_removed(value)) for name, values in answers.items()}
    return {name: values for name, values in kept.items() if values or not answers[name]}
