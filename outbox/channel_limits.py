"""What each channel takes: how long a text may be and how that is counted, and whether it takes pictures, documents
and changes to what it sent.

PURE. The numbers are what the operators of the channels publish, with a little spared where a message needs a frame
of its own. Refuses to know how a message is cut (`outbox.fitting`), sent, and addressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Counted = Literal["utf16", "bytes", "characters"]

TELEGRAM: Final = "telegram"
LOCAL: Final = "local"
WECOM: Final = "wecom"
DINGTALK: Final = "dingtalk"
FEISHU: Final = "feishu"
EMAIL: Final = "email"
WEBHOOK: Final = "webhook"

CONFIGURED: Final = (WECOM, DINGTALK, FEISHU, EMAIL, WEBHOOK)
"""The kinds of channels that the configuration sets up; the other two are there by themselves."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one channel takes. `caption` is how long the text beside a picture or a document may be (0: none).

    `actions` says whether something can come back through a button, `links` whether a button can open an address;
    where it cannot, the address is a line of the text.
    """

    text: int
    counted_in: Counted
    caption: int
    pictures: bool
    documents: bool
    edits: bool
    actions: bool = False
    links: bool = False


_LIMITS: Mapping[str, Limits] = MappingProxyType(
    {
        # Bot API, sendMessage and sendPhoto: 4096 and 1024 UTF-16 units after entities parsing.
        TELEGRAM: Limits(4096, "utf16", 1024, pictures=True, documents=True, edits=True, actions=True, links=True),
        # A page of this program: as Telegram, which it stands for.
        LOCAL: Limits(4096, "utf16", 1024, pictures=True, documents=True, edits=True, actions=True, links=True),
        # Group robot: `text` at most 2048 bytes of UTF-8; a picture and a file are messages of their own.
        WECOM: Limits(2048, "bytes", 0, pictures=True, documents=True, edits=False),
        # Custom robot: the whole request at most 20,000 bytes; a picture cannot be handed over.
        DINGTALK: Limits(16_000, "bytes", 0, pictures=False, documents=False, edits=False),
        # Custom robot: the whole request at most 20 KB; a picture needs an application of its own.
        FEISHU: Limits(16_000, "bytes", 0, pictures=False, documents=False, edits=False, links=True),
        # Mail and webhooks know no limit of their own; these keep a mistake from filling a mailbox.
        EMAIL: Limits(200_000, "bytes", 200_000, pictures=True, documents=True, edits=False),
        WEBHOOK: Limits(200_000, "bytes", 200_000, pictures=True, documents=True, edits=False),
    }
)


def limits_of(channel: str) -> Limits:
    """The limits of a channel by its name. A name that no channel has is a fault of ours: KeyError."""
    return _LIMITS[channel]


def length_of(text: str, counted_in: Counted) -> int:
    """How long a text is for a channel that counts so."""
    if counted_in == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    if counted_in == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text)
