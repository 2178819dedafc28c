"""The state of everything at one moment, for the live page and the API."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from acd import choice
from acd.agent_states import AgentState
from acd.agents import Agents
from acd.contact_states import ContactState
from acd.directory import Directory
from acd.errors import AgentNotFound
from acd.model import Agent, AgentConfig, Contact, Medium, QueueConfig
from acd.placement import Asked
from acd.store import Store
from core.clock import to_epoch


async def take(store: Store, directory: Directory, book: Agents, now: datetime) -> dict[str, Any]:
    """Queues, contacts and agents as JSON; times in epoch seconds, durations in seconds.

    Numbers and names of customers are not in it.
    """
    contacts = [c for c in await store.contacts() if c.state is not ContactState.ENDED]
    agents = await book.all()
    return {
        "at": to_epoch(now),
        "queues": [_queue(queue, contacts, agents, directory, now) for queue in directory.queues()],
        "contacts": [_contact(contact, now) for contact in contacts],
        "agents": [_agent(agent) for agent in agents],
    }


def _queue(
    queue: QueueConfig,
    contacts: list[Contact],
    agents: list[Agent],
    directory: Directory,
    now: datetime,
) -> dict[str, Any]:
    mine = [contact for contact in contacts if contact.queue == queue.name]
    waiting = [c for c in mine if c.state in (ContactState.QUEUED, ContactState.OFFERED)]
    asked = Asked(Medium.VOICE, queue.requirement)
    able = []
    for agent in agents:
        config = AgentConfig(id=agent.id, device=agent.device)
        with contextlib.suppress(AgentNotFound):
            config = directory.agent(agent.id)
        if choice.eligible(asked, agent, config):
            able.append(agent)
    return {
        "name": queue.name,
        "waiting": len(waiting),
        "ringing": sum(c.state is ContactState.OFFERED for c in waiting),
        "in_conversation": sum(
            c.state in (ContactState.CONNECTED, ContactState.HELD) for c in mine
        ),
        "longest_wait": max((_waited(c, now) for c in waiting), default=0.0),
        "agents_ready": sum(agent.state is AgentState.READY for agent in able),
        "agents_logged_in": sum(agent.state is not AgentState.LOGGED_OUT for agent in able),
        "max_waiting": queue.max_waiting,
    }


def _waited(contact: Contact, now: datetime) -> float:
    return (now - contact.enqueued_at).total_seconds() if contact.enqueued_at else 0.0


def _epoch(at: datetime | None) -> float | None:
    return to_epoch(at) if at else None


def _contact(contact: Contact, now: datetime) -> dict[str, Any]:
    return {
        "id": contact.id,
        "medium": contact.medium.value,
        "channel": contact.channel,
        "state": contact.state.value,
        "queue": contact.queue,
        "agent_id": contact.agent_id,
        "language": contact.language,
        "priority": contact.priority,
        "created_at": to_epoch(contact.created_at),
        "enqueued_at": _epoch(contact.enqueued_at),
        "waited": _waited(contact, now),
        "seq": contact.event_seq,
    }


def _agent(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "state": agent.state.value,
        "reason": agent.reason,
        "next_reason": agent.next_reason,
        "contact_id": agent.contact_id,
        "since": _epoch(agent.since),
        "wrap_up_until": _epoch(agent.wrap_up_until),
        "presence": agent.presence.value,
        "assignments": [
            {
                "contact_id": one.contact_id,
                "medium": one.medium.value,
                "state": one.state.value,
                "weight": one.weight,
            }
            for one in agent.assignments
        ],
        "skills": dict(agent.skills),
        "version": agent.version,
    }
