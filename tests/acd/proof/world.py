"""The people at both ends, and the media between them: what really is.

Each node has a driver of its own, but there is one world: an agent's device rings
wherever the contact is carried. What cannot be is noted in :attr:`World.wrongs`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from acd.driver import PartyMode
from acd.errors import AgentGone, CustomerUnreached
from acd.model import Agent, Contact, Medium, Offer, Target
from core.errors import Unavailable
from tests.support.loopback import DeviceGone, LegGone


@dataclass(slots=True)
class Line:
    """A customer's side, and the agents' legs to it."""

    contact_id: str
    node: str
    medium: Medium
    here: bool = True
    known: bool = False  # to a router
    cause: int | None = None  # how it ended, once it has
    ringing: dict[str, Offer] = field(default_factory=dict)  # by agent
    up: dict[str, Offer] = field(default_factory=dict)  # legs that were answered
    joined: str | None = None
    on_hold: bool = False

    def part(self) -> str | None:
        """Customer and agent are apart; who it was."""
        agent_id, self.joined, self.on_hold = self.joined, None, False
        if agent_id is not None:
            self.up.pop(agent_id, None)
        return agent_id

    def clear(self) -> None:
        """Everybody is gone from it."""
        self.here = False
        self.part()
        self.up.clear()
        self.ringing.clear()


class World:
    """All lines, by contact."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.down: set[tuple[str, Medium]] = set()  # media that refuse to ring, by node
        self.unreachable: set[str] = set()  # devices
        self.at_home = True  # whether customers answer when called back
        self.wrongs: list[str] = []
        self.answered: list[Offer] = []  # ever
        self.asked: deque[tuple[str, str, str, str]] = deque(maxlen=2000)  # verb, node, contact...

    def ringing_at(self, agent_id: str) -> list[Offer]:
        """What rings at the agent's."""
        return [line.ringing[agent_id] for line in self.lines.values() if agent_id in line.ringing]

    def talks(self, agent_id: str) -> list[Line]:
        """With whom the agent is joined."""
        return [line for line in self.lines.values() if line.joined == agent_id]

    def joined(self) -> list[Line]:
        """Everybody who is joined with an agent."""
        return [line for line in self.lines.values() if line.joined is not None]


class Driver:
    """The media of one node: a :class:`acd.driver.MediaDriver`."""

    def __init__(self, world: World, node: str) -> None:
        self._world = world
        self._node = node

    def _line(self, contact: Contact) -> Line:
        line = self._world.lines.get(contact.id)
        if line is None:
            raise LegGone("There is no such customer.")
        if line.node != self._node:
            self._world.wrongs.append(f"{self._node} was asked for {contact.id} of {line.node}")
        return line

    def _works(self, line: Line) -> None:
        if (self._node, line.medium) in self._world.down:
            raise Unavailable("The medium is down.")

    def _note(self, verb: str, contact: Contact, offer: Offer) -> None:
        self._world.asked.append((verb, self._node, contact.id, offer.id))

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._note("ring", contact, offer)
        line = self._line(contact)
        self._works(line)
        if agent.device in self._world.unreachable:
            raise DeviceGone("Nobody home.")
        legs = [line.ringing.get(agent.id), line.up.get(agent.id)]
        if offer.id in [leg.id for leg in legs if leg is not None]:
            self._world.wrongs.append(f"{agent.id} is rung twice for {contact.id}")
        line.ringing[agent.id] = offer

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._note("stop_ringing", contact, offer)
        line = self._world.lines.get(contact.id)
        if line is None:
            return
        for legs in (line.ringing, line.up):
            if agent.id in legs and legs[agent.id].id == offer.id and line.joined != agent.id:
                del legs[agent.id]

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._note("connect", contact, offer)
        line = self._line(contact)
        self._works(line)
        if agent.id not in line.up:
            raise AgentGone("The agent did not stay.")
        if line.up[agent.id].id != offer.id:
            self._world.wrongs.append(f"{agent.id} is joined by an offer that was not answered")
        if not line.here and contact.call_back is not None:
            if not self._world.at_home:
                raise CustomerUnreached("The customer does not answer.")
            line.here = True
        if not line.here:
            raise LegGone("The customer is gone.")
        if line.joined not in (None, agent.id):
            self._world.wrongs.append(f"{contact.id} is joined with two agents")
        line.joined = agent.id

    def _talk(self, contact: Contact) -> Line:
        line = self._line(contact)
        self._works(line)
        if line.joined is None:
            raise LegGone("One of the two is gone.")
        return line

    async def hold(self, contact: Contact) -> None:
        line = self._talk(contact)
        line.on_hold = True
        await asyncio.sleep(0)  # done, and the answer is on its way

    async def resume(self, contact: Contact) -> None:
        line = self._talk(contact)
        line.on_hold = False
        await asyncio.sleep(0)

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        return f"{contact.id}/{device}"

    async def remove_party(self, contact: Contact, handle: str) -> None:
        return

    async def requeue(self, contact: Contact) -> None:
        line = self._line(contact)
        line.part()
        line.up.clear()
        await asyncio.sleep(0)

    async def divert(self, contact: Contact, target: Target) -> None:
        self._world.wrongs.append(f"{contact.id} is diverted, but no queue says so")

    async def end(self, contact: Contact) -> None:
        line = self._world.lines.get(contact.id)
        if line is not None:
            line.here = False
            line.part()
            line.up.clear()
