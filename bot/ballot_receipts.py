"""The receipt of a ballot in chat: where it stands in the published lists, and what that means.

One entry answers both kinds of receipt: a patient's code has twelve letters and figures, a ballot's has twenty. Anybody
may ask, since a receipt tells neither who voted nor how. Refuses to know whose it is.
"""

from __future__ import annotations

import re
import unicodedata

from bot.inbound import Reply
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.periods import Period
from locales.errors import DomainError
from outbox.message import Message
from reviews.receipt_lists import read_receipt
from reviews.receipt_standing import UNKNOWN, receipt_standing

PAGE = "/rounds"
CHANGED = "receipt_lists_changed"
"""Published lists are not what they were: nothing that stands in them can be believed."""

_NAMED = re.compile(r"\s*(?:回执码?|receipt)\s*[:：]?\s*(?P<code>.+)", re.IGNORECASE | re.DOTALL)
_GROUPS = re.compile(r"\s*[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3}\s*", re.ASCII)
_DASHES = re.compile("[‐-―−－]")
_LONGEST = 80
_MANY = 16  # letters and figures: a patient's code has twelve, a ballot's receipt twenty


def named_code(words: str) -> str | None:
    """What follows the word receipt (回执 CODE), whatever it is; None where the words begin otherwise."""
    found = _NAMED.fullmatch(words[: _LONGEST * 2])
    return found["code"].strip() if found is not None else None


def code_in(words: str, *, is_answering: bool) -> str | None:
    """The ballot's receipt that these words are, in its one spelling. In the middle of a survey only words that can be
    nothing else: four groups in capitals with hyphens, as they were given, since four short words may be an answer.
    """
    if len(words) > _LONGEST:
        return None
    try:
        code = read_receipt(words)
    except DomainError:
        return None
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", words))
    return code if not is_answering or _GROUPS.fullmatch(plain) else None


def is_meant(words: str) -> bool:
    """Whether these words are meant as a ballot's receipt and not as a patient's: by their length, right or wrong."""
    return sum(each.isalnum() for each in unicodedata.normalize("NFKC", words[:_LONGEST])) >= _MANY


def answered(turn: Turn, code: str) -> Reply:
    """Where a receipt stands, what it means and where the lists are. Errors: `receipt_malformed`, `only_in_private`."""
    if not turn.is_private:
        raise DomainError("only_in_private")
    try:
        standing = receipt_standing(turn.session, code)
    except DomainError as refusal:
        if refusal.code != CHANGED:
            raise
        return Reply(Message(turn.text("rounds.changed")))
    names = {"receipt": standing.receipt, "period": ""}
    if standing.period is not None:
        names["period"] = _name(turn, str(standing.period))
    found = "rounds.found_panel." if standing.is_panel else "rounds.found."
    parts = [turn.text(found + standing.standing, **names), turn.text(f"rounds.means.{standing.standing}")]
    if standing.standing == UNKNOWN and standing.waiting:
        waiting = turn.text("rounds.separator").join(_name(turn, each) for each in standing.waiting)
        parts.append(turn.text("rounds.waiting", rounds=waiting))
    if turn.context.public_url is not None:
        place = PAGE
        if standing.period is not None:
            place = f"/panel/receipts/{standing.period}.txt" if standing.is_panel else f"{PAGE}/{standing.period}"
        parts.append(turn.text("rounds.bot.where", address=turn.context.public_url.rstrip("/") + place))
    return Reply(Message("\n\n".join(parts)))


def _name(turn: Turn, period: str) -> str:
    return period_name(Period.parse(period), turn.language)
