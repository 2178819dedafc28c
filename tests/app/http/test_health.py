"""Health and metrics while parts die and come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acd.contact_states import ContactState
from app.http.health import HealthApi
from core import redis as redis_access
from core.clock import ManualClock
from core.errors import Unavailable
from tests.support.valkey import ValkeyFactory
from tests.support.wait import eventually
from tests.support.web import WebHouse, web_house_on


async def test_all_well(web_house: WebHouse) -> None:
    client = web_house.client()
    async with client.get("/health") as response:
        assert response.status == 200
        body = await response.json()
    assert body["status"] == "ok"
    assert set(body["parts"]) == {
        "redis",
        "database",
        "tasks",
        "records",
        "audit",
        "recordings",
    }
    async with client.get("/health/live") as response:
        assert response.status == 200


async def test_redis_dies_and_comes_back(valkey_factory: ValkeyFactory, tmp_path: Path) -> None:
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url, timeout=0.5)
    async with web_house_on(redis, tmp_path) as house:
        await house.connect("cards", "wang.fang")
        client = await house.signed_in("grace.hill")
        await valkey.kill()
        body: dict[str, Any] = {}

        async def status(code: int) -> bool:
            async with house.client().get("/health") as response:
                body.clear()
                body.update(await response.json())
                return response.status == code

        async def failing() -> bool:
            return await status(503)

        async def well() -> bool:
            return await status(200)

        await eventually(failing, "health says that Redis is away")
        part = body["parts"]["redis"]
        assert part["ok"] is False
        assert part["code"] == "redis_unavailable"
        assert body["parts"]["database"]["ok"] is True
        assert str(valkey.port) not in str(body)
        async with client.get("/api/agents") as response:
            assert response.status == 503
            assert (await response.json())["code"] == "redis_unavailable"
        async with house.client().get("/health/live") as response:
            assert response.status == 200
        await valkey.start()
        await eventually(well, "health says that all is well again")
        async with client.get("/api/wall") as response:  # the session is still there
            assert response.status == 200
            [contact] = (await response.json())["contacts"].values()
            assert contact["state"] == ContactState.CONNECTED
    await redis.aclose()


async def test_since_when_a_part_is_as_it_is() -> None:
    clock = ManualClock()
    began = clock.now().timestamp()
    down = False

    async def asterisk() -> None:
        if down:
            raise Unavailable("Asterisk does not answer.", hint="Is it running?")

    async def broken() -> None:
        raise RuntimeError("a bug in the check")

    health = HealthApi({"asterisk": asterisk}, clock)
    assert (await health.report())["parts"]["asterisk"]["since"] == began
    down = True
    clock.advance(10)
    failed = (await health.report())["parts"]["asterisk"]
    assert (failed["ok"], failed["since"]) == (False, began + 10)
    assert failed["hint"] == "Is it running?"
    clock.advance(10)
    assert (await health.report())["parts"]["asterisk"]["since"] == began + 10
    down = False
    clock.advance(10)
    assert (await health.report())["parts"]["asterisk"]["since"] == began + 30
    report = await HealthApi({"x": broken}, clock).report()
    assert report["status"] == "failing"
    assert "bug" not in str(report)


async def test_metrics_are_for_this_machine_or_a_supervisor(web_house: WebHouse) -> None:
    await web_house.connect("cards", "wang.fang")
    await web_house.customer("loans")
    client = web_house.client()
    text = ""

    async def counted() -> bool:
        nonlocal text
        async with client.get("/metrics") as response:
            text = await response.text()
            assert response.status == 200
        return 'parley_queue_waiting{queue="loans"} 1.0' in text

    await eventually(counted, "the metrics count who waits")
    assert 'parley_contacts_live{state="connected"} 1.0' in text
    assert 'parley_agents{state="busy"} 1.0' in text
    # A proxy on this machine asks for somebody who may be anywhere.
    headers = {"X-Forwarded-For": "203.0.113.9"}
    async with client.get("/metrics", headers=headers) as response:
        assert response.status == 401
    agent = await web_house.signed_in("wang.fang")
    supervisor = await web_house.signed_in("grace.hill")
    async with agent.get("/metrics", headers=headers) as response:
        assert response.status == 403
    async with supervisor.get("/metrics", headers=headers) as response:
        assert response.status == 200


async def test_metrics_for_tokens_only(redis: Any, tmp_path: Path) -> None:
    overrides = {"server.web.metrics": "token"}
    async with (
        web_house_on(redis, tmp_path, overrides=overrides) as house,
        house.client().get("/metrics") as response,
    ):
        assert response.status == 401
