"""Before other work on the machine: the priority of what a bench starts.

Where Linux groups processes by session (``sched_autogroup``), ``nice`` counts within a
session only, and each process that is started here has one of its own. What counts
between sessions is the nice value of the group.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def prefer(pids: Iterable[int], *, nice: int | None = None) -> None:
    """Give the sessions of ``pids`` a nice value, by default this process's own. Does
    nothing where that is not allowed or not known."""
    wanted = os.getpriority(os.PRIO_PROCESS, 0) if nice is None else nice
    for pid in pids:
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(max(-20, min(19, wanted))))
