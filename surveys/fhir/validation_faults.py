"""What is wrong with a response, collected within limits: so many faults, so much work, then it is enough. PURE.

Knows how a fault is told in one sentence. Refuses to know the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locales.errors import Reask, explain

RESOURCE = "QuestionnaireResponse"
"""What a fault of the whole is a fault of."""

MOST_FAULTS = 100
MOST_WORK = 1_500_000  # microseconds, very roughly: some 100,000 items and answers, and no questionnaire comes near
_LONGEST_SHOWN = 60
_LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """`link_id` is the item, None where the fault is of the whole response."""

    link_id: str | None
    code: str
    details: Mapping[str, object] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """One sentence: what is wrong, what to do next."""
        details = {"item": shown(self.link_id or RESOURCE)} | dict(self.details)
        return explain(language, Reask(f"answer_fault_{self.code}", details))


class EnoughError(Exception):
    """No more faults are told, or no more work is done."""


class Record:
    """The faults found so far. `add` and `spend` raise `EnoughError` at the limit, having noted why."""

    def __init__(self) -> None:
        self.faults: list[AnswerFault] = []
        self._work = 0

    def add(self, link_id: str | None, code: str, /, **details: object) -> None:
        """One more fault. Names that come from the response are cut and cleaned."""
        if len(self.faults) == MOST_FAULTS:
            self.faults.append(AnswerFault(None, "more_faults", {"limit": MOST_FAULTS}))
            raise EnoughError
        self.faults.append(AnswerFault(None if link_id is None else _plain(link_id[:_LONGEST_ID]), code, details))

    def spend(self, work: int) -> None:
        """So much more work, in microseconds as they were measured once."""
        self._work += work
        if self._work > MOST_WORK:
            self.faults.append(AnswerFault(None, "response_too_large", {}))
            raise EnoughError


def shown(text: str) -> str:
    """Somebody else's text as it may stand in a sentence: short, one line, nothing that a terminal obeys."""
    return _plain(text[:_LONGEST_SHOWN]) + ("…" if len(text) > _LONGEST_SHOWN else "")


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
