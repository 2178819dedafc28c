"""Events and the bus that hands them round inside a process."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from core.events import Event, EventBus
from core.ids import is_id

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def event(n: int = 0, type_: str = "contact.queued") -> Event:
    return Event(type=type_, at=AT, data={"n": n})


def test_through_json_and_back() -> None:
    told = Event(
        type="contact.queued", at=AT, contact_id="con_1", agent_id="anna", seq=4, data={"a": [1]}
    )
    assert Event.from_dict(json.loads(json.dumps(told.as_dict()))) == told
    assert is_id(told.id, "evt")
    assert told.id != event().id


def test_a_reader_of_an_older_form_gets_defaults() -> None:
    assert Event.from_dict({"id": "x", "type": "a.b", "at": 0}).seq == 0


async def test_subscribers_get_what_they_want_in_order() -> None:
    bus = EventBus()
    with bus.subscribe() as every, bus.subscribe(lambda e: e.type == "agent.ready") as some:
        for number in range(3):
            bus.publish(event(number))
        bus.publish(event(3, "agent.ready"))
        assert [(await every.next()).data["n"] for _ in range(4)] == [0, 1, 2, 3]
        assert (await some.next()).data["n"] == 3
        assert every.missed == 0


async def test_nothing_comes_from_before_or_after() -> None:
    bus = EventBus()
    bus.publish(event(1))
    with bus.subscribe() as view:
        bus.publish(event(2))
    bus.publish(event(3))
    assert (await view.next()).data["n"] == 2
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await view.next()


async def test_a_slow_reader_loses_the_oldest_and_is_told() -> None:
    bus = EventBus()
    with bus.subscribe(bound=3) as view:
        for number in range(10):
            bus.publish(event(number))
        assert view.missed == 7
        assert [(await view.next()).data["n"] for _ in range(3)] == [7, 8, 9]


async def test_iteration() -> None:
    bus = EventBus()
    with bus.subscribe() as view:
        for number in range(3):
            bus.publish(event(number))
        found = []
        async for one in view:
            found.append(one.data["n"])
            if len(found) == 3:
                break
    assert found == [0, 1, 2]


async def test_a_listener_that_fails_harms_nobody() -> None:
    bus = EventBus()
    heard: list[int] = []

    def fail(_: Event) -> None:
        raise RuntimeError("on purpose")

    bus.listen(fail)
    bus.listen(lambda e: heard.append(e.data["n"]))
    with bus.subscribe() as view:
        bus.publish(event(5))
        assert (await view.next()).data["n"] == 5
    assert heard == [5]
