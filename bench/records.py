"""How fast the history is written, and what that costs the event loop.

``python -m bench.records [--quick] [--json]``: contacts live through nine changes
each, 200 new ones a second, in a real Valkey; the writer stores them in SQLite and,
if ``DATABASE_URL`` names one, in that database too. Producer and writer share the
process.

* **sustained**: the worst age of an unstored change, how long the loop was kept from
  other work, and CPU, all with the producer's share;
* **backlog**: contacts a second when a database has been away for a while.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from acd import codec
from acd.contact_states import ContactState
from acd.model import Contact, EndReason, Medium, Segment, SegmentKind
from acd.records.writer import RecordWriter
from app.migrate import upgrade
from bench.support.report import arguments, milliseconds, publish
from core import ids
from core import redis as redis_access
from core.clock import SystemClock
from core.database import create_engine
from core.event_log import encode
from core.events import Event
from core.ports import PortBlock
from core.redis import Keys
from core.tasks import TaskOwner
from core.valkey import ValkeyInstance

_RATE = 200
_KINDS = (
    SegmentKind.IVR, SegmentKind.QUEUE, SegmentKind.RING, SegmentKind.TALK, SegmentKind.HOLD,
    SegmentKind.TALK, SegmentKind.WRAP_UP,
)  # fmt: skip


class Caller:
    """A contact that is written as the ACD writes it."""

    def __init__(self, redis: Redis, keys: Keys, writer: RecordWriter) -> None:
        self._redis, self._keys, self._writer = redis, keys, writer
        self._contact = Contact(
            id=ids.new_id(ids.CONTACT), medium=Medium.VOICE, channel="phone", direction="inbound",
            created_at=SystemClock().now(), customer_number="+493055501234", dialled_number="4000",
        )  # fmt: skip

    async def live(self, pause: float) -> None:
        """Nine changes, ``pause`` seconds apart."""
        contact = self._contact
        await self._change("contact.arrived")
        for kind in _KINDS:
            await asyncio.sleep(pause)
            self._close_segment()
            contact.segments.append(
                Segment(
                    id=ids.new_id(ids.SEGMENT), kind=kind, started_at=SystemClock().now(),
                    queue="cards", agent_id="anna",
                )
            )  # fmt: skip
            await self._change(f"contact.{kind.value}_began")
        await asyncio.sleep(pause)
        self._close_segment()
        contact.state, contact.ended_at = ContactState.ENDED, SystemClock().now()
        contact.end_reason = EndReason.CUSTOMER_HUNG_UP
        await self._change("contact.ended")

    def _close_segment(self) -> None:
        if self._contact.segments:
            self._contact.segments[-1].ended_at = SystemClock().now()

    async def _change(self, what: str) -> None:
        contact, keys = self._contact, self._keys
        contact.version += 1
        contact.event_seq += 1
        event = Event(
            type=what, at=SystemClock().now(), contact_id=contact.id, seq=contact.event_seq
        )
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(keys("contact", contact.id), codec.encode(codec.to_dict(contact)))
        pipe.rpush(keys("contact", contact.id, "events"), encode(event))
        pipe.sadd(keys("contacts"), contact.id)
        pipe.hset(keys("dirty"), contact.id, str(contact.version))
        await pipe.execute()
        self._writer.on_event(event)


async def _watch_loop(blocks: list[float]) -> None:
    while True:
        at = time.perf_counter()
        await asyncio.sleep(0.001)
        blocks.append(time.perf_counter() - at - 0.001)


async def _sustained(writer: RecordWriter, caller: Any, seconds: float) -> dict[str, Any]:
    blocks: list[float] = []
    lag = 0.0
    count = int(_RATE * seconds)
    tasks = TaskOwner("bench")
    tasks.start(_watch_loop(blocks), name="loop")
    callers = []
    begun, cpu = time.perf_counter(), time.process_time()
    for number in range(count):
        callers.append(tasks.start(caller().live(0.5), name="caller"))
        if (early := begun + number / _RATE - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        lag = max(lag, writer.health.lag)
    offered = time.perf_counter() - begun
    await asyncio.gather(*callers)
    produced = time.perf_counter() - begun
    assert await writer.drain(60)
    spent = time.process_time() - cpu
    await tasks.close()
    return {
        "contacts": count,
        "contacts/s": round(count / offered),
        "behind at the end ms": round((time.perf_counter() - begun - produced) * 1000, 1),
        "worst lag ms": round(lag * 1000),
        "loop kept p99 ms": milliseconds(blocks)["p99"],
        "cpu %": round(100 * spent / produced),
    }


async def _backlog(writer: RecordWriter, caller: Any, count: int) -> dict[str, Any]:
    for _ in range(0, count, 100):
        await asyncio.gather(*(caller().live(0) for _ in range(100)))
    blocks: list[float] = []
    tasks = TaskOwner("bench")
    tasks.start(_watch_loop(blocks), name="loop")
    begun, cpu = time.perf_counter(), time.process_time()
    assert await writer.drain(120)
    took, spent = time.perf_counter() - begun, time.process_time() - cpu
    await tasks.close()
    return {
        "contacts": count,
        "contacts/s": round(count / took),
        "loop kept p99 ms": milliseconds(blocks)["p99"],
        "cpu %": round(100 * spent / took),
    }


async def _measure(quick: bool) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    keys, block = Keys(), PortBlock.reserve()
    async with AsyncExitStack() as stack:
        stack.callback(block.release)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        valkey = ValkeyInstance(folder / "valkey", block.take())
        stack.push_async_callback(valkey.stop)
        await valkey.start()
        redis = redis_access.connect(valkey.url, connections=300)
        stack.push_async_callback(redis.aclose)
        urls = {"sqlite": f"sqlite:///{folder}/parley.db"}
        with suppress(KeyError):
            urls["DATABASE_URL"] = os.environ["DATABASE_URL"]
        for name, url in urls.items():
            await upgrade(url)
            engine = create_engine(url)
            stack.push_async_callback(engine.dispose)

            def writer() -> RecordWriter:
                return RecordWriter(redis, keys, engine, SystemClock())  # noqa: B023

            working, idle = writer(), writer()
            working.start()
            rows[f"{name}: sustained"] = await _sustained(
                working, lambda w=working: Caller(redis, keys, w), 8 if quick else 30
            )
            await working.close()
            rows[f"{name}: backlog"] = await _backlog(
                idle, lambda w=idle: Caller(redis, keys, w), 1000 if quick else 5000
            )
    return rows


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__)
    rows = asyncio.run(_measure(asked.quick))
    publish("records", rows, as_json=asked.json)


if __name__ == "__main__":
    main()
