"""Redis is away: what was told meanwhile keeps its time, and what was lost is made up for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from core import redis as redis_access
from core.errors import Unavailable
from core.redis import RedisUnavailable
from core.valkey import ValkeyInstance
from tests.support.routing import House
from tests.support.valkey import ValkeyFactory
from tests.support.wait import eventually, until

PATIENCE = 0.2
Away = Callable[..., Awaitable[tuple[House, ValkeyInstance]]]


@pytest_asyncio.fixture
async def centre(valkey_factory: ValkeyFactory) -> AsyncIterator[Away]:
    """``house, server = await centre(patience=...)``; at the end nothing may be stuck."""
    houses = []

    async def make(*, patience: float = PATIENCE) -> tuple[House, ValkeyInstance]:
        server = await valkey_factory()
        redis = redis_access.connect(server.url)
        house = House(redis, patience=patience)
        houses.append(house)
        await house.router.recover()
        return house, server

    yield make
    for house in houses:
        await house.check()
        await house.close()
        await house.redis.aclose()


async def sure_again(house: House) -> None:
    await until(lambda: not house.router.unsure, 10, "all made up for")


def busy(house: House, id_: str) -> bool:
    """Whether something of the contact or offer is being done, or waits for Redis."""
    turn = house.router.in_order(id_)
    return isinstance(turn, asyncio.Lock) and turn.locked()


async def test_a_caller_whose_end_was_lost_is_offered_to_nobody(centre: Away) -> None:
    house, server = await centre()
    gone = await house.customer("sales", address="PJSIP/1")
    stays = await house.customer("sales", address="PJSIP/2")
    ended_at = house.clock.now() + timedelta(seconds=1)
    compared = []

    async def compare() -> None:
        compared.append(house.router.unsure)
        ended = {gone: (ended_at, 16)}
        await house.router.reconcile({"PJSIP/2"}, ended, alive_offers=set())

    house.router.on_recovered.append(compare)
    await server.kill()
    with pytest.raises(RedisUnavailable):
        await house.medium.customer_hangs_up(gone)
    assert house.router.unsure
    house.clock.advance(60)
    await server.start()
    await house.ready("anna")
    assert (await house.medium.rings("anna")).contact_id == stays
    assert compared == [True]  # once, while nothing was offered
    await sure_again(house)
    contact = await house.contact(gone)
    assert (contact.end_reason, contact.ended_at) == (EndReason.ABANDONED_IN_QUEUE, ended_at)
    assert [s.kind for s in contact.segments] == [SegmentKind.QUEUE]
    assert house.medium.count("ring") == 1


async def test_nothing_is_offered_until_the_last_listener_returned(centre: Away) -> None:
    """Another error of one is logged and stops nothing."""
    house, server = await centre()
    await house.customer("sales")
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def fails() -> None:
        raise Unavailable("Not now.")

    async def waits() -> None:
        asked.set()
        await go_on.wait()

    house.router.on_recovered.extend([fails, waits])
    await server.kill()
    with pytest.raises(RedisUnavailable):
        await house.router.snapshot()
    await server.start()
    await asyncio.wait_for(asked.wait(), 10)
    await house.ready("anna")
    await house.router.quiet()
    assert house.medium.count("ring") == 0
    go_on.set()
    await house.medium.rings("anna")


async def test_an_outage_while_one_is_made_up_for_begins_it_anew(centre: Away) -> None:
    house, server = await centre()
    runs = 0

    async def compare() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            await server.kill()
            with pytest.raises(RedisUnavailable):  # as one who catches everything
                await house.router.snapshot()
            await server.start()

    house.router.on_recovered.append(compare)
    await server.kill()
    with pytest.raises(RedisUnavailable):
        await house.router.snapshot()
    await server.start()
    await sure_again(house)
    assert runs == 2


async def test_who_still_waits_for_redis_comes_before_the_comparison(centre: Away) -> None:
    """They know why somebody left; a comparison knows only that they are gone."""
    house, server = await centre(patience=3)
    talking = await house.connect("support", "anna")
    impatient = House(house.redis, patience=PATIENCE)  # shares nothing but the server
    seen = []

    async def compare() -> None:
        seen.append((await house.contact(talking)).end_reason)

    house.router.on_recovered.append(compare)
    await server.kill()
    with pytest.raises(RedisUnavailable):
        await impatient.router.snapshot()
    house.router.redis_given_up()
    left = asyncio.create_task(house.router.agent_left(talking, "anna", 16))
    await server.start()
    await left
    await sure_again(house)
    assert seen == [EndReason.AGENT_HUNG_UP]
    await sure_again(impatient)
    await impatient.close()
    await house.router.customer_left(talking, 16)


async def test_timers_that_were_lost_are_set_again(centre: Away) -> None:
    house, server = await centre()
    talked = await house.connect("sales", "anna")
    await house.medium.customer_hangs_up(talked)
    await house.ready("bo")
    ringing = await house.customer("sales", skills={"sales": 5}, address="PJSIP/1")
    await house.medium.rings("bo")
    await server.kill()
    # The wrap-up's, or the offer's, fires in vain; where the lease, which is real time,
    # ends before that, nobody watches them any more, and they are lost as well.
    with contextlib.suppress(RedisUnavailable):
        await house.timers.advance(60)

    async def leads_no_more() -> bool:
        return not house.router.leads

    await eventually(leads_no_more, "who hears nothing of Redis does not lead")
    assert not [n for n in house.timers.names if n.startswith(("offer:", "wrap_up:"))]
    await server.start()
    await sure_again(house)
    await until(lambda: house.router.leads, 10, "it leads again")
    await house.matched()
    await house.timers.advance(5)
    assert (await house.agent("anna")).state is AgentState.READY
    assert (await house.contact(talked)).state is ContactState.ENDED
    assert (await house.agent("bo")).reason == "rona"
    await house.medium.customer_hangs_up(ringing)


async def test_a_report_has_the_time_at_which_it_happened(centre: Away) -> None:
    """Not that at which Redis took it: talk, hold and wrap-up are as long as they were."""
    house, server = await centre(patience=10)
    contact_id = await house.connect("sales", "anna")
    start = house.clock.now()

    def after(seconds: float) -> timedelta:
        return timedelta(seconds=seconds)

    house.clock.advance(10)
    await server.kill()
    reports = [asyncio.create_task(house.router.held(contact_id, at=start + after(10)))]
    await until(lambda: busy(house, contact_id), 5, "waits")
    house.clock.advance(2)
    reports.append(asyncio.create_task(house.router.resumed(contact_id, at=start + after(12))))
    await asyncio.sleep(0)
    house.clock.advance(3)
    left = house.router.customer_left(contact_id, 16, at=start + after(15))
    reports.append(asyncio.create_task(left))
    await asyncio.sleep(0)
    house.clock.advance(20)  # until it is back
    await server.start()
    await asyncio.gather(*reports)
    contact = await house.contact(contact_id)
    assert contact.ended_at == start + after(15)
    served = [s for s in contact.segments if s.kind in (SegmentKind.TALK, SegmentKind.HOLD)]
    assert [(s.kind, s.ended_at) for s in served] == [
        (SegmentKind.TALK, start + after(10)),
        (SegmentKind.HOLD, start + after(12)),
        (SegmentKind.TALK, start + after(15)),
    ]
    agent = await house.agent("anna")
    assert agent.wrap_up_until == start + after(15 + 30)
    assert house.told("contact.customer_left")[0].at == start + after(15)
    await house.timers.advance(60)
    house.medium.joined.clear()
    house.medium.answered.clear()


async def test_an_answer_in_time_wins_though_it_is_written_after_the_deadline(
    centre: Away,
) -> None:
    house, server = await centre(patience=10)
    await house.ready("anna")
    contact_id = await house.customer("sales")
    offer = await house.medium.rings("anna")
    house.clock.advance(19)
    at = house.clock.now()
    await server.kill()
    answered = asyncio.create_task(house.medium.picks_up("anna"))
    await until(lambda: busy(house, offer.id), 5, "waits")
    due = asyncio.create_task(house.timers.advance(10))
    await server.start()
    await asyncio.gather(answered, due)
    contact = await house.contact_is(contact_id, ContactState.CONNECTED)
    assert not house.told("agent.rona")
    (ring,) = [s for s in contact.segments if s.kind is SegmentKind.RING]
    assert ring.ended_at is not None
    assert ring.ended_at >= at
    await house.medium.customer_hangs_up(contact_id)
    await house.timers.advance(60)


async def test_times_that_cannot_be_are_set_right(centre: Away) -> None:
    """The clock decides what is ahead; nobody leaves before they came."""
    house, _ = await centre()
    first, second = await house.customer("sales"), await house.customer("sales")
    now = house.clock.now()
    await house.router.customer_left(first, 16, at=now + timedelta(hours=1))
    await house.router.customer_left(second, 16, at=now - timedelta(hours=1))
    assert [(await house.contact(id_)).ended_at for id_ in (first, second)] == [now, now]
