"""The embedded Asterisk: boots, answers, stops, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.folder_lock import FolderInUse
from core.ports import PortTaken
from core.process import spawn
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.launcher import AsteriskDidNotBoot, AsteriskInstance, AsteriskNotRunning
from sip.asterisk.programs import ProgramMissing, Programs
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest


async def gone(pid: int, *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still there"
        await asyncio.sleep(0.02)


async def test_boots_answers_and_stops(asterisk: AsteriskUnderTest) -> None:
    instance = asterisk.instance
    assert "Asterisk" in await instance.rx("core show version")
    assert instance.folders.pid_file.read_text().strip() == str(instance.pid)
    reader, writer = await asyncio.open_connection("127.0.0.1", asterisk.manager_port)
    assert (await reader.readline()).startswith(b"Asterisk Call Manager")
    writer.close()
    pid = instance.pid
    await instance.stop()
    assert not psutil.pid_exists(pid)
    assert not instance.running
    with pytest.raises(AsteriskNotRunning):
        await instance.rx("core show version")


async def test_instances_side_by_side(asterisk_factory: AsteriskFactory) -> None:
    one, two = await asyncio.gather(asterisk_factory(), asterisk_factory())
    assert one.instance.pid != two.instance.pid
    for each in (one, two):
        assert str(each.sip_port) in await each.instance.rx("pjsip show transports")


async def test_every_listed_module_runs(asterisk: AsteriskUnderTest) -> None:
    listing = await asterisk.instance.rx("module show")
    wanted = (asterisk.etc / "modules.conf").read_text().split("load = ")[1:]
    missing = [m.strip() for m in wanted if m.strip()[:25] not in listing]
    assert not missing
    assert [line for line in listing.splitlines() if "Not Running" in line] == []


async def test_starts_again_after_a_kill(asterisk: AsteriskUnderTest) -> None:
    instance = asterisk.instance
    first = instance.pid
    os.kill(first, signal.SIGKILL)
    assert await instance.wait() == -signal.SIGKILL
    assert not instance.running
    await instance.start()
    assert instance.pid != first
    assert "Asterisk" in await instance.rx("core show version")


async def test_a_taken_port_is_named(asterisk_factory: AsteriskFactory) -> None:
    asterisk = await asterisk_factory(start=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", asterisk.sip_port))
        with pytest.raises(PortTaken, match=rf"UDP port {asterisk.sip_port} .* SIP"):
            await asterisk.instance.start()
    await asterisk.instance.start()


async def test_a_broken_configuration_shows_the_log(asterisk_factory: AsteriskFactory) -> None:
    asterisk = await asterisk_factory(
        {"modules.conf": "[modules]\nrequire = nonsense.so\n"}, start=False
    )
    with pytest.raises(AsteriskDidNotBoot, match=r"nonsense\.so"):
        await asterisk.instance.start()
    assert not asterisk.instance.running


async def test_one_that_hangs_is_given_up(asterisk_factory: AsteriskFactory) -> None:
    asterisk = await asterisk_factory(start=False)
    with pytest.raises(AsteriskDidNotBoot, match="not fully booted in time"):
        await asterisk.instance.start(seconds=0.01)
    assert not asterisk.instance.running


async def test_a_deep_folder_gets_a_short_socket(
    asterisk_factory: AsteriskFactory, programs: Programs, tmp_path: Path
) -> None:
    asterisk = await asterisk_factory(start=False)
    deep = InstanceFolders(tmp_path / ("deep" * 30) / "state")
    assert deep.run.parent != deep.state
    deep.create()
    asterisk.instance = AsteriskInstance(programs, deep, ports=asterisk.instance.ports)
    asterisk.write_etc(asterisk.minimal_etc())
    await asterisk.instance.start()
    assert "Asterisk" in await asterisk.instance.rx("core show version")
    assert deep.run.stat().st_mode & 0o77 == 0
    await asterisk.instance.stop()
    assert not deep.run.exists()


_SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.launcher import AsteriskInstance
from sip.asterisk.programs import Programs
async def main():
    root, state = sys.argv[1:]
    programs = Programs(Path(root) if root else None)
    instance = AsteriskInstance(programs, InstanceFolders(Path(state)))
    await instance.start()
    print("pid", instance.pid, flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


async def supervised(asterisk: AsteriskUnderTest) -> tuple[asyncio.subprocess.Process, int]:
    """A supervisor process with an Asterisk below it, and that one's pid."""
    root = asterisk.instance.programs.root
    supervisor = await spawn(
        [sys.executable, "-c", _SUPERVISOR, str(root or ""), str(asterisk.folders.state)],
        stdout=asyncio.subprocess.PIPE,
    )
    assert supervisor.stdout is not None
    async with asyncio.timeout(30):
        while True:
            first, _, rest = (await supervisor.stdout.readline()).partition(b" ")
            if first == b"pid":
                return supervisor, int(rest)


async def test_ends_when_its_supervisor_is_killed(asterisk_factory: AsteriskFactory) -> None:
    supervisor, pid = await supervised(await asterisk_factory(start=False))
    supervisor.kill()
    await supervisor.wait()
    await gone(pid)


async def test_a_second_supervisor_is_refused(asterisk_factory: AsteriskFactory) -> None:
    asterisk = await asterisk_factory(start=False)
    supervisor, pid = await supervised(asterisk)
    with pytest.raises(FolderInUse, match=str(supervisor.pid)):
        await asterisk.instance.start()
    assert psutil.pid_exists(pid)
    supervisor.kill()
    await supervisor.wait()
    await gone(pid)


async def test_a_stuck_leftover_is_killed_by_the_next_start(
    asterisk_factory: AsteriskFactory,
) -> None:
    asterisk = await asterisk_factory(start=False)
    supervisor, stuck = await supervised(asterisk)
    os.kill(stuck, signal.SIGSTOP)  # so it cannot take the signal of its parent's death
    supervisor.kill()
    await supervisor.wait()
    assert psutil.pid_exists(stuck)
    await asterisk.instance.start()
    assert asterisk.instance.pid != stuck
    assert "Asterisk" in await asterisk.instance.rx("core show version")
    await gone(stuck)


def test_a_missing_program_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match="make setup"):
        Programs(tmp_path).command("asterisk")
