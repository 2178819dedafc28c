"""A start with many who wait reads and writes many at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from redis.asyncio import Redis

from acd.assignment_states import AssignmentState
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.model import Medium
from tests.support.routing import AGENTS, QUEUES, House

MANY = 400


async def _commands(redis: Redis) -> int:
    """How many the server has done, for everybody."""
    stats = await redis.info("stats")
    return int(stats["total_commands_processed"])


async def test_many_who_wait_are_read_at_once(house: House) -> None:
    """And written at once, if what their queue asks has changed."""
    waiting = await asyncio.gather(
        *(house.customer("tiny" if n < 2 else "vip", medium=Medium.CHAT) for n in range(MANY))
    )
    await house.router.close()
    house.routers.clear()
    before = await _commands(house.redis)
    await house.new_router().recover()
    assert await _commands(house.redis) - before < MANY / 4

    queues = [replace(one, skills={"sales": 9}, ageing=3) for one in QUEUES]
    house.directory = StaticDirectory(queues, AGENTS)
    await house.router.close()
    house.routers.clear()
    before = await _commands(house.redis)
    await house.new_router().recover()
    # What a script does counts too: fewer than ten commands for each that is written.
    assert await _commands(house.redis) - before < 10 * MANY
    contacts = [await house.contact(id_) for id_ in waiting]
    assert {contact.skills["sales"] for contact in contacts} == {9}
    assert {round(contact.slope * 60) for contact in contacts} == {3}
    for contact_id in waiting:
        house.medium.customers.discard(contact_id)
        await house.router.customer_left(contact_id, None)


async def test_what_is_not_in_order_is_still_mended(house: House) -> None:
    """An agent whose contact is in other hands, beside many who have nothing to mend."""
    await house.router.log_in("bo")
    await house.router.log_in("chen")
    contact_id = await house.connect("sales", "anna")
    change = house.router.change()
    agent = await house.agent("anna")
    change.touch(agent)
    agent.assignments.append(replace(agent.assignments[0], contact_id="con_gone", offer_id=None))
    await house.router.commit(change)
    await house.router.close()
    house.routers.clear()
    await house.new_router().recover()
    await house.quiet()
    assert [one.contact_id for one in (await house.agent("anna")).assignments] == [contact_id]
    assert (await house.agent("anna")).has(contact_id, AssignmentState.ACTIVE)
    assert (await house.contact(contact_id)).state is ContactState.CONNECTED
    await house.medium.customer_hangs_up(contact_id)
