"""What agents (and supervisors for them) say: log in, ready, break, done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from acd import agents, claim
from acd.agent_states import AGENT_STATES, AgentEvent, AgentState
from acd.change import Change
from acd.model import Agent
from acd.offer_states import OfferEvent
from acd.store import Scene
from acd.transfers import Transfers
from core.errors import BadInput

_S, _E = AgentState, AgentEvent

LOGGED_IN = "logged_in"  # not-ready reason until the agent says ready


class Desk(Transfers):
    """The part of the router that follows agents. Every verb raises
    :class:`~acd.errors.AgentNotFound` for who is not configured and
    :class:`~core.state_table.IllegalTransition` for what the state does not allow;
    saying again what is so already is no error."""

    async def log_in(self, agent_id: str, *, ready: bool = False) -> None:
        """Begin work, not ready yet unless ``ready``. Device and skills are taken from
        the directory. Who is logged in already stays in their state."""
        config = self.directory.agent(agent_id)

        def work(change: Change, scene: Scene) -> None:
            agent = scene.agent or agents.new(config)
            agents.adopt(change, agent, config)
            if agent.state is _S.LOGGED_OUT:
                agents.apply(change, agent, _E.LOGGED_IN, reason=LOGGED_IN)
                if ready:
                    agents.apply(change, agent, _E.READY)
            elif agent.next_reason == agents.LOG_OUT:
                agents.wish(change, agent, None)

        await self.alter("agent", agent_id, work)

    async def log_out(self, agent_id: str) -> None:
        """End work: at once, or after the contact one is busy with. A ringing contact
        goes to the next agent."""

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.state is _S.BUSY:
                agents.wish(change, agent, agents.LOG_OUT)
            elif agent.state is not _S.LOGGED_OUT:
                _leave(change, scene, agent, _E.LOGGED_OUT, None)

        await self._alter(agent_id, work)

    async def set_ready(self, agent_id: str) -> None:
        """Be ready: at once (wrap-up is done then), or after the present contact."""

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.state is _S.BUSY:
                agents.wish(change, agent, None)
            elif agent.state is _S.WRAP_UP:
                agent.next_reason = None
                agents.wrapped_up(change, agent, scene.contact)
            elif agent.state not in (_S.READY, _S.OFFERED):
                agents.apply(change, agent, _E.READY)

        await self._alter(agent_id, work)

    async def set_not_ready(self, agent_id: str, reason: str) -> None:
        """Take a break for ``reason``: at once (wrap-up is done then, a ringing contact
        goes to the next agent), or after the contact one is busy with."""
        if not reason or reason == agents.LOG_OUT:
            raise BadInput("Not-ready needs a reason.", hint="For example break or training.")

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.state is _S.BUSY:
                agents.wish(change, agent, reason)
            elif agent.state is not _S.NOT_READY or agent.reason != reason:
                _leave(change, scene, agent, _E.NOT_READY, reason)

        await self._alter(agent_id, work)

    async def wrap_up_done(self, agent_id: str) -> None:
        """The after-call work is done; what was wished for comes next, else ready."""

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            if agent.state is _S.READY:
                return  # the timer was quicker
            AGENT_STATES.next(agent.state, _E.WRAPPED_UP)
            agents.wrapped_up(change, agent, scene.contact)

        await self._alter(agent_id, work)

    async def extend_wrap_up(self, agent_id: str, seconds: float) -> None:
        """Give the after-call work ``seconds`` more."""
        if not 0 < seconds <= 3600:
            raise BadInput(
                f"Wrap-up cannot be extended by {seconds:g} s.", hint="Allowed: up to 3600 s."
            )

        def work(change: Change, scene: Scene, agent: Agent) -> None:
            AGENT_STATES.next(agent.state, _E.WRAPPED_UP)
            change.touch(agent)
            agent.wrap_up_until = (agent.wrap_up_until or change.now) + timedelta(seconds=seconds)
            data = {"state": agent.state.value, "seconds": seconds}
            change.tell(
                "agent.wrap_up_extended", agent_id=agent.id, contact_id=agent.contact_id, data=data
            )

        await self._alter(agent_id, work)

    async def wrap_up_is_due(self, agent_id: str) -> None:
        """The timer of the wrap-up fired."""

        def work(change: Change, scene: Scene) -> None:
            agent = scene.agent
            if agent is None or agent.state is not _S.WRAP_UP:
                return
            if agent.wrap_up_until is None or agent.wrap_up_until <= change.now:
                agents.wrapped_up(change, agent, scene.contact)

        await self.alter("agent", agent_id, work)

    async def _alter(self, agent_id: str, work: Callable[[Change, Scene, Agent], None]) -> None:
        def on_scene(change: Change, scene: Scene) -> None:
            agent = scene.agent or agents.new(self.directory.agent(agent_id))
            work(change, scene, agent)

        await self.alter("agent", agent_id, on_scene)


def _leave(
    change: Change, scene: Scene, agent: Agent, event: AgentEvent, reason: str | None
) -> None:
    """Stop taking contacts, from any state but busy."""
    contact, offer = scene.contact, scene.offer
    ringing = agent.state is _S.OFFERED and claim.pending(offer)
    if ringing and contact is not None and offer is not None and contact.offer_id == offer.id:
        claim.release(
            change, contact, agent, offer, OfferEvent.RESCIND,
            then=event, reason=reason, outcome="agent_left",
        )  # fmt: skip
    elif agent.state is _S.WRAP_UP:
        agents.wrapped_up(change, agent, contact, event=event, reason=reason)
    else:
        agents.apply(change, agent, event, reason=reason)
