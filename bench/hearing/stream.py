"""One end of a call's sound: what it sends, and what of the other end's arrives."""

from __future__ import annotations

import secrets
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass

from bench.hearing import rtp
from bench.hearing.spoken import Spoken

_TIMESTAMPS = getattr(socket, "SO_TIMESTAMPNS", 35)  # Linux; Python does not name it
_TIME = struct.Struct("qq")
_ANCILLARY = socket.CMSG_SPACE(_TIME.size)
_PACKET = 2048
_BUFFER = 1 << 18


@dataclass
class Said:
    """When a phrase was said: the monotonic time at which its first sounding frame left
    and the one at which its last did."""

    name: str
    began: float = 0.0
    ended: float = 0.0


class Stream:
    """A UDP socket of loopback. Not for more than one thread at a time, but for
    :meth:`say` and :meth:`pause`, which only put something in line."""

    def __init__(self, silence: tuple[bytes, ...]) -> None:
        self._silence = silence
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind(("127.0.0.1", 0))
        self._source = secrets.randbits(32)
        self._number = 0
        self._to: tuple[str, int] | None = None
        self._due: deque[tuple[float, Spoken]] = deque()
        self._speaking: tuple[Spoken, int, Said] | None = None
        self._pause: tuple[float, float] | None = None
        self._held: list[bytes] = []
        self.said: list[Said] = []
        # Hashes, not the payloads: there are many.
        self.sent: list[tuple[float, int]] = []
        self.received: list[tuple[float, int]] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def send_to(self, address: tuple[str, int]) -> None:
        """Where the sound goes, from now on."""
        self._to = address

    def say(self, at: float, phrase: Spoken) -> None:
        """Begin ``phrase`` at the first frame after ``at`` (monotonic)."""
        self._due.append((at, phrase))

    def pause(self, at: float, seconds: float) -> None:
        """From ``at`` on send nothing for ``seconds``, then at once all that was held."""
        self._pause = (at, at + seconds)

    def tick(self, now: float) -> None:
        """Send the next frame."""
        if self._to is None:
            return
        payload = self._next(now)
        self._held.append(rtp.packet(self._number, self._source, payload, first=self._number == 0))
        self._number += 1
        self.sent.append((now, hash(payload)))
        if self._pause is not None and self._pause[0] <= now < self._pause[1]:
            return
        for data in self._held:
            self._socket.sendto(data, self._to)
        self._held.clear()

    def receive(self, to_monotonic: float) -> None:
        """Take what has arrived; ``to_monotonic`` is added to the kernel's time of it."""
        while True:
            try:
                data, extra, _, _ = self._socket.recvmsg(_PACKET, _ANCILLARY)
            except BlockingIOError:
                return
            except ConnectionError:  # whom we send to has closed its port
                continue
            if (payload := rtp.payload_of(data)) is None:
                continue
            at = time.monotonic()
            for level, kind, value in extra:
                if level == socket.SOL_SOCKET and kind == _TIMESTAMPS:
                    seconds, nanoseconds = _TIME.unpack(value[: _TIME.size])
                    at = seconds + nanoseconds / 1e9 + to_monotonic
            self.received.append((at, hash(payload)))

    def forget(self) -> None:
        """What was sent, received and said so far."""
        self.said, self.sent, self.received = [], [], []

    def close(self) -> None:
        self._socket.close()

    def _next(self, now: float) -> bytes:
        if self._speaking is None and self._due and self._due[0][0] <= now:
            phrase = self._due.popleft()[1]
            self._speaking = (phrase, 0, Said(phrase.name))
        if self._speaking is None:
            return self._silence[self._number % len(self._silence)]
        phrase, number, said = self._speaking
        if number == phrase.first:
            said.began = now
        if number == phrase.last:
            said.ended = now
            self.said.append(said)
        following = number + 1
        self._speaking = (phrase, following, said) if following < len(phrase.payloads) else None
        return phrase.payloads[number]
