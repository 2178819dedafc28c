"""One connection to the manager interface: the only file that touches panoramisk.

panoramisk 1.4 carries the protocol (messages, actions, their ids). What it does around
that is replaced here, because it goes wrong when the other side does:

* its completion of answers raises, or never comes, for some answers -> :class:`Exchange`
  completes by what the answer says;
* what an event callback raises closes the connection -> contained by the receiver;
* lost actions are sent again after a reconnect -> :meth:`Wire.lose` fails them all;
* it decodes what the socket gives, and so loses characters that two reads share, and
  it parses events that nobody wants -> :meth:`Wire.data_received` splits bytes;
* it takes for an event whatever looks like one, also what a stranger put into a name
  -> ``sip.ami.frames`` says what is believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from core.log import get_logger
from core.metrics import ami_events_refused_total, ami_events_total
from sip.ami.errors import AmiDown
from sip.ami.frames import Genuine, NotWhole, channels_named, read_event
from sip.ami.messages import AmiEvent, AmiResponse

log = get_logger(__name__)

BANNER = b"Asterisk Call Manager/"
MAX_MESSAGE = 4 * 2**20  # bytes; the output of a console command can be long
MAX_LIST = 50_000  # events in the answer to one list action
_END = b"\r\n\r\n"
_EVENT, _RESPONSE = b"Event: ", b"Response: "


class Exchange(Action):  # type: ignore[misc]
    """One action and its answer.

    ``done`` gives the response once the answer is complete: for a ``listing`` when
    its last event has come, and then :attr:`events` holds them.
    """

    def __init__(self, headers: dict[str, str | list[str]], *, listing: bool, slow: bool) -> None:
        super().__init__(headers)
        self.name: str = str(headers["Action"])
        self.listing = listing
        self.slow = slow
        self.events: list[AmiEvent] = []
        self._response: AmiResponse | None = None

    @property
    def done(self) -> asyncio.Future[AmiResponse]:
        future: asyncio.Future[AmiResponse] = self.future
        return future

    def add_response(self, response: AmiResponse) -> None:
        """Take the response; it is the whole answer unless a list follows."""
        self._response = response
        if not (self.listing and response.get("EventList").lower() == "start"):
            self._complete()

    def add_event(self, event: AmiEvent) -> bool:
        """Take ``event`` if it belongs to the answer; False if it does not."""
        if not self.listing or self._response is None:
            return False
        if event.get("EventList").lower() in ("complete", "cancelled"):
            self._complete()
        elif len(self.events) < MAX_LIST:
            self.events.append(event)
        else:
            log.error("ami.list_too_long", action=self.name, limit=MAX_LIST)
            self._complete()
        return True

    def _complete(self) -> None:
        if not self.done.done() and self._response is not None:
            self.done.set_result(self._response)


class Wire(AMIProtocol):  # type: ignore[misc]
    """One connection, from connected until lost; never used again after that.

    ``wants(name)`` says whether an event is worth parsing, ``deliver(event)`` takes it,
    ``suspect(channels)`` hears of ids and names of channels that were named by something
    that is not believed; neither may raise. ``on_lost(reason)`` is called once, after
    everything pending has failed. No event is delivered before :meth:`trust`.
    """

    encoding = "utf-8"

    def __init__(
        self,
        *,
        wants: Callable[[str], bool],
        deliver: Callable[[AmiEvent], None],
        suspect: Callable[[list[str]], None],
        on_lost: Callable[[Wire, str], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self.closed = True  # until connected
        self.reason = ""
        self.booted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[str] = loop.create_future()
        self._pending: dict[str, Exchange] = {}
        self._rest = b""
        self._greeted = False
        self._banner = True  # still to come, before the first message
        self._wants = wants
        self._deliver = deliver
        self._suspect = suspect
        self._genuine: Genuine | None = None
        self._on_lost = on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.responses = self._pending

    def trust(self, genuine: Genuine) -> None:
        """Deliver events from now on: those that ``genuine`` knows for Asterisk's own."""
        self._genuine = genuine

    @property
    def pending(self) -> int:
        """How many actions wait for their answers."""
        return len(self._pending)

    @property
    def busy(self) -> bool:
        """Whether an action is pending that was announced to take long. Asterisk
        answers the actions of a connection one after the other, pings included."""
        return any(exchange.slow for exchange in self._pending.values())

    def start(
        self, headers: dict[str, str | list[str]], *, listing: bool = False, slow: bool = False
    ) -> Exchange:
        """Send an action; :meth:`forget` it when its answer is there or given up.

        Raises :class:`AmiDown` if the connection is lost.
        """
        if self.closed:
            raise AmiDown(f"The connection to Asterisk is lost: {self.reason}.")
        exchange = Exchange(headers, listing=listing, slow=slow)
        self.send(exchange)
        return exchange

    def forget(self, exchange: Exchange) -> None:
        """Expect no more of ``exchange``; a late answer is then dropped."""
        self._pending.pop(exchange.id, None)

    def lose(self, reason: str) -> None:
        """End the connection at once and fail everything that waits for it."""
        if self.closed:
            return
        self.closed = True
        self.reason = reason
        self.transport.abort()
        pending, self._rest = list(self._pending.values()), b""
        self._pending.clear()
        for exchange in pending:
            _fail(exchange.done, f"Asterisk was lost while {exchange.name} was under way", reason)
        _fail(self.booted, "Asterisk was lost before it was fully booted", reason)
        self.lost.set_result(reason)
        self._on_lost(self, reason)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lose("closed by the other side" if exc is None else f"{type(exc).__name__}: {exc}")

    def data_received(self, data: bytes) -> None:
        *frames, self._rest = (self._rest + data).split(_END)
        if not self._greeted and not self._greet(frames[0] if frames else self._rest):
            return
        if len(self._rest) > MAX_MESSAGE:
            self.lose(f"a message longer than {MAX_MESSAGE} bytes")
            return
        events = 0
        for frame in map(self._without_banner, frames):
            if frame.startswith(_EVENT):
                events += 1
                self._read_event(frame)
            elif frame.startswith(_RESPONSE):
                self._read_response(frame)
            if self.closed:  # a callback closed us
                break
        if events:
            ami_events_total.inc(events)

    def _greet(self, start: bytes) -> bool:
        if not BANNER.startswith(start[: len(BANNER)]):
            self.lose("what answered is not an Asterisk manager interface")
            return False
        self._greeted = len(start) >= len(BANNER)
        return True

    def _without_banner(self, frame: bytes) -> bytes:
        if self._banner and frame.startswith(BANNER):
            frame = frame.partition(b"\r\n")[2]
        self._banner = False
        return frame.lstrip(b"\r\n")

    def _read_event(self, frame: bytes) -> None:
        name = frame[len(_EVENT) : frame.find(b"\r\n")].decode("utf-8", "replace")
        if name == "FullyBooted" and not self.booted.done():
            self.booted.set_result(None)
        answers = b"\r\nActionID: " in frame
        if not answers and not self._wants(name):
            return
        own = self._genuine is not None and self._genuine(frame)
        try:
            event = read_event(frame)
        except NotWhole as error:
            self._refuse(frame, error.message)
            return
        # A dialplan's UserEvent can carry any ActionID.
        exchange = self._pending.get(event.get("ActionID")) if answers else None
        if (exchange is not None and exchange.add_event(event)) or not self._wants(name):
            return
        if own:
            self._deliver(event)
        elif self._genuine is not None:
            self._refuse(frame, "It does not begin as Asterisk's own do.")

    def _refuse(self, frame: bytes, why: str) -> None:
        ami_events_refused_total.inc()
        log.debug("ami.event_refused", size=len(frame), reason=why)
        self._suspect(channels_named(frame))

    def _read_response(self, frame: bytes) -> None:
        try:
            message = Message.from_line(frame.decode("utf-8", "replace"))
            action_id = None if message is None else message.action_id
            # It is chosen at random by us: nobody else can answer.
            exchange = self._pending.get(action_id) if isinstance(action_id, str) else None
            if exchange is not None and message is not None:
                exchange.add_response(AmiResponse(message._store))
        except Exception as error:
            log.error("ami.unreadable_message", size=len(frame), exc_info=error)


def _fail(future: asyncio.Future[Any], what: str, reason: str) -> None:
    if not future.done():
        future.set_exception(
            AmiDown(f"{what}: {reason}.", sent=True, hint="Whether it was done is not known.")
        )
        future.exception()  # seen: nobody may be waiting for it any more
