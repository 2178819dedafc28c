"""What other router processes write, as they write it.

While more than one lives, each adds what it wrote to the stream ``changes`` (the commit
script does, within the same write). Entries have the fields ``p`` (who wrote), for each
thing its key with its text, for each event ``e1``, ``e2``..., or ``shut`` (media that a
node does not serve) or ``bye`` (a leader has left).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from acd import codec
from acd.change import Thing
from core.events import Event
from core.log import get_logger
from core.redis import Keys
from core.tasks import TaskOwner

log = get_logger(__name__)

_BLOCK_MS = 2000
_PAGE = 200
_PAUSE_SECONDS = 0.2


@dataclass(slots=True)
class Told:
    """What one entry says; its parts are read when they are asked for."""

    keys: Keys
    texts: dict[str, bytes] = field(default_factory=dict)  # things by key
    told: list[str] = field(default_factory=list)  # events
    shut: tuple[str, list[str]] | None = None
    bye: bool = False

    def concerns(self, node: str) -> bool:
        """Whether a contact of ``node`` is among the things."""
        mark = f'"node":{json.dumps(node)}'.encode()
        return any(mark in text for text in self.texts.values())

    def things(self) -> list[Thing]:
        """What was written, as in ``texts``."""
        readers: tuple[tuple[str, Callable[[bytes], Thing]], ...] = (
            (self.keys("contact", ""), codec.contact),
            (self.keys("agent", ""), codec.agent),
            (self.keys("offer", ""), codec.offer),
        )
        return [
            read(text)
            for key, text in self.texts.items()
            for prefix, read in readers
            if key.startswith(prefix)
        ]

    def events(self) -> list[Event]:
        """What happened, in order."""
        return [Event.from_dict(msgspec.json.decode(text)) for text in self.told]


class Feed:
    """``told`` is called with what others wrote, in order; ``lost``, and then each of
    ``on_gap``, after the stream could not be read for a while: what is remembered may be
    outdated (``lost`` of True: something was missed for certain)."""

    def __init__(
        self, redis: Redis, keys: Keys, process: str, told: Callable[[Told], None],
        lost: Callable[[bool], None],
    ) -> None:  # fmt: skip
        self._redis = redis
        self._stream = keys("changes")
        self._process = process
        self._keys = keys
        self._told = told
        self._lost = lost
        self.on_gap: list[Callable[[], None]] = []
        self._position = "0-0"
        self._tasks = TaskOwner("acd.feed")

    async def start(self) -> None:
        """Follow from now on."""
        self._position = await self._end()
        self._tasks.keep(self._run, name="follow")

    async def close(self) -> None:
        """Follow no more."""
        await self._tasks.close()

    async def caught_up(self) -> None:
        """Wait until everything written until now was told."""
        end = _order(await self._end())
        while _order(self._position) < end:
            await asyncio.sleep(0.002)

    async def _end(self) -> str:
        last: Any = await self._redis.xrevrange(self._stream, count=1)
        return str(last[0][0]) if last else "0-0"

    async def _run(self) -> None:
        failed = False
        while True:
            try:
                if failed:
                    end = await self._end()
                    # A server that lost its latest data counts on from where it ends.
                    self._position = min(self._position, end, key=_order)
                    failed = False
                    self._gap(missed=False)
                answer: Any = await self._redis.xread(
                    {self._stream: self._position}, count=_PAGE, block=_BLOCK_MS
                )
            except (RedisError, OSError):
                failed = True
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            entries = _entries(answer)
            if len(entries) >= _PAGE and await self._missed(entries):
                self._gap(missed=True)
            for position, fields in entries:
                if fields.get("p") != self._process:
                    self._tell(position, fields)
                self._position = position

    def _gap(self, *, missed: bool) -> None:
        lost: Callable[[], None] = partial(self._lost, missed)
        for heed in (lost, *self.on_gap):
            try:
                heed()
            except Exception as error:
                log.error("feed.gap_unheeded", exc_info=error)

    async def _missed(self, entries: list[tuple[str, dict[str, str]]]) -> bool:
        """Whether the stream was cut off behind us, so far behind are we."""
        first: Any = await self._redis.xrange(self._stream, count=1)
        return bool(first) and _order(self._position) < _order(first[0][0]) == _order(entries[0][0])

    def _tell(self, position: str, fields: dict[str, str]) -> None:
        try:
            self._told(self._read(fields))
        except Exception as error:
            log.error("feed.unreadable", position=position, exc_info=error)

    def _read(self, fields: dict[str, str]) -> Told:
        told = Told(self._keys, bye="bye" in fields)
        for name, text in fields.items():
            if name == "shut":
                node, media = json.loads(text)
                told.shut = node, media
            elif name[0] == "e" and name[1:].isdigit():
                told.told.append(text)
            elif name not in ("p", "bye"):
                told.texts[name] = text.encode()
        return told


def _order(position: str) -> tuple[int, int]:
    milliseconds, _, number = position.partition("-")
    return int(milliseconds), int(number or 0)


def _entries(answer: Any) -> list[tuple[str, dict[str, str]]]:
    """The entries of an XREAD of one stream, in RESP 2 (list) and RESP 3 (map)."""
    if not answer:
        return []
    if isinstance(answer, dict):
        (entries,) = answer.values()
        return list(entries[0] if entries and isinstance(entries[0], list) else entries)
    return list(answer[0][1])
