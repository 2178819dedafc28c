"""Events: what happened, in order, for whoever wants to know.

An :class:`Event` is a fact in the past tense (``contact.queued``). Inside the
process the :class:`EventBus` hands it to subscribers; ``core.event_log`` keeps
it in a Redis stream, where other processes and ``parley events`` read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import ids
from core.clock import from_epoch, to_epoch
from core.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    ``type`` is ``<noun>.<past verb>``; ``contact_id`` and ``agent_id`` say whom it
    concerns; ``data`` holds JSON values only. ``seq`` counts the events of one
    contact from 1, so that a reader can see a gap; 0 means 'not of a contact'.
    """

    type: str
    at: datetime
    contact_id: str | None = None
    agent_id: str | None = None
    seq: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: ids.new_id(ids.EVENT))

    def as_dict(self) -> dict[str, Any]:
        """JSON form; the time as seconds since the epoch, UTC."""
        return {
            "id": self.id,
            "type": self.type,
            "at": to_epoch(self.at),
            "contact_id": self.contact_id,
            "agent_id": self.agent_id,
            "seq": self.seq,
            "data": dict(self.data),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Event:
        """The inverse of :meth:`as_dict`."""
        return cls(
            id=raw["id"],
            type=raw["type"],
            at=from_epoch(raw["at"]),
            contact_id=raw.get("contact_id"),
            agent_id=raw.get("agent_id"),
            seq=raw.get("seq", 0),
            data=raw.get("data", {}),
        )


class Subscription:
    """A bounded view on the bus. When the reader is too slow the oldest events
    are dropped and counted in :attr:`missed`; the reader then fetches state anew."""

    def __init__(self, wanted: Callable[[Event], bool], bound: int) -> None:
        self.wanted = wanted
        self.missed = 0
        self._queue: asyncio.Queue[Event] = asyncio.Queue(bound)

    def offer(self, event: Event) -> None:
        if not self.wanted(event):
            return
        if self._queue.full():
            self._queue.get_nowait()
            self.missed += 1
        self._queue.put_nowait(event)

    async def next(self) -> Event:
        return await self._queue.get()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            yield await self.next()


class EventBus:
    """In-process fan-out. ``publish`` never blocks and never raises."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` at once with each event; it must be quick."""
        self._listeners.append(listener)

    @property
    def heeded(self) -> bool:
        """Whether anybody would hear an event."""
        return bool(self._listeners or self._subscriptions)

    def publish(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception as error:
                log.error("event.listener_failed", type=event.type, exc_info=error)
        for subscription in tuple(self._subscriptions):
            subscription.offer(event)

    @contextmanager
    def subscribe(
        self, wanted: Callable[[Event], bool] = lambda _: True, *, bound: int = 1000
    ) -> Iterator[Subscription]:
        """Receive the events that ``wanted`` accepts, from now on."""
        subscription = Subscription(wanted, bound)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
