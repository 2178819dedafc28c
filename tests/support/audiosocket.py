"""A small AudioSocket server: what a tap sends, kept for the test to look at.

    async def test_x(audiosocket):
        tapped = await audiosocket.next()
        tapped.stream, tapped.rate, tapped.samples()

Protocol: one byte of kind, two of length (big-endian), the payload. Kinds: 0x01 the
stream's UUID, 0x10 to 0x18 signed linear of 8 kHz, 12 kHz, 16 kHz ..., 0x00 the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest_asyncio

_UUID, _END = 0x01, 0x00
_RATES = {0x10: 8000, 0x11: 12000, 0x12: 16000, 0x13: 24000, 0x14: 32000}


class Tapped:
    """One connection."""

    def __init__(self) -> None:
        self.stream: UUID | None = None
        self.rate = 0
        self.frame_bytes: set[int] = set()
        self.ended = asyncio.Event()
        self._sound = bytearray()

    def samples(self) -> npt.NDArray[np.float64]:
        """All sound so far."""
        whole = bytes(self._sound[: len(self._sound) // 2 * 2])
        return np.frombuffer(whole, dtype="<i2").astype(np.float64)

    def power(self, hz: float, *, seconds: float = 0.5) -> float:
        """Mean square of the tone in the last ``seconds``; 0 while there is less."""
        size = round(self.rate * seconds)
        sound = self.samples()[-size:] if size else np.empty(0)
        if not size or len(sound) < size:
            return 0.0
        turn = np.exp(-2j * np.pi * hz / self.rate * np.arange(size))
        return float(2 * abs(np.dot(sound, turn)) ** 2 / size**2)

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Take frames until the other side ends."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readexactly(3)
                kind, payload = header[0], await reader.readexactly(int.from_bytes(header[1:]))
                if kind == _UUID:
                    self.stream = UUID(bytes=payload)
                elif kind in _RATES:
                    self.rate = _RATES[kind]
                    self.frame_bytes.add(len(payload))
                    self._sound += payload
                elif kind == _END:
                    break
        self.ended.set()


class AudioSocketServer:
    """Listens on a port of its own."""

    def __init__(self) -> None:
        self._taken: asyncio.Queue[Tapped] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def next(self) -> Tapped:
        """The next connection."""
        return await asyncio.wait_for(self._taken.get(), 10)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tapped = Tapped()
        self._taken.put_nowait(tapped)
        await tapped.read(reader)
        writer.close()


@pytest_asyncio.fixture
async def audiosocket() -> AsyncIterator[AudioSocketServer]:
    """A listening server."""
    server = AudioSocketServer()
    await server.start()
    yield server
    await server.close()
