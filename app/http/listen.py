"""Following what is heard of a contact: ``/api/contacts/{contact_id}/listen``, a WebSocket.

Messages (JSON objects)::

    {"type": "hello", "after": 0, "off": "", "over": false, "now": 1767225600.0}
    {"type": "heard", "events": [{"type": "transcript.final", "data": {"n": 7, ...}, ...}]}
    {"type": "over", "after": 112}

``hello`` is first, ``off`` a code that says why this installation hears nothing, empty if
it does. Events come in order, each once, those of before first. Whoever lost the
connection goes on with ``?after=<last n>``. A client that is slow gets them later: they
wait in the log, not here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any, Final

from aiohttp import WSCloseCode, web
from pydantic import Field

from acd.records.queries import ContactHistory
from acd.router import Router
from app.hearing.live_log import LiveLog
from app.http.access import Access
from app.http.heard import heard_event, is_over, require_known
from app.http.live import SIGNED_OUT
from app.http.routes import Call, Needs, Query, Route
from app.http.sessions import Sessions
from core.clock import STEADY, to_epoch
from core.errors import Full, NotAllowed, NotAuthenticated, ParleyError
from core.events import EventBus
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

MOST: Final = 200
NOT_YOURS: Final = 4403  # close code of our own (RFC 6455, 7.4.2): not this asker's any more
_PAGE: Final = 200
_HEARTBEAT: Final = 15.0
_SEND_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 5.0
_QUIET_SECONDS: Final = 1.0  # after the end: the last words are being recognised
_LAST_SECONDS: Final = 10.0


class ListenQuery(Query):
    """Events with numbers above ``after``."""

    after: int = Field(default=0, ge=0)


class _Listening:
    """One who listens: where they are, and which legs are being heard."""

    def __init__(self, socket: web.WebSocketResponse, contact_id: str, after: int) -> None:
        self.socket = socket
        self.contact_id = contact_id
        self.after = after
        self.legs: set[str] = set()
        self.last = time.monotonic()
        self.signed_out = asyncio.Event()
        self.closing = False  # we close: then it is to be finished, with our code

    async def send(self, message: dict[str, Any]) -> None:
        """Raises TimeoutError and ConnectionError when it is not taken."""
        async with asyncio.timeout(_SEND_SECONDS):
            await self.socket.send_str(
                json.dumps(message, ensure_ascii=False, separators=(",", ":"))
            )

    async def tell(self, events: list[Any]) -> None:
        """Send ``events``, which follow on :attr:`after`."""
        for event in events:
            # Before it is sent: when this is cancelled it waits for room, and is written.
            self.after = int(event.data["n"])
            leg = str(event.data.get("leg_id", ""))
            if event.type == "hearing.started":
                self.legs.add(leg)
            elif event.type in ("hearing.stopped", "hearing.failed"):
                self.legs.discard(leg)
        self.last = time.monotonic()
        await self.send({"type": "heard", "events": [heard_event(one) for one in events]})


class ListenApi:
    """The route; ``off`` says why nothing is heard here, or ''."""

    def __init__(
        self, live_log: LiveLog, router: Router, history: ContactHistory, bus: EventBus,
        sessions: Sessions, access: Access, *, off: Callable[[], str], most: int = MOST,
    ) -> None:  # fmt: skip
        self._log = live_log
        self._router = router
        self._history = history
        self._bus = bus
        self._access = access
        self._off = off
        self._most = most
        self._of_session: dict[str, set[_Listening]] = {}
        self._count = 0
        self._closing = asyncio.Event()
        self._tasks = TaskOwner("listen")
        self._route = Route(
            method="GET", path="/api/contacts/{contact_id}/listen", needs=Needs.KNOWN_CONTACT,
            handler=self._listen, query=ListenQuery, streams=True, tags=("hearing",),
            summary="What is heard of it, as it is said (WebSocket)",
        )  # fmt: skip
        sessions.on_close(self._session_closed)

    @property
    def routes(self) -> list[Route]:
        return [self._route]

    async def close(self) -> None:
        """End what belongs to the sockets."""
        self._closing.set()
        await self._tasks.drain(1.0)
        await self._tasks.close()

    def _session_closed(self, session: str) -> None:
        for listening in self._of_session.get(session, ()):
            listening.signed_out.set()

    async def _listen(self, call: Call) -> web.StreamResponse:
        if self._count >= self._most:
            raise Full(f"{self._most} are listening already.", hint="Close other pages.")
        contact_id = call.part("contact_id")
        await require_known(self._router, self._history, contact_id)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=4096, timeout=2.0)
        if not socket.can_prepare(call.request).ok:
            raise web.HTTPUpgradeRequired()
        await socket.prepare(call.request)
        log.info("http.listening", contact=contact_id, by=call.me.id)
        listening = _Listening(socket, contact_id, call.query_as(ListenQuery).after)
        self._count += 1
        of_session = self._of_session.setdefault(call.me.session, set())
        of_session.add(listening)
        work = self._tasks.start(self._serve(listening, call), name=contact_id)
        try:
            async for _ in socket:  # nothing is asked here; this answers pings and closing
                pass
        finally:
            self._count -= 1
            of_session.discard(listening)
            if not of_session:
                self._of_session.pop(call.me.session, None)
            if not listening.closing:
                work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        return socket

    async def _serve(self, listening: _Listening, call: Call) -> None:
        """Everything until it is over, and say how it ended."""
        try:
            code = await self._until_over(listening, call)
            if code == WSCloseCode.OK:
                await self._rest(listening)
                await listening.send({"type": "over", "after": listening.after})
        except (TimeoutError, ConnectionError):  # it takes nothing any more
            code = WSCloseCode.TRY_AGAIN_LATER
        except ParleyError as error:  # the log went away; the client comes again
            log.warning("http.listening_ended", code=error.code)
            code = WSCloseCode.TRY_AGAIN_LATER
        listening.closing = True
        await listening.socket.close(code=code)

    async def _until_over(self, listening: _Listening, call: Call) -> int:
        over = await is_over(self._router, listening.contact_id)
        await listening.send(
            {
                "type": "hello", "after": listening.after, "off": self._off(), "over": over,
                "now": to_epoch(STEADY.now()),
            }
        )  # fmt: skip
        await self._rest(listening)
        follow = self._tasks.start(self._follow(listening), name="follow")
        watch: asyncio.Task[int] = self._tasks.start(self._watch(listening, call), name="watch")
        closing = self._tasks.start(self._closing.wait(), name="closing")
        signed_out = self._tasks.start(listening.signed_out.wait(), name="signed_out")
        tasks: set[asyncio.Task[Any]] = {follow, watch, closing, signed_out}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if listening.signed_out.is_set():
                return SIGNED_OUT
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if follow.done() and not follow.cancelled() and (error := follow.exception()):
            raise error
        if watch.done() and not watch.cancelled():
            return watch.result()
        return WSCloseCode.GOING_AWAY

    async def _rest(self, listening: _Listening) -> None:
        """What is there already, many events a message."""
        while page := await self._log.read(
            listening.contact_id, after=listening.after, count=_PAGE
        ):
            await listening.tell(page)

    async def _follow(self, listening: _Listening) -> None:
        async for event in self._log.follow(listening.contact_id, after=listening.after):
            await listening.tell([event])

    async def _watch(self, listening: _Listening, call: Call) -> int:
        """Wait for a reason to close; the code to close with. Who may listen is asked
        again whenever something becomes of the contact: it may go to another agent."""
        mine = listening.contact_id
        with self._bus.subscribe(
            lambda event: event.contact_id == mine and event.type.startswith("contact."), bound=10
        ) as told:
            while True:
                if (code := await self._refused(call)) is not None:
                    return code
                with contextlib.suppress(ParleyError):  # Redis is away: ask again
                    if await is_over(self._router, mine) and await self._silent(listening):
                        return WSCloseCode.OK
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await told.next()

    async def _refused(self, call: Call) -> int | None:
        try:
            who = await self._access.identify(call.request)
            await self._access.require(self._route, call.request, who)
        except NotAuthenticated:
            return SIGNED_OUT
        except NotAllowed:
            return NOT_YOURS
        except ParleyError:
            return None  # it cannot be said now
        return None

    async def _silent(self, listening: _Listening) -> bool:
        """Wait until no leg is heard any more and nothing came for a moment."""
        begun = time.monotonic()
        while time.monotonic() - begun < _LAST_SECONDS:
            quiet = time.monotonic() - max(listening.last, begun)
            if quiet >= _QUIET_SECONDS and not listening.legs:
                return True
            await asyncio.sleep(0.1)
        return True
