"""Writes: whole or not at all, once, and patient while the server is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.engine import make_url

from acd import moves
from acd.agent_states import AgentState
from acd.change import Change
from acd.contact_states import ContactState
from acd.errors import Fenced, QueueFull, VersionConflict
from acd.model import Contact, Medium
from acd.store import Store
from core import redis as redis_access
from core.clock import SystemClock
from core.ports import PortBlock
from core.redis import Keys, RedisUnavailable
from tests.support.proxy import proxy_to
from tests.support.routing import QUEUES, House
from tests.support.valkey import ValkeyFactory
from tests.support.wait import eventually

KEYS = Keys("test")


def new_contact(id_: str = "con_1") -> tuple[Change, Contact]:
    now = SystemClock().now()
    contact = Contact(
        id=id_, medium=Medium.VOICE, channel="phone", direction="inbound", created_at=now
    )
    change = Change(KEYS, now)
    moves.arrived(change, contact)
    return change, contact


async def everything(redis: Redis) -> dict[str, Any]:
    """All keys, but for what a process remembers of its own last batch."""
    keys: Iterable[Any] = await redis.keys("*")
    return {key: await redis.dump(key) for key in sorted(keys) if ":wrote:" not in key}


async def test_a_write_that_fails_leaves_no_trace(redis: Redis) -> None:
    store = Store(redis, KEYS)
    change, contact = new_contact()
    await store.commit(change)
    before = await everything(redis)

    outdated = Change(KEYS, change.now)
    contact.version -= 1
    moves.ivr_started(outdated, contact)
    with pytest.raises(VersionConflict):
        await store.commit(outdated)
    again, _ = new_contact()  # exists already
    with pytest.raises(VersionConflict):
        await store.commit(again)
    full = Change(KEYS, change.now)
    current = (await store.scene("contact", contact.id)).contact
    assert current is not None
    moves.queued(full, current, QUEUES[0])
    full.require_room("sales", 0, contact.id)
    with pytest.raises(QueueFull):
        await store.commit(full)
    late = Change(KEYS, change.now)
    current = (await store.scene("contact", contact.id)).contact
    assert current is not None
    moves.queued(late, current, QUEUES[0])
    late.fence = (KEYS("epoch"), "7")
    with pytest.raises(Fenced):
        await store.commit(late)
    assert await everything(redis) == before


async def test_a_refused_change_stops_no_other_of_its_batch(redis: Redis) -> None:
    store = Store(redis, KEYS)
    first, again, other = new_contact()[0], new_contact()[0], new_contact("con_2")[0]
    answers = await asyncio.gather(*(store.submit(change) for change in (first, again, other)))
    assert answers == ["ok", f"conflict {KEYS('contact', 'con_1')}", "ok"]
    assert await redis.xlen(KEYS("events")) == 2


async def test_the_same_write_sent_twice_happens_once(redis: Redis, redis_url: str) -> None:
    """The server wrote, and its answer was lost on the way: the client sends it again."""
    block = PortBlock.reserve()
    port = make_url(redis_url).port
    assert port is not None
    proxy = await proxy_to(port, block)
    through = redis_access.connect(redis_url.replace(f":{port}", f":{proxy.port}"))
    store = Store(through, KEYS)
    written: list[Change] = []
    store.on_written = written.append
    await store.commit(new_contact("con_0")[0])  # the script is known now
    change, contact = new_contact()
    proxy.lose_replies()
    answer = store.submit(change)

    async def is_there() -> bool:
        return bool(await redis.exists(KEYS("contact", contact.id)))

    await eventually(is_there, "the server has written")
    await proxy.cut()
    assert not answer.done()
    await proxy.mend()
    assert await answer == "ok"
    assert [entry for one in written for entry in one.entries] == [
        KEYS("contact", "con_0"), KEYS("contact", contact.id),
    ]  # fmt: skip
    assert await redis.llen(KEYS("contact", contact.id, "events")) == 1
    assert await redis.xlen(KEYS("events")) == 2
    await store.close()
    await through.aclose()
    await proxy.close()
    block.release()


async def test_no_offer_is_kept_for_ever(house: House) -> None:
    """Not even a pending one whose contact vanished; one that stands is kept a day."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    offer = await house.medium.rings("anna")
    key = house.keys("offer", offer.id)
    assert 80_000 < await house.redis.ttl(key) <= 86_400
    await house.medium.picks_up("anna")
    await house.contact_is(contact_id, ContactState.CONNECTED)
    assert 80_000 < await house.redis.ttl(key) <= 86_400
    await house.ready("bo")
    other = await house.customer("sales")
    rung = await house.medium.rings("bo")
    await house.medium.customer_hangs_up(other)
    assert 3000 < await house.redis.ttl(house.keys("offer", rung.id)) <= 3600


async def test_it_waits_for_the_server_but_not_for_ever(valkey_factory: ValkeyFactory) -> None:
    server = await valkey_factory()
    redis = redis_access.connect(server.url)
    store = Store(redis, KEYS, patience=0.5)
    await server.kill()
    with pytest.raises(RedisUnavailable) as caught:
        await store.scene("contact", "con_1")
    assert isinstance(caught.value.__cause__, RedisConnectionError)
    await redis.aclose()


async def test_valkey_is_killed_and_nothing_that_waits_is_lost(
    valkey_factory: ValkeyFactory,
) -> None:
    """Kill -9 in the middle of a conversation, with customers waiting and an offer out.
    What happens while it is away is written when it is back, in order."""
    server = await valkey_factory()
    redis = redis_access.connect(server.url)
    house = House(redis)
    await house.router.recover()
    talking = await house.connect("support", "anna")
    waiting = [await house.customer("sales", priority=i) for i in range(5)]
    ages = [(await house.contact(id_)).enqueued_at for id_ in waiting]
    await house.ready("bo")
    await house.medium.rings("bo", waiting[4])

    await server.kill()
    left = asyncio.gather(
        house.medium.customer_hangs_up(talking),
        house.medium.customer_hangs_up(waiting[4]),
    )
    await server.start()
    await left
    contact = await house.contact(talking)
    assert contact.state is ContactState.ENDED
    assert (await house.contact(waiting[4])).state is ContactState.ENDED
    # Both agents were freed: the two foremost of the waiting are offered to them.
    await house.medium.rings("bo", waiting[3])
    await house.medium.rings("anna", waiting[2])
    assert [(await house.contact(id_)).enqueued_at for id_ in waiting] == ages
    assert await house.router.position(waiting[1]) == 1
    assert (await house.agent("anna")).state is AgentState.OFFERED
    await house.check()
    await house.close()
    await redis.aclose()
