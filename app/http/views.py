"""What people see of contacts, agents and queues: plain JSON, nothing personal.

Times are epoch seconds, UTC. Customers' numbers are masked here, on the server,
so that no screen can show what it does not get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Agent, Contact, Segment, SegmentKind
from config.agents import AgentSettings
from config.queues import Queue
from core.clock import to_epoch
from core.events import Event

_STAGES = {
    ContactState.ARRIVED: "ivr",
    ContactState.IVR: "ivr",
    ContactState.QUEUED: "queue",
    ContactState.OFFERED: "ringing",
    ContactState.CONNECTED: "talking",
    ContactState.HELD: "hold",
    ContactState.WRAP_UP: "wrap_up",
    ContactState.ENDED: "ended",
}
_SEGMENT_OF_STAGE = {
    "ivr": SegmentKind.IVR,
    "queue": SegmentKind.QUEUE,
    "ringing": SegmentKind.RING,
    "talking": SegmentKind.TALK,
    "hold": SegmentKind.HOLD,
    "consult": SegmentKind.CONSULT,
    "wrap_up": SegmentKind.WRAP_UP,
}
WAITING = frozenset({ContactState.QUEUED, ContactState.OFFERED})


class ContactView(TypedDict):
    """A contact in progress. ``stage`` is ivr, queue, ringing, talking, hold, consult,
    wrap_up or ended, and ``stage_since`` when it began."""

    id: str
    medium: str
    channel: str
    direction: str
    state: str
    stage: str
    stage_since: float
    queue: str | None
    agent_id: str | None
    consult_agent_id: str | None
    customer: str
    dialled_number: str
    language: str
    priority: int
    created_at: float
    enqueued_at: float | None
    disposition: str | None


class AgentView(TypedDict):
    """An agent; ``name`` per language, ``since`` when the state began."""

    id: str
    name: dict[str, str]
    extension: str
    skills: dict[str, int]
    state: str
    reason: str | None
    next_reason: str | None
    contact_id: str | None
    since: float | None
    wrap_up_until: float | None


class DayView(TypedDict):
    """A queue since midnight (company time). ``service_level`` is 0..1, null before
    anybody was answered or gave up."""

    answered: int
    abandoned: int
    service_level: float | None


class QueueView(TypedDict):
    """A queue; ``oldest_at`` is since when the one who waits longest does, ``ready``
    how many ready agents have its skills."""

    name: str
    label: dict[str, str]
    waiting: int
    oldest_at: float | None
    ready: int
    agents: int
    target_percent: int
    target_seconds: float
    today: DayView


class EventView(TypedDict):
    """Something that happened."""

    id: str
    type: str
    at: float
    contact_id: str | None
    agent_id: str | None
    queue: NotRequired[str | None]
    state: NotRequired[str | None]
    reason: NotRequired[str | None]
    outcome: NotRequired[str | None]


def masked(number: str) -> str:
    """A personal number with its last digits only: 4 of a long one, 2 of a short one."""
    digits = [c for c in number if c.isdigit()]
    if not digits:
        return ""
    shown = 4 if len(digits) >= 8 else 2 if len(digits) >= 5 else 0
    return "•••" + "".join(digits[len(digits) - shown :])


def contact_view(contact: Contact) -> ContactView:
    """``contact`` for the wall."""
    stage = _STAGES[contact.state]
    if contact.state is ContactState.HELD and _open(contact.segments, SegmentKind.CONSULT):
        stage = "consult"
    segment = _open(contact.segments, _SEGMENT_OF_STAGE.get(stage))
    since = segment.started_at if segment else contact.ended_at or contact.created_at
    return {
        "id": contact.id,
        "medium": contact.medium.value,
        "channel": contact.channel,
        "direction": contact.direction,
        "state": contact.state.value,
        "stage": stage,
        "stage_since": to_epoch(since),
        "queue": contact.queue,
        "agent_id": contact.agent_id,
        "consult_agent_id": contact.consult_agent_id,
        "customer": masked(contact.customer_number),
        "dialled_number": contact.dialled_number,
        "language": contact.language,
        "priority": contact.priority,
        "created_at": to_epoch(contact.created_at),
        "enqueued_at": _epoch(contact.enqueued_at),
        "disposition": contact.disposition,
    }


def agent_view(agent: Agent, person: AgentSettings) -> AgentView:
    """``agent`` for the wall."""
    return {
        "id": agent.id,
        "name": dict(person.name.root),
        "extension": person.extension,
        "skills": dict(agent.skills),
        "state": agent.state.value,
        "reason": agent.reason,
        "next_reason": agent.next_reason,
        "contact_id": agent.contact_id,
        "since": _epoch(agent.since),
        "wrap_up_until": _epoch(agent.wrap_up_until),
    }


def queue_view(
    queue: Queue, waiting: Sequence[ContactView], agents: Sequence[AgentView], day: DayView
) -> QueueView:
    """``queue`` with who waits in it and who, of all ``agents``, could take them."""
    able = [a for a in agents if _has(a["skills"], queue.skills)]
    return {
        "name": queue.name,
        "label": dict(queue.label.root),
        "waiting": len(waiting),
        "oldest_at": min((c["enqueued_at"] or c["created_at"] for c in waiting), default=None),
        "ready": sum(a["state"] == AgentState.READY for a in able),
        "agents": sum(a["state"] != AgentState.LOGGED_OUT for a in able),
        "target_percent": queue.service_level.percent,
        "target_seconds": queue.service_level.seconds,
        "today": day,
    }


def event_view(event: Event) -> EventView:
    """``event`` without anything personal: only codes and names of ours."""
    view: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "at": to_epoch(event.at),
        "contact_id": event.contact_id,
        "agent_id": event.agent_id,
    }
    for key in ("queue", "state", "reason", "outcome"):
        if key in event.data:
            view[key] = event.data[key]
    return view  # type: ignore[return-value]


def _has(skills: Mapping[str, int], asked: Mapping[str, int]) -> bool:
    return all(skills.get(skill, 0) >= least for skill, least in asked.items())


def _open(segments: Sequence[Segment], kind: SegmentKind | None) -> Segment | None:
    found = (s for s in reversed(segments) if s.ended_at is None and s.kind is kind)
    return next(found, None)


def _epoch(at: datetime | None) -> float | None:
    return None if at is None else to_epoch(at)
