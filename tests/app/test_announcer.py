"""Events of the installation reach the log of events, after a time without Redis too."""

from __future__ import annotations

from datetime import UTC, datetime

from app.announcer import Announcer
from core import redis as redis_access
from core.event_log import EventLog
from core.events import Event, EventBus
from core.redis import Keys
from tests.support.valkey import ValkeyFactory
from tests.support.wait import eventually

_AT = datetime(2026, 1, 1, tzinfo=UTC)


async def test_it_waits_for_redis_and_keeps_the_order(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url, timeout=0.5)
    log, bus = EventLog(redis, Keys("parley")), EventBus()
    heard: list[Event] = []
    bus.listen(heard.append)
    announcer = Announcer(log, bus)
    announcer.start()
    announcer.publish(Event(type="trunk.failed", at=_AT, data={"trunk": "a"}))
    await valkey.kill()
    announcer.publish(Event(type="trunk.recovered", at=_AT, data={"trunk": "a"}))
    announcer.publish(Event(type="trunk.failed", at=_AT, data={"trunk": "b"}))
    assert len(heard) == 3
    await valkey.start()

    async def all_there() -> bool:
        return len(await log.tail(10)) >= 3

    await eventually(all_there, "three events in the log")
    types = [(one.event.type, one.event.data["trunk"]) for one in await log.tail(10)]
    assert types[-2:] == [("trunk.recovered", "a"), ("trunk.failed", "b")]
    assert set(types) == {("trunk.failed", "a"), ("trunk.recovered", "a"), ("trunk.failed", "b")}
    await announcer.close()
    await redis.aclose()
