"""The one way in: recognise, check, validate, run, answer.

Every request passes :meth:`Dispatch.middleware`, and it lets pass only what a
:class:`~app.http.routes.Route` declares. A path without declaration cannot be
added: :meth:`Dispatch.add` is the only caller of aiohttp's ``add_route``.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import hdrs, web
from pydantic import ValidationError

from acd.errors import OtherNode
from app.http import errors
from app.http.access import Access
from app.http.audited import Audited
from app.http.client_address import ClientAddresses, place_of
from app.http.connection import prove, streams
from app.http.elsewhere import Elsewhere
from app.http.identity import Identity
from app.http.pace import Pace
from app.http.routes import Call, Route
from app.http.streams import Streams
from core.errors import BadInput, NotAuthenticated, ParleyError, TimedOut
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

BODY_BYTES = 64 * 1024
READ_SECONDS = 10.0
WORK_SECONDS = 20.0
_LONGEST_PART = 128
_UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_CALL = web.RequestKey("call", Call)
_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Dispatch:
    """Holds the declared routes of one application."""

    def __init__(
        self, access: Access, *, work_seconds: float = WORK_SECONDS, audited: Audited | None = None,
        elsewhere: Elsewhere | None = None, addresses: ClientAddresses | None = None,
        streams: Streams | None = None, pace: Pace | None = None, requests: Pace | None = None,
    ) -> None:  # fmt: skip
        self._access = access
        self._audited = audited
        self._elsewhere = elsewhere
        self._addresses = addresses or ClientAddresses()
        self._streams = Streams(600, 12) if streams is None else streams
        self._pace = Pace(50, time.monotonic) if pace is None else pace
        self._requests = Pace(200, time.monotonic, "requests") if requests is None else requests
        self._work_seconds = work_seconds
        self._declared: dict[web.AbstractRoute, Route] = {}
        self._tasks = TaskOwner("http")

    @property
    def routes(self) -> list[Route]:
        """Every declared route, once."""
        return list(dict.fromkeys(self._declared.values()))

    def add(self, application: web.Application, routes: Iterable[Route]) -> None:
        """Make ``routes`` reachable (GET also as HEAD)."""
        for route in routes:
            assert route.method == "GET" or not route.streams, "changes are noted"
            for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
                added = application.router.add_route(method, route.path, self._endpoint(route))
                self._declared[added] = route

    def _endpoint(self, route: Route) -> _Next:
        async def endpoint(request: web.Request) -> web.StreamResponse:
            call = request[_CALL]
            # Sockets and files change nothing; whatever does is timed, and noted.
            answer = await (self._streamed if route.streams else self._timed)(route, call)
            if isinstance(answer, web.StreamResponse):
                return answer
            if answer is None:
                return web.Response(status=204)
            return web.json_response(answer, dumps=_dumps)

        return endpoint

    @web.middleware
    async def middleware(self, request: web.Request, handler: _Next) -> web.StreamResponse:
        """See above."""
        try:
            if request.match_info.http_exception is not None:
                raise request.match_info.http_exception
            route = self._declared[request.match_info.route]
            address = self._addresses.of(request)
            who = await self._identify(request, address)
            _require_clean(request)  # before anybody's right to it is looked up
            await self._access.require(route, request, who)
            prove(request, who)
            if who is not None and request.method not in ("GET", "HEAD"):
                self._pace.take(who.id)
            call = Call(request, who, address=address)
            call.query = _query(route, request)
            call.body = await _body(route, request)
            request[_CALL] = call
            return await handler(request)
        except OtherNode as refusal:
            return await self._ask_elsewhere(request, refusal)
        except Exception as error:
            return errors.response(error)

    async def _ask_elsewhere(self, request: web.Request, refusal: OtherNode) -> web.Response:
        try:
            found = None
            if self._elsewhere is not None:
                asker = self._addresses.of(request)
                found = await self._elsewhere.answer(request, refusal, asker)
            return errors.response(refusal) if found is None else found
        except Exception as error:
            return errors.response(error)

    async def _identify(self, request: web.Request, address: str) -> Identity | None:
        """Who asks. Nobody, and whoever is not believed, is counted by address."""
        place = place_of(address)
        try:
            who = await self._access.identify(request)
        except NotAuthenticated:
            self._requests.take(place)
            raise
        self._requests.take(place if who is None else who.id)
        return who

    async def _streamed(self, route: Route, call: Call) -> Any:
        """Run a handler that takes as long as its asker likes; each person has so many."""
        if call.who is None:  # a file of the page: small, and soon sent
            return await route.handler(call)
        with self._streams.one(call.who.id):
            streams(call.request)
            return await route.handler(call)

    async def _timed(self, route: Route, call: Call) -> Any:
        """Run the handler with a limit. It is not cancelled half-way through a change:
        the asker is told that it took too long, the work goes on to its end."""

        async def work() -> Exception | None:
            try:
                done.append(await self._noted(route, call))
            except Exception as error:
                return error
            return None

        done: list[Any] = []
        task = self._tasks.start(work(), name=f"{route.method} {route.path}")
        await asyncio.wait({task}, timeout=self._work_seconds)
        if not task.done():
            task.add_done_callback(_log_late)
            raise TimedOut(
                f"This took longer than {self._work_seconds:g} s.",
                hint="It may still happen: look at the state before trying again.",
            )
        if (error := task.result()) is not None:
            raise error
        return done[0]

    async def _noted(self, route: Route, call: Call) -> Any:
        if self._audited is None:
            return await route.handler(call)
        return await self._audited.run(route, call, lambda: route.handler(call))

    async def close(self) -> None:
        """End what still runs."""
        await self._tasks.drain(2.0)
        await self._tasks.close()
        if self._elsewhere is not None:
            await self._elsewhere.close()


_dumps = functools.partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _log_late(task: asyncio.Task[Exception | None]) -> None:
    if not task.cancelled() and (error := task.result()) is not None:
        if isinstance(error, ParleyError):
            log.warning("http.failed_late", task=task.get_name(), code=error.code)
        else:
            log.error("http.failed_late", task=task.get_name(), code="internal", exc_info=error)


def _require_clean(request: web.Request) -> None:
    """Refuse ids that no id of ours looks like, before they reach any store."""
    for part in request.match_info.values():
        if len(part) > _LONGEST_PART or _UNCLEAN.search(part):
            raise web.HTTPNotFound


def _has_nul(value: Any) -> bool:
    """PostgreSQL stores any character but this one; no field of ours wants it."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(one) for key, one in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


def _query(route: Route, request: web.Request) -> Any:
    sent = dict(request.query)
    if route.query is None:
        return None
    if len(sent) != len(request.query):
        raise BadInput("A name stands twice in the query.", hint="Give each once.")
    if any(_UNCLEAN.search(name) or _UNCLEAN.search(value) for name, value in sent.items()):
        raise BadInput("The query has control characters.", hint="Percent-encode UTF-8 text.")
    try:
        return route.query.model_validate(sent)
    except ValidationError as error:
        raise errors.invalid(error, "query") from None


async def _raw(request: web.Request) -> bytes:
    """The body as it came, which must come soon."""
    coding = request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower()
    if coding != "identity":
        raise errors.UnknownEncoding(
            "The body is compressed.", hint="Send it without Content-Encoding."
        )
    if not request.can_read_body:
        return b""
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await request.read()
    except TimeoutError:
        raise errors.TooSlow("The body did not arrive in time.", hint="Send it at once.") from None
    except (web.RequestPayloadError, ConnectionError):
        raise BadInput("The body is cut off or damaged.", hint="Send it whole.") from None


async def _body(route: Route, request: web.Request) -> Any:
    raw = await _raw(request)
    if route.body is None:
        if raw not in (b"", b"{}"):
            raise BadInput("This path takes no body.", hint="Send none.")
        return None
    if raw and request.content_type != "application/json":
        raise errors.NotJson(
            "The body is not declared as JSON.", hint="Send 'Content-Type: application/json'."
        )
    try:
        body = route.body.model_validate_json(raw or b"{}")
        if b"\\u0000" in raw and _has_nul(body.model_dump(mode="json")):
            raise BadInput("The body has a NUL character.", hint="Send text without it.")
        return body
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_input=False)):
            raise errors.NotJson("The body is not JSON.", hint="RFC 8259, in UTF-8.") from None
        raise errors.invalid(error, "body") from None
