"""What happens to an agent: state and event of each move; and the book of agents.

Like ``acd.moves``: by the state table, noted in the change, ignorant of Redis,
drivers and timers. Each event ``agent.<what happened>`` tells in its data the
state that the agent is in now.
"""

from __future__ import annotations

from datetime import timedelta

from acd import moves
from acd.agent_states import AGENT_STATES, AgentEvent, AgentState
from acd.change import Change
from acd.directory import Directory
from acd.model import Agent, AgentConfig, Contact, Offer, SegmentKind
from acd.store import Store

LOG_OUT = "log_out"  # as next_reason: the wish to log out, not to take a break
RONA = "rona"


def apply(
    change: Change, agent: Agent, event: AgentEvent, *, reason: str | None = None, **data: object
) -> None:
    """Move ``agent`` by ``event``; ``reason`` is that of not-ready."""
    state = AGENT_STATES.next(agent.state, event)
    change.touch(agent)
    if state is AgentState.READY and agent.state is not AgentState.READY:
        # An offer taken back costs nobody their place among the idle.
        keeps = event is AgentEvent.RESCINDED and agent.idle_since is not None
        agent.idle_since = agent.idle_since if keeps else change.now
    if state is not agent.state or reason != agent.reason:
        agent.since = change.now
    agent.state, agent.reason = state, reason
    if state is not AgentState.WRAP_UP:
        agent.wrap_up_until = None
    contact_id = agent.contact_id
    if state in (AgentState.LOGGED_OUT, AgentState.NOT_READY, AgentState.READY):
        agent.contact_id = agent.offer_id = agent.next_reason = None
    change.tell(
        f"agent.{event.value}",
        agent_id=agent.id,
        contact_id=contact_id,
        data={"state": state.value, "reason": reason, **data},
    )


def adopt(change: Change, agent: Agent, config: AgentConfig) -> None:
    """Take over device and skills as configured."""
    if agent.device != config.device or agent.skills != dict(config.skills):
        change.touch(agent)
        agent.device, agent.skills = config.device, dict(config.skills)


def offered(change: Change, agent: Agent, offer: Offer) -> None:
    """Reserve the agent for one contact."""
    apply(change, agent, AgentEvent.OFFERED, offer_id=offer.id)
    agent.contact_id, agent.offer_id = offer.contact_id, offer.id


def accepted(change: Change, agent: Agent, contact: Contact) -> None:
    """The agent has the contact, by an offer or from a colleague's hand."""
    not_ready = agent.reason if agent.state is AgentState.NOT_READY else None
    apply(change, agent, AgentEvent.ACCEPTED)
    agent.contact_id = contact.id
    agent.next_reason = agent.next_reason or not_ready


def wish(change: Change, agent: Agent, reason: str | None) -> None:
    """What a busy agent wants to be next: a not-ready reason, LOG_OUT, or None."""
    if agent.next_reason != reason:
        change.touch(agent)
        agent.next_reason = reason
        change.tell(
            "agent.wished",
            agent_id=agent.id,
            contact_id=agent.contact_id,
            data={"state": agent.state.value, "next_reason": reason},
        )


def contact_over(change: Change, agent: Agent, contact: Contact, wrap_up_seconds: float) -> None:
    """A busy agent's part in ``contact`` is over: wrap-up begins, if there is any."""
    apply(change, agent, AgentEvent.CONTACT_ENDED)
    agent.offer_id = None
    if wrap_up_seconds > 0:
        agent.wrap_up_until = change.now + timedelta(seconds=wrap_up_seconds)
        moves.start(change, contact, SegmentKind.WRAP_UP, agent_id=agent.id, queue=contact.queue)
    else:
        wrapped_up(change, agent, contact)


def wrapped_up(
    change: Change, agent: Agent, contact: Contact | None, *,
    event: AgentEvent = AgentEvent.WRAPPED_UP, reason: str | None = None,
) -> None:  # fmt: skip
    """Wrap-up ends; what the agent wished for comes next. ``contact`` is None if it
    is gone already."""
    if event is AgentEvent.WRAPPED_UP and agent.next_reason is not None:
        if agent.next_reason == LOG_OUT:
            event = AgentEvent.LOGGED_OUT
        else:
            event, reason = AgentEvent.NOT_READY, agent.next_reason
    if contact is not None:
        moves.stop(change, contact, SegmentKind.WRAP_UP, agent_id=agent.id)
        moves.settle(change, contact)
    apply(change, agent, event, reason=reason)


def release_from_consult(change: Change, agent: Agent) -> None:
    """Free a consulted agent; there is no wrap-up for advice."""
    apply(change, agent, AgentEvent.CONTACT_ENDED)
    wrapped_up(change, agent, None)


class Agents:
    """The book of agents (``router.agents``)."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    async def get(self, agent_id: str) -> Agent:
        """The agent as the router sees them; raises
        :class:`~acd.errors.AgentNotFound` for who is not configured."""
        agent = (await self._store.scene("agent", agent_id)).agent
        return agent or new(self._directory.agent(agent_id))

    async def all(self) -> list[Agent]:
        """Everybody who is configured or still at work."""
        known = {agent.id: agent for agent in await self._store.agents()}
        for config in self._directory.agents():
            known.setdefault(config.id, new(config))
        return [known[id_] for id_ in sorted(known)]


def new(config: AgentConfig) -> Agent:
    """An agent who has never logged in."""
    return Agent(id=config.id, device=config.device, skills=dict(config.skills))
