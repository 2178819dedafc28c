"""The disk of recordings is full: calls go on, it is said, and nothing on it is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acd.agent_states import AgentState
from tests.e2e.recordings import end, in_ledger, more_sound, sides, times_of
from tests.support.installation import Centre, Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, talking
from tests.support.wait import until

_SIZE = 2_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes; where none can be mounted there is no test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "parley-test", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(disk: Path) -> Path:
    """Use up all that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        try:
            while out.write(bytes(4096)):
                pass
        except OSError:
            pass
    return ballast


async def _health(centre: Centre) -> dict[str, Any]:
    return dict((await centre.server.web.health.report())["parts"]["recordings"])


async def test_full_and_empty_again(installation: Installation, small_disk: Path) -> None:
    centre = await installation(
        {"media.recording.folder": str(small_disk), "media.recording.least_free_mb": "1"}
    )
    centre.expected_errors |= {"recording.unfinished"}
    server = centre.server
    server.recordings.finishing.again_seconds = 0.2
    assert (await _health(centre))["ok"]
    talk = await talking(centre, "alice")
    await more_sound(centre, 2.0)
    ballast = await asyncio.to_thread(_fill, small_disk)

    async def low() -> bool:
        return bool((await _health(centre))["code"] == "recording_disk_low")

    await until(low, 15, "health says that there is no room")
    await talk.both_hear()  # the call goes on
    before = asyncio.get_running_loop().time()
    await until(lambda: asyncio.get_running_loop().time() > before + 4, 9, "unrecorded talk")
    await talk.both_hear()
    await end(talk)
    await centre.wait_agent("alice", AgentState.READY)

    async def unfinished() -> bool:
        return bool((await _health(centre))["code"] == "recordings_unfinished")

    await until(unfinished, 20, "health says that one waits for room")
    row = await in_ledger(centre, talk.contact_id)
    assert (row.state, row.error) == ("unfinished", "disk_failed")
    assert len(list(server.recordings.raw.glob("*.raw"))) == 1

    await asyncio.to_thread(os.unlink, ballast)

    async def finished() -> bool:
        return (await in_ledger(centre, talk.contact_id)).state == "finished"

    await until(finished, 20, "it is finished after all")
    row = await in_ledger(centre, talk.contact_id)
    assert "incomplete" in row.marks
    assert row.error is None
    caller, agent = await sides(centre, row)
    assert times_of(caller, CALLER_HZ)
    assert times_of(agent, AGENT_HZ)
    await until(lambda: not list(server.recordings.raw.iterdir()), 10, "the raw file is gone")

    async def well() -> bool:
        return bool((await _health(centre))["ok"])

    await until(well, 15, "all is well again")


async def test_no_room_from_the_start(installation: Installation, small_disk: Path) -> None:
    centre = await installation({"media.recording.folder": str(small_disk)})
    centre.expected_errors |= {"recording.failed", "recording.unfinished"}
    await asyncio.to_thread(_fill, small_disk)
    assert (await _health(centre))["code"] == "recording_disk_low"
    talk = await talking(centre, "alice")
    await talk.both_hear()
    before = asyncio.get_running_loop().time()
    await until(lambda: asyncio.get_running_loop().time() > before + 2.5, 9, "unrecorded talk")
    await end(talk)
    await centre.wait_agent("alice", AgentState.READY)
    row = await in_ledger(centre, talk.contact_id)
    assert (row.state, row.error) == ("failed", "no_audio")
