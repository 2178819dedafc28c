"""Finds out why, for a contact in progress."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from acd.contact_states import ContactState
from acd.engine import existing
from acd.model import Contact, QueueConfig
from acd.router import Router
from acd.why.steps import Step, steps_of
from acd.why.waiting import Asks, Cause, Scenery, Waits, asks, look
from core.events import Event
from core.redis import RedisUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """``waits`` is None unless it waits in a queue now."""

    contact_id: str
    state: str
    queue: str | None
    agent_id: str | None
    at: datetime
    steps: tuple[Step, ...]
    waits: Waits | None = None


class Explanations:
    """Of one process; ``redis`` is where the router's state lives."""

    def __init__(self, router: Router, redis: Redis) -> None:
        self._router = router
        self._redis = redis
        self._of: object = None
        self._queues: dict[str, QueueConfig] = {}

    async def live(self, contact_id: str, *, agents: Collection[str] | None = None) -> Why:
        """Why, for a contact in progress; of the ``agents`` (all, if not given) it is
        said what hinders them. Raises :class:`~acd.errors.ContactNotFound` and
        :class:`~core.redis.RedisUnavailable`."""
        scene = await self._router.store.scene("contact", contact_id)
        contact = existing(scene.contact, contact_id)
        events = await self._events(contact_id)
        waits = None
        if contact.state is ContactState.QUEUED:
            scenery = await self._scenery(agents)
            waits = await look(contact, scenery, await self._hindrance(contact))
        return Why(
            contact_id=contact.id, state=contact.state.value, queue=contact.queue,
            agent_id=contact.agent_id, at=self._router.clock.now(),
            steps=tuple(steps_of(events)), waits=waits,
        )  # fmt: skip

    async def asks(self, contact: Contact) -> Asks:
        """What a contact that waits asks for now, and what comes next."""
        return asks(contact, await self._scenery((), everybody=False))

    async def _events(self, contact_id: str) -> list[Event]:
        key = self._router.keys("contact", contact_id, "events")
        try:
            texts: list[Any] = await self._redis.lrange(key, 0, -1)
        except (RedisError, OSError) as error:
            raise RedisUnavailable(
                "The events of the contact cannot be read.", hint="Try again in a moment."
            ) from error
        return [Event.from_dict(json.loads(text)) for text in texts]

    async def _scenery(self, shown: Collection[str] | None, *, everybody: bool = True) -> Scenery:
        router = self._router
        configured = {config.id: config for config in router.directory.agents()}
        people = {
            agent.id: (agent, configured[agent.id])
            for agent in await router.agents.all()
            if agent.id in configured
        }
        contacts = await router.store.contacts() if everybody else []
        waiting = [c for c in contacts if c.state is ContactState.QUEUED]
        return Scenery(
            now=router.clock.now(), queues=self._named(), policies=router.policies,
            contacts=waiting, agents=people, shown=people.keys() if shown is None else shown,
        )  # fmt: skip

    def _named(self) -> dict[str, QueueConfig]:
        """The queues by name; one object for as long as the directory has the same ones,
        since what is derived from them is remembered by it."""
        board = self._router.board
        if board is not None:
            return board.queues
        queues = self._router.directory.queues()
        if queues is not self._of:
            self._of = queues
            self._queues = {queue.name: queue for queue in queues}
        return self._queues

    async def _hindrance(self, contact: Contact) -> Cause | None:
        router = self._router
        if await router.store.get(router.keys("leader")) is None:
            return Cause.NOBODY_LEADS
        if contact.node and contact.node not in router.leadership.nodes:
            return Cause.NODE_GONE
        if contact.medium.value in (await router.store.shut()).get(contact.node, ()):
            return Cause.MEDIUM_SHUT
        return None
