"""How it stands with what is heard of each contact: one short row each, for the wall.

The process that hears a contact sums up the events of its bus and writes the row to the
Redis hash ``heard:moods``; every process reads them all, so that their walls agree. A row
holds no words: everybody who is signed in sees the wall.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from typing_extensions import TypedDict

from core.clock import to_epoch
from core.events import Event, EventBus
from core.log import get_logger
from core.redis import Keys, RedisUnavailable
from core.tasks import TaskOwner

log = get_logger(__name__)

NOUNS: Final = frozenset(
    {
        "hearing", "turn", "talk_over", "transcript", "facts", "intent", "emotion", "sensitive",
        "sound",
    }
)  # fmt: skip
_STEP: Final = 0.05  # of the score: less is no news for a wall
_LINGER: Final = 0.1
_BACKOFF: Final = 0.5
_FORGOTTEN_SECONDS: Final = 3600.0


def is_heard(event: Event) -> bool:
    """Whether ``event`` belongs to the live log: it says what is heard of a contact, not
    what became of it."""
    return event.type.partition(".")[0] in NOUNS


class MoodView(TypedDict):
    """``hearing`` is ``on``, ``degraded`` (``level`` says how far), ``failed`` or
    ``stopped``, and ``reason`` a code that says why. ``score`` is the customer's tension
    from 0 to 1 (0.7: the site's threshold), null before the first reading; ``tense`` since
    ``tense_since``, by the event ``mark`` of the live log, for ``reasons`` (codes)."""

    contact_id: str
    hearing: str
    level: int
    reason: str
    score: float | None
    tense: bool
    tense_since: float | None
    mark: int | None
    reasons: list[str]


class Moods:
    """Writes the rows of contacts heard in this process, and knows those of all."""

    def __init__(self, redis: Redis, keys: Keys, bus: EventBus) -> None:
        self._redis = redis
        self._key = keys("heard", "moods")
        self._own: dict[str, MoodView] = {}
        self._legs: dict[str, set[str]] = {}
        self._at: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._work = asyncio.Event()
        self._tasks = TaskOwner("moods")
        self.rows: dict[str, MoodView] = {}
        self.changed = asyncio.Event()
        """Set when a row of this process was written; whoever heeds it clears it."""
        bus.listen(self.on_event)

    def start(self) -> None:
        """Begin to write."""
        self._tasks.keep(self._write, name="write")

    async def close(self) -> None:
        """Write no more."""
        await self._tasks.close()

    async def refresh(self) -> bool:
        """Read :attr:`rows` anew; whether anything changed. Raises
        :class:`~core.redis.RedisUnavailable`."""
        try:
            found: Any = await self._redis.hgetall(self._key)
        except (RedisError, OSError) as error:
            raise RedisUnavailable(
                f"What is heard cannot be read: {error}.", hint="Is the Redis server running?"
            ) from error
        rows = {contact_id: json.loads(text)["row"] for contact_id, text in found.items()}
        before, self.rows = self.rows, rows
        return rows != before

    async def forget(self, live: Collection[str], now: float) -> None:
        """Remove the rows of contacts that are not ``live`` and were not written for an
        hour before ``now`` (epoch seconds). Raises RedisUnavailable."""
        for contact_id in self._own.keys() - set(live) - self._dirty:
            if now - self._at[contact_id] > _FORGOTTEN_SECONDS:
                for known in (self._own, self._at, self._legs):
                    known.pop(contact_id, None)
        try:
            found: Any = await self._redis.hgetall(self._key)
            old = [
                contact_id
                for contact_id, text in found.items()
                if contact_id not in live and now - json.loads(text)["at"] > _FORGOTTEN_SECONDS
            ]
            if old:
                await self._redis.hdel(self._key, *old)
        except (RedisError, OSError) as error:
            raise RedisUnavailable(
                f"What was heard cannot be removed: {error}.", hint="Is the Redis server running?"
            ) from error

    def on_event(self, event: Event) -> None:
        """Sum up; a listener of the bus."""
        if event.contact_id is None or not is_heard(event):
            return
        before = self._own.get(event.contact_id) or _new(event.contact_id)
        after = self._sum(before, event)
        if event.contact_id not in self._own or after != before:
            self._own[event.contact_id] = after
            self._at[event.contact_id] = to_epoch(event.at)
            self._dirty.add(event.contact_id)
            self._work.set()

    def _sum(self, row: MoodView, event: Event) -> MoodView:
        data = event.data
        legs = self._legs.setdefault(row["contact_id"], set())
        leg = str(data.get("leg_id", ""))
        if event.type == "hearing.started":
            legs.add(leg)
            return {**row, "hearing": "on", "level": 0, "reason": ""}
        if event.type == "hearing.stopped":
            legs.discard(leg)
            if legs or row["hearing"] == "failed":
                return row
            return {**row, "hearing": "stopped", "reason": str(data.get("reason", ""))}
        if event.type == "hearing.failed":
            legs.discard(leg)
            return row if legs else {**row, "hearing": "failed", "reason": str(data.get("code"))}
        if event.type == "hearing.degraded":
            level = int(data.get("level", 0))
            state = "degraded" if level else "on"
            return {**row, "hearing": state, "level": level, "reason": str(data.get("reason", ""))}
        if event.type.startswith("emotion.") and data.get("leg") != "agent":
            return _felt(row, event)
        return row

    async def _write(self) -> None:
        while True:
            await self._work.wait()
            await asyncio.sleep(_LINGER)
            self._work.clear()
            dirty, self._dirty = self._dirty, set()
            values: dict[Any, Any] = {
                contact_id: json.dumps({"at": self._at[contact_id], "row": self._own[contact_id]})
                for contact_id in dirty
            }
            try:
                await self._redis.hset(self._key, mapping=values)
            except (RedisError, OSError) as error:
                log.warning("moods.not_written", error=type(error).__name__)
                self._dirty |= dirty
                self._work.set()
                await asyncio.sleep(_BACKOFF)
                continue
            self.changed.set()


def _new(contact_id: str) -> MoodView:
    return {
        "contact_id": contact_id, "hearing": "on", "level": 0, "reason": "", "score": None,
        "tense": False, "tense_since": None, "mark": None, "reasons": [],
    }  # fmt: skip


def _felt(row: MoodView, event: Event) -> MoodView:
    data = event.data
    score = round(round(float(data.get("score", 0.0)) / _STEP) * _STEP, 2)
    felt: MoodView = {**row, "score": score}
    if event.type == "emotion.crossed":
        codes = [str(one.get("code", "")) for one in data.get("reasons", [])]
        return {
            **felt, "tense": True, "tense_since": to_epoch(event.at),
            "mark": int(data["n"]), "reasons": [code for code in codes if code],
        }  # fmt: skip
    if event.type == "emotion.calmed":
        return {**felt, "tense": False, "tense_since": None}
    return felt
