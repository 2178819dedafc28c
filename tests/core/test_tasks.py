"""Tasks that are owned end with their owner, and say what killed them."""

from __future__ import annotations

import asyncio
import gc
import io

import pytest

from core.tasks import TaskOwner


async def forever() -> None:
    await asyncio.Event().wait()


async def test_close_ends_everything() -> None:
    owner = TaskOwner("test")
    tasks = [owner.start(forever(), name=str(n)) for n in range(5)]
    assert len(owner) == 5
    await owner.close()
    assert all(task.cancelled() for task in tasks)
    assert len(owner) == 0


async def test_close_waits_for_what_is_put_away() -> None:
    owner = TaskOwner("test")
    put_away = asyncio.Event()

    async def work() -> None:
        try:
            await forever()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)
            put_away.set()

    owner.start(work(), name="work")
    await asyncio.sleep(0)
    await owner.close()
    assert put_away.is_set()


async def test_close_insists() -> None:
    """A cancellation can be swallowed, by wait_for in Python 3.11 for one."""
    owner = TaskOwner("test")
    cancelled = 0

    async def deaf() -> None:
        nonlocal cancelled
        while cancelled < 2:
            try:
                await forever()
            except asyncio.CancelledError:
                cancelled += 1

    owner.start(deaf(), name="deaf")
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await owner.close()
    assert cancelled == 2


async def test_a_closed_owner_starts_nothing() -> None:
    owner = TaskOwner("test")
    await owner.close()
    with pytest.raises(RuntimeError, match="closed"):
        owner.start(forever(), name="late")
    gc.collect()  # would warn of a coroutine that was never awaited


async def test_a_task_may_close_its_owner() -> None:
    owner = TaskOwner("test")
    task = owner.start(owner.close(), name="closes itself")
    other = owner.start(forever(), name="other")
    await asyncio.wait_for(task, 5)
    assert other.cancelled()


async def test_tasks_are_kept_although_nobody_else_does() -> None:
    owner = TaskOwner("test")
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        gc.collect()
        done.set()

    owner.start(work(), name="work")
    gc.collect()
    await asyncio.wait_for(done.wait(), 5)
    assert await owner.drain(5)


async def test_drain_says_whether_all_have_ended() -> None:
    owner = TaskOwner("test")
    assert await owner.drain(0)
    owner.start(forever(), name="forever")
    assert not await owner.drain(0.01)
    await owner.close()


async def test_what_kills_a_task_is_logged(log_output: io.StringIO) -> None:
    owner = TaskOwner("test")

    async def fail() -> None:
        raise LookupError("on purpose")

    task = owner.start(fail(), name="failing")
    await asyncio.wait({task})
    await asyncio.sleep(0)
    line = log_output.getvalue()
    assert "task.failed" in line
    assert "test:failing" in line
    assert "on purpose" in line
