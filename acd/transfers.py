"""Transfers: to a queue, to an agent by name, and by an agent who consulted another."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import timedelta

from acd import agents, claim, moves, order
from acd.agent_states import Presence
from acd.assignment_states import IN_HAND, AssignmentState
from acd.call_backs import CallBacks
from acd.change import Change
from acd.contact_states import CONTACT_STATES, ContactEvent, ContactState
from acd.conversation import free_consulted
from acd.engine import existing
from acd.errors import AgentNotReady, QueueFull
from acd.model import Agent, Contact, PassedOn, Preferred, PreferredKind, QueueConfig
from acd.offer_states import OfferEvent
from acd.offers import CALLED_AWAY
from acd.scene import Scene
from core.errors import BadInput
from core.state_table import IllegalTransition

_S = ContactState
_TALK = frozenset({_S.CONNECTED, _S.HELD, _S.PARKED})
_READY = frozenset({Presence.READY})
_HERE = frozenset({Presence.READY, Presence.NOT_READY})


class Transfers(CallBacks):
    """The part of the router that hands customers on. Age and history stay."""

    async def transfer_to_queue(
        self,
        contact_id: str,
        queue: str,
        *,
        skills: Mapping[str, int] | None = None,
        priority: int | None = None,
        back: bool = False,
    ) -> None:
        """Part the customer from the agent and let them wait in ``queue`` at their old age.

        The agent is not offered them again at once (``transfer_back_after`` of the queue),
        unless they come ``back`` from where the agent sent them. One who waits is moved; an
        agent who is being rung for them is let go. Raises like ``enqueue``, and what the
        driver raises; nothing has changed then.
        """
        config = self.directory.queue(queue)
        if priority is not None:
            order.check_priority(priority)
        self.asked(skills, None)

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            wishes = _without(contact, contact.agent_id)
            passed_on = None if back else _passed_on(change, scene, contact, config)
            self._part(change, scene, contact)
            moves.queued(
                change, contact, config, skills=skills, priority=priority, preferred=wishes,
                passed_on=passed_on,
            )  # fmt: skip

        async def transfer() -> None:
            async with self.in_order(contact_id):
                scene = await self.store.scene("contact", contact_id)
                contact = existing(scene.contact, contact_id)
                if len(await self.store.line("queue", queue)) >= config.max_waiting:
                    raise QueueFull(
                        f"Queue {queue} is full.",
                        hint="Transfer to another, or raise max_waiting.",
                    )
                await self._hand_on(contact, config, work)

        await self.wholes.do(transfer(), name=f"transfer:{contact_id}")

    async def transfer_to_agent(
        self, contact_id: str, agent_id: str, *, queue: str | None = None
    ) -> None:
        """Offer the customer to ``agent_id`` and nobody else; if that fails they wait in
        ``queue`` (their present one, if not given) at their old age.

        Raises :class:`~acd.errors.AgentNotReady` and
        :class:`~core.errors.BadInput` (no queue to fall back to); nothing has changed
        then.
        """

        config = QueueConfig(name=queue or "")

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            self._part(change, scene, contact)
            if contact.state is not _S.QUEUED or contact.queue != config.name:
                moves.queued(change, contact, config)
            if self._takes(scene.other, contact, _READY):
                assert scene.other is not None
                claim.claim(change, contact, scene.other, config, self.policies, direct=True)

        async def transfer() -> None:
            nonlocal config
            async with self.in_order(contact_id):
                scene = await self.store.scene("contact", contact_id, agent_id)
                contact = existing(scene.contact, contact_id)
                if not (queue or contact.queue):
                    raise BadInput(
                        "There is no queue to fall back to.",
                        hint="Name one, in which the customer waits if the agent is not reached.",
                    )
                config = self.directory.queue(queue) if queue else self.queue_of(contact)
                self._check_takes(scene.other, agent_id, contact, _READY)
                await self._hand_on(contact, config, work, other=agent_id)

        await self.wholes.do(transfer(), name=f"transfer:{contact_id}")

    async def move_to_slot(
        self, contact_id: str, slot: int, *, queue: str, seconds: float, by: str | None = None,
        back_seconds: float = 0.0,
    ) -> None:  # fmt: skip
        """Part the customer from the agent and let them wait in the parking slot until they
        are picked up, or ``seconds`` are over. Then they are offered to ``by`` for
        ``back_seconds``, and after that in ``queue`` at their old age. Raises
        :class:`~acd.errors.ContactNotFound`, IllegalTransition (nobody talks with them) and
        what the driver raises; nothing has changed then."""
        config = self.directory.queue(queue)

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            _require_talk(contact)
            until = change.now + timedelta(seconds=seconds)
            wishes = _without(contact, by)
            if by is not None:
                back = Preferred(
                    agent_id=by, kind=PreferredKind.RETURNED, since=until, seconds=back_seconds
                )
                wishes = [back, *wishes]
            self._part(change, scene, contact)
            moves.queued(change, contact, config, preferred=wishes, slot=(slot, until))

        async def park() -> None:
            async with self.in_order(contact_id):
                scene = await self.store.scene("contact", contact_id)
                contact = existing(scene.contact, contact_id)
                _require_talk(contact)
                await self._hand_on(contact, config, work)

        await self.wholes.do(park(), name=f"slot:{contact_id}")

    async def transfer_to_flow(self, contact_id: str) -> None:
        """The customer goes back to self-service; the medium has parted them from the agent
        already, who wraps up. Raises :class:`~acd.errors.ContactNotFound` and
        IllegalTransition."""

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            self._part(change, scene, contact)
            moves.ivr_started(change, contact)

        await self.alter("contact", contact_id, work)

    async def consult_started(self, contact_id: str, agent_b: str | None) -> None:
        """The agent talks with ``agent_b`` (None: somebody who is no agent) while the
        customer holds, and no more with whom they consulted before. An agent consulted
        is busy meanwhile. Raises :class:`~acd.errors.AgentNotReady`,
        :class:`~core.errors.BadInput` (oneself) and IllegalTransition."""

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.state is not _S.HELD:
                raise IllegalTransition(
                    f"An agent cannot consult while the customer is {contact.state.value}.",
                    hint="Put the customer on hold first.",
                    state=contact.state.value,
                )
            if agent_b is not None and agent_b == contact.agent_id:
                raise BadInput("Nobody can consult themselves.", hint="Name a colleague.")
            if moves.consults(contact):
                if contact.consult_agent_id == agent_b:
                    return
                free_consulted(change, scene)
                moves.consult_ended(change, contact)
            if agent_b is not None:
                second = self._check_takes(scene.other, agent_b, contact, _HERE)
                weight = self.policies[contact.medium].weight
                agents.joined(change, second, contact, weight)
            moves.consult_started(change, contact, scene.other)

        await self.alter("contact", contact_id, work, other=agent_b)

    async def consult_ended(self, contact_id: str) -> None:
        """The consultation is over; the customer still holds. No error if there is none."""

        def work(change: Change, scene: Scene) -> None:
            contact = scene.contact
            if contact is not None and moves.consults(contact):
                free_consulted(change, scene)
                moves.consult_ended(change, contact)

        await self.alter("contact", contact_id, work)

    async def handed_over(self, contact_id: str, agent_b: str) -> None:
        """The attended transfer is done: ``agent_b`` has the customer, the first agent
        wraps up. Raises :class:`~acd.errors.AgentNotReady` and IllegalTransition."""

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.agent_id == agent_b:
                return
            CONTACT_STATES.next(contact.state, ContactEvent.TRANSFERRED)
            second = scene.other
            has = second is not None and second.has(contact_id, *IN_HAND)
            if second is None or not has:
                second = self._check_takes(second, agent_b, contact, _HERE)
            if contact.consult_agent_id != agent_b:
                free_consulted(change, scene)
            self._wrap_up_first(change, scene, contact)
            if not has:
                agents.joined(change, second, contact, self.policies[contact.medium].weight)
            moves.handed_over(change, contact, second)
            if second.has(contact_id, AssignmentState.PARKED):
                moves.parked(change, contact, CALLED_AWAY)

        await self.alter("contact", contact_id, work, other=agent_b)

    async def _hand_on(
        self, contact: Contact, queue: QueueConfig, work: Callable[[Change, Scene], None], *,
        other: str | None = None,
    ) -> None:  # fmt: skip
        """Have the medium part a customer who talks, and write it."""

        def unless_joined(change: Change, scene: Scene) -> None:
            now = existing(scene.contact, contact.id)
            if now.state in _TALK and contact.state not in _TALK:
                raise _JoinedMeanwhile
            work(change, scene)

        while True:
            await self._pull(contact, queue)
            try:
                await self.alter_unordered("contact", contact.id, unless_joined, other=other)
                return
            except _JoinedMeanwhile:  # by the node that carries the contact
                scene = await self.store.scene("contact", contact.id)
                contact = existing(scene.contact, contact.id)

    async def _pull(self, contact: Contact, queue: QueueConfig) -> None:
        """Have the driver part a customer who talks, before anything is written: were
        it the other way round, an agent could be rung for one who cannot come."""
        if contact.state in _TALK:
            if not self.require_here(contact):
                return
            moved = dataclasses.replace(contact, queue=queue.name)
            await self.driver(contact.medium).requeue(moved)
        elif contact.state is not _S.OFFERED:
            CONTACT_STATES.next(contact.state, ContactEvent.QUEUED)

    def _part(self, change: Change, scene: Scene, contact: Contact) -> None:
        if contact.state in _TALK:
            free_consulted(change, scene)
            self._wrap_up_first(change, scene, contact)
        elif contact.state is _S.OFFERED and scene.agent is not None and scene.offer is not None:
            event = OfferEvent.RESCIND
            claim.release(change, contact, scene.agent, scene.offer, event, outcome="moved")

    def _wrap_up_first(self, change: Change, scene: Scene, contact: Contact) -> None:
        """The agent who has the contact goes on to wrap-up."""
        agent = scene.agent
        if agent is not None and agent.has(contact.id, *IN_HAND):
            agents.contact_over(change, agent, contact, self.wrap_up_of(agent, contact))

    def _takes(self, agent: Agent | None, contact: Contact, presences: frozenset[Presence]) -> bool:
        """Whether the agent is there, and has room for the contact."""
        here = agent is not None and agent.presence in presences
        return here and agent is not None and self.fits(agent, contact.medium)

    def _check_takes(
        self, agent: Agent | None, agent_id: str, contact: Contact, presences: frozenset[Presence]
    ) -> Agent:
        if agent is None or not self._takes(agent, contact, presences):
            raise _not_ready(agent_id, agent)
        return agent


class _JoinedMeanwhile(Exception):
    """Who waited when the medium was asked talks now: it has to part them first."""


def _require_talk(contact: Contact) -> None:
    if contact.state not in _TALK:
        raise IllegalTransition(
            f"A contact that is {contact.state.value} cannot be put into a parking slot.",
            hint="An agent has to talk with the customer, or hold them.",
            state=contact.state.value,
        )


def _without(contact: Contact, agent_id: str | None) -> list[Preferred]:
    """Whom the contact prefers, but for the agent who has just passed it on."""
    return [wish for wish in contact.preferred if wish.agent_id != agent_id]


def _passed_on(
    change: Change, scene: Scene, contact: Contact, queue: QueueConfig
) -> PassedOn | None:
    """That the agent who has the contact, if one does, sends it to ``queue``."""
    agent = scene.agent
    if agent is None or not agent.has(contact.id, *IN_HAND) or contact.state not in _TALK:
        return None
    until = change.now + timedelta(seconds=queue.transfer_back_after)
    return PassedOn(agent_id=agent.id, until=until)


def _not_ready(agent_id: str, agent: Agent | None) -> AgentNotReady:
    state = agent.state.value if agent else Presence.LOGGED_OUT.value
    return AgentNotReady(
        f"Agent {agent_id} is {state}.", hint="Choose another agent or a queue.", state=state
    )
