"""The process's two pipes: commands in, events out, one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import deque
from typing import Any

_CHUNK = 65536


class Events:
    """Writes events. :meth:`post` may be called from any thread, :meth:`flush` from one.

    The C library below prints to stdout. So the real stdout moves to another
    descriptor, and descriptor 1 becomes a copy of stderr.
    """

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._waiting: deque[dict[str, Any]] = deque()

    def post(self, event: str, *, t: float | None = None, **fields: Any) -> None:
        """Queue an event; ``t`` (epoch seconds) defaults to now."""
        moment = time.time() if t is None else t
        self._waiting.append({"event": event, "t": round(moment, 6), **fields})

    def flush(self) -> None:
        """Write out what was posted. Raises BrokenPipeError when nobody reads any more."""
        while self._waiting:
            line = json.dumps(self._waiting.popleft(), ensure_ascii=False) + "\n"
            data = line.encode("utf-8", "replace")
            while data:
                data = data[os.write(self._out, data) :]


class Commands:
    """Reads commands without blocking."""

    def __init__(self) -> None:
        self._in = os.dup(0)
        os.set_blocking(self._in, False)
        self._rest = b""
        self.ended = False

    def lines(self) -> list[bytes]:
        """The complete lines that have come in; sets :attr:`ended` at end of file."""
        with contextlib.suppress(BlockingIOError):
            while True:
                chunk = os.read(self._in, _CHUNK)
                if not chunk:
                    self.ended = True
                    break
                self._rest += chunk
        *whole, self._rest = self._rest.split(b"\n")
        return [line for line in whole if line.strip()]
