"""A small file system of a test's own, and a way to fill it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.row import CannotRun


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A tmpfs of that size on ``folder``. Raises CannotRun where none can be mounted."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "parley", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise CannotRun("file systems cannot be mounted here (it needs root)") from None
    try:
        yield folder
    finally:
        for log in folder.rglob("*.log"):  # they go with the disk
            shutil.copy(log, folder.with_name(f"{log.parent.name}-{log.name}"))
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Use up all that is left, to the last block; the file that holds it."""
    ballast = disk / "ballast"
    for size in (1 << 20, 4096):
        with ballast.open("ab", buffering=0) as out:
            try:
                while out.write(bytes(size)):
                    pass
            except OSError:
                continue
    return ballast
