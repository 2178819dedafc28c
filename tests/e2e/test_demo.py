"""``parley demo`` as a person at a terminal sees it: its screen, calls, and Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
import wave
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest_asyncio

from app.http import operator
from core import process as processes
from core.ports import PortBlock, is_free
from tests.support.embedded import ROOT, command_of
from tests.support.parley_asterisk import own_ports
from tests.support.wait import until

_ONE, _AWAY = "wang.fang", ("not_ready", "logged_out")
_SECOND_START = 45.0  # seconds; quick on a machine with nothing else to do


@dataclass
class Demo:
    """The demo's state folder, ports, and what it printed."""

    state: Path
    ports: dict[str, str]
    output: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Until its screen is printed; how many seconds that took."""
        variables = {f"PARLEY_{k.upper().replace('.', '__')}": v for k, v in self.ports.items()}
        environ = {**os.environ, **variables, "PARLEY_STATE_DIR": str(self.state)}
        begun = time.monotonic()
        with self.output.open("wb") as out:
            process = self.process = await processes.spawn(
                [sys.executable, "-m", "app", "demo", "--seed", "7"],
                env=environ, cwd=ROOT, stdout=out, stderr=out,
            )  # fmt: skip

        def shown() -> bool:
            assert process.returncode is None, self.output.read_text()
            return "Ctrl-C" in self.output.read_text()

        await until(shown, 60, "the screen")
        return time.monotonic() - begun

    def family(self) -> list[psutil.Process]:
        """The demo and everything below it."""
        assert self.process is not None
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    async def interrupt(self) -> None:
        """Ctrl-C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(self.process.wait(), 30) == 0, self.output.read_text()

    async def api(self, method: str, path: str, **body: Any) -> Any:
        """Ask as the operator; raises ClientResponseError."""
        access = operator.read(self.state)
        headers = {"Authorization": f"Bearer {access.token}"}
        async with (
            aiohttp.ClientSession(access.url, headers=headers) as http,
            http.request(method, path, json=body or None) as answer,
        ):
            answer.raise_for_status()
            return await answer.json()

    async def talking(self) -> set[str]:
        """Ids of the contacts that are connected."""
        found = await self.api("GET", "/api/contacts")
        return {contact["id"] for contact in found if contact["state"] == "connected"}


@pytest_asyncio.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    block = PortBlock.reserve()
    state = tmp_path / "demo"
    made = Demo(state, own_ports(block, state), tmp_path / "screen.txt")
    yield made
    if made.process is not None:
        await processes.stop(made.process, seconds=20)
    sys.stderr.write(made.output.read_text()[-4000:])  # pytest shows it with a failure
    block.release()


def _half_written(state: Path) -> list[str]:
    """Files that somebody began and did not finish."""
    found = [str(p) for p in state.rglob(".*") if p.is_file()]
    found += [str(p) for p in state.rglob("*.raw")]
    found += [str(p) for p in state.rglob("*-journal")]
    for wav in state.rglob("*.wav"):
        with wave.open(str(wav)) as audio:
            if audio.getnframes() == 0:
                found.append(str(wav))
    with closing(sqlite3.connect(state / "parley.db")) as database:
        (whole,) = database.execute("PRAGMA integrity_check").fetchone()
    return found if whole == "ok" else [*found, whole]


async def test_calls_flow_and_ctrl_c_leaves_nothing_behind(demo: Demo) -> None:
    first = await demo.start()
    said = demo.output.read_text()
    assert f"http://127.0.0.1:{demo.ports['server.web.port']}/" in said
    assert f"127.0.0.1:{demo.ports['sip.port']}" in said
    assert "Traceback" not in said
    await until(demo.talking, 60, "a conversation")
    family = demo.family()
    assert any("valkey-server" in command_of(p) for p in family)
    await demo.interrupt()
    assert [command_of(p) for p in family if p.is_running()] == []
    taken = [
        name for name, port in demo.ports.items()
        if name.endswith("port") and not (is_free(int(port)) and is_free(int(port), udp=True))
    ]  # fmt: skip
    assert taken == []
    assert not (demo.state / operator.FILE).exists()
    assert _half_written(demo.state) == []
    again = await demo.start()
    sys.stderr.write(f"started in {first:.1f} s, again in {again:.1f} s\n")
    assert again < _SECOND_START
    await demo.interrupt()


async def test_it_does_not_run_dry(demo: Demo) -> None:
    await demo.start()
    await demo.api("POST", f"/api/agents/{_ONE}/not-ready", reason="break")
    phones = [p for p in demo.family() if "agent_softphone/phone" in command_of(p)]
    assert len(phones) >= 4
    for phone in phones:
        phone.kill()
    before = {c["id"] for c in await demo.api("GET", "/api/contacts")}

    async def another_talks() -> bool:
        return bool(await demo.talking() - before)

    await until(another_talks, 90, "a conversation on other phones")

    async def back() -> bool:
        return (await demo.api("GET", f"/api/agents/{_ONE}"))["state"] not in _AWAY

    await until(back, 60, "the agent at work again")
    await demo.interrupt()
