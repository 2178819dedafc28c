"""What is done for recordings beside: waiting for hearing, and the care of every day."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from app.hearing.live_log import LiveLog
from app.recordings.daily import Daily
from app.recordings.heard import STARTED, STOPPED, Heard
from core.clock import SystemClock, to_epoch
from media.recording.keys import KeyRing
from media.recording.sealed import key_of
from tests.app.recordings.test_care import keep, recording, stored_contact
from tests.support.wait import eventually, until
from tests.support.web import WebHouse


async def _append(log: LiveLog, contact: str, kind: str, leg: str = "a", **more: Any) -> None:
    await log.append(contact, kind, {"leg": "customer", "leg_id": leg, "at": 1.0, **more})


async def test_what_was_heard_is_waited_for(web_house: WebHouse) -> None:
    log = web_house.live_log
    heard = Heard(log, SystemClock(), settle_seconds=30)
    assert await heard.settled("con_never") == []
    await _append(log, "con_a", STARTED)
    await _append(log, "con_a", STARTED, leg="b")
    await _append(log, "con_a", STOPPED)
    waiting = asyncio.ensure_future(heard.settled("con_a"))
    await asyncio.wait({waiting}, timeout=0.5)
    assert not waiting.done()
    await _append(log, "con_a", "sensitive.found", leg="b")
    await _append(log, "con_a", STOPPED, leg="b")
    events = await asyncio.wait_for(waiting, 10)
    assert [event.type for event in events][-2:] == ["sensitive.found", STOPPED]
    # Who is heard anew, in a conversation that came later, keeps nobody waiting.
    settled = asyncio.ensure_future(heard.settled("con_a"))
    await asyncio.sleep(0)  # it has begun
    await _append(log, "con_a", STARTED, leg="c")
    assert len(await asyncio.wait_for(settled, 10)) >= 5


async def test_hearing_that_never_ends_is_not_waited_for_long(web_house: WebHouse) -> None:
    await _append(web_house.live_log, "con_a", STARTED)
    heard = Heard(web_house.live_log, SystemClock(), settle_seconds=0.3)
    began = time.monotonic()
    assert len(await heard.settled("con_a")) == 1
    assert 0.3 <= time.monotonic() - began < 10


async def test_once_a_day_and_not_again_after_a_restart(web_house: WebHouse) -> None:
    house, kept = web_house, web_house.kept
    contact = await stored_contact(house)
    ring = KeyRing.new("first")
    kept.keys._secrets.put("recording-keys", ring.text())
    _, old = await recording(house, contact, days=40)
    _, young = await recording(house, contact, days=1, ring=ring)
    keep(house, 30)
    newer = ring.with_new("second")
    kept.keys._secrets.put("recording-keys", newer.text(), instead_of=ring.text())

    def daily() -> Daily:
        return Daily(
            kept.sweep, kept.rotation, house.redis, house.keys, "main", SystemClock(),
            first_seconds=0.0,
        )  # fmt: skip

    first = daily()
    first.start()

    async def swept() -> float:
        return float(await house.redis.get("test:recordings:swept:main") or 0)

    at = await until(swept, 15, "the daily sweep")
    assert not old.exists()
    assert key_of(young) == "second"
    await first.close()
    _, another = await recording(house, contact, days=40)
    second = daily()
    second.start()

    await asyncio.wait(second._tasks._tasks, timeout=0.5)
    assert another.exists()
    assert await swept() == at
    await second.close()
    # A day was missed.
    await house.redis.set("test:recordings:swept:main", str(to_epoch(SystemClock().now()) - 90_000))
    third = daily()
    third.start()
    await eventually(lambda: _gone(another), "the missed sweep")
    await third.close()


async def _gone(path: Any) -> bool:
    return not path.exists()
