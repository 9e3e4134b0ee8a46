"""`tongping review receipt CODE`: where a receipt stands in the published lists. Anyone may ask; nothing is noted."""

from __future__ import annotations

from app.answer import Answer
from app.installation import opened
from app.settings import read_settings, terminal_language
from locales.errors import DomainError
from locales.texts import text
from reviews.receipt_standing import Standing, receipt_standing


def look_up(code: str) -> Answer:
    """Counted, superseded or void, and in which round. Errors: `receipt_malformed`; `receipt_waits` for one that
    stands nowhere while a round is not counted yet, `receipt_unknown` for one that stands nowhere at all.
    """
    settings, language = read_settings(), terminal_language()
    with opened(settings) as database, database.transaction() as session:
        found = receipt_standing(session, code)
    if found.period is None:
        raise _nowhere(found)
    document = {"receipt": found.receipt, "standing": found.standing, "period": found.period}
    said = text(language, f"count.receipt.{found.standing}", receipt=found.receipt, period=found.period)
    return Answer(document, said.splitlines())


def _nowhere(found: Standing) -> DomainError:
    if found.waiting:
        return DomainError("receipt_waits", receipt=found.receipt, periods=", ".join(found.waiting))
    return DomainError("receipt_unknown", receipt=found.receipt)
