"""The AudioSocket server: Asterisk connects, a leg comes out.

    server = AudioSocketServer(port=0)
    await server.start()
    leg = server.expect(uuid, contact_id=..., side="customer", language="zh")
    # ... ask Asterisk to tap (sip.verbs.tap) with this uuid ...
    await server.connected(leg)
    async for item in leg: ...

Only streams that are expected are taken, one connection each: the id is made at random
for one tap and is its proof. Anybody on the machine can connect; who has not named an
expected stream within ``HELLO_SECONDS`` is dropped, and the oldest of them when there are
``MOST_STRANGERS``, so that they never take the place of a tap. Reading never waits for
anybody: a slow listener loses its oldest frames, the call notices nothing.
"""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar
from uuid import UUID

from core import metrics
from core.errors import Full, TimedOut
from core.log import get_logger
from core.seldom import Seldom
from core.tasks import TaskOwner
from media.audio import protocol
from media.audio.leg import Leg
from media.audio.protocol import RATES, BadStream, Kind, Parser

log = get_logger(__name__)

MOST_LEGS = 512
_TICK = 0.1
_STALLED = 0.4  # a tick that comes so late says that we slept, not that nobody spoke
_CONNECT_SECONDS = 5.0
HELLO_SECONDS = 2.0
MOST_STRANGERS = 128  # several times as many as taps are put on at once
_LOG_SECONDS = 10.0


class TooManyLegs(Full):
    """More legs are tapped at once than the server takes."""

    code: ClassVar[str] = "too_many_legs"


class NotTapped(TimedOut):
    """Asterisk did not connect the tap in time."""

    code: ClassVar[str] = "not_tapped"


class AudioSocketServer:
    """Listens on ``host``:``port`` (0: a free one) and owns the legs."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, bound: int = MOST_LEGS) -> None:
        self._host, self._port, self._bound = host, port, bound
        self._legs: dict[UUID, Leg] = {}
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._strangers: dict[_Connection, None] = {}  # oldest first
        self._seldom = Seldom(_LOG_SECONDS)
        self._tasks = TaskOwner("audiosocket")
        self.refused = 0
        """Connections that were no expected stream."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._host

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), self._host, self._port, backlog=MOST_LEGS
        )
        self._port = int(self._server.sockets[0].getsockname()[1])
        self._tasks.keep(self._ticks, name="ticks")

    def expect(
        self, stream: UUID, *, contact_id: str | None = None, side: str = "",
        language: str | None = None,
    ) -> Leg:  # fmt: skip
        """Make a leg for the tap that will say it is ``stream``; raises TooManyLegs."""
        if len(self._legs) >= self._bound:
            raise TooManyLegs(
                f"{len(self._legs)} legs are tapped; this installation takes {self._bound}.",
                hint="The call goes on without being listened to; add an app or tap fewer.",
            )
        leg = Leg(str(stream), contact_id=contact_id, side=side, language=language)
        self._legs[stream] = leg
        return leg

    def forget(self, leg: Leg) -> None:
        """End a leg and close its connection; fine if it is gone already."""
        self._legs.pop(UUID(leg.id), None)
        leg.end()
        for connection in [c for c in self._open if c.leg is leg]:
            connection.close()

    async def connected(self, leg: Leg, *, seconds: float = _CONNECT_SECONDS) -> None:
        """Wait until the tap is there; raises NotTapped, and forgets the leg."""
        try:
            await asyncio.wait_for(leg.connected.wait(), seconds)
        except TimeoutError:
            self.forget(leg)
            raise NotTapped(
                f"Asterisk did not connect a tap within {seconds:g} s.",
                hint=f"Can it reach {self._host}:{self._port}, and is chan_audiosocket loaded?",
                contact=leg.contact_id,
            ) from None

    def legs(self) -> list[Leg]:
        """Those that are expected or connected."""
        return list(self._legs.values())

    async def close(self) -> None:
        """End all legs and stop listening."""
        for leg in self.legs():
            self.forget(leg)
        for connection in list(self._open):
            connection.close()
        await self._tasks.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _ticks(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(_TICK)
            now = time.monotonic()
            if now - last < _STALLED:
                for leg in self._legs.values():
                    leg.tick(now)
            last = now

    # For connections.

    def joined(self, connection: _Connection) -> None:
        if len(self._strangers) >= MOST_STRANGERS:
            next(iter(self._strangers)).refuse("crowded")
        self._open.add(connection)
        self._strangers[connection] = None

    def claim(self, stream: UUID) -> Leg | None:
        """The leg that waits for ``stream``; None if none does or it is taken."""
        leg = self._legs.get(stream)
        if leg is None or any(c.leg is leg for c in self._open):
            return None
        return leg

    def greeted(self, connection: _Connection) -> None:
        """It is a tap of ours."""
        self._strangers.pop(connection, None)

    def refused_one(self, connection: _Connection, reason: str) -> None:
        """It said nothing, or nothing that we expect."""
        self._strangers.pop(connection, None)
        self.refused += 1
        metrics.audio_refused_total.inc()
        if (unsaid := self._seldom.due()) is not None:
            log.warning("audiosocket.refused", reason=reason, unsaid=unsaid)

    def left(self, connection: _Connection) -> None:
        self._open.discard(connection)
        self._strangers.pop(connection, None)
        if connection.leg is not None:
            self._legs.pop(UUID(connection.leg.id), None)
            connection.leg.end()


class _Connection(asyncio.Protocol):
    """One connection of Asterisk."""

    def __init__(self, server: AudioSocketServer) -> None:
        self._server = server
        self._parser = Parser()
        self._transport: asyncio.Transport | None = None
        self._hello: asyncio.TimerHandle | None = None
        self.leg: Leg | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.joined(self)
        loop = asyncio.get_running_loop()
        # One turn later: what arrived while the loop was busy is read first.
        self._hello = loop.call_later(HELLO_SECONDS, loop.call_soon, self._silent)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        try:
            for kind, payload in self._parser.feed(data):
                self._take(kind, payload, now)
                if self._transport is None:
                    return
        except BadStream as error:
            self.refuse(error.code)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._hello is not None:
            self._hello.cancel()
        self._transport = None
        self._server.left(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _take(self, kind: int, payload: bytes, now: float) -> None:
        if kind == Kind.UUID:
            if self.leg is None:
                self._greet(UUID(bytes=payload), now)
        elif self.leg is None:
            return
        elif kind in RATES:
            self.leg.push(payload, RATES[kind], now)
        elif kind == Kind.DTMF:
            self.leg.key(payload[:1].decode("ascii", errors="replace"), now)
        elif kind == Kind.HANG_UP:
            self.close()
        elif kind == Kind.ERROR:
            log.warning("audiosocket.peer_error", contact=self.leg.contact_id, code=payload.hex())

    def _greet(self, stream: UUID, now: float) -> None:
        self.leg = self._server.claim(stream)
        if self.leg is None:
            self.refuse("unexpected")
            return
        if self._hello is not None:
            self._hello.cancel()
        self._server.greeted(self)
        self.leg.connected.set()
        metrics.audio_legs_total.inc()

    def _silent(self) -> None:
        if self.leg is None and self._transport is not None:
            self.refuse("silent")

    def refuse(self, reason: str) -> None:
        """Drop it, and note why."""
        self._server.refused_one(self, reason)
        self.close()


__all__ = ["AudioSocketServer", "NotTapped", "TooManyLegs", "protocol"]
