"""Following what is heard of a contact: complete, in order, each once, and only by those
who may."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from acd.contact_states import ContactState
from app.hearing.live_log import LiveLog
from app.hearing.moods import Moods
from core.clock import SystemClock
from core.events import EventBus
from tests.app.http.speech import Speech
from tests.app.http.watcher import agrees, watching
from tests.support.wait import eventually
from tests.support.web import WebHouse


class Ear:
    """A client of the WebSocket: what came, and how it was closed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.code: int | None = None

    @property
    def events(self) -> list[dict[str, Any]]:
        return [one for m in self.messages if m["type"] == "heard" for one in m["events"]]

    @property
    def numbers(self) -> list[int]:
        return [event["data"]["n"] for event in self.events]

    async def until(self, n: int) -> None:
        """Read on until event ``n`` has come."""
        async with asyncio.timeout(15):
            while not self.numbers or self.numbers[-1] < n:
                self.messages.append(await self.socket.receive_json())

    async def to_the_end(self) -> int:
        """Read until it is closed; the code."""
        async with asyncio.timeout(20):
            while (message := await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                self.messages.append(message.json())
        return int(message.data or 0)


@contextlib.asynccontextmanager
async def listening(
    house: WebHouse, contact_id: str, who: str = "grace.hill", *, after: int = 0
) -> AsyncIterator[Ear]:
    client = await house.signed_in(who)
    async with client.ws_connect(f"/api/contacts/{contact_id}/listen?after={after}") as socket:
        yield Ear(socket)


async def test_first_what_was_then_what_is(web_house: WebHouse) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    speech = Speech(web_house.live_log, contact_id)
    await speech.begins()
    await speech.says("customer", "我要投诉，这是第三次了。")
    async with listening(web_house, contact_id) as ear:
        await ear.until(6)
        hello = ear.messages[0]
        assert (hello["type"], hello["off"], hello["over"]) == ("hello", "", False)
        assert ear.numbers == [1, 2, 3, 4, 5, 6]
        last = await speech.feels(0.9)
        await ear.until(last)
        assert ear.numbers == list(range(1, last + 1))
        assert ear.events[4]["data"]["text"] == "我要投诉，这是第三次了。"
        assert ear.events[0]["contact_id"] == contact_id


async def test_no_gap_and_no_double_across_reconnections(web_house: WebHouse) -> None:
    """While somebody talks without a pause the connection breaks again and again."""
    contact_id = await web_house.connect("cards", "wang.fang")
    speech = Speech(web_house.live_log, contact_id)
    await speech.begins()
    finished = asyncio.Event()

    async def talk() -> None:
        for number in range(80):
            side = "agent" if number % 2 else "customer"
            await speech.says(side, f"第{number}句话", partials=3)
        finished.set()

    talking = asyncio.create_task(talk())
    seen: list[int] = []
    for want in (3, 40, 41, 120, 250, 482):
        if len(seen) >= want:  # so much came at once
            continue
        async with listening(web_house, contact_id, after=len(seen)) as ear:
            await ear.until(want)
            seen += ear.numbers
    await talking
    assert finished.is_set()
    assert seen == list(range(1, 483))


async def test_it_closes_when_all_was_said(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    async with listening(house, contact_id, "wang.fang") as ear:
        await ear.until(2)
        await house.medium.customer_hangs_up(contact_id)
        await house.contact_is(contact_id, ContactState.WRAP_UP)
        # The last words are still being recognised.
        await speech.says("customer", "再见。")
        await speech.ends()
        assert await ear.to_the_end() == 1000
        assert ear.numbers == list(range(1, 9))
        assert ear.messages[-1] == {"type": "over", "after": 8}
    # Who comes later gets all of it, and the end.
    async with listening(house, contact_id) as ear:
        assert await ear.to_the_end() == 1000
        assert ear.messages[0]["over"] is True
        assert ear.numbers == list(range(1, 9))


async def test_an_agent_hears_no_more_once_another_serves(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    async with listening(house, contact_id, "wang.fang") as ear:
        await ear.until(2)
        await house.router.log_in("li.wei", ready=True)
        await house.router.hold(contact_id)
        await house.router.consult_started(contact_id, "li.wei")
        await house.router.handed_over(contact_id, "li.wei")
        await house.router.wrap_up_done("wang.fang")
        await house.router.contacts.set_attributes(contact_id, {"x": 1})
        assert await ear.to_the_end() == 4403
    stranger = await house.signed_in("zhang.min")
    for path in ("heard", "listen"):
        async with stranger.get(f"/api/contacts/{contact_id}/{path}") as response:
            assert response.status == 403
    async with listening(house, contact_id, "li.wei") as ear:
        await ear.until(2)


async def test_signing_out_ends_it(web_house: WebHouse) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    client = await web_house.signed_in("grace.hill")
    async with client.ws_connect(f"/api/contacts/{contact_id}/listen") as socket:
        ear = Ear(socket)
        await socket.receive_json()
        async with client.delete("/api/session") as response:
            assert response.status == 204
        assert await ear.to_the_end() == 4401


async def test_pages_of_what_was_heard(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    await speech.says("agent", "您好，玉河银行。")
    client = await house.signed_in("wang.fang")
    path = f"/api/contacts/{contact_id}/heard"
    async with client.get(f"{path}?limit=4") as response:
        first = await response.json()
    assert (first["next"], first["over"], len(first["events"])) == (4, False, 4)
    async with client.get(f"{path}?after=4") as response:
        second = await response.json()
    assert [e["data"]["n"] for e in second["events"]] == [5, 6]
    assert second["next"] is None
    for query in ("after=-1", "limit=0", "limit=1001", "x=1"):
        async with client.get(f"{path}?{query}") as response:
            assert response.status == 400, query
    supervisor = await house.signed_in("grace.hill")
    async with supervisor.get("/api/contacts/con_X/heard") as response:
        assert (response.status, (await response.json())["code"]) == (404, "contact_not_found")
    async with supervisor.get(f"/api/contacts/{contact_id}/listen") as response:
        assert response.status == 426


async def test_the_wall_shows_how_it_stands_and_no_words(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    async with watching(house) as watcher:
        await agrees(house, watcher)
        assert watcher.state["heard"] == {}

        async def stands(**want: Any) -> None:
            async def so() -> bool:
                row = watcher.state["heard"].get(contact_id, {})
                return bool({name: row.get(name) for name in want} == want)

            await eventually(so, f"the row says {want}")
            await agrees(house, watcher)

        await speech.begins()
        await stands(hearing="on", score=None, tense=False)
        await speech.says("customer", "我要投诉", partials=5)
        await speech.feels(0.42)
        await stands(score=0.4)
        mark = await speech.feels(0.83, "emotion.crossed")
        await stands(tense=True, mark=mark, reasons=["louder", "faster"], score=0.85)
        assert watcher.state["heard"][contact_id]["tense_since"] > 0
        await speech.feels(0.5, "emotion.calmed")
        await stands(tense=False, tense_since=None)
        await speech.tell("hearing.degraded", level=1, reason="partials")
        await stands(hearing="degraded", level=1, reason="partials")
        await speech.tell("hearing.degraded", level=0, reason="")
        await stands(hearing="on", level=0)
        await speech.ends()
        await stands(hearing="stopped", reason="parted")
        other = await house.connect("loans", "li.wei")
        failing = Speech(house.live_log, other)
        await failing.tell("hearing.failed", code="not_tapped", message="...")
        await agrees(house, watcher)
        await house.medium.customer_hangs_up(contact_id)
        await house.router.wrap_up_done("wang.fang")

        async def gone() -> bool:
            return contact_id not in watcher.state["heard"]

        await eventually(gone, "the row goes with the contact")
        await agrees(house, watcher)
        assert watcher.state["heard"].keys() <= {other}

        async def failed() -> bool:
            return bool(watcher.state["heard"].get(other, {}).get("hearing") == "failed")

        await eventually(failed, "it is said that the other is not heard")
        await agrees(house, watcher)
        assert "投诉" not in str(watcher.messages)
        types = {event["type"] for event in watcher.state["events"]}
        assert not any(one.startswith(("transcript", "turn", "emotion")) for one in types)


async def test_what_another_process_hears_is_on_the_wall(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    bus = EventBus()
    moods = Moods(house.redis, house.keys, bus)
    log = LiveLog(house.redis, house.keys, bus, SystemClock())
    moods.start()
    async with watching(house) as watcher:
        speech = Speech(log, contact_id)
        await speech.begins()
        await speech.feels(0.9, "emotion.crossed")

        async def seen() -> bool:
            return bool(watcher.state.get("heard", {}).get(contact_id, {}).get("tense"))

        await eventually(seen, "the wall of this process shows it")
        await agrees(house, watcher)
    await log.close()
    await moods.close()
    await house.web.moods.forget([], 4e9)
    assert await house.web.moods.refresh()
    assert house.web.moods.rows == {}
