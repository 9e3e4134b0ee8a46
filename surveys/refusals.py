"""Why a questionnaire's file, or a part of it, is not taken: which item, which feature, in one sentence. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locales.errors import Reask, explain
from surveys.structure import Questionnaire

_LONGEST_ID = 255  # a foreign name is repeated as it stands in the file, but not without end
_LONGEST_FEATURE = 120


@dataclass(frozen=True, slots=True)
class Refusal:
    """`link_id` is the item, or the cell of a sheet; None where the whole file is refused. `code` has a sentence."""

    link_id: str | None
    feature: str
    code: str
    details: Mapping[str, object] = field(default_factory=dict)

    def reason(self, language: str) -> str:
        """One sentence: what is wrong, what to do next."""
        details = {"feature": self.feature, "item": self.link_id or ""} | dict(self.details)
        return explain(language, Reask(self.code, details))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file holds: a questionnaire whole, or why it is refused. Never a part of one."""

    questionnaire: Questionnaire | None
    refusals: tuple[Refusal, ...] = ()


def refuse(feature: str, code: str, link_id: str | None = None, **details: object) -> Refusal:
    """A refusal; names that come from the file are cut."""
    return Refusal(link_id[:_LONGEST_ID] if link_id is not None else None, feature[:_LONGEST_FEATURE], code, details)
