"""What the set-up says: one line a step, and failures that say what to do."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
STATE = REPOSITORY / ".parley"


_stopping = threading.Event()
_running: set[subprocess.Popen[bytes]] = set()


class SetupFailed(Exception):
    """The set-up cannot go on; ``hint`` says what the reader can do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def go_on() -> None:
    """Raise :class:`SetupFailed` when we are being ended; for work in threads."""
    if _stopping.is_set():
        raise SetupFailed("It was ended.")


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"  {text}\n")  # in one piece: steps run side by side
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce ``what`` and say how long it took."""
    say(f"{what} ...")
    began = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - began:.1f} s")


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    hint: str = "",
    timeout: float = 900,
) -> str:
    """Run a program quietly; its output. When it fails, :class:`SetupFailed` shows
    the end of what it said."""
    go_on()
    try:
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    except FileNotFoundError:
        raise SetupFailed(f"{command[0]} is not on this machine.", hint) from None
    _running.add(process)
    try:
        output = process.communicate(timeout=timeout)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        raise SetupFailed(f"{command[0]} took longer than {timeout:g} s.", hint) from None
    finally:
        _running.discard(process)
    if process.returncode != 0:
        tail = "\n".join(f"    {line}" for line in output.splitlines()[-12:])
        raise SetupFailed(f"{' '.join(command[:3])} ... failed:\n{tail}", hint)
    return output


def _terminated(number: int, _frame: object) -> None:
    """Take what we started with us, and let every 'finally' tidy up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    _stopping.set()
    for process in tuple(_running):
        process.terminate()
    raise SystemExit(128 + number)


def main(work: Callable[[], None]) -> None:
    """Run ``work()`` as a program: failures in words, Ctrl-C without a traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        work()
    except SetupFailed as failure:
        print(f"\nSet-up failed: {failure}", file=sys.stderr)
        if failure.hint:
            print(f"What to do: {failure.hint}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
