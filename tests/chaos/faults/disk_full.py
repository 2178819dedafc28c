"""The disk that state, database, Valkey's file, logs and recordings share is full for seconds."""

from __future__ import annotations

import asyncio
import time

from tests.chaos.disk import fill, small_disk
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene

_MEGABYTES = 48


async def run(scene: Scene) -> Seen:
    with small_disk(scene.folder / "disk", _MEGABYTES) as disk:
        overrides = {"media.recording.least_free_mb": "1"}
        async with scene.house(overrides, state=disk / "state") as house:
            people = await house.people()
            pids = {name: house.part(name) for name in ("app", "asterisk", "valkey")}
            ballast = await asyncio.to_thread(fill, disk)
            end = time.monotonic() + scene.seconds(20, 8)
            said = set[str]()
            while time.monotonic() < end:
                await asyncio.to_thread(fill, disk)  # what was freed meanwhile
                if report := await house.health():
                    said |= {p["code"] for p in report["parts"].values() if p["code"]}
                await asyncio.sleep(0.2)
            ballast.unlink()
            seen = await people.judge(time.time())
            told = said & {"recording_disk_low", "recordings_unfinished"}
            seen.must(bool(told), f"health said only {sorted(said)}")
            for name, before in pids.items():
                now = house.part(name)
                same = before is not None and now is not None and now.pid == before.pid
                seen.must(same, f"{name} was restarted")
            return seen


ROW = Row(
    name="disk-full",
    title="The disk is full for 20 s (48 MB, all on it)",
    promise="Talks go on; callers wait; all goes on by itself when there is room",
    run=run,
    quick=True,
)
