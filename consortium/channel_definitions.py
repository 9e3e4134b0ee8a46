"""`[[channels]]` of `consortium.toml` as values: ways out besides Telegram; or findings by file and key. PURE.

Knows the keys of each kind of channel. Refuses to know secrets: addresses and keys that are secret stand in files that
are named here and read elsewhere (`consortium.channels`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from consortium.document import Form, Table
from locales.texts import LANGUAGES
from outbox.channel_limits import CONFIGURED, DINGTALK, EMAIL, FEISHU, WEBHOOK

MOST_CHANNELS = 200
MOST_MAILBOXES = 50
TLS: Final = ("starttls", "tls", "none")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SIGNING = (DINGTALK, FEISHU, WEBHOOK)  # whose requests can be signed with a secret of their own

_ID = Form(re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}"), "channel_id_malformed")
_FILE = Form(re.compile(r"[^\x00-\x1f]{1,400}"), "file_name_malformed")
_HOST = Form(re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?"), "channel_host_malformed")
_MAILBOX = Form(
    re.compile(r"(?=.{3,120}$)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?"),
    "mailbox_malformed",
)
_TITLE_LENGTH = 80
_LONGEST_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class ChannelDefinition:
    """One way out. `settings` is what the sender needs, as it is stored: names of files, never what stands in them.

    `recipients` are the addresses of its chats: the mailboxes of a mail channel, else the channel's own id.
    """

    id: str
    kind: str
    title: str
    language: str
    purpose: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(self.settings["to"]) if self.kind == EMAIL else (self.id,)

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        """(key, file name) of each secret that is kept in a file."""
        return ((key, str(self.settings[key])) for key in ("url_file", "secret_file", "password_file")
                if key in self.settings)  # fmt: skip


def parse_channels(tables: Sequence[Table]) -> tuple[ChannelDefinition, ...]:
    """Read every channel; the values are only to be used if there are no findings."""
    channels = tuple(_channel(table) for table in tables)
    _refuse_repeats(channels, tables)
    return channels


def address_fault(address: str) -> str | None:
    """The finding for a web address that nothing may be sent to; None if it is fine.

    The address holds a key, so it is https; plain http is for a server on this machine.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "channel_address_malformed"
    is_whole = parts.scheme in ("http", "https") and host and port != 0 and not parts.fragment
    if (
        not is_whole
        or parts.username is not None
        or re.search(r"[^\x21-\x7e]", address)
        or len(address) > _LONGEST_ADDRESS
    ):
        return "channel_address_malformed"
    return "channel_address_insecure" if parts.scheme == "http" and not is_this_machine(host or "") else None


def is_this_machine(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _channel(table: Table) -> ChannelDefinition:
    kind = table.choice("kind", CONFIGURED)
    channel = ChannelDefinition(
        id=table.string("id", _ID),
        kind=kind,
        title=table.text("title", _TITLE_LENGTH, default=""),
        language=table.choice("language", LANGUAGES, default="zh"),
        purpose=table.choice("purpose", ("bulletin",), default="bulletin"),
        settings=_mail(table) if kind == EMAIL else _hook(table, kind) if kind else {},
    )
    if kind:  # which keys are unknown depends on it
        table.refuse_unread()
    return channel


def _hook(table: Table, kind: str) -> dict[str, Any]:
    """The address of a robot or a webhook, in a file; and what its requests are signed with."""
    settings: dict[str, Any] = {}
    if kind == WEBHOOK and table.has("url"):
        settings["url"] = table.text("url", _LONGEST_ADDRESS)
        if settings["url"] and (fault := address_fault(settings["url"])) is not None:
            table.fault("url", fault)
        if table.has("url_file"):
            table.take("url_file")
            table.fault("url_file", "channel_address_twice")
    else:
        settings["url_file"] = table.string("url_file", _FILE)
    if kind in _SIGNING and (secret := table.string("secret_file", _FILE, default="")):
        settings["secret_file"] = secret
    return settings


def _mail(table: Table) -> dict[str, Any]:
    """A mail server, who writes, and to whom."""
    tls = table.choice("tls", TLS, default=TLS[0])
    settings: dict[str, Any] = {
        "host": table.string("host", _HOST),
        "port": table.whole("port", 1, 65535, default=_PORTS.get(tls, 25)),
        "tls": tls,
        "from": table.string("from", _MAILBOX),
        "to": list(table.strings("to", _MAILBOX, MOST_MAILBOXES)),
    }
    if not table.has("user"):
        return settings
    settings["user"] = table.text("user", _TITLE_LENGTH * 3)
    settings["password_file"] = table.string("password_file", _FILE)
    if tls == "none" and settings["host"] and not is_this_machine(settings["host"]):
        table.fault("tls", "channel_password_in_clear")
    return settings


def _refuse_repeats(channels: Sequence[ChannelDefinition], tables: Sequence[Table]) -> None:
    """An id names one channel, and a mailbox belongs to one."""
    ids: dict[str, str] = {}
    mailboxes: dict[str, str] = {}
    for channel, table in zip(channels, tables, strict=True):
        if channel.id and channel.id in ids:
            table.fault("id", "channel_twice", value=channel.id, first=ids[channel.id])
        ids.setdefault(channel.id, table.key("id"))
        for mailbox in channel.recipients if channel.kind == EMAIL else ():
            if mailbox.lower() in mailboxes:
                table.fault("to", "mailbox_twice", value=mailbox, first=mailboxes[mailbox.lower()])
            mailboxes.setdefault(mailbox.lower(), table.key("to"))
