"""A TCP proxy that a test can cut, for 'the server is away' and 'the answer was lost'
with real sockets."""

from __future__ import annotations

import asyncio
import contextlib

from core.ports import PortBlock
from core.tasks import TaskOwner


class Proxy:
    """Forwards ``port`` on loopback to ``target``; :meth:`cut` and :meth:`mend` it, let it
    swallow what the target answers (:meth:`lose_replies`), or hold back what is sent there
    (:meth:`hold_requests`)."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks = TaskOwner("proxy")
        self._writers: set[asyncio.StreamWriter] = set()
        self._deaf = False
        self._held: asyncio.Event | None = None
        self.holding = 0  # pieces that are held back

    def hold_requests(self) -> asyncio.Event:
        """What is sent from now on arrives when the event is set, even if the sender is long
        gone by then."""
        self._held = asyncio.Event()
        return self._held

    def pass_requests(self) -> None:
        """Pass what is sent from now on; what is held, and what follows it on the same
        connection, stays so."""
        self._held = None

    def lose_replies(self) -> None:
        """From now on, until it is cut, nothing of what the target answers arrives."""
        self._deaf = True

    async def mend(self) -> None:
        """Take connections (again)."""
        self._deaf = False
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def close(self) -> None:
        """Cut, and end what still runs."""
        await self.cut()
        await self._tasks.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._tasks.start(self._pump(reader, far_writer), name="there")
        self._tasks.start(self._pump(far_reader, writer, back=True), name="back")

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool = False
    ) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if back and self._deaf:
                    continue
                if not back and (held := self._held) is not None:
                    self.holding += 1
                    await held.wait()
                    self.holding -= 1
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.transport.abort()


async def proxy_to(port: int, block: PortBlock) -> Proxy:
    """A proxy that works, on a port of ``block``."""
    proxy = Proxy(block.take(), port)
    await proxy.mend()
    return proxy
