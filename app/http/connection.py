"""One connection to the web server: bounded in time, and every answer of our own shape.

aiohttp answers what it cannot parse by itself, below the application: those answers get our
JSON and our headers here. It also waits a minute for a request's head; here it has
seconds, and so has the reading of an answer by somebody whom nobody knows.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from app.http import errors
from app.http.access_log import AccessLogger
from app.http.client_address import ClientAddresses, place_of
from app.http.connections import Connections
from app.http.headers import put_headers
from app.http.identity import Identity
from core import metrics
from core.errors import Full

_LINGER_SECONDS: Final = 2.0  # for the rest of a body that nobody wanted
_STRANGERS_SECONDS: Final = 45.0  # for one request and its answer, without anybody known
_PEOPLES_SECONDS: Final = 120.0  # the same for people; streams look after themselves
_LINE_BYTES: Final = 8190
_HEADERS: Final = 64

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for the head of a request to arrive, and between two requests."""

    head: float = 10.0
    idle: float = 60.0


class Connection(web.RequestHandler):
    """What aiohttp makes of a connection, with bounds."""

    def __init__(
        self, server: web.Server, connections: Connections, addresses: ClientAddresses,
        patience: Patience, *, loop: asyncio.AbstractEventLoop,
    ) -> None:  # fmt: skip
        super().__init__(
            server, loop=loop, access_log_class=AccessLogger, keepalive_timeout=patience.idle,
            lingering_time=_LINGER_SECONDS, max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES, max_headers=_HEADERS, auto_decompress=False,
        )  # fmt: skip
        self._connections = connections
        self._addresses = addresses
        self._patience = patience
        self._busy = False
        self._streaming = False
        self._since: float | None = None  # when what is now waited for began; None: idle

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self._busy

    @property
    def age(self) -> float:
        """Seconds since what is now waited for began; infinite between two requests."""
        return math.inf if self._since is None else self._loop.time() - self._since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it in, or let it go again."""
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        limited = not self._addresses.is_proxy(address)
        if not self._connections.admit(self, place_of(address), limited=limited):
            # The protocol does not see it, so nothing of it is left.
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            return
        self._since = self._loop.time()
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._busy and self._since is None:
            self._since = self._loop.time()  # the next request begins
        super().data_received(data)

    def began(self) -> None:
        """A request is whole and is being answered."""
        self._busy = True
        self._since = self._loop.time()

    def streams(self) -> None:
        """The request takes as long as its asker likes."""
        self._streaming = True

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; the request is over then."""
        if isinstance(resp, web.HTTPException):
            resp = errors.response(resp)
        if isinstance(resp, web.StreamResponse) and not resp.prepared:
            put_headers(resp, secure=self.ssl_context is not None)
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._busy = self._streaming = False
            self._since = None if not self._messages else self._loop.time()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:  # fmt: skip
        """What aiohttp itself has to say: never its words, nor a traceback for a stranger's
        bytes."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part was sent already: it can only be ended")
        if isinstance(exc, HttpProcessingError) or status < 500:
            response = errors.unreadable(exc)
        else:
            cause = exc if isinstance(exc, Exception) else RuntimeError("the handler failed")
            response = errors.response(cause)
        response.force_close()
        return response

    def look(self, now: float) -> None:
        """Asked now and then: end it if it takes too long."""
        if self._since is None:
            return
        took = now - self._since
        if self._busy:
            known = self._connections.is_proven(self)
            if not self._streaming and took > (_PEOPLES_SECONDS if known else _STRANGERS_SECONDS):
                self._too_slow()
        elif took > self._patience.head:
            self._too_slow()

    def belongs_to(self, person: str) -> bool:
        """Somebody was recognised on it; False: they have too many."""
        return self._connections.prove(self, person)

    def drop(self) -> None:
        """End it at once, whatever is on its way."""
        if self.transport is not None:
            self.transport.abort()

    def _too_slow(self) -> None:
        metrics.http_connections_ended_total.labels("slow").inc()
        self._connections.remove(self)
        self.drop()


def prove(request: web.Request, who: Identity | None) -> None:
    """Tell the connection of ``request`` who is on it. Raises :class:`~core.errors.Full` if
    they have too many."""
    connection: Any = request.protocol
    if who is None or not isinstance(connection, Connection):
        return
    if not connection.belongs_to(who.id):
        raise Full("Too many requests of yours are under way.", hint="Wait for their answers.")


def streams(request: web.Request) -> None:
    """Tell the connection of ``request`` that this one takes as long as it takes."""
    connection: Any = request.protocol
    if isinstance(connection, Connection):
        connection.streams()


def noting(handler: Handler) -> Handler:
    """``handler``, with the connection told that a request begins."""

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        connection: Any = request.protocol
        if isinstance(connection, Connection):
            connection.began()
        return await handler(request)

    return note
