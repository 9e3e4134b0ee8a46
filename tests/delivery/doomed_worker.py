"""A worker in a process of its own whose calls arrive and never return: it says so on stdout, and is killed there.

Arguments: the database's address, and how many calls will be under way.
"""

from __future__ import annotations

import asyncio
import sys

from storage.database import Database
from tests.delivery.stage import Clock, FakeChannel, until, working


async def main(url: str, calls: int) -> None:
    clock = Clock()

    async def arrives_and_hangs(outgoing):
        channel.arrives(outgoing)
        await asyncio.sleep(3600)

    channel = FakeChannel(clock, lambda outgoing, number: arrives_and_hangs(outgoing))
    async with working(Database(url), channel, clock=clock):
        await until(lambda: len(channel.arrived) == calls)
        sys.stdout.write("\n".join(sorted(text for _, text in channel.arrived)) + "\n.\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
