"""Health and metrics while parts die and come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from acd.contact_states import ContactState
from app.http.checks import database_check, redis_check, tasks_check
from app.http.health import HealthApi
from app.migrate import upgrade
from core import redis as redis_access
from core.clock import ManualClock
from core.database import create_engine
from core.errors import Unavailable
from core.redis import Keys
from core.tasks import TaskOwner
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


async def test_a_part_of_the_app_that_dies_is_told_of() -> None:
    owner = TaskOwner("test-of-health")

    async def work() -> None:
        raise LookupError("on purpose")

    health = HealthApi({"tasks": tasks_check()}, ManualClock())
    assert (await health.report())["parts"]["tasks"]["ok"]
    owner.keep(work, name="doomed")

    async def told() -> bool:
        part = (await HealthApi({"tasks": tasks_check()}, ManualClock()).report())["parts"]["tasks"]
        return part["code"] == "task_failing" and "test-of-health:doomed" in str(part["message"])

    await eventually(told, "health names the part that died")
    await owner.close()
    report = await HealthApi({"tasks": tasks_check()}, ManualClock()).report()
    assert report["parts"]["tasks"]["ok"]


async def test_a_redis_that_takes_no_writes(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url)
    health = HealthApi({"redis": redis_check(redis, Keys("parley"))}, ManualClock())
    assert (await health.report())["status"] == "ok"
    await redis.config_set("maxmemory", "1")
    health = HealthApi({"redis": redis_check(redis, Keys("parley"))}, ManualClock())
    part = (await health.report())["parts"]["redis"]
    assert part["code"] == "redis_refuses_writes"
    assert "OOM" in str(part["message"])
    await redis.aclose()


async def test_a_database_that_takes_no_writes(postgres_url: str) -> None:
    await upgrade(postgres_url)
    engine = create_engine(postgres_url)

    async def code() -> str | None:
        check = database_check(engine, lambda: None)
        return (await HealthApi({"database": check}, ManualClock()).report())["parts"]["database"][
            "code"
        ]

    assert await code() is None
    name = postgres_url.rpartition("/")[2]
    async with engine.connect() as connection:
        await connection.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        )
        await connection.commit()
    await engine.dispose()
    assert await code() == "database_read_only"
    await engine.dispose()
