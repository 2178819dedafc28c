"""One router process of the bench: ``python -m bench.cycles.node URL NODE``.

Reads commands, a JSON object a line, from standard input and answers each with a line.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from acd.model import EndReason, Medium
from acd.router import Router
from bench.cycles.company import CHANNELS, QUEUES, company, medium
from bench.cycles.people import People
from core import garbage
from core import redis as redis_access
from core.clock import SystemClock
from core.events import EventBus
from core.log import configure_logging
from core.redis import Keys
from core.tasks import TaskOwner

_AT_ONCE = 64  # contacts brought in at a time


class Node:
    """A router with its people."""

    def __init__(self, url: str, name: str) -> None:
        self.redis = redis_access.connect(url)
        self.people = People(self._talks)
        self.tasks = TaskOwner("bench")
        self.directory = company()
        self.router = Router(
            self.redis, Keys("bench"), self.directory, SystemClock(), EventBus(),
            drivers=dict.fromkeys(Medium, self.people), node=name,
        )  # fmt: skip
        self.people.router = self.router
        self.dice = random.Random(name)
        self.done = 0
        self.cycling = False
        self.talking: list[str] = []

    # Commands.

    async def start(self) -> dict[str, Any]:
        await self.router.recover()
        garbage.tune()
        return {}

    async def fill(self, contacts: int) -> dict[str, Any]:
        """Let so many wait."""
        for first in range(0, contacts, _AT_ONCE):
            count = min(_AT_ONCE, contacts - first)
            await asyncio.gather(*(self._arrive() for _ in range(count)))
        await self.router.quiet()
        return self._usage()

    async def staff(self, first: int, last: int) -> dict[str, Any]:
        """Agents number ``first`` to ``last`` (exclusive) log in, ready."""
        everybody = self.directory.agents()
        for at in range(first, last, _AT_ONCE):
            some = everybody[at : min(last, at + _AT_ONCE)]
            await asyncio.gather(*(self.router.log_in(one.id, ready=True) for one in some))
        return self._usage()

    async def cycle(self, seconds: float) -> dict[str, Any]:
        """Whoever talks ends at once and is replaced by a new contact that waits."""
        self.cycling = True
        self._end_all()
        # The first moments, until all agents are at it, do not count.
        await asyncio.sleep(min(2.0, seconds / 4))
        done, begun, usage = self.done, time.perf_counter(), self._usage()
        await asyncio.sleep(seconds)
        passed, after = time.perf_counter() - begun, self._usage()
        cycles = self.done - done
        self.cycling = False
        return {
            "cycles": cycles,
            "seconds": passed,
            "cpu": after["cpu"] - usage["cpu"],
            "waiting": len(self.router.board.waiting) if self.router.board else 0,
        }

    async def pace(self, rate: float, seconds: float, how: str) -> dict[str, Any]:
        """``rate`` events a second: conversations that ``end`` while others wait, or
        contacts that ``arrive`` while agents are free; seconds from each to the claim,
        as the medium hears of it."""
        if how == "end":  # the agents take each one, and nobody ends but by us
            while len(self.talking) < 500:
                await asyncio.sleep(0.01)
        self.people.claims = []
        begun = time.perf_counter()
        count = int(rate * seconds)
        event = self._end_one if how == "end" else self._arrive_one
        for number in range(count):
            due = begun + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self.tasks.start(event(), name="event")
        while len(self.tasks):
            await asyncio.sleep(0.01)
        missed = len(self.people.awaited)
        self.people.awaited.clear()
        return {"claims": self.people.claims, "missed": missed}

    async def clear(self) -> dict[str, Any]:
        """End everything."""
        for contact in await self.router.contacts.live():
            await self.router.finish(contact.id, EndReason.ERROR)
        return {}

    # The people.

    def _talks(self, contact_id: str) -> None:
        if self.cycling:
            self.tasks.start(self._once_round(contact_id), name="cycle")
        else:
            self.talking.append(contact_id)

    def _end_all(self) -> None:
        talking, self.talking = self.talking, []
        for contact_id in talking:
            self.tasks.start(self._once_round(contact_id), name="cycle")

    async def _once_round(self, contact_id: str) -> None:
        await self.router.customer_left(contact_id, 16)
        self.done += 1
        await self._arrive()

    async def _arrive(self) -> None:
        await self._enqueue(await self._open())

    async def _open(self) -> str:
        one = medium(self.dice)
        contact = await self.router.contacts.open(
            medium=one, channel=CHANNELS[one], customer_number="+8613800138000", language="zh-CN"
        )
        return contact.id

    async def _enqueue(self, contact_id: str) -> None:
        await self.router.enqueue(contact_id, f"queue-{self.dice.randrange(QUEUES)}")

    async def _end_one(self) -> None:
        """A conversation ends: how long until its agent is rung for the next."""
        contact_id = self.talking.pop(0)
        contact = self.router.store.cache.contact(self.router.keys("contact", contact_id))
        assert contact is not None
        assert contact.agent_id is not None
        self.people.awaited[contact.agent_id] = time.perf_counter()
        await self.router.customer_left(contact_id, 16)

    async def _arrive_one(self) -> None:
        contact_id = await self._open()
        self.people.awaited[contact_id] = time.perf_counter()
        await self._enqueue(contact_id)
        while contact_id not in self.talking:
            await asyncio.sleep(0.005)
        self.talking.remove(contact_id)
        await self.router.customer_left(contact_id, 16)

    def _usage(self) -> dict[str, Any]:
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"cpu": time.process_time(), "rss": rss}


async def main(url: str, name: str) -> None:
    """Obey until standard input ends."""
    configure_logging("error")
    node = Node(url, name)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        verb: Callable[..., Awaitable[dict[str, Any]]] = getattr(node, command.pop("do"))
        answer = await verb(**command)
        print(json.dumps(answer), flush=True)
    await node.tasks.close()
    await node.router.close()
    await node.redis.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
