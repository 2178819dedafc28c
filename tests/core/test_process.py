"""Children that cannot outlive us."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core import process as processes
from tests.support.wait import eventually

ROOT = Path(__file__).parents[2]

# Starts a child that ignores every polite signal, says its pid, and waits.
_PARENT = """
import asyncio, signal, sys
from core import process

async def main():
    child = await process.spawn(
        [sys.executable, "-c",
         "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
         "signal.signal(signal.SIGINT, signal.SIG_IGN); print('ready', flush=True);"
         "signal.pause()"],
        stdout=asyncio.subprocess.PIPE, death_signal=signal.SIGKILL,
    )
    await child.stdout.readline()
    print(child.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_kill_9_of_the_parent_ends_the_child() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await asyncio.wait_for(parent.stdout.readline(), 60)))
    assert child.is_running()
    assert os.getsid(child.pid) == child.pid  # Ctrl-C at the terminal does not reach it
    parent.kill()
    await parent.wait()

    async def gone() -> bool:
        return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    await eventually(gone, "the child is gone")


async def test_stop_is_polite_first() -> None:
    child = await processes.spawn(
        [sys.executable, "-c",
         "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7));"
         "print('ready', flush=True); signal.pause()"],
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    await child.stdout.readline()
    assert await processes.stop(child, seconds=30) == 7
    assert await processes.stop(child) == 7  # again is harmless


async def test_stop_ends_the_whole_group_of_the_deaf() -> None:
    """The child ignores signals and has a child of its own."""
    program = (
        "import signal, subprocess, sys;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "c = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "print(c.pid, flush=True); signal.pause()"
    )
    child = await processes.spawn([sys.executable, "-c", program], stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    grandchild = psutil.Process(int(await child.stdout.readline()))
    assert await processes.stop(child, seconds=0.2) == -signal.SIGKILL

    async def gone() -> bool:
        return not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE

    await eventually(gone, "the grandchild is gone")


async def test_a_program_that_is_not_there() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        await processes.spawn(["/no-such-program"])


async def test_environment_and_folder(tmp_path: Path) -> None:
    child = await processes.spawn(
        ["/bin/sh", "-c", "pwd; echo $GREETING; echo ${HOME-none}"],
        env={"GREETING": "hello"}, cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await child.communicate()
    assert out.decode().splitlines() == [str(tmp_path), "hello", "none"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_drops_to_another_user() -> None:
    child = await processes.spawn(["/usr/bin/id", "-u"], user=65534, stdout=subprocess.PIPE)
    out, _ = await child.communicate()
    assert out == b"65534\n"
