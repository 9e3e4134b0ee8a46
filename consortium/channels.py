"""Ways out besides Telegram 渠道: group robots, mail, webhooks, as the configuration says them; and their secrets.

Knows which channels there are, which chats lie behind them, and where their secret addresses and keys are kept: in
files beside the configuration, read when something is sent and held by nobody. Refuses to know how a channel works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.channel_definitions import ChannelDefinition, address_fault
from consortium.models import Chat, Installation
from consortium.office_models import Channel
from locales.errors import DomainError, Finding
from outbox.channel_limits import CONFIGURED, EMAIL
from storage.audit import record
from storage.database import upsert

Kind = Literal["telegram", "local", "wecom", "dingtalk", "feishu", "email", "webhook"]
"""Every channel that a delivery can name."""

_LARGEST_SECRET = 4096


@dataclass(frozen=True, slots=True)
class WayOut:
    """One active channel, as a sender finds it: its settings, and the folder in which its files lie."""

    id: str
    kind: str
    settings: Mapping[str, Any]
    folder: str

    def secret(self, key: str) -> str | None:
        """What stands in the file that a setting names; None without such a setting. `file_unreadable` otherwise.

        The error names the file and never what stands in it.
        """
        name = self.settings.get(key)
        return None if name is None else _secret_text(Path(self.folder) / str(name), str(name))


def apply_channels(session: Session, *, channels: Sequence[ChannelDefinition], actor: str, now: datetime) -> None:
    """Make the stored channels and their chats equal to the definitions; those no longer named become inactive.

    A chat behind a channel is there again when it is applied, whatever the platform said before.
    """
    before = {row.id: (row.kind, dict(row.settings), row.active) for row in session.scalars(select(Channel))}
    for channel in channels:
        values = {"kind": channel.kind, "settings": dict(channel.settings), "active": True}
        upsert(session, Channel, values | {"id": channel.id}, ["id"], values)
        for address in channel.recipients:
            _apply_chat(session, channel, address, now)
    named = [channel.id for channel in channels]
    session.execute(update(Channel).where(Channel.id.not_in(named)).values(active=False))
    _let_go(session, channels)
    session.expire_all()
    after = {row.id: (row.kind, dict(row.settings), row.active) for row in session.scalars(select(Channel))}
    for changed in sorted(one for one in after if after[one] != before.get(one)):
        kind, _, active = after[changed]
        record(session, actor=actor, action="apply_channel", subject=f"channel:{changed}", now=now,
               details={"kind": kind, "active": active})  # fmt: skip


def way_out(session: Session, *, kind: str, address: str) -> WayOut | None:
    """The active channel of a kind through which an address is reached: its id, or for mail a mailbox it writes to."""
    folder = session.scalar(select(Installation.folder)) or ""
    for row in session.scalars(select(Channel).where(Channel.kind == kind, Channel.active).order_by(Channel.id)):
        if address == row.id if kind != EMAIL else address in row.settings["to"]:
            return WayOut(row.id, row.kind, dict(row.settings), folder)
    return None


def missing_secrets(channels: Sequence[ChannelDefinition], *, folder: Path, file: str) -> Iterator[Finding]:
    """What is wrong with the files that hold addresses and keys: absent, empty, or no address."""
    for place, channel in enumerate(channels):
        for key, name in channel.files:
            where = f"channels[{place}].{key}"
            try:
                content = _secret_text(folder / name, name)
            except DomainError as error:
                yield Finding(file, where, error.code, error.details)
                continue
            fault = address_fault(content) if key == "url_file" else None
            if fault is not None:
                yield Finding(file, where, fault)


def _apply_chat(session: Session, channel: ChannelDefinition, address: str, now: datetime) -> None:
    values = {
        "kind": "group",
        "title": channel.title or channel.id,
        "purpose": channel.purpose,
        "unit_code": None,
        "language": channel.language,
        "state": "active",
    }
    key = {"channel": channel.kind, "address": address, "seen_at": now}
    upsert(session, Chat, values | key, ["channel", "address"], values)


def _let_go(session: Session, channels: Sequence[ChannelDefinition]) -> None:
    """Chats behind channels that are no longer named get nothing any more."""
    wanted = {(channel.kind, address) for channel in channels for address in channel.recipients}
    for chat in session.scalars(select(Chat).where(Chat.channel.in_(CONFIGURED))):
        if (chat.channel, chat.address) not in wanted:
            chat.purpose, chat.state = None, "gone"
    session.flush()


def _secret_text(path: Path, name: str) -> str:
    """One line from a small file, without the white space around it."""
    try:
        if path.stat().st_size > _LARGEST_SECRET:
            raise DomainError("channel_file_too_large", file=name)
        content = path.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        raise DomainError("channel_file_missing", file=name) from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise DomainError("file_unreadable", file=name, reason=getattr(error, "strerror", None) or "") from None
    if not content or len(content.splitlines()) != 1:
        raise DomainError("channel_file_not_one_line", file=name)
    return content
