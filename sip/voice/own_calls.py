"""Calls that agents make from their own phones.

The dialplan rings whom they dial and joins the two by itself (``Dial``), so that such a
call comes about without us too. We follow it: the agent's leg has the role ``caller`` until
somebody has answered, then it is an agent's like any other, and who was called is in the
customer's place.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from acd.model import EndReason
from acd.router import Router
from core.errors import ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, AmiEvent
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.legs import ROLE, Leg, LegTable, Role
from sip.voice.recorder import Recorder

log = get_logger(__name__)

_REASONS = {
    Cause.UNALLOCATED: EndReason.NUMBER_UNKNOWN,
    Cause.NO_ROUTE: EndReason.NUMBER_UNKNOWN,
    Cause.INVALID_NUMBER: EndReason.NUMBER_UNKNOWN,
    Cause.BUSY: EndReason.BUSY,
    Cause.NO_USER_RESPONSE: EndReason.NO_ANSWER,
    Cause.NO_ANSWER: EndReason.NO_ANSWER,
    Cause.REJECTED: EndReason.DECLINED,
}


def _why(caller: Leg, cause: int) -> EndReason:
    """Why nobody was reached. ``cause`` is that of the agent's leg, to which the dialplan
    hands on the other's; where that says little the dialplan's status does."""
    if caller.rings_first and not caller.cancelled:
        return EndReason.AGENT_UNREACHED
    if (
        caller.cancelled
        or caller.dial_status == "CANCEL"
        or (caller.asked_to_end and not caller.dial_status)
    ):
        return EndReason.CANCELLED
    if cause in _REASONS:
        return _REASONS[Cause(cause)]
    ran_out = caller.dial_status == "NOANSWER"
    return EndReason.NO_ANSWER if ran_out else EndReason.UNREACHABLE


class OwnCalls:
    """Follows the legs of agents' own calls."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, events: CallEvents, router: Router,
        recorder: Recorder,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._events = events
        self._router = router
        self._recorder = recorder
        ami.on("DialBegin", self._dial_begin)
        ami.on("DialEnd", self._dial_end)
        events.on_answered.append(self._answered)
        events.on_ended.append(self._ended)

    def caller(self, contact_id: str) -> Leg | None:
        """The leg of the agent whose call has not been answered yet."""
        return next(iter(self._legs.of(contact_id, Role.CALLER)), None)

    def joined(self, contact_id: str) -> Leg | None:
        """They talk: from now on the legs are an agent's and a customer's. The agent's, or
        None if that was done, or one of them is gone."""
        caller = self.caller(contact_id)
        called = next((leg for leg in self._legs.of(contact_id, Role.CALLED) if leg.up), None)
        if caller is None or called is None or not caller.up:
            return None
        caller.role, caller.joined = Role.AGENT, True
        called.role = Role.CUSTOMER
        return caller

    async def follow(self, contact_id: str, agent_leg: Leg) -> None:
        """Tell the router of it, and record. (Idempotent.)"""
        called = self._legs.customer(contact_id)
        if called is None:
            return
        self._events.tell(called, "reached", partial(self._router.reached, contact_id, called.id))
        with suppress(ParleyError):
            await verbs.set_variables(self._ami, agent_leg.target, {ROLE: Role.AGENT.value})
        start = partial(self._recorder.start, contact_id, agent_id=agent_leg.agent_id)
        self._events.submit(called, "record-own", partial(_call, start))

    def _dial_begin(self, event: AmiEvent) -> None:
        caller = self._legs.get(event.get("Uniqueid"))
        if caller is None or caller.role is not Role.CALLER:
            return
        self._legs.add(
            Leg(
                id=event.get("DestUniqueid"), role=Role.CALLED, contact_id=caller.contact_id,
                channel=event.get("DestChannel"),
            )
        )  # fmt: skip

    def _dial_end(self, event: AmiEvent) -> None:
        own = self._legs.get(event.get("DestUniqueid"))
        if own is not None and own.rings_first and event.get("DialStatus") == "ANSWER":
            own.rings_first = False
        caller = self._legs.get(event.get("Uniqueid"))
        if caller is not None and caller.role is Role.CALLER:
            caller.dial_status = event.get("DialStatus")

    async def _answered(self, leg: Leg) -> None:
        if leg.role not in (Role.CALLER, Role.CALLED):
            return
        agent_leg = self.joined(leg.contact_id)
        if agent_leg is not None:
            await self.follow(leg.contact_id, agent_leg)

    async def _ended(self, leg: Leg, cause: int) -> None:
        if leg.role is not Role.CALLER:
            return
        reason = _why(leg, cause)
        log.info("own_call.unreached", contact=leg.contact_id, reason=reason.value)
        over = partial(self._router.unreached, leg.contact_id, reason, cause=cause)
        self._events.tell(leg, "own-call-over", over)


async def _call(work: partial[None]) -> None:
    work()
