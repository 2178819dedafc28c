"""Events on their way to a slow reader: partials give way, finals never."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from media.recognition.contract import Heard, Kind, Said

BOUND = 256


class EventQueue:
    """At most ``bound`` events, beyond which the oldest partial is dropped, then the
    oldest committed; only what must never be lost goes beyond it."""

    def __init__(self, bound: int = BOUND) -> None:
        self._bound = bound
        self._items: deque[Said] = deque()
        self._more = asyncio.Event()
        self._closed = False
        self.dropped = 0

    def put(self, item: Said) -> None:
        """Add; never waits."""
        if self._closed:
            return
        if len(self._items) >= self._bound:
            self._drop(Kind.PARTIAL) or self._drop(Kind.COMMITTED)
        self._items.append(item)
        self._more.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._more.set()

    async def __aiter__(self) -> AsyncIterator[Said]:
        while True:
            while self._items:
                yield self._items.popleft()
            if self._closed:
                return
            self._more.clear()
            await self._more.wait()

    def _drop(self, kind: Kind) -> bool:
        for item in self._items:
            if isinstance(item, Heard) and item.kind is kind:
                self._items.remove(item)
                self.dropped += 1
                return True
        return False
