"""Agents' phones: which are registered, from where, since when, and which respond.

Asterisk tells each change (``ContactStatus``) and lists them all (``PJSIPShowContacts``);
the list is read after each connection, and again where a change leaves something open. What
an extension comes to is told to the router, an extension that is lost a moment later: a
phone that registers anew may be gone for an instant.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from acd.device_states import DeviceState
from core.clock import Clock, from_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip.ami import AmiClient, AmiEvent
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.legs import Leg, Role

log = get_logger(__name__)

_LOST_AFTER_SECONDS = 1.5
_READ_AGAIN_SECONDS = 0.2
_DOUBTED_SECONDS = 5.0
# A phone chose it: nothing else gets into a request to Asterisk.
_URI = re.compile(r"sips?:[A-Za-z0-9._~%+@:;=\[\]-]{1,200}")
_DETAIL = "ContactStatusDetail"
_GONE = "Removed"
_SILENT = "Unreachable"


@dataclass(frozen=True, slots=True)
class Registration:
    """One phone of an extension. ``address`` is where its requests come from, ``expires_at``
    None for a fixed desk phone; ``responds`` is what Asterisk's OPTIONS found (True where none
    are sent)."""

    uri: str
    responds: bool
    since: datetime
    address: str = ""
    user_agent: str = ""
    expires_at: datetime | None = None
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """An extension: its state since when, and its phones."""

    state: DeviceState
    since: datetime | None = None
    phones: tuple[Registration, ...] = ()


_Life = tuple[str, datetime | None]  # of a registration: its address, and until when it holds
Told = Callable[[str, DeviceState, datetime], Awaitable[object]]


class PhoneDevices:
    """Implements :class:`acd.device_states.Devices`. ``changed(extension, state, at)`` is
    awaited after each change; an error of it is logged. ``fixed`` are the extensions of desk
    phones that do not register; what is told of ``trunks`` is not of phones."""

    def __init__(
        self, ami: AmiClient, clock: Clock, changed: Told, *,
        fixed: Collection[str] = (), trunks: Collection[str] = (),
        lost_after: float = _LOST_AFTER_SECONDS,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._clock = clock
        self._changed = changed
        self._fixed = frozenset(fixed)
        self._trunks = frozenset(trunks)
        self._lost_after = lost_after
        self._phones: dict[str, dict[str, Registration]] = {}
        self._told: dict[str, tuple[DeviceState, datetime]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._reading: asyncio.TimerHandle | None = None
        self._known = False
        self._news = asyncio.Event()
        self._heard: dict[str, DeviceState] = {}  # by the router
        # Could not be rung though Asterisk told of no change: their registrations then.
        self._doubted: dict[str, set[_Life]] = {}
        self._tasks = TaskOwner("devices")
        self.on_away: list[Callable[[str], None]] = []
        ami.on("ContactStatus", self._contact_status)

    def device(self, extension: str) -> Device:
        """What is known of the extension now."""
        phones = tuple(self._phones.get(extension, {}).values())
        state = self._state(extension)
        told = self._told.get(extension)
        since = told[1] if told is not None and told[0] is state else None
        if since is None and phones:
            since = max(one.since for one in phones)
        return Device(state, since, phones)

    def to_ring(self, extension: str) -> list[str]:
        """The channels to originate so that every phone of the extension rings; one that
        does not respond is left out while another does."""
        phones = self._phones.get(extension, {}).values()
        if len(phones) > 1:
            there = [one for one in phones if one.responds] or list(phones)
            found = [f"PJSIP/{extension}/{one.uri}" for one in there if _URI.fullmatch(one.uri)]
            if found:
                return found
        return [f"PJSIP/{extension}"]

    async def state_of(self, device: str) -> DeviceState:
        """See :class:`acd.device_states.Devices`: that a phone is away is looked at again."""
        if self._state(device) in (DeviceState.UNREGISTERED, DeviceState.UNREACHABLE):
            await self._read_quietly()
        if self._doubted.pop(device, None) is not None:  # its agent knows better: they say ready
            self._told.pop(device, None)
        return self._state(device)

    @staticmethod
    def _lives(phones: Mapping[str, Registration]) -> set[_Life]:
        return {(one.uri, one.expires_at) for one in phones.values()}

    def _state(self, extension: str) -> DeviceState:
        if not self._known:
            return DeviceState.UNKNOWN
        phones = self._phones.get(extension)
        if not phones:
            return DeviceState.UNREGISTERED
        if any(one.responds for one in phones.values()):
            return DeviceState.AVAILABLE
        return DeviceState.UNREACHABLE

    def follow(self, events: CallEvents, device_of: Callable[[str], str]) -> None:
        """Learn from calls which phones are gone without a word (Asterisk forgets those that
        registered in the second before its disk was full). ``device_of`` an agent."""

        async def ended(leg: Leg, cause: int) -> None:
            if leg.role is Role.AGENT and not leg.up and cause == Cause.SUBSCRIBER_ABSENT:
                with suppress(ParleyError):  # no agent of the configuration any more
                    self._not_reached(device_of(leg.agent_id))

        events.on_ended.append(ended)

    def _not_reached(self, extension: str) -> None:
        """The router has taken its agent out already. That a phone is there is believed again
        when Asterisk tells so anew, or lists a registration that it did not list before: it
        does not tell when one that it has forgotten comes back."""
        phones = self._phones.get(extension)
        if not phones:  # that one registers is told
            return
        self._doubted[extension] = self._lives(phones)
        self._told[extension] = DeviceState.UNREGISTERED, self._clock.now()
        self._read_soon()

    async def wait_for(self, extension: str, state: str, *, seconds: float) -> None:
        """Return when the router has been told that the extension is so; raises
        TimeoutError."""
        async with asyncio.timeout(seconds):
            while self._heard.get(extension) != state:
                self._news.clear()
                await self._news.wait()

    # What Asterisk says.

    def lost(self, _reason: str) -> None:
        """Asterisk is away: nothing is known of its phones."""
        self._known = False
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    async def read(self) -> None:
        """Read the list of all phones. Raises what AMI raises."""
        now = self._clock.now()
        listed: dict[str, dict[str, Registration]] = {}
        for event in await self._ami.query("PJSIPShowContacts"):
            one = _registration(event, now)
            listed.setdefault(_aor(event.get("ObjectName")), {})[one.uri] = one
        for extension in self._fixed:  # which are in no list but the endpoint's own
            for event in await self._ami.query("PJSIPShowEndpoint", {"Endpoint": extension}):
                if event.name == _DETAIL and event.get("URI"):
                    one = _registration(event, now)
                    listed.setdefault(extension, {})[one.uri] = one
        for extension, phones in listed.items():
            known = self._phones.get(extension, {})
            listed[extension] = {
                uri: replace(one, since=known[uri].since) if uri in known else one
                for uri, one in phones.items()
            }
        for extension, before in tuple(self._doubted.items()):
            lives = self._lives(listed.get(extension, {}))
            if lives - before:
                del self._doubted[extension]
            else:
                self._doubted[extension] = before & lives  # what is gone may come back
        if self._doubted:
            self._read_soon(_DOUBTED_SECONDS)
        before_all = {*self._phones, *self._told}
        self._phones, self._known = listed, True
        for extension in {*before_all, *listed}:
            self._look(extension)

    def look_at(self, extensions: Iterable[str]) -> None:
        """Tell how each of these is, also those of which Asterisk knows no phone."""
        for extension in extensions:
            self._look(extension)

    def _contact_status(self, event: AmiEvent) -> None:
        extension, uri = event.get("AOR"), event.get("URI")
        status = event.get("ContactStatus")
        if not extension or extension in self._trunks:
            return
        self._doubted.pop(extension, None)
        phones = self._phones.setdefault(extension, {})
        before = phones.get(uri)
        if status == _GONE:
            phones.pop(uri, None)
        elif before is None:
            phones[uri] = Registration(uri, status != _SILENT, self._clock.now())
            self._read_soon()  # the list says more of it
        else:
            phones[uri] = replace(before, responds=status != _SILENT)
        self._look(extension)

    def _read_soon(self, seconds: float = _READ_AGAIN_SECONDS) -> None:
        loop = asyncio.get_running_loop()
        if self._reading is not None and self._reading.when() <= loop.time() + seconds:
            return
        if self._reading is not None:
            self._reading.cancel()
        self._reading = loop.call_later(seconds, self._read_now)

    def _read_now(self) -> None:
        self._reading = None
        self._tasks.start(self._read_quietly(), name="read")

    async def _read_quietly(self) -> None:
        try:
            await self.read()
        except ParleyError as error:
            log.warning("devices.not_read", code=error.code)

    # What the router is told.

    def _look(self, extension: str) -> None:
        """Tell what the extension comes to, if that is news; that it is lost a little later,
        if it still is."""
        state = self._state(extension)
        told = self._told.get(extension)
        if state is DeviceState.UNKNOWN:
            return
        if state is DeviceState.AVAILABLE and extension in self._doubted:
            return
        timer = self._timers.get(extension)
        if told is not None and told[0] is state:
            if timer is not None:
                self._timers.pop(extension).cancel()
        elif state is DeviceState.AVAILABLE:
            if timer is not None:
                self._timers.pop(extension).cancel()
            self._tell(extension, state)
        elif timer is None:
            loop = asyncio.get_running_loop()
            self._timers[extension] = loop.call_later(self._lost_after, self._is_lost, extension)

    def _is_lost(self, extension: str) -> None:
        self._timers.pop(extension, None)
        state = self._state(extension)
        if state in (DeviceState.UNREGISTERED, DeviceState.UNREACHABLE):
            self._tell(extension, state)

    def _tell(self, extension: str, state: DeviceState) -> None:
        at = self._clock.now()
        self._told[extension] = state, at
        log.info("device.changed", device=extension, state=state.value)
        if state is not DeviceState.AVAILABLE:
            for listener in self.on_away:
                listener(extension)
        self._tasks.start(self._tell_router(extension, state, at), name=extension)

    async def _tell_router(self, extension: str, state: DeviceState, at: datetime) -> None:
        try:
            await self._changed(extension, state, at)
            self._heard[extension] = state
        except ParleyError as error:
            log.warning("device.change_not_told", device=extension, code=error.code)
            self._told.pop(extension, None)  # told with the next look
        self._news.set()

    async def close(self) -> None:
        self.lost("closing")
        if self._reading is not None:
            self._reading.cancel()
        await self._tasks.close()


def _aor(object_name: str) -> str:
    """The extension of a listed contact: ``6001;@<hash>`` (registered), ``6001@@<hash>``."""
    return object_name.partition("@")[0].removesuffix(";")


def _registration(event: AmiEvent, now: datetime) -> Registration:
    host, port = event.get("ViaAddr"), event.get("ViaPort")
    expires, round_trip = event.get("ExpirationTime"), event.get("RoundtripUsec")
    static = not event.get("CallId")
    return Registration(
        uri=event.get("URI"),
        responds=event.get("Status") != _SILENT,
        since=now,
        address=f"{host}:{port}" if host and port not in ("", "0") else host,
        user_agent=event.get("UserAgent")[:80],
        expires_at=None if static or not expires.isdigit() else from_epoch(float(expires)),
        round_trip_ms=int(round_trip) / 1000 if round_trip.isdigit() and int(round_trip) else None,
    )
