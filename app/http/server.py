"""The web server: the routes put together, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterable
from typing import Protocol

from aiohttp import web

from app.http import operator
from app.http.access import Access
from app.http.audited import Audited
from app.http.client_address import ClientAddresses
from app.http.connection import Connection, Patience, noting
from app.http.connections import Bounds, Connections
from app.http.dispatch import BODY_BYTES, Dispatch
from app.http.elsewhere import Elsewhere
from app.http.headers import add_headers
from app.http.openapi import OpenApi
from app.http.operator import OperatorAccess
from app.http.pace import Pace
from app.http.routes import Route
from app.http.streams import Streams
from config.model import Settings
from core.log import get_logger
from core.ports import require_free
from core.tasks import TaskOwner

log = get_logger(__name__)

_STOP_SECONDS = 5.0
_TLS_SECONDS = 5.0
_BACKLOG = 512
_OPERATOR_SECONDS = 2.0


class Api(Protocol):
    """A noun of the API."""

    @property
    def routes(self) -> list[Route]: ...


class HttpServer:
    """Serves ``apis`` on the configured address from :meth:`start` to :meth:`close`."""

    def __init__(
        self, access: Access, apis: Iterable[Api], settings: Settings, *,
        operator_token: str, version: str, tls: ssl.SSLContext | None = None,
        audited: Audited | None = None, reserve: int = 0,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._tls = tls
        elsewhere = Elsewhere(settings.server.node)
        listen = settings.server.web
        self._addresses = ClientAddresses(listen.trusted_proxies)
        self._connections = Connections(
            Bounds(listen.connections, listen.connections_per_address, reserve), time.monotonic
        )
        self._patience = Patience(listen.header_seconds, listen.idle_seconds)
        self._dispatch = Dispatch(
            access, audited=audited, elsewhere=elsewhere, addresses=self._addresses,
            streams=Streams(listen.streams, listen.streams_per_person),
            pace=Pace(listen.changes_per_second, time.monotonic),
            requests=Pace(listen.requests_per_second, time.monotonic, "requests"),
        )  # fmt: skip
        self._application = web.Application(
            middlewares=[self._dispatch.middleware], client_max_size=BODY_BYTES
        )
        self._application.on_response_prepare.append(add_headers)
        for api in apis:
            self._dispatch.add(self._application, api.routes)
        document = OpenApi(lambda: self._dispatch.routes, version)
        self._dispatch.add(self._application, document.routes)
        self._operator = OperatorAccess(self.url, operator_token)
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._tasks = TaskOwner("http.connections")

    @property
    def url(self) -> str:
        """Where the page is, seen from this machine."""
        listen = self._settings.server.web
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(listen.host, listen.host)  # noqa: S104
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"{'https' if self._tls else 'http'}://{host}:{listen.port}"

    @property
    def routes(self) -> list[Route]:
        """Everything that is reachable."""
        return self._dispatch.routes

    async def start(self) -> None:
        """Listen, and give the local operator a token; raises
        :class:`~core.ports.PortTaken`."""
        listen = self._settings.server.web
        if ":" not in listen.host:
            require_free(listen.port, "the web server", host=listen.host)
        self._runner = web.AppRunner(self._application, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        server.request_handler = noting(server.request_handler)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(
                server, self._connections, self._addresses, self._patience, loop=loop
            ),
            listen.host, listen.port, ssl=self._tls, backlog=_BACKLOG,
            ssl_handshake_timeout=_TLS_SECONDS if self._tls else None,
        )  # fmt: skip
        self._connections.measure()
        self._tasks.keep(self._look, name="look")
        state_dir = self._settings.server.state_dir
        try:
            await asyncio.to_thread(operator.write, state_dir, self._operator)
        except OSError as error:  # no room: people must not wait for the command line
            log.error("http.operator_not_written", error=error.strerror)
            self._tasks.start(self._write_operator(), name="operator")
        log.info("http.listening", host=listen.host, port=listen.port)

    async def _write_operator(self) -> None:
        state_dir = self._settings.server.state_dir
        while True:
            await asyncio.sleep(_OPERATOR_SECONDS)
            with contextlib.suppress(OSError):
                await asyncio.to_thread(operator.write, state_dir, self._operator)
                return

    async def close(self) -> None:
        """Answer what is under way, then stop. Close the wall first: its viewers go."""
        state_dir = self._settings.server.state_dir
        await asyncio.to_thread(operator.remove, state_dir, self._operator)
        if self._listener is not None:
            self._listener.close()
        await self._tasks.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._dispatch.close()

    async def _look(self) -> None:
        """For ever: end what is too slow, and see how many descriptors are left."""
        pause = min(1.0, self._patience.head / 4)
        while True:
            await asyncio.sleep(pause)
            now = asyncio.get_running_loop().time()
            for one in self._connections.all:
                if isinstance(one, Connection):
                    one.look(now)
            self._connections.measure()
