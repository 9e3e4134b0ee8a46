"""A message as the messages that one channel can carry, in the order in which they go. PURE.

Nothing is lost in silence: a text too long becomes several messages; a picture that a channel cannot show gives way
to its text alternative, at the place where it stood; an address behind a button becomes a line of the text. Only a
document that a channel cannot take is left out (its text says where to read it), and with a channel through which
nothing comes back, buttons that would bring something back. Refuses to know who owes what to whom.
"""

from __future__ import annotations

from dataclasses import replace

from outbox.channel_limits import Limits, length_of
from outbox.cutting import split_text
from outbox.message import Button, Message


def fitted(message: Message, limits: Limits) -> tuple[Message, ...]:
    """The message as one or more that the channel takes; none if nothing of it can be carried there.

    Buttons go with the last part of the text, a title with each. Owe them with the same key and `:1`, `:2`, … behind
    it, each `after` the one before.
    """
    buttons, addresses = _buttons(message, limits)
    text = "\n".join([message.text, *addresses]).strip("\n")
    picture = message.picture if limits.pictures else None
    document = message.document if limits.documents else None
    if message.picture is not None and picture is None and message.alt and message.alt not in text:
        text = f"{message.alt}\n\n{text}".strip("\n")
    whole = (
        replace(message, text=text, buttons=buttons, picture=picture, document=document)
        if (text.strip() or picture is not None or document is not None)
        else None
    )
    if whole is None:
        return ()
    if _goes_in_one(whole, limits):
        return (whole,)
    return _apart(whole, limits)


def _apart(whole: Message, limits: Limits) -> tuple[Message, ...]:
    """Picture and document on their own, then the text in its parts."""
    files = [
        *([Message("", picture=whole.picture, alt=whole.alt, title=whole.title)] if whole.picture is not None else []),
        *([Message("", document=whole.document, title=whole.title)] if whole.document is not None else []),
    ]
    texts = [Message(part, title=whole.title) for part in split_text(whole.text, limits.text, limits.counted_in)]
    parts = [*files, *texts]
    return (*parts[:-1], replace(parts[-1], buttons=whole.buttons))


def _goes_in_one(message: Message, limits: Limits) -> bool:
    has_both = message.picture is not None and message.document is not None
    has_file = message.picture is not None or message.document is not None
    if has_both and limits.caption < limits.text:
        return False
    return length_of(message.text, limits.counted_in) <= (limits.caption if has_file else limits.text)


def _buttons(message: Message, limits: Limits) -> tuple[tuple[tuple[Button, ...], ...], list[str]]:
    """The rows that the channel shows, and the lines that stand for buttons it does not."""
    rows = (tuple(one for one in row if _can_stay(one, limits)) for row in message.buttons)
    lines = [f"{one.text} {one.url}" for row in message.buttons for one in row if one.url is not None]
    return tuple(row for row in rows if row), [] if limits.links else lines


def _can_stay(button: Button, limits: Limits) -> bool:
    return limits.links if button.url is not None else limits.actions
