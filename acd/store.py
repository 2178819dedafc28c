"""The live state in the Redis-protocol server, and the only way to change it.

Keys (below the installation's prefix):

=====================  ==========================================================
``contact:{id}``       JSON of a contact; ``contact:{id}:events`` list, oldest first
``agent:{id}``         JSON of an agent
``offer:{id}``         JSON of an offer; expires a day after it was made or accepted,
                       an hour after it came to nothing
``contacts, agents``   sets of ids
``dirty``              hash: contact -> version that the database has yet to store
``events``             stream of all events, field ``e``
``queue:{name}``       sorted set of the contacts that wait in a queue, first first
``wait:{need}``        ...of all that ask for the same; ``needs`` lists the non-empty
``ready:{profile}``    sorted set of ready agents alike; ``profiles`` lists them
=====================  ==========================================================

A reader sees whole changes only. One server (with replicas, if wanted) holds all;
the scripts address keys by their content, so a sharded cluster is not supported.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from acd import codec
from acd.change import Change
from acd.choice import Head
from acd.errors import QueueFull, VersionConflict
from acd.model import Agent, Contact, Offer
from core.log import get_logger
from core.redis import Keys, RedisUnavailable

log = get_logger(__name__)
T = TypeVar("T")
_OBJECTS_SENT_ALONG = 16
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5  # seconds between two attempts
_LUA = Path(__file__).parent / "lua"


@dataclass(slots=True)
class Scene:
    """A contact with the agent and the offer bound to it, at one instant."""

    contact: Contact | None = None
    agent: Agent | None = None
    offer: Offer | None = None
    second: Agent | None = None  # whom the agent consults
    other: Agent | None = None  # a further agent, asked for by id


@dataclass(slots=True)
class Heads:
    """The first of each line of waiting contacts and of ready agents, foremost first;
    of the foremost also the objects (JSON by id; None: does not exist)."""

    contacts: list[Head]
    agents: list[Head]
    texts: dict[str, str | None]


class Store:
    """Reads and writes. While the server is away each call waits for it, up to
    ``patience`` seconds, then raises :class:`~core.redis.RedisUnavailable`: what a
    medium reports must not be lost because the server is being restarted.
    ``on_given_up`` is called for each call that waited in vain."""

    def __init__(self, redis: Redis, keys: Keys, *, patience: float = 30.0) -> None:
        self.keys = keys
        self._redis = redis
        self.patience = patience
        self.on_given_up: Callable[[], None] | None = None
        self._begun = 0
        self._running: set[int] = set()
        self._commit = redis.register_script((_LUA / "commit.lua").read_text())
        self._scene = redis.register_script((_LUA / "scene.lua").read_text())
        self._heads = redis.register_script((_LUA / "heads.lua").read_text())

    async def commit(self, change: Change) -> None:
        """Write ``change`` whole.

        Raises :class:`~acd.errors.VersionConflict` if a thing is not at the version
        it was read at and :class:`~acd.errors.QueueFull`; nothing is written then.
        """
        arguments = change.arguments()
        answer = await self._call(lambda: self._commit(args=arguments))
        if answer[0] == "conflict":
            raise VersionConflict(f"{answer[1]} was changed by somebody else.", key=answer[1])
        if answer[0] == "full":
            raise QueueFull(
                f"{answer[1]} is full.",
                hint="Send the contact elsewhere, or raise max_waiting of the queue.",
            )

    async def scene(self, kind: str, id_: str, other: str | None = None) -> Scene:
        """All that is bound to a ``contact``, ``agent`` or ``offer``, and the agent
        ``other``; what does not exist is None."""
        arguments = [self.keys.prefix, kind, id_, *([other] if other else ())]
        answer = await self._call(lambda: self._scene(args=arguments))
        contact, agent, offer, second, further = (
            json.loads(text) if text else None for text in answer
        )
        return Scene(
            codec.contact_from_dict(contact) if contact else None,
            codec.agent_from_dict(agent) if agent else None,
            codec.offer_from_dict(offer) if offer else None,
            codec.agent_from_dict(second) if second else None,
            codec.agent_from_dict(further) if further else None,
        )

    async def heads(self) -> Heads:
        """Whom the next decision is about; empty if nobody waits or nobody is ready."""
        keys = [self.keys("needs"), self.keys("profiles")]
        arguments: list[str | int] = [self.keys.prefix, _OBJECTS_SENT_ALONG]
        waiting, ready, texts = await self._call(lambda: self._heads(keys=keys, args=arguments))
        contacts = _heads(waiting, len(self.keys("wait", "")))
        agents = _heads(ready, len(self.keys("ready", "")))
        ids = [head.id for head in (*contacts[:1], *agents)]
        return Heads(contacts, agents, dict(zip(ids, texts, strict=False)))

    async def pair(
        self, contact_id: str, agent_id: str, known: Mapping[str, str | None]
    ) -> tuple[Contact | None, Agent | None]:
        """A contact and an agent that are not (yet) bound to each other; from ``known``
        (of a moment ago: a write will tell if it is outdated) or else read now."""
        if contact_id in known and agent_id in known:
            contact, agent = known[contact_id], known[agent_id]
        else:
            keys = [self.keys("contact", contact_id), self.keys("agent", agent_id)]
            contact, agent = await self._call(lambda: self._redis.mget(keys))
        return (
            codec.contact_from_dict(json.loads(contact)) if contact else None,
            codec.agent_from_dict(json.loads(agent)) if agent else None,
        )

    async def contacts(self) -> list[Contact]:
        """All contacts in Redis, those that ended but are not stored yet included."""
        texts = await self._all("contacts", "contact")
        return [codec.contact_from_dict(json.loads(text)) for text in texts]

    async def agents(self) -> list[Agent]:
        """All agents that ever logged in."""
        return [codec.agent_from_dict(json.loads(t)) for t in await self._all("agents", "agent")]

    async def offers(self, ids: Sequence[str]) -> dict[str, Offer]:
        """Those of the offers that exist."""
        texts = await self._get_all("offer", ids)
        offers = [codec.offer_from_dict(json.loads(text)) for text in texts]
        return {offer.id: offer for offer in offers}

    async def line(self, *parts: str) -> list[str]:
        """Members of a sorted set, first first."""
        found = await self._call(lambda: self._redis.zrange(self.keys(*parts), 0, -1))
        return [str(member) for member in found]

    async def lines(self, registry: str) -> list[str]:
        """The lines that ``needs`` or ``profiles`` names, without their prefix."""
        found = await self._call(lambda: self._redis.smembers(self.keys(registry)))
        return [str(name).removeprefix(f"{self.keys.prefix}:") for name in found]

    async def place(self, queue: str, contact_id: str) -> int | None:
        """How many wait before the contact; None if it does not wait there."""
        found = await self._call(lambda: self._redis.zrank(self.keys("queue", queue), contact_id))
        return None if found is None else int(found)

    async def forget_place(self, kind: str, head: Head) -> None:
        """Repair: take out of a line (``wait`` or ``ready``) who must not be in it."""
        await self._call(lambda: self._redis.zrem(self.keys(kind, head.line), head.id))

    async def _all(self, registry: str, kind: str) -> list[str]:
        ids = await self._call(lambda: self._redis.smembers(self.keys(registry)))
        return await self._get_all(kind, sorted(ids))

    async def _get_all(self, kind: str, ids: Sequence[str]) -> list[str]:
        texts: list[str] = []
        for start in range(0, len(ids), 500):
            keys = [self.keys(kind, id_) for id_ in ids[start : start + 500]]
            found = await self._call(partial(self._redis.mget, keys))
            texts += [text for text in found if text]
        return texts

    async def answers(self) -> None:
        """Wait, for ever, until the server answers and every call that had to wait for
        it until now is done."""
        while True:
            try:
                await self._redis.ping()
                break
            except (RedisError, OSError):
                await asyncio.sleep(_LONGEST_PAUSE)
        last = self._begun
        while any(call <= last for call in self._running):
            await asyncio.sleep(_FIRST_PAUSE)

    async def _call(self, work: Callable[[], Awaitable[Any]]) -> Any:
        self._begun += 1
        call = self._begun
        self._running.add(call)
        try:
            return await self._patiently(work)
        except RedisUnavailable:
            if self.on_given_up is not None:
                self.on_given_up()
            raise
        finally:
            self._running.discard(call)

    async def _patiently(self, work: Callable[[], Awaitable[Any]]) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return await work()
            except (RedisConnectionError, RedisTimeoutError, OSError) as error:
                if loop.time() >= until:
                    raise RedisUnavailable(
                        f"The Redis-protocol server has not answered for {self.patience:g} s.",
                        hint="Is it running, and is REDIS_URL right?",
                    ) from error
                if pause == _FIRST_PAUSE:
                    log.warning("store.waiting_for_redis", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)


def _heads(flat: Sequence[str], prefix: int) -> list[Head]:
    return [Head(flat[i][prefix:], flat[i + 1], float(flat[i + 2])) for i in range(0, len(flat), 3)]
