"""The web server: the routes put together, started and stopped."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Protocol

from aiohttp import web

from app.http import operator
from app.http.access import Access
from app.http.access_log import AccessLogger
from app.http.audited import Audited
from app.http.dispatch import BODY_BYTES, Dispatch
from app.http.elsewhere import Elsewhere
from app.http.headers import add_headers
from app.http.openapi import OpenApi
from app.http.operator import OperatorAccess
from app.http.routes import Route
from config.model import Settings
from core.log import get_logger
from core.ports import require_free

log = get_logger(__name__)

_STOP_SECONDS = 5.0


class Api(Protocol):
    """A noun of the API."""

    @property
    def routes(self) -> list[Route]: ...


class HttpServer:
    """Serves ``apis`` on the configured address from :meth:`start` to :meth:`close`."""

    def __init__(
        self, access: Access, apis: Iterable[Api], settings: Settings, *,
        operator_token: str, version: str, tls: ssl.SSLContext | None = None,
        audited: Audited | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._tls = tls
        elsewhere = Elsewhere(settings.server.node)
        self._dispatch = Dispatch(access, audited=audited, elsewhere=elsewhere)
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
        self._runner = web.AppRunner(
            self._application, access_log_class=AccessLogger, keepalive_timeout=60.0,
            shutdown_timeout=_STOP_SECONDS, max_line_size=8190, max_field_size=8190,
        )  # fmt: skip
        await self._runner.setup()
        site = web.TCPSite(self._runner, listen.host, listen.port, ssl_context=self._tls)
        await site.start()
        state_dir = self._settings.server.state_dir
        await asyncio.to_thread(operator.write, state_dir, self._operator)
        log.info("http.listening", host=listen.host, port=listen.port)

    async def close(self) -> None:
        """Answer what is under way, then stop. Close the wall first: its viewers go."""
        state_dir = self._settings.server.state_dir
        await asyncio.to_thread(operator.remove, state_dir, self._operator)
        if self._runner is not None:
            await self._runner.cleanup()
        await self._dispatch.close()
