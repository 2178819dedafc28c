"""The phone does not outlive the program that started it."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None) -> None:
    """Ask the kernel for SIGTERM when the parent dies (Linux only).

    ``parent`` is the pid of the program that started us: if it has died before
    this call there is no signal to come, so the process ends here.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        raise SystemExit("The program that started this phone is gone.")
