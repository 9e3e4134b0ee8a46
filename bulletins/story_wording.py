"""A story as its teller, the office and a chat read it: in quotation marks, with who tells it. PURE.

Refuses to know what a bulletin makes of it, and markup of any kind.
"""

from __future__ import annotations

from bulletins.parts import Wording
from bulletins.story_words import CONSENT
from bulletins.wording import name_in
from locales.texts import text


def quoted_story(language: str, *, words: str, byline: str | None, teller: str, unit_name: Wording | None) -> str:
    """The words in quotation marks and, beneath them, who tells it."""
    said_by = told_by(language, byline=byline, teller=teller, unit_name=unit_name)
    return text(language, "stories.quoted", words=words, by=said_by)


def told_by(language: str, *, byline: str | None, teller: str, unit_name: Wording | None) -> str:
    """`患者，人民医院`, or with a name before it."""
    who = text(language, f"stories.teller.{teller}")
    unit = text(language, "stories.no_unit") if unit_name is None else name_in(unit_name, language)
    if byline is None:
        return text(language, "stories.by", teller=who, unit=unit)
    return text(language, "stories.by_named", name=byline, teller=who, unit=unit)


def consent_words(language: str, *, is_patient: bool) -> str:
    """What a teller agrees to, with the version of these words."""
    parts = [text(language, "stories.consent.common")]
    if is_patient:
        parts.append(text(language, "stories.consent.patient"))
    parts.append(text(language, "stories.consent.version", version=CONSENT))
    return "\n\n".join(parts)
