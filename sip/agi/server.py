"""The FastAGI server: Asterisk connects, a route gets the session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from config.secrets import Secret
from core.errors import ParleyError
from core.log import get_logger
from core.metrics import agi_refused_total, agi_sessions, agi_sessions_total
from core.seldom import Seldom
from core.tasks import TaskOwner
from sip.agi.errors import AgiBadRequest, AgiHangup
from sip.agi.openings import Openings
from sip.agi.protocol import MAX_ANSWER
from sip.agi.request import AgiRequest
from sip.agi.session import AgiSession

log = get_logger(__name__)

Route = Callable[[AgiSession], Awaitable[None]]

_MOST_OPENINGS = 1000
_LOG_SECONDS = 10.0


class AgiServer:
    """Serves ``agi://host:port/<route>``; ``port`` 0 takes any free one.

    ``routes`` maps the URL's path to a coroutine function; when it returns, the
    dialplan goes on. What one raises ends its own session only. Nobody gets a session
    without ``secret``, which the dialplan gives as the first argument after the URL,
    within ``proof_seconds``; those who have not shown it take no session's place.
    """

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Route],
        *,
        secret: Secret,
        max_sessions: int = 1000,
        proof_seconds: float = 2.0,
    ) -> None:
        self._host = host
        self._port = port
        self._routes = {path.strip("/"): route for path, route in routes.items()}
        self._max_sessions = max_sessions
        self._openings = Openings(
            secret, most=min(max_sessions, _MOST_OPENINGS), seconds=proof_seconds
        )
        self._sessions = 0
        self._seldom = Seldom(_LOG_SECONDS)
        self._tasks = TaskOwner("agi")
        self._readers = TaskOwner("agi-reader")
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._server = await asyncio.start_server(
            self._accept, self._host, self._port, limit=MAX_ANSWER, backlog=1024
        )
        log.info("agi.listening", host=self._host, port=self.port)

    @property
    def port(self) -> int:
        """The port in use."""
        if self._server is None or not self._server.sockets:
            return self._port
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def sessions(self) -> int:
        """How many sessions are in progress."""
        return self._sessions

    @property
    def openings(self) -> int:
        """How many connections have not yet proven themselves."""
        return len(self._openings)

    async def close(self) -> None:
        """Listen no more and end every session; its route is cancelled."""
        if self._server is not None:
            self._server.close()
        await self._tasks.close()
        await self._readers.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self._tasks.start(self._serve(reader, writer), name="session")
        except RuntimeError:  # closed meanwhile
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await self._openings.request(reader, writer)
            if request.path not in self._routes:
                raise AgiBadRequest(
                    f"No route {request.path!r}.", hint=f"There are: {', '.join(self._routes)}."
                )
            if self._sessions >= self._max_sessions:
                log.error("agi.full", sessions=self.sessions, max_sessions=self._max_sessions)
                agi_sessions_total.labels("-", "full").inc()
                return
            await self._session(request, reader, writer)
        except AgiBadRequest as error:
            agi_refused_total.inc()
            if (unsaid := self._seldom.due()) is not None:
                log.warning("agi.bad_request", reason=error.message, hint=error.hint, unsaid=unsaid)
        finally:
            writer.close()

    async def _session(
        self, request: AgiRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._sessions += 1
        agi_sessions.inc()
        outcome = "cancelled"
        try:
            session = AgiSession(request, reader, writer)
            outcome = await self._run(self._routes[request.path], session)
        finally:
            self._sessions -= 1
            agi_sessions.dec()
            agi_sessions_total.labels(request.path, outcome).inc()

    async def _run(self, route: Route, session: AgiSession) -> str:
        """Serve ``session``; how it ended, for the metric."""
        reading = self._readers.start(session.read(), name="read")
        try:
            await route(session)
        except AgiHangup:
            return "hangup"
        except Exception as error:
            code = error.code if isinstance(error, ParleyError) else "internal"
            log.error(
                "agi.route_failed", route=session.path, uniqueid=session.uniqueid, code=code,
                exc_info=error,
            )  # fmt: skip
            return "error"
        finally:
            reading.cancel()
        return "hangup" if session.hungup else "ok"
