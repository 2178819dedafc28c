"""The state of everything at one moment, for the live page and the API."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from acd import capacity, choice
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
        "agents": [_agent(agent, directory) for agent in agents],
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
        if choice.eligible(asked, agent, _config(agent, directory)):
            able.append(agent)
    return {
        "name": queue.name,
        "waiting": len(waiting),
        "ringing": sum(c.state is ContactState.OFFERED for c in waiting),
        "in_conversation": sum(
            c.state in (ContactState.CONNECTED, ContactState.HELD) for c in mine
        ),
        "parked": sum(c.state is ContactState.PARKED for c in mine),
        "call_backs": sum(c.call_back is not None for c in waiting),
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
        "slope": contact.slope,
        "rank": contact.rank,
        "call_back": contact.call_back is not None,
        "not_before": _epoch(contact.not_before),
        "created_at": to_epoch(contact.created_at),
        "enqueued_at": _epoch(contact.enqueued_at),
        "waited": _waited(contact, now),
        "seq": contact.event_seq,
    }


def _config(agent: Agent, directory: Directory) -> AgentConfig:
    with contextlib.suppress(AgentNotFound):
        return directory.agent(agent.id)
    return AgentConfig(id=agent.id, device=agent.device)


def _agent(agent: Agent, directory: Directory) -> dict[str, Any]:
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
                "since": to_epoch(one.since),
                "until": _epoch(one.until),
            }
            for one in agent.assignments
        ],
        "capacity": {
            "used": capacity.used(agent),
            "total": _config(agent, directory).capacity,
        },
        "skills": dict(agent.skills),
        "version": agent.version,
    }
