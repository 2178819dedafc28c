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
``last:{customer}``    agent who served a customer last, and when
``routers``            sorted set of router processes and until when each is alive;
                       ``leader``, ``epoch``: who matches (:mod:`acd.leadership`)
``changes``            stream of what each router wrote, for the others
``wrote:{process}``    the last batch of a process and its answer
=====================  ==========================================================

A reader sees whole changes only. One server (with replicas, if wanted) holds all;
the scripts address keys by their content, so a sharded cluster is not supported.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from acd import codec
from acd.cache import Cache
from acd.change import Change, Thing, key_of
from acd.contact_states import ContactState
from acd.errors import Fenced, QueueFull, VersionConflict
from acd.group_commit import TOLD_ENTRIES, GroupCommit
from acd.model import Agent, Contact, Offer
from acd.offer_states import OfferState
from acd.scene import Held, Scene, united, with_foremost
from core.log import get_logger
from core.redis import Keys, RedisUnavailable

log = get_logger(__name__)
T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5  # seconds between two attempts
_PROBE = "redis.call('SET', KEYS[1], '') return redis.call('DEL', KEYS[1])"
_TAKE = (
    "if redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX') then return ARGV[1] end "
    "return redis.call('GET', KEYS[1])"
)
_GIVE_BACK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
_PAGE = 500  # things decoded in one turn of the event loop
_MOST_READING = 16  # at once; there are connections left for other things then
_LUA = Path(__file__).parent / "lua"


class Store:
    """Reads and writes. While the server is away each call waits for it, up to
    ``patience`` seconds, then raises :class:`~core.redis.RedisUnavailable`: what a
    medium reports must not be lost because the server is being restarted.
    ``on_given_up`` is called for each call that waited in vain, ``on_written`` for each
    change that was written, in order. ``process`` names this process among others."""

    def __init__(
        self, redis: Redis, keys: Keys, *, patience: float = 30.0, process: str = "alone"
    ) -> None:
        self.keys = keys
        self.cache = Cache()
        self._redis = redis
        self.patience = patience
        self.on_given_up: Callable[[], None] | None = None
        self.on_written: Callable[[Change], None] | None = None
        self._begun = 0
        self._running: set[int] = set()
        self._reading = asyncio.Semaphore(_MOST_READING)
        self._scene = redis.register_script((_LUA / "scene.lua").read_text())
        self._writes = GroupCommit(
            redis, keys, process, self._call, self._wrote, self._refused, self._given_up
        )

    async def close(self) -> None:
        """Write what waits to be written."""
        await self._writes.close()

    def submit(self, change: Change) -> asyncio.Future[str]:
        """Write ``change`` whole, without waiting; the answer is ``ok``, ``conflict KEY``,
        ``fenced`` or ``full KEY``.

        What is written is remembered at once, so that the next change can build on it
        before the answer is there: if this one is refused, so are those, by their stamps.
        """
        change.encode()
        answer = self._writes.submit(change)
        for entry in change.entries.values():
            self.cache.put(entry.key, entry.text)
        return answer

    async def settled(self) -> None:
        """Wait until all that was submitted until now is answered."""
        await self._writes.settled()

    async def commit(self, change: Change) -> None:
        """Write ``change`` whole.

        Raises :class:`~acd.errors.VersionConflict` if a thing is not at the version
        it was read at, :class:`~acd.errors.Fenced` and
        :class:`~acd.errors.QueueFull`; nothing is written then.
        """
        answer = await asyncio.shield(self.submit(change))
        if answer == "ok":
            return
        kind, _, key = answer.partition(" ")
        if kind == "full":
            raise QueueFull(
                f"{key} is full.",
                hint="Send the contact elsewhere, or raise max_waiting of the queue.",
            )
        if kind == "fenced":
            raise Fenced("Another router leads by now.", hint="It goes on with the work.")
        self.cache.drop(key)
        raise VersionConflict(f"{key} was changed by somebody else.", key=key)

    def told(self, key: str, thing: Thing, text: bytes) -> bool:
        """Another process wrote this; False if something later was written already."""
        if self.cache.certain(key) > thing.version:
            return False
        self.cache.confirm(key, thing.version)
        if _is_over(thing):
            self.cache.over(key, thing.version)
        elif self.cache.version(key) <= thing.version:
            self.cache.put(key, text)
        return True

    def _given_up(self) -> None:
        if self.on_given_up is not None:
            self.on_given_up()

    def _refused(self, change: Change) -> None:
        for entry in change.entries.values():
            self.cache.drop(entry.key)

    def _wrote(self, change: Change) -> None:
        for entry in change.entries.values():
            self.cache.confirm(entry.key, entry.thing.version)
            if _is_over(entry.thing):
                self.cache.over(entry.key, entry.thing.version)
        if self.on_written is not None:
            self.on_written(change)

    def remembered(self, kind: str, id_: str, other: str | None = None) -> Scene | None:
        """What :meth:`scene` would say, as far as this process knows; None if it does
        not know all of it."""
        if kind == "agent":
            return self._remembered_agent(id_, other)
        cache, keys, scene = self.cache, self.keys, Scene(remembered=True)
        contact_id: str | None = id_
        if kind == "offer":
            offer = scene.offer = cache.offer(keys("offer", id_))
            if offer is None:
                return None
            contact_id, agent_id, second_id = offer.contact_id, offer.agent_id, None
        contact = scene.contact = cache.contact(keys("contact", contact_id or ""))
        if contact is None:
            return None
        if kind == "contact":
            agent_id, second_id = contact.agent_id or "", contact.consult_agent_id
            if contact.offer_id is not None:
                scene.offer = cache.offer(keys("offer", contact.offer_id))
                if scene.offer is None:
                    return None
        peer_id = contact.peer_agent_id
        for name, agent in (
            ("agent", agent_id), ("second", second_id), ("other", other), ("peer", peer_id),
        ):  # fmt: skip
            if agent:
                found = cache.agent(keys("agent", agent))
                if found is None:
                    return None
                setattr(scene, name, found)
        return united(scene)

    def _remembered_agent(self, agent_id: str, other: str | None) -> Scene | None:
        cache, keys = self.cache, self.keys
        agent = cache.agent(keys("agent", agent_id))
        if agent is None or other is not None:
            return None
        scene = Scene(agent=agent, remembered=True)
        for one in agent.assignments:
            contact = cache.contact(keys("contact", one.contact_id))
            offer = cache.offer(keys("offer", one.offer_id)) if one.offer_id else None
            if contact is None or (offer is None and one.offer_id):
                return None
            scene.held[one.contact_id] = Held(contact, offer)
        return with_foremost(scene)

    async def scene(self, kind: str, id_: str, other: str | None = None) -> Scene:
        """All that is bound to a ``contact``, ``agent`` or ``offer``, and the agent
        ``other``, read at one instant; what does not exist is None."""
        arguments = [self.keys.prefix, kind, id_, *([other] if other else ())]
        async with self._reading:
            answer = await self._call(lambda: self._scene(args=arguments))
        contact, agent, offer, second, further, peer = answer[:6]
        scene = Scene(
            self._contact(contact), self._agent(agent), self._offer(offer),
            self._agent(second), self._agent(further), self._agent(peer),
        )  # fmt: skip
        if scene.agent is not None and kind == "agent":
            pairs = zip(answer[6::2], answer[7::2], strict=True)
            for one, (contact, offer) in zip(scene.agent.assignments, pairs, strict=True):
                scene.held[one.contact_id] = Held(self._contact(contact), self._offer(offer))
            return with_foremost(scene)
        return united(scene)

    def _contact(self, text: str | None) -> Contact | None:
        return self._known(codec.contact(text), text) if text else None

    def _agent(self, text: str | None) -> Agent | None:
        return self._known(codec.agent(text), text) if text else None

    def _offer(self, text: str | None) -> Offer | None:
        return self._known(codec.offer(text), text) if text else None

    def _known(self, thing: Any, text: str) -> Any:
        self.cache.learn(key_of(thing, self.keys), text.encode())
        return thing

    async def contacts(self) -> list[Contact]:
        """All contacts in Redis, those that ended but are not stored yet included."""
        return await self._decoded(await self._all("contacts", "contact"), codec.contact)

    async def agents(self) -> list[Agent]:
        """All agents that ever logged in."""
        return await self._decoded(await self._all("agents", "agent"), codec.agent)

    async def offers(self, ids: Sequence[str]) -> dict[str, Offer]:
        """Those of the offers that exist."""
        texts = await self._get_all("offer", ids)
        return {offer.id: offer for offer in await self._decoded(texts, codec.offer)}

    async def _decoded(self, texts: Sequence[str], decode: Callable[[str], T]) -> list[T]:
        """What can be read of them: one that another version of ours has written, and
        that this one does not understand, must not stop all others."""
        found = []
        for number, text in enumerate(texts, start=1):
            try:
                found.append(decode(text))
            except ValueError as error:
                log.error("store.unreadable", start=text[:80], error=str(error)[:200])
            if number % _PAGE == 0:
                await asyncio.sleep(0)
        return found

    async def line(self, *parts: str) -> list[str]:
        """Members of a sorted set, first first."""
        found = await self._call(lambda: self._redis.zrange(self.keys(*parts), 0, -1))
        return [str(member) for member in found]

    async def place(self, queue: str, contact_id: str) -> int | None:
        """How many wait before the contact; None if it does not wait there."""
        found = await self._call(lambda: self._redis.zrank(self.keys("queue", queue), contact_id))
        return None if found is None else int(found)

    async def get(self, key: str) -> str | None:
        """A small key."""
        found = await self._call(lambda: self._redis.get(key))
        return None if found is None else str(found)

    async def put(self, key: str, value: str, seconds: int) -> None:
        """Write a small key that is of no contact."""
        await self._call(lambda: self._redis.set(key, value, ex=seconds))

    async def take(self, key: str, value: str, seconds: int) -> str:
        """Write a small key unless it exists, in one step; what it holds then."""
        arguments = (_TAKE, 1, key, value, seconds)
        return str(await self._call(lambda: self._redis.eval(*arguments)))

    async def give_back(self, key: str, value: str) -> None:
        """Delete a small key if it still holds ``value``."""
        await self._call(lambda: self._redis.eval(_GIVE_BACK, 1, key, value))

    async def shut(self) -> dict[str, list[str]]:
        """The media that are not served at present, by node."""
        found = await self._call(lambda: self._redis.hgetall(self.keys("shut")))
        return {str(node): list(json.loads(media)) for node, media in found.items()}

    async def tell_shut(self, node: str, media: Sequence[str], process: str) -> None:
        """Write, and tell the other processes, which media ``node`` does not serve."""
        text = json.dumps([node, list(media)])

        def work() -> Awaitable[Any]:
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(self.keys("shut"), node, json.dumps(list(media)))
            pipe.xadd(self.keys("changes"), {"p": process, "shut": text}, maxlen=TOLD_ENTRIES)
            return pipe.execute()

        await self._call(work)

    async def _all(self, registry: str, kind: str) -> list[str]:
        ids = await self._call(lambda: self._redis.smembers(self.keys(registry)))
        return await self._get_all(kind, sorted(ids))

    async def _get_all(self, kind: str, ids: Sequence[str]) -> list[str]:
        texts: list[str] = []
        for start in range(0, len(ids), 500):
            keys = [self.keys(kind, id_) for id_ in ids[start : start + 500]]
            found = await self._call(partial(self._redis.mget, keys))
            for key, text in zip(keys, found, strict=True):
                if text:
                    texts.append(text)
                    self.cache.learn(key, text.encode())
        return texts

    async def answers(self) -> None:
        """Wait, for ever, until the server answers and every call that had to wait for
        it until now is done."""
        while True:
            try:
                # It must take writes too: one out of memory, or a replica, answers.
                await self._redis.eval(_PROBE, 1, self.keys("probe"))
                break
            except (RedisError, OSError):
                await asyncio.sleep(_LONGEST_PAUSE)
        last = self._begun
        while any(call <= last for call in self._running):
            await asyncio.sleep(_FIRST_PAUSE)
        with contextlib.suppress(RedisUnavailable):  # away again: whoever asked will see
            await self._writes.fence()

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


def _is_over(thing: Thing) -> bool:
    """Whether nothing more is expected of it, so that it need not be remembered."""
    if isinstance(thing, Contact):
        return thing.state is ContactState.ENDED
    if isinstance(thing, Offer):
        return thing.state not in (OfferState.PENDING, OfferState.ACCEPTED)
    return False
