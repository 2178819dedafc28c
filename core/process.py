"""Child processes that cannot outlive us.

A child gets ``PR_SET_PDEATHSIG``: the kernel signals it when its parent dies,
even by ``kill -9``, so a demo or a test run leaves nothing behind. It also gets
a session of its own, so that Ctrl-C at the terminal reaches only us and we
decide the order in which parts stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(sig: int = signal.SIGTERM) -> None:
    """Ask the kernel to send ``sig`` to this process when its parent dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)


def _prepare(parent: int, sig: int) -> Callable[[], None]:
    def run() -> None:
        die_with_parent(sig)
        # A shell's background job has it ignored, which children would inherit.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return run


async def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | IO[bytes] | None = asyncio.subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    death_signal: int = signal.SIGTERM,
    user: int | None = None,
) -> asyncio.subprocess.Process:
    """Start ``command`` in a session of its own, tied to the life of this process.

    ``user`` drops to that uid and gid (only root can). Raises OSError when the
    program cannot be started.
    """
    extra: dict[str, object] = {}
    if user is not None:
        extra = {"user": user, "group": user, "extra_groups": []}
    return await asyncio.create_subprocess_exec(
        *map(str, command),
        env=dict(env) if env is not None else None,
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=_prepare(os.getpid(), death_signal),
        **extra,  # type: ignore[arg-type]
    )


async def stop(
    process: asyncio.subprocess.Process, *, seconds: float = 5.0, first: int = signal.SIGTERM
) -> int:
    """End ``process``: ``first``, then after ``seconds`` SIGKILL to its whole
    group. Returns its exit status."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(first)
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    assert process.returncode is not None
    return process.returncode


async def kill_stranger(pid: int, *, seconds: float) -> bool:
    """SIGKILL a process that is not our child and wait until it is gone; False if
    it is still there after ``seconds``. The caller has made sure that it is the
    one that is meant."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while _alive(pid):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


def _alive(pid: int) -> bool:
    """Whether ``pid`` still holds anything. One that ended but was not waited for
    does not - unless other threads of it are still ending: they keep its ports."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    except (OSError, IndexError):
        return False
    return state not in "ZX" or threads > 1
