"""What the guard remembers across restarts: blocked addresses, and those of phones.

Redis, under the installation's prefix: the hash ``sip-blocked:<node>`` (address to
JSON) and the sorted set ``sip-rightful:<node>`` (address by epoch seconds of its last
good password).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from redis.asyncio import Redis

from core.redis import Keys

_MOST_RIGHTFUL = 20_000


@dataclass(frozen=True, slots=True)
class Block:
    """One blocked address. Times in epoch seconds; ``times`` is how often it was
    blocked in a row, ``accounts`` what it tried."""

    address: str
    since: float
    until: float
    failures: int
    times: int
    accounts: tuple[str, ...]


class GuardStore:
    """Of one node: each has its own Asterisk. Raises RedisError and OSError."""

    def __init__(self, redis: Redis, keys: Keys, node: str) -> None:
        self._redis: Any = redis
        self._blocked = keys("sip-blocked", node)
        self._rightful = keys("sip-rightful", node)

    async def load(self) -> tuple[dict[str, Block], dict[str, float]]:
        """Blocks and rightful addresses; what cannot be read is left out."""
        raw = await self._redis.hgetall(self._blocked)
        blocks = {address: block for address, text in raw.items() if (block := _block(text))}
        seen = await self._redis.zrange(self._rightful, 0, -1, withscores=True)
        return blocks, {str(address): float(at) for address, at in seen}

    async def save(self, blocks: Mapping[str, Block], rightful: Mapping[str, float]) -> None:
        """Write both, whole."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(self._blocked)
        if blocks:
            texts = {address: json.dumps(asdict(block)) for address, block in blocks.items()}
            pipe.hset(self._blocked, mapping=texts)
        if rightful:
            pipe.zadd(self._rightful, dict(rightful))
            pipe.zremrangebyrank(self._rightful, 0, -_MOST_RIGHTFUL - 1)
        await pipe.execute()


def _block(text: str) -> Block | None:
    try:
        raw: dict[str, Any] = json.loads(text)
        return Block(
            str(raw["address"]), float(raw["since"]), float(raw["until"]), int(raw["failures"]),
            int(raw["times"]), tuple(map(str, raw["accounts"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None
