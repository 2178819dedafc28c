"""When is a recording complete? When Asterisk has closed the file.

Asterisk reports the end of a recording only if it was asked to stop it, not when
the channel hangs up, and its thread writes a little longer than the channel lives.
The kernel knows: a read lease (fcntl(2), F_SETLEASE) is granted only on a file that
nobody has open for writing.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import ClassVar

from core.errors import TimedOut


class StillWriting(TimedOut):
    """Somebody still has the file open for writing."""

    code: ClassVar[str] = "recording_still_written"


def is_being_written(path: Path) -> bool:
    """Whether any process has ``path`` open for writing. The file must be ours."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file system without leases: fall back on the size
        return _grows(path)
    else:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    finally:
        os.close(descriptor)


def _grows(path: Path) -> bool:
    before = path.stat().st_size
    time.sleep(0.2)  # two writes of MixMonitor's buffer; in a thread
    return path.stat().st_size != before


def wait_closed(path: Path, *, seconds: float) -> None:
    """Return when nobody writes to ``path`` any more.

    Blocking, for a thread. Raises :class:`StillWriting` after ``seconds`` and
    FileNotFoundError if there is no such file.
    """
    until = time.monotonic() + seconds
    pause = 0.01
    while is_being_written(path):
        if time.monotonic() >= until:
            raise StillWriting(
                f"{path.name} is still written to after {seconds:g} s.",
                hint="Is its call still going on? It will be finished after the next start.",
            )
        time.sleep(pause)
        pause = min(0.2, pause * 2)
