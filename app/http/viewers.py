"""Those who watch the wall, each with a bounded queue.

Messages (JSON objects, ``seq`` counts them for everybody alike)::

    {"type": "state", "seq": 7, "now": 1767225600.0, "state": {...}}
    {"type": "change", "seq": 8, "now": ..., "changes": [["agents", "li.wei", {...}]],
     "events": [...]}

Whoever is too slow to take them loses none of the truth: the queue is emptied and
the whole state comes next.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from core import metrics
from core.clock import STEADY, to_epoch

BOUND: Final = 256
STATE, CHANGE = "state", "change"


class Viewer:
    """One who watches."""

    def __init__(self, viewers: Viewers, bound: int) -> None:
        self._viewers = viewers
        self._bound = bound
        self._messages: deque[str] = deque()
        self._needs_state = True
        self._wake = asyncio.Event()
        self._wake.set()
        self.closed = False

    def put(self, message: str) -> None:
        """Queue ``message``, or fall back to the whole state when the queue is full."""
        if self._needs_state:
            return  # the state that comes next contains it
        if len(self._messages) >= self._bound:
            self._messages.clear()
            self._needs_state = True
            metrics.events_dropped_total.labels("live").inc()
        else:
            self._messages.append(message)
        self._wake.set()

    async def next(self) -> str | None:
        """The next message; None when it is over."""
        while not self.closed:
            if self._needs_state:
                self._needs_state = False
                return self._viewers.state_message()
            if self._messages:
                return self._messages.popleft()
            self._wake.clear()
            await self._wake.wait()
        return None

    def close(self) -> None:
        """Let it go."""
        self.closed = True
        self._viewers.leave(self)
        self._wake.set()


class Viewers:
    """All who watch; ``state`` gives the whole state."""

    def __init__(self, state: Callable[[], Any], *, bound: int = BOUND) -> None:
        self._state = state
        self._bound = bound
        self._all: set[Viewer] = set()
        self._seq = 0

    def __len__(self) -> int:
        return len(self._all)

    def join(self) -> Viewer:
        """One more; the whole state is its first message."""
        viewer = Viewer(self, self._bound)
        self._all.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """One less; no error if it left before."""
        self._all.discard(viewer)

    def send(self, changes: Sequence[Any], events: Sequence[Any]) -> None:
        """Tell everybody. Never blocks."""
        self._seq += 1
        message = self._message(CHANGE, changes=changes, events=events)
        for viewer in tuple(self._all):
            viewer.put(message)

    def state_message(self) -> str:
        """The whole state as of the last :meth:`send`."""
        return self._message(STATE, state=self._state())

    def close(self) -> None:
        """Everybody leaves."""
        for viewer in tuple(self._all):
            viewer.close()

    def _message(self, type_: str, **fields: Any) -> str:
        head = {"type": type_, "seq": self._seq, "now": to_epoch(STEADY.now())}
        return json.dumps(head | fields, ensure_ascii=False, separators=(",", ":"))
