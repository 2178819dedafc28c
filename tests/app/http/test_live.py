"""The live feed: state plus changes is always the state."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import random
from typing import Any

import aiohttp
import pytest

from acd.contact_states import ContactState
from app.http.viewers import Viewers
from core.errors import ParleyError
from tests.app.http.watcher import agrees, watching
from tests.support.browser import Page
from tests.support.wait import eventually
from tests.support.web import WebHouse

AGENTS = ("wang.fang", "li.wei", "emma.clarke", "sun.yue")
QUEUES = ("cards", "loans", "accounts", "operator")


async def test_each_step_of_a_call(web_house: WebHouse) -> None:
    house = web_house
    async with watching(house) as watcher:
        await agrees(house, watcher)
        contact_id = await house.customer()
        await agrees(house, watcher)
        await house.router.contacts.ivr_started(contact_id)
        await agrees(house, watcher)
        assert watcher.state["contacts"][contact_id]["stage"] == "ivr"
        await house.router.enqueue(contact_id, "cards")
        await agrees(house, watcher)
        assert watcher.state["queues"]["cards"]["waiting"] == 1
        assert watcher.state["queues"]["cards"]["oldest_at"] is not None
        await house.router.log_in("wang.fang", ready=True)
        await house.medium.rings("wang.fang")
        await agrees(house, watcher)
        assert watcher.state["contacts"][contact_id]["stage"] == "ringing"
        await house.medium.does_not_answer("wang.fang")
        await agrees(house, watcher)
        assert watcher.state["agents"]["wang.fang"]["reason"] == "rona"
        await house.router.set_ready("wang.fang")
        await house.medium.rings("wang.fang")
        await house.medium.picks_up("wang.fang")
        await house.contact_is(contact_id, ContactState.CONNECTED)
        await agrees(house, watcher)
        assert watcher.state["queues"]["cards"]["waiting"] == 0
        for verb in (house.router.hold, house.router.resume):
            await verb(contact_id)
            await agrees(house, watcher)
        await house.router.hold(contact_id)
        await house.router.consult_started(contact_id, None)
        await agrees(house, watcher)
        assert watcher.state["contacts"][contact_id]["stage"] == "consult"
        await house.router.consult_ended(contact_id)
        await house.router.resume(contact_id)
        await house.router.contacts.set_language(contact_id, "en")
        await house.router.contacts.set_disposition(contact_id, "resolved")
        await agrees(house, watcher)
        assert watcher.state["contacts"][contact_id]["disposition"] == "resolved"
        await house.router.transfer_to_queue(contact_id, "loans")
        await agrees(house, watcher)
        await house.medium.customer_hangs_up(contact_id)
        await house.router.set_not_ready("wang.fang", "lunch")
        await agrees(house, watcher)
        await house.router.log_out("wang.fang")
        await agrees(house, watcher)
        assert watcher.state["contacts"] == {}
        assert sum(m["type"] == "state" for m in watcher.messages) == 1

        async def counted() -> bool:
            days = {name: row["today"] for name, row in watcher.state["queues"].items()}
            return bool(
                days["cards"] == {"answered": 1, "abandoned": 0, "service_level": 1.0}
                and days["loans"] == {"answered": 0, "abandoned": 1, "service_level": 0.0}
            )

        await eventually(counted, "the day's results are shown")


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_of_things(web_house: WebHouse, seed: int, page: Page) -> None:
    """A few hundred random actions, refused ones included: two watchers who came at
    different times, and the page's own script, agree with a fresh reading."""
    house, dice = web_house, random.Random(seed)
    async with watching(house) as early:
        for _ in range(150):
            await random_action(house, dice)
        async with watching(house, "wang.fang") as late:
            for _ in range(150):
                await random_action(house, dice)
            await agrees(house, early)
            await agrees(house, late)
        told, state = json.dumps(early.messages), copy.deepcopy(early.state)  # at one moment
        await page.goto(house.url)
        seen = await page.look(
            "import('/live/js/store.js').then(({empty, reduce}) => "
            f"{told}.reduce(reduce, empty()))"
        )
        assert seen == state


async def random_action(house: WebHouse, dice: random.Random) -> None:
    router, medium = house.router, house.medium
    agent, queue = dice.choice(AGENTS), dice.choice(QUEUES)
    live = [c.id for c in await router.contacts.live()]
    contact = dice.choice(live) if live else ""
    actions: list[Any] = [
        lambda: house.customer(queue),
        lambda: house.customer(),
        lambda: router.log_in(agent, ready=True),
        lambda: router.set_ready(agent),
        lambda: router.set_not_ready(agent, "lunch"),
        lambda: router.log_out(agent),
        lambda: router.wrap_up_done(agent),
        lambda: router.hold(contact),
        lambda: router.resume(contact),
        lambda: router.transfer_to_queue(contact, queue),
        lambda: router.contacts.set_attributes(contact, {"n": 1}),
        lambda: medium.customer_hangs_up(contact),
        lambda: router.end(contact),
    ]
    if medium.ringing:
        ringing = dice.choice(sorted(medium.ringing))
        actions += [lambda: medium.picks_up(ringing)] * 6
        actions += [lambda: medium.does_not_answer(ringing)]
    # Refused, or the phone stopped ringing meanwhile.
    with contextlib.suppress(ParleyError, KeyError):
        await dice.choice(actions)()


async def test_a_slow_watcher_gets_the_truth_instead_of_a_backlog() -> None:
    state = {"n": 0}
    viewers = Viewers(lambda: dict(state), bound=3)
    viewer = viewers.join()
    assert '"n":0' in str(await viewer.next())
    for n in range(1, 10):
        state["n"] = n
        viewers.send([["t", "x", n]], [])
    message = str(await viewer.next())
    assert '"type":"state"' in message
    assert '"n":9' in message
    assert '"seq":9' in message
    viewers.send([["t", "x", 10]], [])
    assert '"seq":10' in str(await viewer.next())
    viewer.close()
    assert await viewer.next() is None
    assert len(viewers) == 0


async def test_signing_out_ends_the_socket(web_house: WebHouse) -> None:
    client = await web_house.signed_in("grace.hill")
    async with client.ws_connect("/api/live") as socket:
        await socket.receive_json()
        async with client.delete("/api/session") as response:
            assert response.status == 204
        async with asyncio.timeout(10):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert message.data == 4401
    assert len(web_house.web.wall.viewers) == 0


async def test_a_plain_request_is_told_to_upgrade(web_house: WebHouse) -> None:
    client = await web_house.signed_in("grace.hill")
    async with client.get("/api/live") as response:
        assert response.status == 426


async def test_a_lost_event_is_repaired(web_house: WebHouse) -> None:
    """The wall reads everything again now and then, whatever it was told."""
    house = web_house
    contact_id = await house.customer("cards")
    wall = house.web.wall
    async with watching(house) as watcher:
        await agrees(house, watcher)
        # Somebody else wrote, and their event never came to this process.
        raw = str(await house.redis.get(f"test:contact:{contact_id}"))
        await house.redis.set(f"test:contact:{contact_id}", raw.replace("zh-CN", "en"))
        wall.read_again()
        await agrees(house, watcher)
        assert watcher.state["contacts"][contact_id]["language"] == "en"


async def test_events_hold_nothing_personal(web_house: WebHouse) -> None:
    async with watching(web_house) as watcher:
        contact_id = await web_house.customer("cards")
        await web_house.router.contacts.set_disposition(contact_id, "resolved", note="Mr Secret")
        await agrees(web_house, watcher)
        assert "Secret" not in str(watcher.messages)
        assert "13800138000" not in str(watcher.messages)
