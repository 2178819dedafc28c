"""What must go on for ever is started again when it dies, and that is told."""

from __future__ import annotations

import asyncio
import io

from core import tasks
from core.metrics import task_failures_total
from core.tasks import TaskOwner, failing


def _deaths(name: str) -> float:
    return float(task_failures_total.labels(name)._value.get())


async def test_it_is_started_again(log_output: io.StringIO) -> None:
    owner = TaskOwner("kept")
    lives = 0
    third = asyncio.Event()

    async def work() -> None:
        nonlocal lives
        lives += 1
        if lives == 1:
            raise LookupError("on purpose")
        if lives == 2:
            return  # it must not end either
        third.set()
        await asyncio.Event().wait()

    owner.keep(work, name="worker")
    await asyncio.wait_for(third.wait(), 20)
    (kept,) = [k for k in failing(asyncio.get_running_loop().time()) if k.name == "kept:worker"]
    assert (kept.deaths, kept.why) == (2, "it ended")
    assert _deaths("kept:worker") == 2
    assert log_output.getvalue().count("task.died") == 2
    assert "LookupError: on purpose" in log_output.getvalue()
    later = asyncio.get_running_loop().time() + tasks.STEADY_SECONDS
    assert kept not in failing(later)
    await owner.close()
    assert kept not in failing(asyncio.get_running_loop().time())


async def test_close_ends_it_also_between_two_lives() -> None:
    owner = TaskOwner("kept")

    async def work() -> None:
        raise LookupError("on purpose")

    task = owner.keep(work, name="always")
    await asyncio.sleep(0)
    await owner.close()
    assert task.cancelled()
