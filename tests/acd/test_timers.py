"""Timers on the event loop: work that fails is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from acd.timers import LoopTimers
from core.clock import SystemClock
from core.redis import RedisUnavailable
from tests.support.wait import until


@pytest_asyncio.fixture
async def timers() -> AsyncIterator[LoopTimers]:
    made = LoopTimers(SystemClock(), retry_seconds=0.01)
    yield made
    await made.close()


async def test_work_that_raised_is_done_again_until_it_succeeds(timers: LoopTimers) -> None:
    times: list[str] = []

    async def work() -> None:
        times.append("done" if len(times) == 2 else "failed")
        if times[-1] == "failed":
            raise RedisUnavailable("Away.")

    timers.at("x", SystemClock().now(), work)
    await until(lambda: "done" in times, 5, "success")
    assert times == ["failed", "failed", "done"]


async def test_not_if_it_was_cancelled_or_set_anew_meanwhile(timers: LoopTimers) -> None:
    """Work in progress whose timer is cancelled fails: it is not wanted any more."""
    going = asyncio.Event()
    finish = asyncio.Event()
    done: list[str] = []

    async def work() -> None:
        going.set()
        await finish.wait()
        done.append("old")
        raise RedisUnavailable("Away.")

    async def other(name: str) -> None:
        done.append(name)

    for name in ("cancelled", "moved"):
        timers.at(name, SystemClock().now(), work)
        await asyncio.wait_for(going.wait(), 5)
        going.clear()
    timers.cancel("cancelled")
    timers.at("moved", SystemClock().now(), lambda: other("new"))
    finish.set()
    await until(lambda: len(done) == 3, 5, "all work")
    timers.at("last", SystemClock().now(), lambda: other("last"))
    await until(lambda: "last" in done, 5, "a timer set after them")
    assert sorted(done) == ["last", "new", "old", "old"]
