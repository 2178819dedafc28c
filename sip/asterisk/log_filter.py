"""Asterisk's own log without people's numbers and names.

Some of its warnings quote a caller (a display name that is not UTF-8, say), and it can
leave out messages by level only. So it writes into a pipe, and a thread of whoever
started it writes what may stay into ``messages.log``. When the thread is slow Asterisk
waits with its log, never with calls: it drops messages beyond a thousand.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path

PIPE = "messages.pipe"
LOG = "messages.log"

_HEAD = re.compile(
    rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] (?:[A-Z]+\[\d+\](?:\[C-[0-9a-f]+\])?|Asterisk) "
)
_QUOTED_CALLER = re.compile(rb"(CallerID Name ')(?:.*)(' for number ')(?:.*)(' has invalid)")
# A number of a person, also in groups ("030 1234 567"); not a part of an address, of a
# channel, of an id or of a time. A full stop or colon after it ends a sentence, unless a
# digit follows.
_NUMBER = re.compile(rb"(?<![\w./-])(?<![\d\]]:)\+?\(?\d(?:[ ()/-]{0,2}\d){6,}(?![\w-]|[.:]\d)")
_DIALLED = re.compile(rb"(?<=/)\+?\d{7,}(?=@)")  # PJSIP/4915112345678@telco
# A whole URI: its user is looked for in Python, so that no line takes quadratic time.
_SIP_URI = re.compile(rb"\b(sips?:)([^\s<>\"]+)", re.IGNORECASE)
_TEL_URI = re.compile(rb"\b(tel:)[^\s<>\"]+", re.IGNORECASE)
_NAME_ENDS = re.compile(rb"\"\s*<")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_LONGEST = 64 * 1024


def masked(line: bytes) -> bytes:
    """One line of Asterisk's as it may be kept, without its end. What does not begin as
    Asterisk's lines do is set in, so that it is not taken for one."""
    head = _HEAD.match(line)
    start = head[0] if head else b"  | "
    text = _CONTROL.sub(b"?", line[head.end() :] if head else line)
    text = _QUOTED_CALLER.sub(rb"\1...\2...\3", text)
    text = _SIP_URI.sub(_without_user, _without_names(text))
    text = _DIALLED.sub(b"...", _TEL_URI.sub(rb"\1...", text))
    return start + _NUMBER.sub(b"...", text)


def _without_names(text: bytes) -> bytes:
    """Without the quoted names before ``<`` (RFC 3261, 25.1: name-addr). From the first
    quote to the last, because a name may have quotes in it."""
    first = text.find(b'"')
    ends = [found.start() for found in _NAME_ENDS.finditer(text, first + 1)] if first >= 0 else []
    return text[:first] + b'"..."' + text[ends[-1] + 1 :] if ends else text


def _without_user(uri: re.Match[bytes]) -> bytes:
    _, at, host = uri[2].rpartition(b"@")
    return uri[1] + (b"...@" + host if at else host)


class LogFilter:
    """From the pipe ``folder/messages.pipe`` to ``folder/messages.log``."""

    def __init__(self, folder: Path) -> None:
        self._pipe = folder / PIPE
        self._log = folder / LOG
        self._read = self._write = -1
        self._idle = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Make the pipe and begin; raises OSError. Call it before Asterisk starts, which
        would wait for a reader."""
        self._pipe.unlink(missing_ok=True)
        os.mkfifo(self._pipe, 0o600)
        self._read = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._write = os.open(self._pipe, os.O_WRONLY | os.O_CLOEXEC)  # no end until close
        os.set_blocking(self._read, True)
        self._thread = threading.Thread(target=self._run, name="asterisk-log", daemon=True)
        self._thread.start()

    def flush(self, seconds: float = 1.0) -> None:
        """Wait until what Asterisk has written so far is in the log."""
        deadline = time.monotonic() + seconds
        while self._thread is not None and time.monotonic() < deadline:
            if self._idle.is_set() and not self._waiting():
                return
            time.sleep(0.005)

    def close(self, seconds: float = 2.0) -> None:
        """End, once Asterisk has; what it wrote last is in the log then."""
        if self._thread is None:
            return
        os.close(self._write)
        self._thread.join(seconds)
        if not self._thread.is_alive():
            os.close(self._read)
        self._thread = None
        self._pipe.unlink(missing_ok=True)

    def _waiting(self) -> int:
        with suppress(OSError):
            return int(struct.unpack("i", fcntl.ioctl(self._read, termios.FIONREAD, b"\0" * 4))[0])
        return 0

    def _run(self) -> None:
        rest = b""
        while True:
            self._idle.set()
            data = os.read(self._read, _LONGEST)
            self._idle.clear()
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > _LONGEST:
                lines, rest = [*lines, rest], b""
            self._keep(lines)
        self._keep([rest] if rest else [])

    def _keep(self, lines: list[bytes]) -> None:
        """A full disk loses lines, and nothing else."""
        if not lines:
            return
        text = b"".join(masked(line.rstrip(b"\r")) + b"\n" for line in lines)
        with suppress(OSError):
            descriptor = os.open(
                self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            try:
                os.write(descriptor, text)
            finally:
                os.close(descriptor)
