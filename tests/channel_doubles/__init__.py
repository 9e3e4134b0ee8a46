"""Servers for tests that are as strict as WeCom, DingTalk, Feishu, a receiver of webhooks and a mail server."""

from tests.channel_doubles.hooks import HookDouble
from tests.channel_doubles.mailbox import MailDouble

__all__ = ["HookDouble", "MailDouble"]
