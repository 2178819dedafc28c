"""The live feed: ``/api/live`` (WebSocket) and ``/api/wall`` (the same, once)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiohttp import WSCloseCode, web

from app.http.identity import OPERATOR, Identity
from app.http.routes import Call, Needs, Route
from app.http.sessions import Sessions
from app.http.viewers import Viewer
from app.http.wall import Wall, WallState
from core.errors import Full, ParleyError
from core.tasks import TaskOwner

MOST: Final = 500
SIGNED_OUT: Final = 4401  # close code of our own (RFC 6455, 7.4.2)
_HEARTBEAT = 15.0
_SEND_SECONDS = 10.0
_RECHECK_SECONDS = 15.0


class LiveApi:
    """Routes of the wall."""

    def __init__(self, wall: Wall, sessions: Sessions, *, most: int = MOST) -> None:
        self._wall = wall
        self._sessions = sessions
        self._most = most
        self._tasks = TaskOwner("live")
        self._of_session: dict[str, set[Viewer]] = {}
        sessions.on_close(self._session_closed)

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/live", needs=Needs.SIGNED_IN, handler=self._live,
                summary="Everything that goes on, as it changes (WebSocket)", streams=True,
            ),
            Route(
                method="GET", path="/api/wall", needs=Needs.SIGNED_IN, handler=self._once,
                summary="Everything that goes on, once", returns=WallState,
            ),
        ]  # fmt: skip

    async def close(self) -> None:
        """End what belongs to the sockets."""
        await self._tasks.close()

    def _session_closed(self, session: str) -> None:
        for viewer in tuple(self._of_session.get(session, ())):
            viewer.close()

    async def _once(self, _call: Call) -> WallState:
        return await self._wall.fresh()

    async def _live(self, call: Call) -> web.StreamResponse:
        if len(self._wall.viewers) >= self._most:
            raise Full(f"{self._most} are watching already.", hint="Close other pages.")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=4096, timeout=2.0)
        if not socket.can_prepare(call.request).ok:
            raise web.HTTPUpgradeRequired()
        await socket.prepare(call.request)
        viewer = self._wall.watch()
        self._of_session.setdefault(call.me.session, set()).add(viewer)
        writer = self._tasks.start(self._write(socket, viewer), name="write")
        watch = self._tasks.start(self._recheck(call.me, viewer), name="recheck")
        try:
            async for _ in socket:  # nothing is asked here; this answers pings and closing
                pass
        finally:
            viewer.close()
            self._forget(call.me.session, viewer)
            for task in (writer, watch):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        return socket

    async def _write(self, socket: web.WebSocketResponse, viewer: Viewer) -> None:
        try:
            while (message := await viewer.next()) is not None:
                async with asyncio.timeout(_SEND_SECONDS):
                    await socket.send_str(message)
            await socket.close(code=SIGNED_OUT, message=b"signed out or stopping")
        except (TimeoutError, ConnectionError):  # it takes nothing any more
            viewer.close()
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)

    async def _recheck(self, who: Identity, viewer: Viewer) -> None:
        """A session that grows too old takes its sockets with it."""
        while who.session != OPERATOR:
            await asyncio.sleep(_RECHECK_SECONDS)
            with contextlib.suppress(ParleyError):  # Redis is away: ask again
                if not await self._sessions.still_open(who.session):
                    viewer.close()
                    return

    def _forget(self, session: str, viewer: Viewer) -> None:
        viewers = self._of_session.get(session, set())
        viewers.discard(viewer)
        if not viewers:
            self._of_session.pop(session, None)
