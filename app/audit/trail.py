"""The trail of changes in Redis: the hash ``audit``, id -> entry, until it is stored.

A change that was begun and never ended (its process died) stays in the hash as well,
and is stored with the outcome ``unknown``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, ClassVar, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.audit.entry import Entry
from core.errors import Full
from core.log import get_logger
from core.redis import Keys, RedisUnavailable

log = get_logger(__name__)

MOST: Final = 100_000  # entries of about a kilobyte
_UNSAVED: Final = 1000

# KEYS hash; ARGV id, text, most. Answers 0 if it is full.
_NOTE = """
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3])
  and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
# KEYS hash; ARGV id and text in turn. What was noted again meanwhile stays.
_CLEAR = """
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return 1
"""


class AuditFull(Full):
    """Too many changes wait to be stored: none is made that cannot be noted."""

    code: ClassVar[str] = "audit_full"


class Trail:
    """Notes changes. ``on_noted`` is called when there is something to store."""

    def __init__(self, redis: Redis, keys: Keys, *, most: int = MOST) -> None:
        self._redis = redis
        self._key = keys("audit")
        self._most = most
        self._note = redis.register_script(_NOTE)
        self._clear = redis.register_script(_CLEAR)
        self._unsaved: dict[str, Entry] = {}  # ends that could not be noted
        self.on_noted: Callable[[], None] = lambda: None

    async def begin(self, entry: Entry) -> None:
        """Note that a change is about to be made. Raises :class:`AuditFull` and
        :class:`~core.redis.RedisUnavailable`: then it must not be made."""
        await self._put(entry)

    async def finish(self, entry: Entry) -> None:
        """Note how it ended. Never fails: if Redis is away it is tried again later, and
        if this process dies until then the change is stored as ``unknown``."""
        try:
            await self._put(entry)
        except (RedisUnavailable, AuditFull) as error:
            log.warning("audit.not_noted_yet", code=error.code)
            if len(self._unsaved) < _UNSAVED:
                self._unsaved[entry.id] = entry
        self.on_noted()

    async def catch_up(self) -> None:
        """Note what could not be noted. Raises :class:`~core.redis.RedisUnavailable`."""
        for id_, entry in list(self._unsaved.items()):
            await self._put(entry)
            self._unsaved.pop(id_, None)

    async def entries(self, size: int) -> AsyncIterator[list[tuple[str, str]]]:
        """One walk over the hash: lists of (id, text)."""
        cursor = 0
        while True:
            try:
                answer: Any = await self._redis.hscan(self._key, cursor, count=size)
            except (RedisError, OSError) as error:
                raise _unavailable(error) from error
            cursor, page = answer
            if page:
                yield list(page.items())
            if cursor == 0:
                return

    async def clear(self, stored: Sequence[tuple[str, str]]) -> None:
        """Forget what is stored, unless it was noted anew."""
        if not stored:
            return
        arguments = [part for one in stored for part in one]
        try:
            await self._clear(keys=[self._key], args=arguments)
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error

    async def count(self) -> int:
        """How many entries are not stored yet, those under way included."""
        try:
            return int(await self._redis.hlen(self._key))
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error

    async def _put(self, entry: Entry) -> None:
        arguments = [entry.id, entry.dumps(), str(self._most)]
        try:
            room = await self._note(keys=[self._key], args=arguments)
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error
        if not room:
            raise AuditFull(
                f"{self._most} changes wait to be stored.",
                hint="Is the database well? Nothing is changed that cannot be noted.",
            )


def _unavailable(error: Exception) -> RedisUnavailable:
    return RedisUnavailable(
        f"The audit cannot be noted ({type(error).__name__}).",
        hint="Is the Redis-protocol server running? Nothing was changed.",
    )
