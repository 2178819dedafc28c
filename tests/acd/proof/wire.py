"""A router's connection to the real server, on which things go wrong.

Nothing is imitated: commands reach the server and it does them. But the process at this
end may be stopped (as by SIGSTOP: nothing passes until it goes on), killed (nothing
passes any more), or lose an answer (the server has done it, the connection breaks).
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from core import redis as redis_access


class Wire:
    """What happens to one router's connections."""

    def __init__(self, url: str) -> None:
        self.killed = False
        self.lost = 0  # answers, so far
        self._to_lose = 0
        self._runs = asyncio.Event()
        self._runs.set()
        self.redis: Redis = redis_access.connect(url)
        pool = self.redis.connection_pool
        plain = pool.connection_class
        pool.connection_class = type(plain.__name__, (_Faulty, plain), {"wire": self})

    @property
    def stopped(self) -> bool:
        """Whether nothing passes at present."""
        return not self._runs.is_set()

    def stop(self) -> None:
        """Let nothing pass."""
        self._runs.clear()

    def go_on(self) -> None:
        """Let everything pass again."""
        self._runs.set()

    def lose(self, answers: int) -> None:
        """Lose the next so many answers."""
        self._to_lose += answers

    @property
    def loses_more(self) -> bool:
        """Whether answers are still to be lost."""
        return self._to_lose > 0

    async def kill(self) -> None:
        """Let nothing pass ever again."""
        self.killed = True
        self._runs.set()
        await self.redis.connection_pool.disconnect()

    async def passes(self) -> None:
        """Wait while stopped; raises the error of a broken connection when killed."""
        await self._runs.wait()
        if self.killed:
            raise RedisConnectionError("This process was killed.")

    def loses(self) -> bool:
        """Whether this answer is lost."""
        if not self._to_lose:
            return False
        self._to_lose -= 1
        self.lost += 1
        return True


class _Faulty:
    """A connection of the client, with the wire between."""

    wire: ClassVar[Wire]

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        await self.wire.passes()
        await super().send_packed_command(command, check_health)  # type: ignore[misc]

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = await super().read_response(*args, **kwargs)  # type: ignore[misc]
        await self.wire.passes()
        if self.wire.loses():
            await self.disconnect(nowait=True)  # type: ignore[attr-defined]
            raise RedisConnectionError("The answer was lost.")
        return answer
