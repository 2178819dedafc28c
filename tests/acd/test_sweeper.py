"""The sweeper finds what is stuck: each kind of damage, made by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis

from acd import codec
from tests.support.routing import House


@pytest_asyncio.fixture
async def damaged(redis: Redis) -> AsyncIterator[House]:
    """A house whose state the test spoils; no check at the end."""
    house = House(redis)
    await house.router.recover()
    yield house
    await house.close()


async def codes(house: House) -> set[str]:
    return {finding.code for finding in await house.router.sweep()}


async def spoil(house: House, kind: str, id_: str, **values: Any) -> None:
    key = house.keys(kind, id_)
    text = await house.redis.get(key)
    assert text is not None
    raw = json.loads(text)
    raw = {**raw, **values, "version": raw["version"] + 1}
    await house.redis.set(key, json.dumps(raw, separators=(",", ":")))


async def test_nothing_is_found_where_all_is_well(damaged: House) -> None:
    await damaged.connect("sales", "anna")
    await damaged.customer("sales")
    await damaged.quiet()
    assert await codes(damaged) == set()


async def test_offers(damaged: House) -> None:
    await damaged.ready("anna")
    contact_id = await damaged.customer("sales")
    offer = await damaged.medium.rings("anna")
    damaged.clock.advance(29)
    assert await codes(damaged) == set()
    damaged.clock.advance(2)  # past the deadline and the grace, and no timer fired
    assert await codes(damaged) == {"offer_overdue"}
    await spoil(damaged, "offer", offer.id, state="accepted")
    assert await codes(damaged) == {"join_overdue"}
    await spoil(damaged, "offer", offer.id, state="rejected")
    assert await codes(damaged) == {"offer_over"}
    await damaged.redis.delete(damaged.keys("offer", offer.id))
    assert await codes(damaged) == {"offer_missing"}
    await spoil(damaged, "agent", "anna", assignments=[])
    assert await codes(damaged) == {"offer_missing", "agent_elsewhere"}
    assert contact_id


async def test_agents(damaged: House) -> None:
    contact_id = await damaged.connect("sales", "anna")
    await spoil(damaged, "contact", contact_id, agent_id="bo")
    assert await codes(damaged) == {"contact_elsewhere", "agent_elsewhere"}
    await spoil(damaged, "contact", contact_id, agent_id="anna")
    (one,) = codec.to_dict(await damaged.agent("anna"))["assignments"]
    await spoil(damaged, "agent", "anna", assignments=[one, one])
    assert await codes(damaged) == {"twice"}
    await spoil(damaged, "agent", "anna", assignments=[one])
    await damaged.medium.customer_hangs_up(contact_id)
    damaged.clock.advance(41)
    assert await codes(damaged) == {"wrap_up_overdue"}
    await spoil(damaged, "agent", "anna", assignments=[])
    assert await codes(damaged) == {"wrap_up_of_nobody"}


async def test_ends(damaged: House) -> None:
    contact_id = await damaged.customer("sales")
    await damaged.medium.customer_hangs_up(contact_id)
    contact = await damaged.contact(contact_id)
    assert contact.segments
    raw = json.loads(await damaged.redis.get(damaged.keys("contact", contact_id)) or "")
    raw["segments"][0]["ended_at"] = None
    await spoil(damaged, "contact", contact_id, segments=raw["segments"], end_reason=None)
    assert await codes(damaged) == {"segment_open", "end_incomplete"}


async def test_lines(damaged: House) -> None:
    contact_id = await damaged.customer("sales")
    await damaged.redis.zrem(damaged.keys("queue", "sales"), contact_id)
    assert await codes(damaged) == {"not_in_line"}
    line = damaged.keys("queue", "sales")
    await damaged.redis.zadd(line, {contact_id: 1, "con_ghost": 2})
    assert await codes(damaged) == {"wrongly_in_line"}


async def test_a_ghost_in_a_line_does_not_block_those_behind(damaged: House) -> None:
    """Nor one whose text is gone while the leader still knows of it."""
    ghost = await damaged.customer("sales")
    damaged.clock.advance(1)
    contact_id = await damaged.customer("sales")
    await damaged.redis.delete(damaged.keys("contact", ghost))
    await damaged.redis.zadd(damaged.keys("queue", "sales"), {"con_ghost": -1e9})
    await damaged.ready("anna")
    assert (await damaged.medium.rings("anna")).contact_id == contact_id
