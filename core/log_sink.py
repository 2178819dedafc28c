"""Where log lines go, without ever raising or waiting.

A line that cannot be written (the disk is full, the reader of the pipe is gone or
asleep) is dropped and counted. A log that stopped the telephony it tells of would be
worse than one with a gap. When lines can be written again, one of them says how many
are missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import stat
import threading
from datetime import UTC, datetime
from typing import Final, TextIO

from core.metrics import log_lines_lost_total

_PIECE: Final = 4096  # bytes; a pipe that is writable takes as many without waiting


class LogSink:
    """A text stream for loggers over ``stream``. ``write`` takes whole lines.

    What is written to a file descriptor goes there at once and whole, past Python's
    buffers: those would keep a line that failed and fail again with each that follows.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._lost = 0  # since the last line that was written
        self._broken = False  # the last line was written in part
        self.lost = 0
        """Lines that were lost since the start."""

    def write(self, text: str) -> int:
        """Write ``text``; never raises. Returns its length, as streams do."""
        try:
            with self._lock:
                self._write(text)
        except Exception:
            self._count()
        return len(text)

    def flush(self) -> None:
        """Nothing waits here."""

    def isatty(self) -> bool:
        """Whether a person at a terminal reads it."""
        try:
            return self._stream is not None and self._stream.isatty()
        except (OSError, ValueError):
            return False

    def _write(self, text: str) -> None:
        if self._stream is None:
            self._count()
            return
        if self._lost:
            gap = self._gap(self._lost)
            if not self._put(gap):
                self._count()
                return
            self._lost = 0
        if not self._put(text):
            self._count()

    def _put(self, text: str) -> bool:
        data = text.encode("utf-8", "backslashreplace")
        if self._broken:
            data = b"\n" + data
        assert self._stream is not None
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError, AttributeError):
            return self._put_in_stream(data)
        try:
            return self._put_whole(descriptor, data)
        except OSError:
            return False

    def _put_whole(self, descriptor: int, data: bytes) -> bool:
        waits = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        begun = False
        while data:
            if waits and not _takes(descriptor):
                self._broken |= begun
                return False
            try:
                written = os.write(descriptor, data[:_PIECE] if waits else data)
            except OSError:
                self._broken |= begun
                raise
            begun, data = True, data[written:]
        self._broken = False
        return True

    def _put_in_stream(self, data: bytes) -> bool:
        """A stream without a descriptor, as tests use."""
        assert self._stream is not None
        try:
            self._stream.write(data.decode("utf-8"))
            self._stream.flush()
        except (OSError, ValueError):
            return False
        return True

    def _count(self) -> None:
        self._lost += 1
        self.lost += 1
        with contextlib.suppress(Exception):
            log_lines_lost_total.inc()

    @staticmethod
    def _gap(count: int) -> str:
        line = {
            "count": count, "event": "log.lines_lost", "level": "error", "room": "core.log",
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }  # fmt: skip
        return json.dumps(line, sort_keys=True) + "\n"


def _takes(descriptor: int) -> bool:
    """Whether a piece can be written without waiting for who reads."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))
