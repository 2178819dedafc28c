"""Each action of the API, and of another router process: a client's state, made of the
first state and the changes, is what a fresh reading says."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from acd.contact_states import ContactState
from acd.directory import Directory, StaticDirectory
from acd.model import Medium
from acd.router import Router
from core.clock import SystemClock
from core.events import EventBus
from core.redis import Keys
from tests.app.http.speech import Speech
from tests.app.http.test_emotion import mark, stored
from tests.app.http.watcher import Watcher, agrees, watching
from tests.support.text_medium import TextMedium
from tests.support.wait import eventually
from tests.support.web import WebHouse


class Scene:
    """A supervisor's client, a watcher, and what was done so far."""

    def __init__(self, house: WebHouse, client: aiohttp.ClientSession, watcher: Watcher) -> None:
        self.house = house
        self.client = client
        self.watcher = watcher
        self.done: set[tuple[str, str]] = set()

    async def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        """One request; then the watcher must come to agree with a fresh reading."""
        async with self.client.request(method, path, json=body) as response:
            text = await response.text()
            assert response.status == status, text
            answer = await response.json() if text else None
        for route in self.house.web.server.routes:
            if route.method == method and _fits(route.path, path):
                self.done.add((method, route.path))
        await agrees(self.house, self.watcher)
        wall = await self.fresh()
        for table in ("contacts", "heard", "agents", "offers"):
            assert self.watcher.state[table] == wall[table]
        return answer

    async def post(self, path: str, status: int = 200, **body: Any) -> Any:
        return await self.ask("POST", path, status, **body)

    async def fresh(self) -> Any:
        async with self.client.get("/api/wall") as response:
            assert response.status == 200
            return await response.json()

    @property
    def state(self) -> dict[str, Any]:
        return self.watcher.state

    async def offer_to(self, agent_id: str) -> dict[str, Any]:
        """Wait until the agent is offered something; the row of it."""
        found: list[dict[str, Any]] = []

        async def so() -> bool:
            found[:] = [o for o in self.state["offers"].values() if o["agent_id"] == agent_id]
            return bool(found) and found[0]["state"] == "pending"

        await eventually(so, f"an offer to {agent_id}")
        await agrees(self.house, self.watcher)
        return found[0]

    async def is_(self, contact_id: str, state: ContactState) -> dict[str, Any]:
        await self.house.contact_is(contact_id, state)
        await agrees(self.house, self.watcher)
        row: dict[str, Any] = self.state["contacts"][contact_id]
        return row


def _fits(declared: str, path: str) -> bool:
    one, other = declared.split("/"), path.split("?")[0].split("/")
    pairs = list(zip(one, other, strict=False))
    return len(one) == len(other) and all(a == b or a.startswith("{") for a, b in pairs)


@pytest_asyncio.fixture
async def scene(web_house: WebHouse) -> AsyncIterator[Scene]:
    for medium in (Medium.CHAT, Medium.EMAIL):
        web_house.router.add_driver(medium, TextMedium())
    client = await web_house.signed_in("sun.yue")
    async with watching(web_house) as watcher:
        await agrees(web_house, watcher)
        yield Scene(web_house, client, watcher)


async def text_contact(
    router: Router, queue: str, medium: Medium = Medium.CHAT, **more: Any
) -> str:
    contact = await router.contacts.open(medium=medium, channel="webchat", **more)
    await router.enqueue(contact.id, queue)
    return contact.id


CHANGES_ELSEWHERE = {
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/history/{contact_id}/disposition"),  # of stored contacts
    # Things of a phone call; the desk of these tests only notes them.
    ("POST", "/api/contacts/{contact_id}/consult"),
    ("POST", "/api/contacts/{contact_id}/consult/complete"),
    ("POST", "/api/contacts/{contact_id}/consult/cancel"),
    ("POST", "/api/contacts/{contact_id}/recording/pause"),
    ("POST", "/api/contacts/{contact_id}/recording/resume"),
    ("POST", "/api/contacts/{contact_id}/supervise"),
    # Of files and their records: tests/app/recordings.
    ("POST", "/api/contacts/{contact_id}/legal-hold"),
    ("POST", "/api/contacts/{contact_id}/legal-hold/release"),
    ("POST", "/api/recordings/sweep"),
    ("POST", "/api/recording-keys/rotate"),
    ("POST", "/api/recording-keys/forget-old"),
}


async def test_each_action_of_the_api(scene: Scene) -> None:
    house, router = scene.house, scene.house.router

    # A chat: prioritised, moved, rejected, accepted, transferred.
    chat = await text_contact(router, "cards")
    await agrees(house, scene.watcher)
    row = scene.state["contacts"][chat]
    assert (row["state"], row["medium"], row["priority"]) == ("queued", "chat", 0)
    await scene.post(f"/api/contacts/{chat}/prioritise", 204, priority=50)
    assert scene.state["contacts"][chat]["priority"] == 50
    await scene.post(f"/api/contacts/{chat}/move", 204, queue="loans")
    assert scene.state["contacts"][chat]["queue"] == "loans"
    await scene.post(f"/api/contacts/{chat}/move", 204, queue="cards", priority=3)
    assert scene.state["queues"]["cards"]["waiting"] == 1
    await scene.post(f"/api/contacts/{chat}/attributes", 204, values={"product": "gold"})

    wang = "/api/agents/wang.fang"
    await scene.post(f"{wang}/log-in", ready=False)
    assert scene.state["agents"]["wang.fang"]["presence"] == "not_ready"
    await scene.post(f"{wang}/ready")
    offer = await scene.offer_to("wang.fang")
    assert (offer["contact_id"], offer["medium"]) == (chat, "chat")
    assert scene.state["agents"]["wang.fang"]["capacity"] == {"used": 25, "total": 100}
    rejected = await scene.post(f"/api/offers/{offer['id']}/reject")
    assert rejected["state"] == "rejected"
    assert scene.state["offers"] == {}
    assert scene.state["agents"]["wang.fang"]["presence"] == "not_ready"
    await scene.post(f"{wang}/ready")
    offer = await scene.offer_to("wang.fang")
    accepted = await scene.post(f"/api/offers/{offer['id']}/accept", version=offer["version"])
    assert accepted["state"] == "accepted"
    await scene.is_(chat, ContactState.CONNECTED)
    await scene.post(f"/api/offers/{offer['id']}/accept")  # said again: no error
    agent = scene.state["agents"]["wang.fang"]
    assert (agent["state"], agent["presence"]) == ("busy", "ready")
    (part,) = agent["assignments"]
    assert (part["contact_id"], part["state"], part["weight"]) == (chat, "active", 25)
    await scene.post(f"/api/contacts/{chat}/hold", 204)
    await scene.post(f"/api/contacts/{chat}/resume", 204)
    await scene.post(f"/api/contacts/{chat}/disposition", 204, code="resolved")
    await scene.post(f"/api/contacts/{chat}/transfer", 204, queue="loans")
    await scene.is_(chat, ContactState.QUEUED)

    # Wrap-up of single contacts, breaks, the end of the shift.
    await scene.post(f"{wang}/wrap-up/extend", seconds=60, contact_id=chat)
    await scene.post(f"{wang}/wrap-up/done", contact_id=chat)
    assert scene.state["agents"]["wang.fang"]["assignments"] == []
    await scene.post(f"{wang}/not-ready", reason="do_not_disturb")
    assert scene.state["agents"]["wang.fang"]["reason"] == "do_not_disturb"
    colleague = house.settings.agents["emma.clarke"].extension
    answer = await scene.post(f"{wang}/forwards", kind="busy", number=colleague)
    assert answer == {"forwards": {"busy": colleague}}
    assert scene.state["agents"]["wang.fang"]["forwards"] == ["busy"]
    await scene.post(f"{wang}/forwards", kind="busy", number=None)
    await scene.post(f"{wang}/not-ready", reason="lunch")
    await scene.post(f"{wang}/log-out")
    assert scene.state["agents"]["wang.fang"]["presence"] == "logged_out"

    # Assigned by name, whatever the skills; then ended.
    await scene.post("/api/agents/emma.clarke/log-in", ready=True)
    await scene.post(f"/api/contacts/{chat}/assign", 204, agent="emma.clarke")
    offer = await scene.offer_to("emma.clarke")
    assert offer["direct"] is True
    await scene.post(f"/api/offers/{offer['id']}/accept")
    await scene.is_(chat, ContactState.CONNECTED)

    # It is listened to; the customer loses patience, and the supervisor judges the alert.
    speech = Speech(house.live_log, chat, agent_id="emma.clarke")
    await speech.begins()
    await speech.says("customer", "I want to complain", language="en")
    n = await speech.feels(0.83, "emotion.crossed")

    async def alerted() -> bool:
        return bool(scene.state["heard"].get(chat, {}).get("mark") == n)

    await eventually(alerted, "the alert is on the wall")
    await agrees(house, scene.watcher)
    await stored(house, chat)
    await mark(house, chat, n)
    await scene.post(f"/api/contacts/{chat}/emotion/{n}/verdict", 204, verdict="right")
    await scene.post(f"/api/contacts/{chat}/emotion/missed", 204)
    reason = "It is prohibited here."
    await scene.ask("PUT", "/api/emotion/agent-leg", allowed=False, reason=reason)
    await speech.feels(0.4, "emotion.calmed")
    await speech.ends()

    # Silent, and back to the same agent.
    await scene.post(f"/api/contacts/{chat}/park", 204)
    assert scene.state["contacts"][chat]["stage"] == "parked"
    assert scene.state["agents"]["emma.clarke"]["assignments"] == []
    await scene.post(f"/api/contacts/{chat}/unpark", 204)
    offer = await scene.offer_to("emma.clarke")
    assert scene.state["contacts"][chat]["preferred"][0]["kind"] == "resumed"
    await scene.post(f"/api/offers/{offer['id']}/accept")
    await scene.is_(chat, ContactState.CONNECTED)
    await scene.post(f"/api/contacts/{chat}/hang-up", 204)
    await scene.post("/api/agents/emma.clarke/wrap-up/done")
    assert scene.state["contacts"] == {}
    assert sum(m["type"] == "state" for m in scene.watcher.messages) == 1

    # Nothing that changes something was left out.
    changing = {
        (route.method, route.path)
        for route in house.web.server.routes
        if route.method != "GET" and route.path.startswith("/api/")
    }
    assert changing - scene.done == CHANGES_ELSEWHERE


async def test_what_is_refused_changes_nothing(scene: Scene) -> None:
    house = scene.house
    call = await house.customer("cards")
    await scene.post("/api/agents/wang.fang/log-in", ready=True)
    offer = await scene.offer_to("wang.fang")
    one = f"/api/offers/{offer['id']}"

    async def refused(path: str, code: str, status: int, **body: Any) -> None:
        answer = await scene.post(path, status, **body)
        assert answer["code"] == code

    await refused(f"{one}/accept", "answered_on_device", 409)
    await refused("/api/offers/off_X/accept", "offer_not_found", 404)
    await refused("/api/offers/off_X/reject", "offer_not_found", 404)
    await refused(f"/api/contacts/{call}/park", "not_parkable", 409)
    await refused(f"/api/contacts/{call}/prioritise", "invalid_fields", 400, priority=5000)
    await refused(f"/api/contacts/{call}/move", "unknown_queue", 404, queue="nowhere")
    await refused(f"/api/contacts/{call}/assign", "agent_not_found", 404, agent="grace.hill")
    await refused(f"/api/contacts/{call}/assign", "agent_not_ready", 409, agent="li.wei")
    await refused("/api/contacts/con_X/prioritise", "contact_not_found", 404, priority=1)
    await refused("/api/agents/wang.fang/wrap-up/done", "illegal_transition", 409, contact_id=call)
    # A call is answered on the phone, but may be rejected here: the phone stops ringing.
    await scene.post(f"{one}/reject")
    await house.medium.until(lambda: "wang.fang" not in house.medium.ringing)
    await refused(f"{one}/reject", "offer_over", 409)
    await scene.post(f"/api/contacts/{call}/hang-up", 204)
    chat = await text_contact(house.router, "accounts")
    await scene.post("/api/agents/emma.clarke/log-in", ready=True)
    offer = await scene.offer_to("emma.clarke")
    late = f"/api/offers/{offer['id']}/accept"
    await refused(late, "offer_over", 409, version=offer["version"] + 1)
    await scene.post(f"/api/contacts/{chat}/move", 204, queue="loans")
    await refused(late, "offer_over", 409, version=offer["version"])
    # Somebody else's offer is none of mine.
    other = await house.signed_in("li.wei")
    async with other.post(late, json={}) as response:
        assert (response.status, (await response.json())["code"]) == (403, "not_your_offer")


async def test_an_agent_takes_the_offer_that_is_theirs(scene: Scene) -> None:
    house = scene.house
    chat = await text_contact(house.router, "accounts")
    emma = await house.signed_in("emma.clarke")
    async with emma.post("/api/agents/me/log-in", json={"ready": True}) as response:
        assert response.status == 200
    offer = await scene.offer_to("emma.clarke")
    async with emma.get("/api/offers?agent=me") as response:
        assert [one["id"] for one in await response.json()] == [offer["id"]]
    async with emma.get(f"/api/offers/{offer['id']}") as response:
        assert await response.json() == offer
    async with emma.get("/api/offers?agent=li.wei") as response:
        assert await response.json() == []
    async with emma.post(f"/api/offers/{offer['id']}/accept", json={}) as response:
        assert response.status == 200, await response.text()
    await scene.is_(chat, ContactState.CONNECTED)
    async with emma.post(f"/api/contacts/{chat}/park") as response:
        assert response.status == 204
    assert (await scene.is_(chat, ContactState.PARKED))["agent_id"] == "emma.clarke"


@contextlib.asynccontextmanager
async def another_process(
    house: WebHouse, directory: Directory | None = None
) -> AsyncIterator[tuple[Router, TextMedium]]:
    """A second router of the installation, on a node and a bus of its own."""
    medium = TextMedium()
    router = Router(
        house.redis, Keys("test"), directory or house.router.directory, SystemClock(), EventBus(),
        drivers={Medium.CHAT: medium, Medium.EMAIL: medium, Medium.VOICE: medium},
        node="elsewhere",
    )  # fmt: skip
    await router.recover()
    yield router, medium
    await router.close()


async def test_what_another_process_does_is_seen(scene: Scene) -> None:
    house = scene.house
    async with another_process(house) as (other, medium):
        assert house.router.leads
        assert not other.leads
        chat = await text_contact(other, "accounts", customer_number="+8613800138000")
        await agrees(house, scene.watcher)
        assert scene.state["contacts"][chat]["node"] == "elsewhere"
        await other.log_in("emma.clarke", ready=True)
        offer = await scene.offer_to("emma.clarke")

        async def shown() -> bool:
            return offer["id"] in medium.shown

        await eventually(shown, "the other node shows the offer")
        # It is taken where the contact is.
        answer = await scene.post(f"/api/offers/{offer['id']}/accept", 409)
        assert answer["code"] == "other_node"
        await other.agent_answered(offer["id"], offer["version"])
        assert (await scene.is_(chat, ContactState.CONNECTED))["agent_id"] == "emma.clarke"
        assert scene.state["offers"] == {}
        mail = await text_contact(other, "accounts", Medium.EMAIL)
        offer = await scene.offer_to("emma.clarke")
        assert scene.state["agents"]["emma.clarke"]["capacity"]["used"] == 35
        await other.agent_unanswered(offer["id"], "rejected", None)
        await agrees(house, scene.watcher)
        assert scene.state["agents"]["emma.clarke"]["presence"] == "not_ready"
        await other.prioritise(mail, 7, by="sun.yue")
        await agrees(house, scene.watcher)
        assert scene.state["contacts"][mail]["priority"] == 7
        await other.end(chat)
        await scene.is_(chat, ContactState.WRAP_UP)
        await other.extend_wrap_up("emma.clarke", 90, chat)
        await agrees(house, scene.watcher)
        (part,) = scene.state["agents"]["emma.clarke"]["assignments"]
        assert part["until"] - part["since"] > 90
        await other.wrap_up_done("emma.clarke", chat)
        await agrees(house, scene.watcher)
        assert chat not in scene.state["contacts"]
        # And the explanation is the same in both.
        async with scene.client.get(f"/api/contacts/{mail}/why") as response:
            found = await response.json()
        assert found["waits"]["cause"] == "nobody_free"
        assert "13800138000" not in str(scene.watcher.messages)


async def test_skills_configured_anew_are_seen(scene: Scene) -> None:
    """Without waiting for the time at which everything is read again."""
    house = scene.house
    await scene.post("/api/agents/emma.clarke/log-in", ready=True)
    was = house.router.directory
    now = [replace(a, skills={"cards": 2}) if a.id == "emma.clarke" else a for a in was.agents()]
    directory = StaticDirectory(was.queues(), now)
    async with another_process(house, directory) as (other, _):
        await other.log_in("emma.clarke")

        async def shown() -> bool:
            found: bool = scene.state["agents"]["emma.clarke"]["skills"] == {"cards": 2}
            return found

        await eventually(shown, "the wall shows the skills", seconds=15)
        await agrees(house, scene.watcher)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_why_while_it_waits_and_after_it_is_stored(scene: Scene, language: str) -> None:
    house = scene.house
    first = await text_contact(house.router, "accounts")
    chat = await text_contact(house.router, "accounts")
    path = f"/api/contacts/{chat}/why?language={language}"
    async with scene.client.get(path) as response:
        found = await response.json()
    assert found["waits"]["place"] == 1  # nobody is there for whom they could compete
    assert found["waits"]["cause"] == "nobody_here"
    await house.router.log_in("emma.clarke")
    async with scene.client.get(path) as response:
        found = await response.json()
    assert [one["contact_id"] for one in found["waits"]["before"]] == [first]
    emma = next(a for a in found["waits"]["agents"] if a["agent_id"] == "emma.clarke")
    assert emma["obstacles"] == ["not_ready"]
    assert "grace.hill" not in [a["agent_id"] for a in found["waits"]["agents"]]
    async with scene.client.get(f"/api/contacts/{chat}") as response:
        detail = await response.json()
    assert detail["position"] == 2
    assert detail["asked"] == found["waits"]["asked"]
    assert detail["score"]["priority"] == 0
    await house.router.end(first)
    await house.router.set_ready("emma.clarke")
    offer = await scene.offer_to("emma.clarke")
    await scene.post(f"/api/offers/{offer['id']}/accept")
    await scene.is_(chat, ContactState.CONNECTED)
    await house.router.end(chat)
    await house.router.wrap_up_done("emma.clarke")
    assert await house.writer.drain(10)
    async with scene.client.get(path) as response:
        found = await response.json()
    assert found["waits"] is None
    assert found["state"] == "ended"
    assert [step["what"] for step in found["steps"]] == [
        "queued", "offered", "answered", "connected", "ended",
    ]  # fmt: skip
    assert "emma.clarke" in found["summary"]
    assert ("Went to" in found["summary"]) == (language == "en")
    # Who served it may ask too; who did not may not.
    for agent_id, status in (("emma.clarke", 200), ("li.wei", 403)):
        client = await house.signed_in(agent_id)
        async with client.get(path) as response:
            assert response.status == status


async def test_routers_and_states(scene: Scene) -> None:
    async with another_process(scene.house), scene.client.get("/api/routers") as response:
        found = await response.json()
    assert found["epoch"] == 1
    by_node = {one["node"]: one for one in found["routers"]}
    assert (by_node["main"]["leads"], by_node["elsewhere"]["leads"]) == (True, False)
    assert by_node["main"]["this"]
    assert by_node["main"]["process"] == found["leader"]
    async with scene.client.get("/api/states") as response:
        states = await response.json()
    assert {"state": "offered", "event": "connected", "next": "connected"} in states["contact"][
        "transitions"
    ]
    assert states["agent"]["initial"] == "logged_out"
