"""What agents (and supervisors for them) say: log in, ready, break, done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from acd import agents, claim
from acd.agent_states import Presence, PresenceEvent
from acd.assignment_states import AssignmentState
from acd.change import Change
from acd.model import Agent, Assignment
from acd.offer_states import OfferEvent
from acd.reasons import LOGGED_IN
from acd.scene import Scene
from acd.transfers import Transfers
from core.errors import BadInput
from core.state_table import IllegalTransition

_P, _E = Presence, PresenceEvent


class ForwardKind(StrEnum):
    """In which case direct calls go elsewhere."""

    ALL = "all"
    BUSY = "busy"  # in a conversation, or do not disturb
    NO_ANSWER = "no_answer"  # or the device is away


class Desk(Transfers):
    """The part of the router that follows agents. Every verb raises
    :class:`~acd.errors.AgentNotFound` for who is not configured and
    :class:`~core.state_table.IllegalTransition` for what the state does not allow;
    saying again what is so already is no error. ``by`` says who did it, if it was not
    the agent."""

    async def log_in(self, agent_id: str, *, ready: bool = False, by: str | None = None) -> None:
        """Begin work, not ready yet unless ``ready``. Device and skills are taken from
        the directory. Who is logged in already stays in their state; who was about to
        log out after the present contact stays. ``ready`` raises like :meth:`set_ready`;
        nothing has changed then."""
        config = self.directory.agent(agent_id)
        if ready:
            known = (await self.store.scene("agent", agent_id)).agent
            place = known.place if known is not None else None
            await self.check_device(agent_id, place or config.device)

        def work(change: Change, scene: Scene) -> None:
            agent = scene.agent or agents.new(config)
            agents.adopt(change, agent, config)
            if agent.presence is _P.LOGGED_OUT:
                about_to = bool(agent.assignments)
                agents.say(change, agent, _E.LOGGED_IN, reason=LOGGED_IN, **_by(by))
                if ready or about_to:
                    agents.say(change, agent, _E.READY, **_by(by))

        await self.alter("agent", agent_id, work)

    async def log_out(
        self, agent_id: str, *, by: str | None = None, wrap_up_first: bool = False
    ) -> None:
        """End work: at once, or after the contacts in hand. What rings goes to the next
        agent; wrap-up is done (``wrap_up_first``: is finished before)."""

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.presence is not _P.LOGGED_OUT:
                let_go(change, scene, agent, wrap_up_first)
                agents.say(change, agent, _E.LOGGED_OUT, **_by(by))
            if agent.place is not None:
                agents.moved(change, agent, self.config_of(agent), None)

        await self._alter(agent_id, work)

    async def move(self, agent_id: str, place: str | None) -> None:
        """From now on contacts ring at the device ``place``; None: at the agent's own. What
        is in hand stays where it is. Who logs out leaves the place."""
        config = self.directory.agent(agent_id)
        await self._alter(
            agent_id, lambda change, _, agent: agents.moved(change, agent, config, place)
        )

    async def set_forward(
        self, agent_id: str, kind: ForwardKind, number: str | None, *, by: str | None = None
    ) -> None:
        """Direct calls to the agent go to ``number`` in the case ``kind``; None: no more.
        What comes through a queue does not follow: it is offered to somebody else."""

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            agents.forwarded(change, agent, kind.value, number, **_by(by))

        await self._alter(agent_id, work)

    async def set_ready(self, agent_id: str, *, by: str | None = None) -> None:
        """Be ready: at once (wrap-up is done then), or after the contact in hand. Raises
        :class:`~acd.errors.DeviceUnregistered` and :class:`~acd.errors.DeviceUnreachable`."""
        known = (await self.store.scene("agent", agent_id)).agent
        device = known.device if known is not None else self.directory.agent(agent_id).device
        await self.check_device(agent_id, device)

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.presence is _P.LOGGED_OUT and agent.assignments:
                agents.say(change, agent, _E.LOGGED_IN, reason=LOGGED_IN, **_by(by))
            if agent.presence is not _P.READY:
                agents.say(change, agent, _E.READY, **_by(by))
            _finish_wrap_ups(change, scene, agent)

        await self._alter(agent_id, work)

    async def set_not_ready(
        self, agent_id: str, reason: str, *, by: str | None = None, wrap_up_first: bool = False
    ) -> None:
        """Take a break for ``reason``: at once (wrap-up is done then, a ringing contact
        goes to the next agent), or after the contacts in hand (``wrap_up_first``: and
        their wrap-up)."""
        if not reason or reason == agents.LOG_OUT:
            raise BadInput("Not-ready needs a reason.", hint="For example break or training.")

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.presence is _P.NOT_READY and agent.reason == reason:
                return
            if agent.presence is _P.LOGGED_OUT and agent.assignments:
                agents.say(change, agent, _E.LOGGED_IN, reason=reason, **_by(by))
            else:
                let_go(change, scene, agent, wrap_up_first)
                agents.say(change, agent, _E.NOT_READY, reason=reason, **_by(by))

        await self._alter(agent_id, work)

    async def wrap_up_done(self, agent_id: str, contact_id: str | None = None) -> None:
        """The after-call work is done (of one contact, or of all); what was wished for
        comes next, else ready."""

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.presence is _P.READY and not agent.assignments:
                return  # the timer was quicker
            _check_wraps_up(agent, contact_id)
            _finish_wrap_ups(change, scene, agent, contact_id)

        await self._alter(agent_id, work)

    async def extend_wrap_up(
        self, agent_id: str, seconds: float, contact_id: str | None = None
    ) -> None:
        """Give the after-call work ``seconds`` more."""
        if not 0 < seconds <= 3600:
            raise BadInput(
                f"Wrap-up cannot be extended by {seconds:g} s.", hint="Allowed: up to 3600 s."
            )

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            for one in _check_wraps_up(agent, contact_id):
                change.touch(agent)
                one.until = (one.until or change.now) + timedelta(seconds=seconds)
                data = {"state": agent.state.value, "seconds": seconds}
                change.tell(
                    "agent.wrap_up_extended", agent_id=agent.id, contact_id=one.contact_id,
                    data=data,
                )  # fmt: skip

        await self._alter(agent_id, work)

    async def wrap_up_is_due(self, agent_id: str) -> None:
        """The timer of the wrap-up fired."""

        def work(change: Change, scene: Scene) -> None:
            agent = scene.agent
            for one in _wrap_ups(agent) if agent is not None else ():
                if agent is not None and (one.until is None or one.until <= change.now):
                    _wrapped_up(change, scene, agent, one)

        await self.alter("agent", agent_id, work)

    async def check_device(self, agent_id: str, device: str) -> None:
        """Whether the agent could be rung; raises what :meth:`set_ready` raises."""
        raise NotImplementedError

    async def _alter(self, agent_id: str, work: Callable[[Change, Scene, Agent], None]) -> None:
        def on_scene(change: Change, scene: Scene) -> None:
            agent = scene.agent or agents.new(self.directory.agent(agent_id))
            work(change, scene, agent)

        await self.alter("agent", agent_id, on_scene)


def _by(who: str | None) -> dict[str, str]:
    return {"by": who} if who else {}


def _wrap_ups(agent: Agent, contact_id: str | None = None) -> list[Assignment]:
    return [
        one
        for one in agent.assignments
        if one.state is AssignmentState.WRAP_UP and contact_id in (None, one.contact_id)
    ]


def _check_wraps_up(agent: Agent, contact_id: str | None) -> list[Assignment]:
    found = _wrap_ups(agent, contact_id)
    if not found:
        raise IllegalTransition(
            f"An agent who is {agent.state.value} has nothing to wrap up.",
            hint="Wrap-up begins when the conversation is over.",
            state=agent.state.value,
            event="wrapped_up",
        )
    return found


def _finish_wrap_ups(
    change: Change, scene: Scene, agent: Agent, contact_id: str | None = None
) -> None:
    for one in _wrap_ups(agent, contact_id):
        _wrapped_up(change, scene, agent, one)


def _wrapped_up(change: Change, scene: Scene, agent: Agent, one: Assignment) -> None:
    held = scene.held.get(one.contact_id)
    agents.wrapped_up(change, agent, one.contact_id, held.contact if held else None)


def let_go(change: Change, scene: Scene, agent: Agent, wrap_up_first: bool) -> None:
    """Take no more: what rings goes on to the next agent, after-call work is done."""
    if not wrap_up_first:
        _finish_wrap_ups(change, scene, agent)
    for one in list(agent.assignments):
        held = scene.held.get(one.contact_id)
        if one.state is not AssignmentState.OFFERED or held is None:
            continue
        contact, offer = held.contact, held.offer
        ringing = offer is not None and claim.pending(offer)
        if contact is not None and offer is not None and ringing and contact.offer_id == offer.id:
            event = OfferEvent.RESCIND
            claim.release(change, contact, agent, offer, event, outcome="agent_left")
