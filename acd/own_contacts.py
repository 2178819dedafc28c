"""Contacts that agents begin: towards a customer, a colleague or a queue.

They take the agent's capacity in the same write in which they come to be, so that the
router claims the agent for nobody else meanwhile. An agent's own doing goes before an
offer that only rings: that one is taken back, nobody is blamed, and the contact waits on
at its old place. Nothing here depends on the medium.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from acd import agents, claim, moves
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.change import Change
from acd.contact_states import ContactState
from acd.engine import existing
from acd.errors import AgentNotReady
from acd.model import Agent, Contact, Direction, EndReason, Medium
from acd.no_talk import NoTalk
from acd.offer_states import OfferEvent
from acd.scene import Scene
from core import ids
from core.state_table import IllegalTransition

_S, _A = ContactState, AssignmentState
AGENT_DIALLED = "agent_dialled"  # what became of an offer
_OCCUPIED = frozenset({_A.OFFERED, _A.ACTIVE})


class OwnContacts(NoTalk):
    """The part of the router that follows what agents begin."""

    async def start_outbound(
        self,
        agent_id: str,
        *,
        medium: Medium,
        channel: str,
        direction: Direction = Direction.OUTBOUND,
        customer_number: str = "",
        dialled_number: str = "",
        address: str = "",
        queue: str | None = None,
        business: str = "",
        language: str = "",
        attributes: Mapping[str, Any] | None = None,
        contact_id: str | None = None,
        only_if_free: bool = False,
    ) -> Contact:
        """A new contact of the agent's, who tries to reach somebody (state ``dialling``).

        ``address`` is what must live for the contact to live until somebody is reached.
        ``queue`` is whose rules (wrap-up, dispositions, recording) hold for it. What
        rings for the agent is taken back. Who has something in hand already may begin
        more, unless ``only_if_free``: then
        :class:`~acd.errors.AgentNotReady` is raised, also for who is not logged in.
        Raises :class:`~acd.errors.AgentNotFound` and :class:`~acd.errors.UnknownQueue`.
        """
        config = self.directory.agent(agent_id)
        if queue is not None:
            self.directory.queue(queue)
        new_id = contact_id or ids.new_id(ids.CONTACT)

        def work(change: Change, scene: Scene) -> Contact:
            agent = scene.agent or agents.new(config)
            if only_if_free:
                self._require_free(agent, medium)
            contact = Contact(
                id=new_id, node=self.node, medium=medium, channel=channel,
                direction=direction.value, created_at=change.now, business=business,
                customer_number=customer_number, dialled_number=dialled_number,
                address=address, language=language, attributes=dict(attributes or {}),
                agent_id=agent_id, queue=queue,
            )  # fmt: skip
            moves.arrived(change, contact)
            _take_back_offers(change, scene, agent, medium)
            agents.began(change, agent, contact, self.policies[medium].weight)
            moves.dialled(change, contact)
            return contact

        return await self.alter("agent", agent_id, work)

    async def start_internal(
        self, agent_id: str, *, medium: Medium, channel: str, contact_id: str | None = None,
        customer_number: str = "", dialled_number: str = "", address: str = "",
        business: str = "", language: str = "", attributes: Mapping[str, Any] | None = None,
    ) -> Contact:  # fmt: skip
        """A new contact in which the agent is in the customer's place: they turn to one of
        the company's own numbers. State ``arrived``; they take nothing else meanwhile, and
        are not offered it. Raises :class:`~acd.errors.AgentNotFound`."""
        config = self.directory.agent(agent_id)
        new_id = contact_id or ids.new_id(ids.CONTACT)

        def work(change: Change, scene: Scene) -> Contact:
            agent = scene.agent or agents.new(config)
            contact = Contact(
                id=new_id, node=self.node, medium=medium, channel=channel,
                direction=Direction.INTERNAL.value, created_at=change.now, business=business,
                customer_number=customer_number, dialled_number=dialled_number,
                address=address, language=language, attributes=dict(attributes or {}),
                peer_agent_id=agent_id,
            )  # fmt: skip
            moves.arrived(change, contact)
            _take_back_offers(change, scene, agent, medium)
            agents.began(change, agent, contact, self._whole(agent, medium))
            return contact

        return await self.alter("agent", agent_id, work)

    async def call_colleague(self, contact_id: str, agent_id: str) -> None:
        """The agent who began the contact tries to reach ``agent_id``, logged in or not, who
        takes nothing else meanwhile. Raises :class:`~acd.errors.AgentNotReady` if they
        have, or are offered, another contact of this medium."""
        config = self.directory.agent(agent_id)

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.state is not _S.DIALLING:
                raise IllegalTransition(
                    f"A contact that is {contact.state.value} is with somebody already.",
                    hint="Use consult or transfer.", state=contact.state.value,
                )  # fmt: skip
            colleague = scene.other or agents.new(config)
            alike = (a for a in colleague.assignments if a.medium is contact.medium)
            if agent_id == contact.agent_id or any(a.state in _OCCUPIED for a in alike):
                raise AgentNotReady(
                    f"Agent {agent_id} is {colleague.state.value}.", hint="Try again later.",
                    state=colleague.state.value,
                )  # fmt: skip
            change.touch(contact)
            contact.peer_agent_id = agent_id
            agents.began(change, colleague, contact, self._whole(colleague, contact.medium))

        await self.alter("contact", contact_id, work, other=agent_id)

    async def reached(self, contact_id: str, address: str, *, at: datetime | None = None) -> None:
        """Whom the agent tried to reach has answered, at ``address``. No error if that is
        known, or the contact is over."""

        def work(change: Change, scene: Scene) -> None:
            contact = scene.contact
            if contact is not None and contact.state is _S.DIALLING:
                moves.reached(change, contact)
                contact.address = address

        await self.alter("contact", contact_id, work, at=at)

    async def unreached(
        self, contact_id: str, reason: EndReason, *, cause: int | None = None,
        at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Nobody was reached, or the agent gave up. No error if it is over, or they talk."""
        contact = (await self.store.scene("contact", contact_id)).contact
        if contact is not None and contact.state is _S.DIALLING:
            await self.finish(contact_id, reason, cause=cause, at=at)

    def _require_free(self, agent: Agent, medium: Medium) -> None:
        if agent.presence is Presence.LOGGED_OUT or not self.fits(agent, medium):
            raise AgentNotReady(
                f"Agent {agent.id} is {agent.state.value}.",
                hint="Log in, or finish what is in hand first.", state=agent.state.value,
            )  # fmt: skip

    def _whole(self, agent: Agent, medium: Medium) -> int:
        """What leaves no room for anything like it, whatever the agent's capacity is."""
        return max(self.policies[medium].weight, self.config_of(agent).capacity)


def _take_back_offers(change: Change, scene: Scene, agent: Agent, medium: Medium) -> None:
    """What rings for the agent in this medium goes on to the next one."""
    for one in list(agent.assignments):
        held = scene.held.get(one.contact_id)
        if one.state is not _A.OFFERED or one.medium is not medium or held is None:
            continue
        contact, offer = held.contact, held.offer
        if contact is None or offer is None or contact.offer_id != offer.id:
            continue
        if claim.pending(offer):
            event = OfferEvent.RESCIND
            claim.release(change, contact, agent, offer, event, outcome=AGENT_DIALLED)
