"""A complete medium in memory: the people at both ends of a contact.

It is the counterpart of the router in tests of routing: it does what the router
asks, plays the customers' and agents' part, and notes every impossibility (two
agents with one customer, an agent with two) in :attr:`LoopbackMedium.wrongs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from acd.driver import DriverEvents, PartyMode
from acd.model import Agent, Contact, Offer, Target
from core.errors import ParleyError, Unavailable
from core.tasks import TaskOwner

PATIENCE = 10.0


class DeviceGone(ParleyError):
    """The agent's device is not there."""

    code: ClassVar[str] = "device_gone"


class LegGone(ParleyError):
    """One of the two who are to be joined is not there."""

    code: ClassVar[str] = "leg_gone"


class LoopbackMedium:
    """Implements :class:`acd.driver.MediaDriver`; ``events`` is whom it reports to,
    unless the contact is of a node in ``of_node``. All nodes' media are this one, since
    an agent's device is one device."""

    def __init__(self) -> None:
        self.events: DriverEvents | None = None
        self.of_node: dict[str, DriverEvents] = {}
        self._node: dict[str, str] = {}  # of a contact
        self.down = False
        self.unreachable: set[str] = set()  # devices
        self.customers: set[str] = set()  # contacts whose customer is there
        self.ringing: dict[str, Offer] = {}  # by agent
        self.answered: dict[str, Offer] = {}  # agents' legs that are up
        self.joined: dict[str, str] = {}  # contact -> agent
        self.on_hold: set[str] = set()
        self.asked: list[tuple[str, str, str]] = []  # verb, contact, agent
        self.wrongs: list[str] = []
        self.ring_gate: asyncio.Event | None = None  # a ring request that hangs
        self.connect_gate: asyncio.Event | None = None
        self.answer_gate: asyncio.Event | None = None  # done, but that is told later
        self.echoes = TaskOwner("loopback")
        self._changed = asyncio.Condition()

    # What the router asks.

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        await self._ask("ring", contact, agent.id)
        if self.ring_gate is not None:
            await self.ring_gate.wait()
        if self.down:
            raise Unavailable("The medium is down.")
        if agent.device in self.unreachable:
            raise DeviceGone("Nobody home.")
        if agent.id in self.ringing or agent.id in self.answered:
            self.wrongs.append(f"{agent.id} is rung while ringing or talking")
        self.ringing[agent.id] = offer
        await self._tell()

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        await self._ask("stop_ringing", contact, agent.id)
        for legs in (self.ringing, self.answered):
            held = legs.get(agent.id)
            if held is not None and held.id == offer.id:
                del legs[agent.id]
        await self._tell()

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        await self._ask("connect", contact, agent.id)
        if self.connect_gate is not None:
            await self.connect_gate.wait()
        if contact.id not in self.customers or agent.id not in self.answered:
            raise LegGone("One of the two is gone.")
        if self.answered[agent.id].id != offer.id:
            self.wrongs.append(f"{agent.id} is joined by an offer that was not answered")
        if self.joined.get(contact.id) == agent.id:
            return  # asked again by a router that died before it noted the first time
        if contact.id in self.joined:
            self.wrongs.append(f"{contact.id} is joined with two agents")
        if agent.id in self.joined.values():
            self.wrongs.append(f"{agent.id} is joined with two customers")
        self.joined[contact.id] = agent.id
        await self._tell()

    async def hold(self, contact: Contact) -> None:
        await self._ask("hold", contact, "")
        self.on_hold.add(contact.id)
        await self._answer()

    async def resume(self, contact: Contact) -> None:
        await self._ask("resume", contact, "")
        self.on_hold.discard(contact.id)
        await self._answer()

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        await self._ask("add_party", contact, device)
        return f"{contact.id}/{device}"

    async def remove_party(self, contact: Contact, handle: str) -> None:
        await self._ask("remove_party", contact, handle)

    async def requeue(self, contact: Contact) -> None:
        await self._ask("requeue", contact, contact.queue or "")
        if self.down:
            raise Unavailable("The medium is down.")
        agent_id = self.joined.pop(contact.id, None)
        self.on_hold.discard(contact.id)
        if agent_id is not None:
            self.answered.pop(agent_id, None)
            # As a real medium does, from elsewhere: the agent's leg ended.
            self.echoes.start(
                self._router(contact.id).agent_left(contact.id, agent_id, 16), name="echo"
            )
        await self._tell()
        await self._answer()

    async def divert(self, contact: Contact, target: Target) -> None:
        await self._ask("divert", contact, f"{target.kind} {target.name}".strip())
        if target.kind == "hangup":
            self.customers.discard(contact.id)
            router = self._router(contact.id)
            self.echoes.start(router.customer_left(contact.id, 16), name="echo")

    async def end(self, contact: Contact) -> None:
        await self._ask("end", contact, "")
        self.customers.discard(contact.id)
        agent_id = self.joined.pop(contact.id, None)
        if agent_id is not None:
            self.answered.pop(agent_id, None)
        await self._tell()

    # What people do.

    def arrives(self, contact_id: str, node: str = "") -> None:
        """A customer is there."""
        self.customers.add(contact_id)
        self._node[contact_id] = node

    async def picks_up(self, agent_id: str) -> Offer:
        """The agent answers what rings."""
        offer = self.ringing.pop(agent_id)
        self.answered[agent_id] = offer
        await self._router(offer.contact_id).agent_answered(offer.id)
        return offer

    async def answers_late(self, agent_id: str, offer: Offer) -> None:
        """The agent answers at the instant at which it is over."""
        self.answered[agent_id] = offer
        await self._router(offer.contact_id).agent_answered(offer.id)

    async def does_not_answer(self, agent_id: str, outcome: str = "timed_out") -> None:
        """It rings out, or the agent rejects it."""
        offer = self.ringing.pop(agent_id)
        await self._router(offer.contact_id).agent_unanswered(offer.id, outcome, None)

    async def customer_hangs_up(self, contact_id: str, cause: int | None = 16) -> None:
        """The customer leaves; the medium ends the agent's leg with it."""
        self.customers.discard(contact_id)
        self.on_hold.discard(contact_id)
        agent_id = self.joined.pop(contact_id, None)
        if agent_id is not None:
            self.answered.pop(agent_id, None)
        await self._router(contact_id).customer_left(contact_id, cause)
        if agent_id is not None:
            await self._router(contact_id).agent_left(contact_id, agent_id, cause)

    async def agent_hangs_up(self, agent_id: str) -> None:
        """The agent leaves; the medium then ends the customer's leg."""
        offer = self.answered.pop(agent_id, None)
        contact_id = next((c for c, a in self.joined.items() if a == agent_id), None)
        if contact_id is not None:
            del self.joined[contact_id]
            await self._router(contact_id).agent_left(contact_id, agent_id, 16)
            if contact_id not in self.on_hold:
                self.customers.discard(contact_id)
                await self._router(contact_id).customer_left(contact_id, 16)
        elif offer is not None:
            await self._router(offer.contact_id).agent_left(offer.contact_id, agent_id, 16)

    def hand_over(self, contact_id: str, agent_id: str) -> None:
        """An agent leaves the customer to the colleague they consulted."""
        first = self.joined[contact_id]
        self.joined[contact_id] = agent_id
        self.answered[agent_id] = self.answered.pop(first)
        self.on_hold.discard(contact_id)

    # What tests wait for.

    async def rings(self, agent_id: str, contact_id: str | None = None) -> Offer:
        """Wait until the agent's device rings (for this contact, if given)."""

        def so() -> bool:
            offer = self.ringing.get(agent_id)
            return offer is not None and contact_id in (None, offer.contact_id)

        await self.until(so)
        return self.ringing[agent_id]

    async def talks(self, contact_id: str) -> str:
        """Wait until the customer is joined; with which agent."""
        await self.until(lambda: contact_id in self.joined)
        return self.joined[contact_id]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition on this medium; TimeoutError if it does not come."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(condition)

    def count(self, verb: str) -> int:
        """How often the router asked for ``verb``."""
        return sum(asked[0] == verb for asked in self.asked)

    def _router(self, contact_id: str) -> DriverEvents:
        found = self.of_node.get(self._node.get(contact_id, ""), self.events)
        assert found is not None
        return found

    async def _ask(self, verb: str, contact: Contact, agent_id: str) -> None:
        self.asked.append((verb, contact.id, agent_id))
        await self._tell()

    async def _answer(self) -> None:
        if self.answer_gate is not None:
            await self.answer_gate.wait()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
