"""Valkey is killed among calls, and its append-only file is found damaged in the middle."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene

_RUBBISH = b"\0\xff" * 400


def _damage(folder: Path) -> None:
    (file,) = folder.glob("*.incr.aof")
    with file.open("r+b") as out:
        out.seek(file.stat().st_size // 2)
        out.write(_RUBBISH)


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        people = await house.people()
        supervisor, valkey = house.part("supervisor"), house.part("valkey")
        assert supervisor is not None
        assert valkey is not None
        supervisor.suspend()  # so that it starts Valkey after the damage, not before
        try:
            os.kill(valkey.pid, signal.SIGKILL)
            _damage(house.state / "valkey" / "appendonlydir")
        finally:
            supervisor.resume()
        damaged = time.time()
        await house.wait_replaced("valkey", valkey.pid)
        seen = await people.judge(damaged, may_fail=1)
        aside = list((house.state / "valkey").glob("damaged-*"))
        seen.must(len(aside) == 1, "the damaged file was not kept")
        seen.must("check-aof" not in house.said(), "the advice names a tool that is not shipped")
        return seen


ROW = Row(
    name="valkey-damaged",
    title="Valkey's append-only file is damaged in the middle",
    promise="It starts with what is readable; talks go on; the damaged file is kept",
    run=run,
)
