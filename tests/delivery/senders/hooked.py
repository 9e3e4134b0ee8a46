"""One message through one sender to one double, as the sender tests want it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery.limits import Share
from delivery.outgoing import Outgoing
from delivery.senders import dingtalk, feishu, webhook, wecom
from delivery.senders.hook_platform import Where
from delivery.senders.hooks import HookSender

PLATFORMS = {
    "wecom": wecom.PLATFORM, "dingtalk": dingtalk.PLATFORM, "feishu": feishu.PLATFORM, "webhook": webhook.PLATFORM,
}  # fmt: skip
FAST = Share(per_second=1000, chat_gap=1, group_limit=1000, group_window=1)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038601805a346d0000000049454e44ae426082"
)
PAPER = b"%PDF-1.7 a bulletin"
HOSTILE = '<at user_id="all">所有人</at> [点我](http://evil.example) @all "; drop \\n {name} 😀\u202e'


def now() -> datetime:
    return datetime.now(UTC)


def outgoing(text: str = "十月简报", *, address: str = "staff", **more: Any) -> Outgoing:
    values: dict[str, Any] = {"buttons": (), "picture": None, "alt": "", "start_by": now() + timedelta(seconds=30)}
    return Outgoing(address, text, **(values | more))


def send(platform: str, where: Any, *messages: Outgoing, share: Share = FAST) -> list[Any]:
    """Send one after the other; return the ends."""

    async def find(address: str) -> Any:
        return where

    async def play() -> list[Any]:
        sender = HookSender(PLATFORMS[platform], find=find, clock=now, share=share)
        try:
            return [await sender.send(message) for message in messages]
        finally:
            await sender.close()

    return asyncio.run(play())


def at(double: Any) -> Where:
    return Where(double.url, double.platform.secret)
