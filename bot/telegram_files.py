"""Fetching a file that somebody sent: whole, no larger than we take, again where the way was cut.

Refuses to know where the bytes come from: that is given. Addresses of files hold the bot's token: no error's words may
be shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from aiohttp import ClientError, ClientResponseError

from bot.telegram_replies import FileLostError, FileTooLargeError

_THEIR_FAULT = 500  # from this status on a server speaks of itself


async def fetch_whole(
    stream: Callable[[], AsyncIterator[bytes]], *, size: int | None, most: int, pauses: Iterable[float]
) -> bytes:
    """The bytes, `size` of them where that is known. `FileTooLargeError`, `FileLostError`."""
    for pause in pauses:
        try:
            content = await _taken(stream(), most)
        except ClientResponseError as error:
            if error.status < _THEIR_FAULT:
                raise FileLostError from None
        except (ClientError, TimeoutError):
            pass  # the way was cut: once more, while there is time
        else:
            if size in {None, len(content)}:  # else a part of it is missing
                return content
        await asyncio.sleep(pause)
    raise FileLostError


async def _taken(stream: AsyncIterator[bytes], most: int) -> bytes:
    """What comes, and not more than may come."""
    content = bytearray()
    async for chunk in stream:
        content += chunk
        if len(content) > most:
            raise FileTooLargeError
    return bytes(content)
