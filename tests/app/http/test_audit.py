"""Every change over the API leaves a trace: who, what, from where, before and after."""

from __future__ import annotations

from typing import Any

import aiohttp
from redis.asyncio import Redis

from app.http.audited import action_of
from tests.support.wait import eventually
from tests.support.web import SAMPLE_NUMBER, WebHouse


async def entries(client: aiohttp.ClientSession, count: int, query: str = "") -> list[Any]:
    """The entries that ``query`` finds, once there are ``count``, oldest first."""
    found: list[Any] = []

    async def so() -> bool:
        async with client.get(f"/api/audit?{query}") as response:
            assert response.status == 200, await response.text()
            body = await response.json()
        found[:] = body["entries"][::-1]
        return len(found) >= count

    await eventually(so, f"{count} entries of {query}")
    return found


async def test_who_what_before_and_after(web_house: WebHouse) -> None:
    house = web_house
    grace = await house.signed_in("grace.hill")
    headers = {"X-Parley-Account": "mallory", "X-Parley-Client": "cli"}  # not hers to claim
    async with grace.post(
        "/api/agents/li.wei/log-in", json={"ready": True}, headers=headers
    ) as response:
        assert response.status == 200
    contact_id = await house.customer("accounts")
    async with grace.post(f"/api/contacts/{contact_id}/prioritise", json={"priority": 9}):
        pass
    note = {"code": "resolved", "note": "Mr Secret, call 13800138000"}
    async with grace.post(f"/api/contacts/{contact_id}/disposition", json=note):
        pass
    values = {"values": {"passport": "X123"}}
    async with grace.post(f"/api/contacts/{contact_id}/attributes", json=values):
        pass
    async with grace.post(f"/api/contacts/{contact_id}/park") as response:
        assert response.status == 409
    signed, log_in, prioritise, coded, noted, park = await entries(grace, 6)
    assert (signed["action"], signed["who"]) == ("session.sign_in", "grace.hill")
    assert "password" in signed["asked"]
    assert house.password("grace.hill") not in str(signed)
    assert log_in["action"] == "agent.log_in"
    assert (log_in["who"], log_in["via"], log_in["account"]) == ("grace.hill", "program", None)
    assert log_in["address"] == "127.0.0.1"
    assert (log_in["target_kind"], log_in["target_id"]) == ("agent", "li.wei")
    assert log_in["before"]["presence"] == "logged_out"
    assert log_in["after"]["presence"] == "ready"
    assert log_in["asked"] == {"ready": True}
    assert log_in["finished_at"] >= log_in["at"]
    assert prioritise["action"] == "contact.prioritise"
    assert (prioritise["before"]["priority"], prioritise["after"]["priority"]) == (0, 9)
    assert coded["after"]["disposition"] == "resolved"
    assert noted["after"]["attributes"] == ["passport"]
    assert (park["action"], park["outcome"]) == ("contact.park", "not_parkable")
    assert (park["before"], park["after"]) == ({}, {})
    everything = str([signed, log_in, prioritise, coded, noted, park])
    for secret in ("Secret", "X123", SAMPLE_NUMBER, "13800138000"):
        assert secret not in everything


async def test_filters_pages_and_rights(web_house: WebHouse) -> None:
    house = web_house
    grace, wang = await house.signed_in("grace.hill"), await house.signed_in("wang.fang")
    for verb in ("log-in", "ready", "log-out"):
        async with wang.post(f"/api/agents/me/{verb}", json={}) as response:
            assert response.status == 200
    mine = await entries(grace, 4, "who=wang.fang")
    assert [one["action"] for one in mine] == [
        "session.sign_in", "agent.log_in", "agent.ready", "agent.log_out",
    ]  # fmt: skip
    assert {one["target_id"] for one in mine[1:]} == {"wang.fang"}
    assert len(await entries(grace, 3, "action=agent.*")) == 3
    assert len(await entries(grace, 3, "target=wang.fang&outcome=done")) == 3
    async with grace.get("/api/audit?limit=2") as response:
        first = await response.json()
    async with grace.get(f"/api/audit?limit=500&after={first['next']}") as response:
        rest = await response.json()
    ids = [one["id"] for one in (*first["entries"], *rest["entries"])]
    assert len(ids) == len(set(ids)) == 5
    async with wang.get("/api/audit") as response:
        assert response.status == 403


async def test_reading_leaves_no_trace(web_house: WebHouse, redis: Redis) -> None:
    grace = await web_house.signed_in("grace.hill")
    for path in ("agents", "queues", "contacts", "offers", "wall", "routers", "states", "audit"):
        async with grace.get(f"/api/{path}") as response:
            assert response.status == 200, path
    async with grace.post("/api/agents/li.wei/ready") as response:
        assert response.status in (200, 409)
    found = await entries(grace, 2)
    assert [one["action"] for one in found] == ["session.sign_in", "agent.ready"]


async def test_a_wrong_password_is_no_change(web_house: WebHouse) -> None:
    body = {"agent_id": "grace.hill", "password": "wrong"}
    async with web_house.client().post("/api/session", json=body) as response:
        assert response.status == 401
    grace = await web_house.signed_in("grace.hill")
    async with grace.delete("/api/session") as response:
        assert response.status == 204
    sun = await web_house.signed_in("sun.yue")
    found = await entries(sun, 3)
    assert [(one["action"], one["who"]) for one in found] == [
        ("session.sign_in", "grace.hill"),
        ("session.sign_out", "grace.hill"),
        ("session.sign_in", "sun.yue"),
    ]


async def test_every_change_has_a_name(web_house: WebHouse) -> None:
    routes = [r for r in web_house.web.server.routes if r.method != "GET"]
    names = [action_of(route) for route in routes]
    assert len(set(names)) == len(names)
    assert {"agent.not_ready", "agent.wrap_up.done", "contact.move", "offer.accept"} <= set(names)
    assert all(name.replace("_", "").replace(".", "").isalpha() for name in names)
