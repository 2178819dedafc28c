"""The contacts in Redis as the records see them: which changed, what they are now.

Keys (see ``acd``): the hash ``dirty`` maps a contact to the version that is to be
stored, ``contact:{id}`` is the contact, ``contact:{id}:events`` what happened to
it, ``contacts`` the set of the live ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from acd import codec
from acd.records.rows import Rows, build
from core.events import Event
from core.log import get_logger
from core.redis import Keys

log = get_logger(__name__)

_MAX_KNOWN = 50_000
_BREATH = 10

# KEYS dirty, contacts, contact, its events; ARGV id, version stored, '1' if over.
# The hash still names the stored version: nothing came after it, forget it.
_CLEAR = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if ARGV[3] == '1' then
  redis.call('DEL', KEYS[3], KEYS[4])
  redis.call('SREM', KEYS[2], ARGV[1])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Dirty:
    """A contact of which ``version`` (as the hash holds it) is not stored yet."""

    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A contact that cannot be turned into rows."""

    dirty: Dirty
    error: str


class LiveContacts:
    """Reads and clears. Methods raise what the Redis client raises."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._dirty = keys("dirty")
        self._known: dict[str, int] = {}  # contact -> how many of its events are stored
        self._clear = redis.register_script(_CLEAR)

    async def count(self) -> int:
        """How many contacts wait to be stored."""
        return int(await self._redis.hlen(self._dirty))

    async def batches(self, size: int) -> AsyncIterator[list[Dirty]]:
        """One walk over the hash in lists of at most ``size``; contacts that become
        dirty meanwhile may or may not be met."""
        cursor = 0
        waiting: dict[str, Dirty] = {}
        while True:
            answer: Any = await self._redis.hscan(self._dirty, cursor, count=size)
            cursor, page = answer
            waiting |= {id_: Dirty(id_, version) for id_, version in page.items()}
            while len(waiting) >= size or (cursor == 0 and waiting):
                batch = [waiting.pop(id_) for id_ in list(waiting)[:size]]
                yield batch
            if cursor == 0:
                return

    async def read(
        self, batch: Sequence[Dirty]
    ) -> tuple[list[Rows], list[Dirty], list[Unreadable]]:
        """Rows of the contacts, those that are not there any more, and those that
        cannot be read."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for dirty in batch:
                # In this order the events are never behind the contact.
                pipe.get(self._keys("contact", dirty.id))
                first = self._known.get(dirty.id, 0)
                pipe.lrange(self._keys("contact", dirty.id, "events"), first, -1)
            answers: list[Any] = await pipe.execute()
        found: list[Rows] = []
        gone: list[Dirty] = []
        unreadable: list[Unreadable] = []
        parts = zip(batch, answers[::2], answers[1::2], strict=True)
        for number, (dirty, text, events) in enumerate(parts, start=1):
            if number % _BREATH == 0:
                await asyncio.sleep(0)  # calls are routed on this loop too
            if text is None:
                gone.append(dirty)
                continue
            try:
                contact = codec.contact(text)
                happened = [Event.from_dict(json.loads(one)) for one in events]
                found.append(build(contact, happened, before=self._known.get(dirty.id, 0)))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                unreadable.append(Unreadable(dirty, type(error).__name__))
        return found, gone, unreadable

    async def clear(self, stored: Sequence[Rows], gone: Sequence[Dirty] = ()) -> int:
        """Forget what is stored, unless it changed again; the number forgotten."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for rows in stored:
                self._remember(rows)
                await self._forget(pipe, rows.id, str(rows.version), over=rows.ended)
            for dirty in gone:
                await self._forget(pipe, dirty.id, dirty.version, over=True)
            return sum(await pipe.execute())

    def _remember(self, rows: Rows) -> None:
        if rows.ended:
            self._known.pop(rows.id, None)
            return
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()  # costs only that events are written again
        self._known[rows.id] = rows.event_count

    async def _forget(self, pipe: Any, id_: str, version: str, *, over: bool) -> None:
        contact = self._keys("contact", id_)
        keys = [self._dirty, self._keys("contacts"), contact, self._keys("contact", id_, "events")]
        await self._clear(keys=keys, args=[id_, version, "1" if over else "0"], client=pipe)
