"""The clock is set an hour forward, then two hours back, while phones ring; there the app
is killed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.chaos.row import CannotRun, Row, Seen
from tests.chaos.scene import Scene
from tools.private_programs import CLOCK, TARGET

# Asterisk and Valkey do not take the library: only the app is started with it.
_APP_ALONE = """
import os, sys
line = open("/proc/self/cmdline").read().split("\\0")
if "serve" in line and "LD_PRELOAD" not in os.environ:
    environ = {**os.environ, "LD_PRELOAD": os.environ["CHAOS_PRELOAD"]}
    os.execve(sys.executable, [sys.executable, *line[1:-1]], environ)
"""
_RING = 4.0  # seconds; of the queue


def _library() -> Path:
    for found in (TARGET / CLOCK, *Path("/usr/lib").glob(f"*/faketime/{CLOCK.name}")):
        if found.is_file():
            return found.resolve()
    raise CannotRun("libfaketime is not here: 'make setup' could not fetch it")


async def run(scene: Scene) -> Seen:
    offset = scene.folder / "offset"
    offset.write_text("+0\n")
    site = scene.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(_APP_ALONE)
    environ = {
        "PYTHONPATH": str(site), "CHAOS_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    overrides = {"queues.support.ring_seconds": f"{_RING:g}"}
    async with scene.house(overrides, environ=environ) as house:
        people = await house.people()
        late: list[str] = []
        for hours in (1, -1):
            carol = await house.agent("carol", ready=False)
            caller = await house.caller()
            for agent in ("bob",):  # nobody else is to take the call
                await house.api("POST", f"/api/agents/{agent}/not-ready", reason="break")
            await house.api("POST", "/api/agents/carol/ready")
            call = await caller.call("4000", from_user="13800000005")
            ringing = await carol.next_incoming(30)
            began = time.monotonic()
            offset.write_text(f"{hours * 3600:+d}\n")
            try:  # it rings as long as ever, whatever the clock says
                await ringing.wait_state("disconnected", _RING + 20)
                rang = time.monotonic() - began
                if not _RING - 2 < rang < _RING + 6:
                    late.append(f"a phone rang for {rang:.1f} s at {hours:+d} h")
            except Exception as error:
                late.append(f"a phone rings on at {hours:+d} h ({error})")
            if call.state != "disconnected":
                await call.hangup()
            await house.api("POST", "/api/agents/carol/log-out")
            await house.api("POST", "/api/agents/bob/ready")
            await asyncio.sleep(scene.seconds(3, 2))
            await carol.close()
        # It is started anew while the clock is behind what it wrote.
        app = house.part("app")
        assert app is not None
        app.kill()
        killed = time.time()
        await house.wait_replaced("app", app.pid)
        seen = await people.judge(killed)
        seen.broken += late
        return seen


ROW = Row(
    name="clock-set",
    title="The app's clock is set 1 h forward, then 2 h back, where it is killed",
    promise="Talks go on; phones ring as long as ever; callers are served",
    run=run,
)
