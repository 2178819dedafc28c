"""A file that cannot grow (RLIMIT_FSIZE): what there was stays, nothing half is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from media.recording.finish import finalise
from tests.media.recording.sounds import talk

_CHILD = """
import resource, sys
from pathlib import Path
from media.errors import DiskFailed
from media.recording.finish import finalise
from media.recording.keys import KeyRing
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
ring = KeyRing.new("a") if sys.argv[3] == "sealed" else None
try:
    finalise(Path(sys.argv[1]), Path(sys.argv[2]), recording_id="rec", ring=ring)
except DiskFailed as error:
    print(error.code, error.retryable)
"""


@pytest.mark.parametrize("kind", ["plain", "sealed"])
def test_no_room_for_the_whole(tmp_path: Path, kind: str) -> None:
    raw, target = tmp_path / "a.raw", tmp_path / "done" / "a.wav"
    raw.write_bytes(talk(30).tobytes())
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(raw), str(target), kind],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3], check=True,
    )  # fmt: skip
    assert child.stdout.split() == ["disk_failed", "True"]
    assert list((tmp_path / "done").iterdir()) == []
    assert finalise(raw, target).seconds == 30
