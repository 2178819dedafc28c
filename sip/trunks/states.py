"""Watches the trunks: Asterisk's events say at once that something changed, and it is
asked every few seconds as well, since not every change has an event.

    states = TrunkStates(ami, settings.trunks, clock, qualify_seconds=30)
    states.on_change.append(lambda before, after: ...)
    states["telco"].usable
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from config.trunks import Trunk
from core import metrics
from core.clock import Clock
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip.ami import AmiClient, AmiEvent
from sip.trunks.state import Reach, Registration, TrunkState

log = get_logger(__name__)

EVERY_SECONDS: Final = 10.0
_AT_ONCE: Final = 0.1  # several events of one change come together
_PATIENCE: Final = 40.0  # of a first registration: Asterisk sends it up to 10 s late

Changed = Callable[[TrunkState, TrunkState], None]
_REGISTRATIONS: Final = {
    "Registered": Registration.REGISTERED,
    "Rejected": Registration.REJECTED,
    "Unregistered": Registration.UNANSWERED,
    "Stopped": Registration.REJECTED,
}
_REACHES: Final = {"Reachable": Reach.REACHABLE, "Unreachable": Reach.UNREACHABLE}


class TrunkStates(Mapping[str, TrunkState]):
    """The state of every trunk by its name, from :meth:`start` to :meth:`close`.

    ``on_change`` are called with the state before and after each change, one that is only
    not known any more included; they must be quick.
    """

    def __init__(
        self, ami: AmiClient, trunks: Mapping[str, Trunk], clock: Clock, *, qualify_seconds: int,
        every: float = EVERY_SECONDS,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._trunks = trunks
        self._clock = clock
        self._every = every
        self._asked = {name: trunk.qualified(qualify_seconds) for name, trunk in trunks.items()}
        self._states = {name: self._unknown(name) for name in trunks}
        self._began: dict[str, float] = {}  # when a registration was first seen unanswered
        self._look = asyncio.Event()
        self._tasks = TaskOwner("trunks")
        self.on_change: list[Changed] = []

    def __getitem__(self, name: str) -> TrunkState:
        return self._states[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def watched(self) -> list[str]:
        """The trunks of which something can be known."""
        return [
            name for name, trunk in self._trunks.items() if trunk.registers or self._asked[name]
        ]

    def start(self) -> None:
        """Begin to watch; before the AMI client is started."""
        self._ami.on(("Registry", "ContactStatus"), lambda _event: self._look.set())
        self._ami.on_up(self._up)
        self._ami.on_down(self._down)
        self._tasks.keep(self._run, name="watch")

    async def close(self) -> None:
        """Watch no more."""
        await self._tasks.close()

    async def refresh(self) -> None:
        """Ask Asterisk now. Raises what the AMI client raises."""
        if not self.watched:
            return
        found: dict[str, str] = {}
        if any(trunk.registers for trunk in self._trunks.values()):
            for event in await self._ami.query("PJSIPShowRegistrationsOutbound"):
                if event.name == "OutboundRegistrationDetail":
                    name = event.get("ObjectName").removesuffix("-registration")
                    found[name] = event.get("Status")
        for name in self.watched:
            reach = await self._reach(name)
            self._be(name, self._registration(name, found.get(name, "")), reach)

    async def _up(self) -> None:
        self._look.set()

    def _down(self, _reason: str) -> None:
        self._began.clear()
        for name in self.watched:
            unknown = self._unknown(name)
            self._be(name, unknown.registration, unknown.reach)

    def _unknown(self, name: str) -> TrunkState:
        return TrunkState(
            name, self._clock.now(),
            Registration.UNKNOWN if self._trunks[name].registers else Registration.NONE,
            Reach.UNKNOWN if self._asked[name] else Reach.NONE,
        )  # fmt: skip

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._every):
                    await self._look.wait()
                await asyncio.sleep(_AT_ONCE)
            except TimeoutError:
                pass
            self._look.clear()
            if not self._ami.is_up:
                continue
            try:
                await self.refresh()
            except ParleyError as error:
                log.warning("trunks.not_asked", code=error.code)

    def _registration(self, name: str, status: str) -> Registration:
        if not self._trunks[name].registers:
            return Registration.NONE
        found = _REGISTRATIONS.get(status, Registration.UNKNOWN)
        if found is not Registration.UNANSWERED:
            self._began.pop(name, None)
            return found
        # Before the first answer Asterisk says the same as when there is none.
        before = self._states[name].registration
        began = self._began.setdefault(name, self._clock.monotonic())
        patient = self._clock.monotonic() - began < _PATIENCE
        if before in (Registration.UNKNOWN, Registration.TRYING) and patient:
            return Registration.TRYING
        return Registration.UNANSWERED

    async def _reach(self, name: str) -> Reach:
        if not self._asked[name]:
            return Reach.NONE
        events = await self._ami.query("PJSIPShowEndpoint", {"Endpoint": name})
        found = [_reach_of(event) for event in events if event.name == "ContactStatusDetail"]
        for reach in (Reach.REACHABLE, Reach.UNREACHABLE):  # one way to the carrier is enough
            if reach in found:
                return reach
        return Reach.UNKNOWN

    def _be(self, name: str, registration: Registration, reach: Reach) -> None:
        before = self._states[name]
        after = replace(before, registration=registration, reach=reach, since=self._clock.now())
        _measure(after)
        if (before.registration, before.reach) == (registration, reach):
            return
        self._states[name] = after
        say = log.info if after.usable else log.error
        say("trunk.changed", trunk=name, registration=registration.value, reach=reach.value)
        for changed in self.on_change:
            try:
                changed(before, after)
            except Exception as error:
                log.error("trunks.listener_failed", exc_info=error)


def _reach_of(event: AmiEvent) -> Reach:
    return _REACHES.get(event.get("Status"), Reach.UNKNOWN)


def _measure(state: TrunkState) -> None:
    if state.registration is not Registration.NONE:
        registered = state.registration is Registration.REGISTERED
        metrics.trunk_registered.labels(state.name).set(registered)
    if state.reach is not Reach.NONE:
        metrics.trunk_reachable.labels(state.name).set(state.reach is Reach.REACHABLE)
