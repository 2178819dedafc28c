"""Agents' own calls that began while the app was away become contacts.

The dialplan lets such a call go on without one. Here, after each comparison with
Asterisk, those that still last are found and taken over: their agents are busy from now
on, and what is left of the call has its record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from core import ids
from core.errors import ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, AmiEvent
from sip.asterisk.generate import dialplan
from sip.voice.call_events import CallEvents
from sip.voice.legs import AGENT, CONTACT, ROLE, Leg, LegTable, Role
from sip.voice.own_calls import OwnCalls

log = get_logger(__name__)

DIALLED = "PARLEY_DIALLED"
Opener = Callable[[Leg, str], Awaitable[bool]]
"""Opens the contact of a caller's leg, who dialled this; False if it is nobody's."""


class Adoption:
    """``open`` does what the AGI route ``dial`` would have done."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, events: CallEvents, own_calls: OwnCalls,
        agent_at: Callable[[str], str | None],
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._events = events
        self._own_calls = own_calls
        self._agent_at = agent_at
        self.open: Opener | None = None

    async def adopt(self, status: Iterable[AmiEvent]) -> None:
        """Take over what nobody knows. ``status``: Asterisk's channels, with the variables
        PARLEY_CONTACT and PARLEY_DIALLED."""
        channels = list(status)
        for event in channels:
            values = dict(_pairs(event))
            if values.get(CONTACT) or not values.get(DIALLED):
                continue
            if self._legs.get(event.get("Uniqueid")) is None and event.get("Context") in _OURS:
                with suppress(ParleyError):
                    await self._adopt(event, values[DIALLED], channels)

    async def _adopt(self, event: AmiEvent, dialled: str, channels: list[AmiEvent]) -> None:
        agent_id = self._agent_at(event.get("Channel"))
        if agent_id is None or self.open is None:
            return
        leg = Leg(
            id=event.get("Uniqueid"), role=Role.CALLER, contact_id=ids.new_id(ids.CONTACT),
            channel=event.get("Channel"), agent_id=agent_id,
        )  # fmt: skip
        self._legs.add(leg)
        if not await self.open(leg, dialled):
            self._legs.remove(leg.id)
            return
        log.info("own_call.adopted", contact=leg.contact_id, agent=agent_id)
        legs = [leg, *self._called(leg, channels)]
        talks = {one.id for one in legs if _bridge(one, channels)}
        for one in legs:
            one.up = len(talks) > 1 and one.id in talks
            await self._mark(one)
        agent_leg = self._own_calls.joined(leg.contact_id)
        if agent_leg is not None:
            await self._own_calls.follow(leg.contact_id, agent_leg)
        for one in legs:  # it may have ended before it was known
            await self._events.check(one)

    def _called(self, caller: Leg, channels: list[AmiEvent]) -> list[Leg]:
        """Whom the dialplan rings for ``caller``, known from now on."""
        found = []
        for other in channels:
            id_ = other.get("Uniqueid")
            if other.get("Linkedid") == caller.id and self._legs.get(id_) is None:
                leg = Leg(
                    id=id_, role=Role.CALLED, contact_id=caller.contact_id,
                    channel=other.get("Channel"),
                )  # fmt: skip
                found.append(self._legs.add(leg))
        return found

    async def _mark(self, leg: Leg) -> None:
        values = {CONTACT: leg.contact_id}
        if leg.role is Role.CALLER:
            values |= {AGENT: leg.agent_id, ROLE: Role.CALLER.value}
        with suppress(verbs.NoSuchChannel):
            await verbs.set_variables(self._ami, leg.target, values)


def _bridge(leg: Leg, channels: list[AmiEvent]) -> str:
    ours = (e for e in channels if e.get("Uniqueid") == leg.id)
    return next((e.get("BridgeID") for e in ours), "")


_OURS = (dialplan.COLLEAGUE, dialplan.EMERGENCY)


def _pairs(event: AmiEvent) -> Iterable[tuple[str, str]]:
    for text in event.all("Variable"):
        name, _, value = text.partition("=")
        if value != "(null)":
            yield name, value
