"""The senders of every configured kind of channel, and where each finds addresses and secrets.

Knows the channels of the consortium and their files. Addresses and secrets are read for each message, so that a new
key needs no restart; they are held nowhere and named in no log.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError

from consortium.channel_definitions import is_this_machine
from consortium.channels import WayOut, way_out
from delivery.outgoing import Sender
from delivery.senders import dingtalk, feishu, webhook, wecom
from delivery.senders.hook_platform import Where
from delivery.senders.hooks import HookSender
from delivery.senders.mail import MailSender
from delivery.senders.smtp_conversation import MailServer
from locales.errors import DomainError
from outbox.channel_limits import EMAIL
from outbox.outcomes import NotSent, Outcome, Refused
from storage.database import Database

log = structlog.get_logger(__name__)


def configured_senders(database: Database, clock: Callable[[], datetime], *, rehearsal: bool = False) -> list[Sender]:
    """A sender for every kind, whether there is a channel of it or not: one may be applied while this runs.

    In a rehearsal (a moved clock, the simulator) nothing leaves this machine: everything else is refused.
    """
    platforms = (wecom.PLATFORM, dingtalk.PLATFORM, feishu.PLATFORM, webhook.PLATFORM)
    hooks = [
        HookSender(one, find=partial(find_hook, database, one.channel, rehearsal=rehearsal), clock=clock)
        for one in platforms
    ]
    return [*hooks, MailSender(find=partial(find_mail, database, rehearsal=rehearsal), clock=clock)]


async def find_hook(database: Database, kind: str, address: str, *, rehearsal: bool = False) -> Where | Outcome:
    """The address behind a robot or a webhook, and its secret."""
    way = await _way(database, kind, address)
    if not isinstance(way, WayOut):
        return way
    try:
        url = way.secret("url_file") or str(way.settings["url"])
        where = Where(url, way.secret("secret_file"))
    except DomainError as error:
        return _unreadable(way, error)
    if rehearsal and not is_this_machine(urlsplit(url).hostname or ""):
        return Refused("rehearsal")
    return where


async def find_mail(database: Database, address: str, *, rehearsal: bool = False) -> MailServer | Outcome:
    """The server through which a mailbox is written to."""
    way = await _way(database, EMAIL, address)
    if not isinstance(way, WayOut):
        return way
    said = way.settings
    if rehearsal and not is_this_machine(said["host"]):
        return Refused("rehearsal")
    try:
        password = way.secret("password_file")
    except DomainError as error:
        return _unreadable(way, error)
    return MailServer(way.id, said["host"], said["port"], said["tls"], said["from"], said.get("user"), password)


async def _way(database: Database, kind: str, address: str) -> WayOut | Outcome:
    try:
        way = await database.run(partial(way_out, kind=kind, address=address))
    except SQLAlchemyError as error:
        log.warning("channel_not_found_out", channel=kind, error=type(error).__name__)
        return NotSent("database_unreachable")
    return way or Refused("channel_unknown")


def _unreadable(way: WayOut, error: DomainError) -> NotSent:
    log.warning("channel_file_unreadable", channel=way.kind, id=way.id, error=error.code)
    return NotSent("secret_unreadable")
