"""``parley up`` as a user starts it: a process with everything below it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest_asyncio

from core import process as processes
from core.ports import PortBlock
from tests.support.installation import CONFIG
from tests.support.parley_asterisk import own_ports

ROOT = Path(__file__).parents[2]


@dataclass
class Command:
    """What a command printed and how it ended."""

    status: int
    output: str


@dataclass
class Up:
    """A running ``parley up`` (or one that could not start)."""

    process: asyncio.subprocess.Process
    state: Path
    environ: dict[str, str]
    ports: dict[str, str]
    output: Path

    async def wait_started(self, seconds: float = 60) -> None:
        """Until it says that it runs."""
        async with asyncio.timeout(seconds):
            while "Parley runs" not in self.output.read_text():
                assert self.process.returncode is None, self.output.read_text()
                await asyncio.sleep(0.05)

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def child(self, words: str) -> psutil.Process:
        """The one whose command line contains ``words``."""
        (found,) = [p for p in self.family()[1:] if words in command_of(p)]
        return found

    async def parley(self, *words: str) -> Command:
        """Run a ``parley`` command against it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *words, env=self.environ, cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return Command(process.returncode, out.decode())


def command_of(process: psutil.Process) -> str:
    """Its command line; '' for one that is ending."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


UpFactory = Callable[..., Awaitable[Up]]


@pytest_asyncio.fixture
async def parley_up(tmp_path: Path) -> AsyncIterator[UpFactory]:
    """``await parley_up(**settings)``: begins to start; ends with the test."""
    made: list[Up] = []
    blocks: list[PortBlock] = []

    async def make(**settings: str) -> Up:
        block = PortBlock.reserve()
        blocks.append(block)
        state = tmp_path / f"up-{len(made)}"
        ports = own_ports(block, state) | {"server.valkey_port": str(block.take())} | settings
        variables = {f"PARLEY_{k.upper().replace('.', '__')}": v for k, v in ports.items()}
        environ = {**os.environ, **variables, "PARLEY_CONFIG": str(CONFIG)}
        output = tmp_path / f"up-{len(made)}.log"
        with output.open("wb") as out:
            process = await processes.spawn(
                [sys.executable, "-m", "app", "up", "--root", ROOT / ".parley" / "root"],
                env=environ, cwd=ROOT, stdout=out, stderr=out,
            )  # fmt: skip
        up = Up(process, state, environ, ports, output)
        made.append(up)
        return up

    yield make
    for up in made:
        await processes.stop(up.process, seconds=20)
        sys.stderr.write(up.output.read_text()[-4000:])  # pytest shows it with a failure
    for block in blocks:
        block.release()
