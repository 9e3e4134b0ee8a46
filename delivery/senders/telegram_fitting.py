"""What no call of the Bot API could carry, found before one is made. PURE."""

from __future__ import annotations

from delivery.outgoing import Outgoing
from delivery.senders.bot_api import ADDRESS, CAPTION_UNITS, TEXT_UNITS, utf16_units
from outbox.outcomes import Refused


def refusal_of(outgoing: Outgoing) -> Refused | None:
    """Why the message is refused unsent; None where Telegram may take it."""
    files = [file for file in (outgoing.picture, outgoing.document) if file is not None]
    has_caption = bool(files) or outgoing.edits_file
    if utf16_units(outgoing.text) > (CAPTION_UNITS if has_caption else TEXT_UNITS):
        return Refused("too_long")
    if not ADDRESS.fullmatch(outgoing.address):
        return Refused("address_malformed")
    if len(files) > 1:
        return Refused("file_refused")
    if outgoing.edits is not None and (not outgoing.edits.isdecimal() or (files and not outgoing.edits_file)):
        return Refused("cannot_edit")  # what was only words stays only words
    return None
