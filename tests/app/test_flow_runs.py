"""What a run of a flow leaves behind when it is cut short."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from acd.bounds import ContactBounds
from app.calls.flow_runs import FlowRuns
from ivr.outcome import ToQueue
from ivr.text_conversation import TextConversation
from tests.ivr.talk import flow_of, platform_of, texts_of
from tests.support.routing import House

_FLOW = flow_of("""
  first: {type: menu, prompts: [a], options: {1: wait}, exhausted: gave-up}
  wait: {type: queue, queue: operator}
""")


class _Screen:
    """Where the customer reads; ``asked`` is set once there is something."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def write(self, data: bytes) -> None:
        self.asked.set()

    async def drain(self) -> None:
        return None


async def test_the_way_is_that_of_the_run_that_came_to_the_result(
    house: House, redis: Redis
) -> None:
    runs = FlowRuns(
        {"test": _FLOW}, platform_of(_FLOW), house.router, redis, house.keys, house.clock
    )
    contact_id = await house.customer()
    reader, screen = asyncio.StreamReader(), _Screen()
    conversation = TextConversation(
        reader, screen, texts_of(_FLOW), language="en", contact_id=contact_id
    )
    cut_short = asyncio.ensure_future(runs.run("test", contact_id, conversation))
    await asyncio.wait_for(screen.asked.wait(), 10)
    cut_short.cancel()
    await asyncio.gather(cut_short, return_exceptions=True)
    assert cut_short.cancelled()
    await runs.forget(contact_id)
    reader.feed_data(b"1\n")
    outcome = await asyncio.wait_for(runs.run("test", contact_id, conversation), 10)
    assert isinstance(outcome, ToQueue)
    await runs.keep_result(contact_id, outcome, "en")
    assert (await house.contact(contact_id)).attributes["ivr_path"] == ["first", "wait"]
    await house.medium.customer_hangs_up(contact_id)


async def test_a_flow_that_found_out_too_much_goes_on_with_what_fits(
    house: House, redis: Redis
) -> None:
    house.router.bounds = ContactBounds(attributes=10, attribute_bytes=500)
    runs = FlowRuns(
        {"test": _FLOW}, platform_of(_FLOW), house.router, redis, house.keys, house.clock
    )
    contact_id = await house.customer()
    found = {"topic": "cards", "story": "x" * 2000, "number": "42"}
    await runs.keep_result(
        contact_id, ToQueue(queue="operator", language="en", attributes=found), "en"
    )
    contact = await house.contact(contact_id)
    assert contact.attributes == {"ivr_path": [], "topic": "cards", "number": "42"}
    assert contact.language == "en"
    await house.medium.customer_hangs_up(contact_id)
