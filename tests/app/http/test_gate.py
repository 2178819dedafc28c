"""No route without a declaration, no declaration without effect."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acd.records.dispositions import LateDispositions
from app.http.access import Access
from app.http.dispatch import Dispatch
from app.http.routes import Call, Needs, Route
from app.http.sessions import Sessions
from core.clock import SystemClock
from core.redis import Keys
from tests.support.web import WebHouse

OPEN = {Needs.NOBODY, Needs.LOCAL}


async def test_every_route_refuses_who_may_not(web_house: WebHouse) -> None:
    """All routes at once: whoever adds one is tested here without doing anything."""
    contact_id = await web_house.connect("cards", "li.wei")
    nobody, agent = web_house.client(), await web_house.signed_in("wang.fang")
    seen = set()
    for route in web_house.web.server.routes:
        path = route.path.replace("{contact_id}", contact_id).replace("{agent_id}", "li.wei")
        path = re.sub(r"\{[^}]+\}", "x", path)
        async with nobody.request(route.method, path, json={}) as response:
            refused = response.status == 401
            assert refused is (route.needs not in OPEN), (route.method, path, response.status)
        if route.needs in OPEN or route.needs is Needs.SIGNED_IN:
            continue
        seen.add(route.needs)
        async with agent.request(route.method, path, json={}) as response:
            assert response.status == 403, (route.method, path)
    assert seen == {
        Needs.SUPERVISOR, Needs.OWN_AGENT, Needs.OWN_CONTACT, Needs.SHARED_CONTACT,
        Needs.STORED_CONTACT, Needs.KNOWN_CONTACT, Needs.OWN_OFFER,
    }  # fmt: skip


async def test_refusals_have_one_shape(web_house: WebHouse) -> None:
    client = web_house.client()
    for method, path, status in [
        ("GET", "/api/agents", 401),
        ("GET", "/api/nowhere", 404),
        ("PUT", "/api/session", 405),
        ("GET", "/live/../../secrets.json", 404),
        ("GET", "/live/%2e%2e/%2e%2e/secrets.json", 404),
        ("GET", "/live/nothing.js", 404),
    ]:
        async with client.request(method, path) as response:
            assert response.status == status, path
            body = await response.json()
            assert set(body) == {"code", "message", "hint", "retryable", "data"}
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "aiohttp" not in response.headers["Server"]


async def test_what_is_not_declared_is_not_reachable(web_house: WebHouse) -> None:
    """Even a route added behind the back of the gate."""
    house = web_house
    sessions = Sessions(house.redis, house.keys, SystemClock())
    access = Access(
        sessions,
        house.settings,
        house.router,
        LateDispositions(house.engine),
        operator_token="t" * 40,
    )
    dispatch = Dispatch(access)
    application = web.Application(middlewares=[dispatch.middleware])
    reached = []

    async def secret(_request: web.Request) -> web.Response:
        reached.append("secret")
        return web.Response(text="secret")

    application.router.add_get("/secret", secret)
    async with TestClient(TestServer(application)) as client:
        response = await client.get("/secret")
        assert response.status == 500
        assert "secret" not in (await response.text()).replace("/secret", "")
    assert reached == []
    await dispatch.close()


async def test_failures_inside_show_nothing_of_us(web_house: WebHouse) -> None:
    house = web_house

    async def breaks(_call: Call) -> None:
        raise RuntimeError("the password is hunter2")

    dispatch = Dispatch(
        Access(
            Sessions(house.redis, Keys("x"), SystemClock()), house.settings, house.router,
            LateDispositions(house.engine), operator_token="t" * 40,
        )
    )  # fmt: skip
    application = web.Application(middlewares=[dispatch.middleware])
    route = Route(method="GET", path="/x", needs=Needs.NOBODY, handler=breaks, summary="")
    dispatch.add(application, [route])
    async with TestClient(TestServer(application)) as client:
        response = await client.get("/x")
        assert response.status == 500
        body = await response.json()
        assert body["code"] == "internal"
        assert "hunter2" not in str(body)
        assert body["data"]["reference"].startswith("err_")
    await dispatch.close()


async def test_what_takes_too_long_is_said_and_still_done(web_house: WebHouse) -> None:
    house, go, done = web_house, asyncio.Event(), asyncio.Event()

    async def slow(_call: Call) -> None:
        await go.wait()
        done.set()

    access = Access(
        Sessions(house.redis, house.keys, SystemClock()), house.settings, house.router,
        LateDispositions(house.engine), operator_token="t" * 40,
    )  # fmt: skip
    dispatch = Dispatch(access, work_seconds=0.05)
    application = web.Application(middlewares=[dispatch.middleware])
    route = Route(method="POST", path="/x", needs=Needs.NOBODY, handler=slow, summary="")
    dispatch.add(application, [route])
    async with TestClient(TestServer(application)) as client:
        response = await client.post("/x")
        assert response.status == 503
        assert (await response.json())["code"] == "timed_out"
        go.set()
        async with asyncio.timeout(5):
            await done.wait()
    await dispatch.close()


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code", "fields"),
    [
        ("{", "application/json", 400, "not_json", None),
        ("\xff", "application/json", 400, "not_json", None),
        ("[]", "application/json", 400, "invalid_fields", {"body"}),
        ("{}", "application/json", 400, "invalid_fields", {"reason"}),
        ('{"reason": 7}', "application/json", 400, "invalid_fields", {"reason"}),
        ('{"reason": ""}', "application/json", 400, "invalid_fields", {"reason"}),
        ('{"reason": "lunch", "x": 1}', "application/json", 400, "invalid_fields", {"x"}),
        ('{"reason": "lunch"}', "text/plain", 400, "not_json", None),
        ('{"reason": "nap"}', "application/json", 400, "unknown_reason", None),
        ('{"reason": "rona"}', "application/json", 400, "unknown_reason", None),
        ("[" * 60_000, "application/json", 400, "not_json", None),
        (" " * 70_000, "application/json", 413, "request_entity_too_large", None),
    ],
)
async def test_bodies_are_validated(
    web_house: WebHouse, body: str, content_type: str, status: int, code: str,
    fields: set[str] | None,
) -> None:  # fmt: skip
    client = await web_house.signed_in("wang.fang")
    async with client.post(
        "/api/agents/me/not-ready", data=body.encode("latin-1"),
        headers={"Content-Type": content_type},
    ) as response:  # fmt: skip
        answer = await response.json()
        assert response.status == status, answer
        assert answer["code"] == code
        if fields is not None:
            assert set(answer["data"]["fields"]) == fields


async def test_bodies_where_none_belong_are_refused(web_house: WebHouse) -> None:
    client = await web_house.signed_in("wang.fang")
    async with client.post("/api/agents/me/ready", json={"x": 1}) as response:
        assert response.status == 400


async def test_queries_are_validated(web_house: WebHouse) -> None:
    client = await web_house.signed_in("grace.hill")
    for query in (
        "limit=0",
        "limit=x",
        "limit=501",
        "nonsense=1",
        "since=yesterday",
        "since=2026-01-01T00:00",
        "limit=1&limit=2",
        "after=rubbish",
    ):
        async with client.get(f"/api/history?{query}") as response:
            assert response.status == 400, query


async def test_the_document_describes_every_route(web_house: WebHouse) -> None:
    async with web_house.client().get("/api/openapi.json") as response:
        text = await response.text()
        document = await response.json()
    operations = [o for path in document["paths"].values() for o in path.values()]
    assert len(operations) == len(web_house.web.server.routes)
    assert len({o["operationId"] for o in operations}) == len(operations)
    schemas = document["components"]["schemas"]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert references <= set(schemas)
    assert {"Error", "ContactView", "AgentView", "QueueView", "SignIn"} <= references
    transfer = document["paths"]["/api/contacts/{contact_id}/transfer"]["post"]
    assert transfer["x-needs"] == "own_contact"
