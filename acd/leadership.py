"""Which of several router processes matches: a lease in Redis, fenced by an epoch.

Every process takes contacts in, accepts offers and ends conversations; one of them, the
leader, makes the offers and watches deadlines. It holds a lease that it renews; when it
stops, another takes over within the lease. Each new leader has a higher *epoch*, and
every claim is refused by Redis unless it carries the present one, so that a leader who
slept through its own end cannot write (a fencing token, see Kleppmann, "How to do
distributed locking", 2016).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import metrics
from core.log import get_logger
from core.redis import Keys
from core.tasks import TaskOwner

log = get_logger(__name__)

LEASE_SECONDS = 3.0


class Leadership:
    """``process`` is unique, ``node`` says where it runs. ``changed`` is called when
    this process begins or ceases to lead, or when nodes come and go; ``forgotten`` when
    it did not run for so long that the others do not tell it any more what they write."""

    def __init__(
        self, redis: Redis, keys: Keys, node: str, *, lease: float = LEASE_SECONDS
    ) -> None:
        self.node = node
        self.process = f"{node}/{secrets.token_hex(4)}"
        self.epoch = 0  # 0: does not lead
        self.nodes: set[str] = {node}  # that live
        self.address = ""  # of this node's HTTP API, where other nodes reach it
        self.addresses: dict[str, str] = {}  # of nodes, also of such that live no more
        self.changed: Callable[[], None] = lambda: None
        self.forgotten: Callable[[], None] = lambda: None
        self._redis = redis
        self._lease = lease
        self._keys = [keys("leader"), keys("epoch"), keys("routers"), keys("addresses")]
        lua = (Path(__file__).parent / "lua" / "beat.lua").read_text()
        self._script = redis.register_script(lua)
        self._beaten_at = 0.0
        self._now = asyncio.Event()
        self._tasks = TaskOwner("acd.leadership")

    @property
    def fence(self) -> tuple[str, str]:
        """Key and value that a claim of this leader names."""
        return self._keys[1], str(self.epoch)

    async def start(self) -> None:
        """Say that this process lives, lead if nobody does, and go on saying so. A
        process of the same node that led is replaced at once."""
        with contextlib.suppress(RedisError, OSError):
            await self._beat(take_over=True)
        self._tasks.keep(self._run, name="beat")

    def soon(self) -> None:
        """Look at once whether somebody has to lead."""
        self._now.set()

    async def rest(self) -> None:
        """Follow and renew no more; what is left to be written still is, under the lease."""
        await self._tasks.close()

    async def close(self) -> None:
        """Leave: whoever is next need not wait for the lease to end."""
        await self.rest()
        lua = (
            "redis.call('ZREM', KEYS[3], ARGV[1]); if redis.call('GET', KEYS[1]) == ARGV[1] "
            "then redis.call('DEL', KEYS[1]) "
            "redis.call('XADD', ARGV[2], 'MAXLEN', '~', 20000, '*', 'p', ARGV[1], 'bye', '1') end"
        )
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                stream = self._keys[0].removesuffix("leader") + "changes"
                await self._redis.eval(lua, 4, *self._keys, self.process, stream)
        self.epoch = 0

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._lease / 3):
                    await self._now.wait()
            self._now.clear()
            try:
                async with asyncio.timeout(self._lease):
                    await self._beat()
            except (RedisError, OSError, TimeoutError) as error:
                loop = asyncio.get_running_loop()
                if self.epoch and loop.time() - self._beaten_at > self._lease:
                    log.error("router.leadership_lost", error=type(error).__name__)
                    self._be(0, self.nodes)

    async def _beat(self, *, take_over: bool = False) -> None:
        begun = asyncio.get_running_loop().time()
        ms = int(self._lease * 1000)
        first_word = "1" if take_over else "0"
        arguments: list[str | int] = [self.process, self.node, ms, first_word, self.address]
        epoch, living, known, pairs = await self._script(keys=self._keys, args=arguments)
        self.addresses = dict(zip(map(str, pairs[::2]), map(str, pairs[1::2]), strict=True))
        first = not self._beaten_at
        self._beaten_at = begun  # when it was sent: the lease is not longer than we think
        self._be(int(epoch), {str(one).rpartition("/")[0] for one in living})
        if not known and not first:
            log.warning("router.forgotten")
            self.forgotten()

    def _be(self, epoch: int, nodes: set[str]) -> None:
        if epoch == self.epoch and nodes == self.nodes:
            return
        if epoch != self.epoch:
            log.info("router.leads" if epoch else "router.follows", epoch=epoch)
            metrics.leaderships_total.inc(1 if epoch else 0)
        self.epoch, self.nodes = epoch, nodes
        self.changed()
