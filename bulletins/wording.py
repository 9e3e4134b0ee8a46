"""Names and notes as a bulletin may print them, and what editions are called. PURE.

Knows that a name comes from outside: it stays on one line, says nothing with characters nobody sees and turns no line
around. Refuses to know layout.
"""

from __future__ import annotations

from bulletins.parts import BulletinContent, Wording
from consortium.periods import Period
from locales.texts import pick, text
from surveys.plain_text import clean_text, is_blank

_DIRECTION_MARKS = dict.fromkeys((0x061C, 0x200E, 0x200F))  # unseen, and they move what stands beside a name


def plain_text(raw: str) -> str:
    """What a person wrote, lines kept; "" where nothing of it can be seen."""
    whole = raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half a pair is no character
    cleaned = (clean_text(whole.translate(_DIRECTION_MARKS)) or "").replace("\t", " ")
    return "" if is_blank(cleaned) else cleaned


def one_line(raw: str) -> str:
    """The same on one line: a name can never look like a line of the bulletin."""
    return " ".join(plain_text(raw).split())


def name_in(wording: Wording, language: str, otherwise: str = "") -> str:
    """A name on one line, or `otherwise` (its code) where nothing of it can be seen."""
    return one_line(pick(wording, language)) or otherwise


def period_name(period: Period, language: str) -> str:
    """`2026年10月`, `October 2026`."""
    if period.month is not None:
        month = text(language, f"bulletins.month.{period.month}")
        return text(language, "bulletins.period.month", year=period.year, month=month)
    if period.quarter is not None:
        return text(language, "bulletins.period.quarter", year=period.year, quarter=period.quarter)
    return text(language, "bulletins.period.year", year=period.year)


def edition_name(content: BulletinContent, language: str) -> str:
    """`2026年10月协同简报`, and which edition, if it is not the first."""
    name = period_name(Period.parse(content.period), language)
    key = "bulletins.name" if content.edition == 1 else "bulletins.name_corrected"
    return text(language, key, period=name, edition=content.edition)
