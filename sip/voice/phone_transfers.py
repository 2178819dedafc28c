"""Transfers that an agent's phone makes by its own button (REFER): what Asterisk tells.

A blind one is decided in ``app/calls/referred.py``; here the agent's leg is let go, so that
its end is no news. An attended one (REFER with Replaces) has joined two calls of the agent's
already: the customer's, and one that the agent made meanwhile. They become one contact, in
the colleague's hands, or one that has left us with somebody outside.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from acd.model import Contact, EndReason
from acd.router import Router
from core.errors import ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, AmiEvent
from sip.voice.call_events import CallEvents
from sip.voice.legs import AGENT, CONTACT, ROLE, Leg, LegTable, Role
from sip.voice.recorder import Recorder

log = get_logger(__name__)


class PhoneTransfers:
    """Follows Asterisk's events BlindTransfer and AttendedTransfer."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, events: CallEvents, router: Router,
        recorder: Recorder,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._events = events
        self._router = router
        self._recorder = recorder
        ami.on("BlindTransfer", self._blind)
        ami.on("AttendedTransfer", self._attended)

    def _blind(self, event: AmiEvent) -> None:
        leg = self._legs.get(event.get("TransfererUniqueid"))
        if leg is not None and event.get("Result") == "Success":
            leg.let_go = True

    def _attended(self, event: AmiEvent) -> None:
        first = self._legs.get(event.get("OrigTransfererUniqueid"))
        second = self._legs.get(event.get("SecondTransfererUniqueid"))
        if first is None or second is None or event.get("Result") != "Success":
            return
        first.let_go = second.let_go = True
        merge = partial(self._merge, first.contact_id, second.contact_id)
        self._events.submit(first, "merge", merge)

    async def _merge(self, one_id: str, other_id: str) -> None:
        one = await self._router.contacts.get(one_id)
        other = await self._router.contacts.get(other_id)
        # The agent called about what they had already.
        kept, called = sorted((one, other), key=lambda contact: contact.created_at)
        target = self._legs.customer(called.id)
        log.info("refer.attended", contact=kept.id, with_=called.id, colleague=called.peer_agent_id)
        await self._recorder.stop(called.id)
        await self._recorder.stop(kept.id)
        await self._router.finish(called.id, EndReason.MERGED)
        if target is None or called.peer_agent_id is None:
            await self._gone(kept, called)
            return
        try:
            await self._router.handed_over(kept.id, called.peer_agent_id)
        except ParleyError as error:
            log.error("refer.hand_over_not_written", contact=kept.id, code=error.code)
            await self._gone(kept, called)
            return
        await self._rehome(kept, target, called.peer_agent_id)
        self._recorder.start(kept.id, agent_id=called.peer_agent_id)

    async def _rehome(self, kept: Contact, target: Leg, colleague: str) -> None:
        """The colleague's leg is the agent's of ``kept`` from now on."""
        self._legs.remove(target.id)
        leg = self._legs.add(
            Leg(
                id=target.id, role=Role.AGENT, contact_id=kept.id, channel=target.channel,
                agent_id=colleague, up=True, joined=True,
            )
        )  # fmt: skip
        values = {CONTACT: kept.id, AGENT: colleague, ROLE: Role.AGENT.value}
        with suppress(ParleyError):
            await verbs.set_variables(self._ami, leg.target, values)
        await self._events.check(leg)

    async def _gone(self, kept: Contact, called: Contact) -> None:
        """The customer talks with somebody outside: no call of ours any more."""
        for contact in (kept, called):
            for leg in self._legs.of(contact.id):
                leg.let_go = True
                self._legs.remove(leg.id)
                with suppress(ParleyError):
                    await verbs.set_variables(self._ami, leg.target, {CONTACT: ""})
        await self._router.finish(kept.id, EndReason.TRANSFERRED_OUT)
