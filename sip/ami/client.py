"""The AMI client: one connection to Asterisk that is kept up, and says so when not.

Nothing is queued for later: what cannot be asked now fails now, and what was under
way when the connection was lost fails with it. After each connection the ``on_up``
callbacks compare what we believe with what Asterisk has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from core.errors import ParleyError
from core.log import get_logger
from core.metrics import ami_action_failures_total, ami_action_seconds, ami_losses_total, ami_up
from core.tasks import TaskOwner
from sip.ami.connect import Backoff, connect
from sip.ami.encoding import Fields, Value, encode_fields
from sip.ami.errors import AmiDown, AmiFull, AmiRefused, AmiTimeout
from sip.ami.listeners import EventCallback, Listeners
from sip.ami.liveness import Liveness
from sip.ami.messages import AmiEvent, AmiResponse
from sip.ami.originate import Originate
from sip.ami.settings import AmiSettings
from sip.ami.wire import Exchange, Wire

log = get_logger(__name__)

_TELL_REFUSALS_EVERY = 30.0  # seconds

UpCallback = Callable[[], Awaitable[None]]
DownCallback = Callable[[str], None]
SuspectCallback = Callable[[list[str]], None]
_C = TypeVar("_C")


class AmiClient:
    """A manager session that reconnects until :meth:`close`.

    Use it in one event loop. Callbacks are synchronous and quick, except those of
    :meth:`on_up`.
    """

    def __init__(self, settings: AmiSettings) -> None:
        encode_fields("Login", {"Username": settings.username, "Secret": settings.secret})
        self._settings = settings
        self._listeners = Listeners()
        self._up_callbacks: list[UpCallback] = []
        self._down_callbacks: list[DownCallback] = []
        self._suspect_callbacks: list[SuspectCallback] = []
        self._refused, self._refusals_told_at = 0, -_TELL_REFUSALS_EVERY
        self._tasks = TaskOwner("ami")
        self._wire: Wire | None = None
        self._up = asyncio.Event()
        self._problem = "never connected"
        self._started = False

    # --- life -----------------------------------------------------------------

    async def start(self) -> None:
        """Begin connecting, and return; see :meth:`wait_up`. Raises RuntimeError
        after :meth:`close`."""
        if not self._started:
            self._tasks.keep(self._keep_up, name="keep-up")
            self._started = True

    async def wait_up(self, timeout: float) -> None:
        """Return when actions are accepted; raises :class:`AmiDown` with the last
        problem after ``timeout`` seconds. ``on_up`` callbacks may still run."""
        try:
            async with asyncio.timeout(timeout):
                await self._up.wait()
        except TimeoutError:
            raise self._down(f" after {timeout:g} s") from None

    @property
    def is_up(self) -> bool:
        """Whether the connection is live, logged in and Asterisk fully booted."""
        return self._wire is not None

    async def close(self) -> None:
        """Drop the connection, fail what is pending, and never connect again.
        ``on_down`` callbacks are not called."""
        self._problem = "the client is closed"
        wire, self._wire = self._wire, None
        self._up.clear()
        ami_up.set(0)
        if wire is not None:
            wire.lose(self._problem)
        await self._tasks.close()

    # --- events ---------------------------------------------------------------

    def on(self, names: str | Iterable[str], callback: EventCallback) -> Callable[[], None]:
        """Call ``callback`` with each event called one of ``names`` (``"*"``: all), at
        once and in Asterisk's order. Returns a function that takes it off again."""
        return self._listeners.add(names, callback)

    def on_up(self, callback: UpCallback) -> Callable[[], None]:
        """Await ``callback()`` after each login, when Asterisk is fully booted: the
        place for a full resync. Callbacks run one after the other, events keep
        coming meanwhile, and a loss cancels the one that runs."""
        return _listed(self._up_callbacks, callback)

    def on_down(self, callback: DownCallback) -> Callable[[], None]:
        """Call ``callback(reason)`` at the moment a connection that was up is lost."""
        return _listed(self._down_callbacks, callback)

    def on_suspect(self, callback: SuspectCallback) -> Callable[[], None]:
        """Call ``callback(channels)`` with the ids and names of channels that an event
        named which is not believed. An event of Asterisk may have been lost with it: ask
        for these channels."""
        return _listed(self._suspect_callbacks, callback)

    # --- actions --------------------------------------------------------------

    async def action(
        self,
        name: str,
        fields: Fields | None = None,
        *,
        variables: Mapping[str, Value] | None = None,
        timeout: float | None = None,
    ) -> AmiResponse:
        """Run one action; its response.

        ``variables`` become channel variables. ``timeout`` (seconds, default
        ``action_timeout``): name a longer one for what keeps Asterisk busy, such as a
        reload; it also holds back the verdict of the pings. Raises
        :class:`AmiBadValue`, :class:`AmiDown`, :class:`AmiFull`, :class:`AmiTimeout`,
        or :class:`AmiRefused` when Asterisk answers with an error.
        """
        headers = encode_fields(name, fields or {}, variables)
        response, _ = await self._ask(self._live(), name, headers, timeout=timeout)
        return response

    async def query(
        self, name: str, fields: Fields | None = None, *, timeout: float | None = None
    ) -> list[AmiEvent]:
        """Run a list action (``CoreShowChannels``, ``BridgeList``...); its events
        without the closing one. 'No ... found', as PJSIP lists say, is an empty list.
        Raises as :meth:`action` does."""
        headers = encode_fields(name, fields or {})
        try:
            _, events = await self._ask(self._live(), name, headers, listing=True, timeout=timeout)
        except AmiRefused as error:
            if error.reason.startswith("No ") and error.reason.endswith(" found"):
                return []
            raise
        return events

    async def originate(self, request: Originate) -> AmiResponse:
        """Have Asterisk place a call; returns when it has *accepted* to.

        The outcome comes as events of the channel whose id ``request`` chose:
        ``OriginateResponse``, and ``Hangup`` with the cause. Raises as
        :meth:`action` does; after :class:`AmiTimeout` or an :class:`AmiDown` that was
        ``sent``, the call may exist: look for the channel id.
        """
        return await self.action("Originate", request.fields(), variables=request.variables)

    async def _ask(
        self,
        wire: Wire,
        name: str,
        headers: dict[str, str | list[str]],
        *,
        listing: bool = False,
        timeout: float | None = None,
    ) -> tuple[AmiResponse, list[AmiEvent]]:
        limit = self._settings.action_timeout if timeout is None else timeout
        if wire.pending >= self._settings.max_pending:
            ami_action_failures_total.labels(name, "full").inc()
            raise AmiFull(
                f"{wire.pending} AMI actions wait for their answers.",
                hint="Asterisk is slower than what is asked of it; ask less at once.",
            )
        slow = limit > self._settings.action_timeout
        exchange = wire.start(headers, listing=listing, slow=slow)
        began = time.perf_counter()
        try:
            response = await _answer(exchange, limit)
        except ParleyError as error:
            ami_action_failures_total.labels(name, error.code).inc()
            raise
        finally:
            wire.forget(exchange)
        ami_action_seconds.labels(name).observe(time.perf_counter() - began)
        return response, exchange.events

    def _live(self) -> Wire:
        if self._wire is None:
            raise self._down()
        return self._wire

    def _down(self, when: str = "") -> AmiDown:
        return AmiDown(
            f"No connection to Asterisk{when}: {self._problem}.",
            hint="It is tried again all the time; is Asterisk running?",
        )

    # --- keeping up -----------------------------------------------------------

    async def _keep_up(self) -> None:
        backoff = Backoff(self._settings.reconnect_min, self._settings.reconnect_max)
        logged = ""
        while True:
            try:
                wire = await self._connect()
            except ParleyError as error:
                self._problem = error.message.rstrip(".")
                if self._problem != logged:
                    logged = self._problem
                    log.error("ami.unavailable", code=error.code, reason=logged, hint=error.hint)
            except Exception as error:  # a fault of ours must not end the trying
                self._problem = f"{type(error).__name__}: {error}"
                log.error("ami.connect_failed", exc_info=error)
            else:
                backoff.reset()
                logged = ""
                await self._live_with(wire)
            await asyncio.sleep(backoff.next())

    async def _connect(self) -> Wire:
        return await connect(
            self._settings, ask=self._ask, wants=self._listeners.wants,
            deliver=self._listeners.deliver, suspect=self._suspected, on_lost=self._lost,
        )  # fmt: skip

    async def _live_with(self, wire: Wire) -> None:
        if wire.closed:
            return
        liveness = Liveness(wire, self._settings)
        self._wire = wire
        self._up.set()
        ami_up.set(1)
        log.info("ami.connected", host=self._settings.host, port=self._settings.port)
        resync = self._tasks.start(self._call_up(), name="on-up")
        try:
            await wire.lost
        finally:
            liveness.stop()
            resync.cancel()
            if not wire.closed:  # a fault of ours: begin anew rather than half alive
                wire.lose("the connection was given up")
        # Two resyncs at once would contradict each other, but never reconnecting is worse.
        _, stuck = await asyncio.wait([resync], timeout=self._settings.action_timeout)
        if stuck:
            log.error("ami.up_callback_stuck", seconds=self._settings.action_timeout)

    async def _call_up(self) -> None:
        for callback in tuple(self._up_callbacks):
            try:
                await callback()
            except Exception as error:
                log.error("ami.up_callback_failed", exc_info=error)

    def _suspected(self, channels: list[str]) -> None:
        self._refused += 1
        if (now := time.monotonic()) >= self._refusals_told_at + _TELL_REFUSALS_EVERY:
            log.warning("ami.events_refused", count=self._refused, hint="Somebody may forge them.")
            self._refused, self._refusals_told_at = 0, now
        for callback in tuple(self._suspect_callbacks):
            try:
                callback(channels)
            except Exception as error:
                log.error("ami.suspect_callback_failed", exc_info=error)

    def _lost(self, wire: Wire, reason: str) -> None:
        if self._wire is not wire:
            return
        self._wire = None
        self._up.clear()
        self._problem = reason
        ami_up.set(0)
        ami_losses_total.inc()
        log.warning("ami.lost", reason=reason)
        for callback in tuple(self._down_callbacks):
            try:
                callback(reason)
            except Exception as error:
                log.error("ami.down_callback_failed", exc_info=error)


async def _answer(exchange: Exchange, limit: float) -> AmiResponse:
    try:
        async with asyncio.timeout(limit):
            response = await exchange.done
    except TimeoutError:
        # A loop that was blocked can find the answer and the alarm at the same time.
        if not exchange.done.done() or exchange.done.cancelled():
            raise AmiTimeout(
                f"Asterisk did not answer {exchange.name} within {limit:g} s.",
                hint="It may still carry it out; look at its state before asking again.",
                action=exchange.name,
            ) from None
        response = exchange.done.result()
    if response.get("Response") == "Error":
        raise AmiRefused(exchange.name, response.message)
    return response


def _listed(callbacks: list[_C], callback: _C) -> Callable[[], None]:
    callbacks.append(callback)

    def remove() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return remove
