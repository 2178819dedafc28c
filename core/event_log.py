"""The log of events: a Redis stream that other processes and ``parley events`` read.

Every event of the installation (contacts, agents, system) is one entry of the
stream ``events`` with the single field ``e``, the event as JSON. Whoever changes
a contact adds the entry within the same atomic write (see ``acd``), so it uses
:data:`STREAM`, :data:`FIELD`, :data:`MAXLEN` and :func:`encode` from here.

Streams: https://valkey.io/topics/streams-intro/
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from core.errors import BadInput
from core.events import Event
from core.log import get_logger
from core.redis import Keys, RedisUnavailable

log = get_logger(__name__)

STREAM: Final = "events"
FIELD: Final = "e"
MAXLEN: Final = 100_000
NOW: Final = "$"
BEGINNING: Final = "0-0"

_BLOCK_MS = 2000  # below the client's own time-out, so that silence is not a failure
_PAGE = 500
_BACKOFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


def encode(event: Event) -> str:
    """The value of :data:`FIELD` for ``event``."""
    text = json.dumps(event.as_dict(), ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair, from a peer that sends no UTF-8, has no bytes.
    return text.encode(errors="replace").decode()


def decode(fields: Mapping[str, str]) -> Event:
    """The event of a stream entry; ValueError, KeyError or TypeError for what is none."""
    return Event.from_dict(json.loads(fields[FIELD]))


@dataclass(frozen=True, slots=True)
class Logged:
    """An event and its place in the stream (``<milliseconds>-<number>``)."""

    position: str
    event: Event


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a reader wants; empty means all.

    A type is either whole (``contact.queued``) or a noun with a star (``contact.*``).
    """

    contact: str | None = None
    types: Collection[str] = ()

    def __call__(self, event: Event) -> bool:
        if self.contact is not None and event.contact_id != self.contact:
            return False
        noun = f"{event.type.partition('.')[0]}.*"
        return not self.types or event.type in self.types or noun in self.types


class EventLog:
    """Reads (and, for events that change nothing else, writes) the stream.

    Every method but :meth:`follow` raises
    :class:`~core.redis.RedisUnavailable` when the server does not answer.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._stream = keys(STREAM)

    async def append(self, event: Event) -> str:
        """Add ``event``; returns its position."""
        try:
            position = await self._redis.xadd(
                self._stream, {FIELD: encode(event)}, maxlen=MAXLEN, approximate=True
            )
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error
        return str(position)

    async def end(self) -> str:
        """The position of the last event ever added, ``0-0`` if there was none."""
        try:
            info = await self._redis.xinfo_stream(self._stream)
        except ResponseError:  # there is no stream yet
            return BEGINNING
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error
        return str(info["last-generated-id"])

    async def tail(
        self, count: int = 20, *, contact: str | None = None, types: Collection[str] = ()
    ) -> list[Logged]:
        """The last ``count`` wanted events, oldest first."""
        wanted = Wanted(contact, types)
        found: list[Logged] = []
        before = "+"
        while len(found) < count:
            try:
                page: Any = await self._redis.xrevrange(self._stream, max=before, count=_PAGE)
            except (RedisError, OSError) as error:
                raise _unavailable(error) from error
            found += [one for one in map(_read, page) if one and wanted(one.event)]
            if len(page) < _PAGE:
                break
            before = f"({page[-1][0]}"
        return found[:count][::-1]

    async def follow(
        self,
        from_id: str = NOW,
        *,
        contact: str | None = None,
        types: Collection[str] = (),
    ) -> AsyncIterator[Logged]:
        """Each wanted event after the position ``from_id``, as it happens, for ever.

        ``$`` is the end of the log at the first step of the iteration; take
        :meth:`end` before doing something whose events must not be missed. When the
        server goes away this waits, with growing pauses, and goes on after the last
        event it gave: none is missed and none comes twice, unless the reader is
        :data:`MAXLEN` events behind. Raises :class:`BadInput` for a position that is
        none.
        """
        wanted = Wanted(contact, types)
        position = None if from_id == NOW else _position(from_id)
        failures = 0
        answer: Any = None
        while True:
            try:
                # Also after silence: the client may have reconnected by itself.
                if position is None or not answer:
                    position = await self._resume_at(position)
                answer = await self._redis.xread(
                    {self._stream: position}, count=_PAGE, block=_BLOCK_MS
                )
            except (RedisError, OSError) as error:
                if not failures:
                    log.warning("event_log.unreachable", error=type(error).__name__)
                await asyncio.sleep(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
                failures, answer = failures + 1, None
                continue
            if failures:
                log.info("event_log.reachable", attempts=failures)
                failures = 0
            for entry in _entries(answer):
                position = entry[0]
                logged = _read(entry)
                if logged is not None and wanted(logged.event):
                    yield logged

    async def _resume_at(self, position: str | None) -> str:
        """Where to go on: ``position``, or the end of the log if that lies before it.

        A server that came back without its latest data counts on from where its
        log ends, and would never reach a position beyond.
        """
        try:
            info = await self._redis.xinfo_stream(self._stream)
        except ResponseError:
            return BEGINNING
        end = str(info["last-generated-id"])
        return end if position is None or _order(end) < _order(position) else position


def _position(text: str) -> str:
    try:
        _order(text)
    except ValueError:
        raise BadInput(
            f"{text!r} is no position in the event log.",
            hint="Positions look like 1767225600000-0; '$' is now, '0-0' the beginning.",
        ) from None
    return text


def _order(position: str) -> tuple[int, int]:
    milliseconds, _, number = position.partition("-")
    return int(milliseconds), int(number or 0)


def _entries(answer: Any) -> list[tuple[str, dict[str, str]]]:
    """The entries of an XREAD of one stream, in RESP 2 (list) and RESP 3 (map)."""
    if not answer:
        return []
    if isinstance(answer, dict):
        (entries,) = answer.values()
        # RESP 3 wraps the entries of a stream in one more list.
        return list(entries[0] if entries and isinstance(entries[0], list) else entries)
    return list(answer[0][1])


def _read(entry: tuple[str, dict[str, str]]) -> Logged | None:
    position, fields = entry
    try:
        return Logged(position, decode(fields))
    except (ValueError, KeyError, TypeError) as error:
        log.error("event_log.unreadable", position=position, error=type(error).__name__)
        return None


def _unavailable(error: Exception) -> RedisUnavailable:
    return RedisUnavailable(
        f"The event log cannot be read: {error}.",
        hint="Is the Redis-protocol server running, and is REDIS_URL right?",
    )
