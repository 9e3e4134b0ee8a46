"""A message as words alone, for channels that show nothing else. PURE."""

from __future__ import annotations

from delivery.outgoing import Outgoing


def with_links(outgoing: Outgoing) -> str:
    """The text, and a line for each button that opens an address."""
    lines = [f"{one.text} {one.url}" for row in outgoing.buttons for one in row if one.url is not None]
    return "\n".join([outgoing.text, *lines]).strip("\n")


def with_alternative(outgoing: Outgoing) -> str:
    """The text with the words that stand for a picture which cannot be shown, where it does not hold them already."""
    if outgoing.picture is None or not outgoing.alt or outgoing.alt in outgoing.text:
        return outgoing.text
    return f"{outgoing.alt}\n\n{outgoing.text}".strip("\n")
