"""What people see of contacts, agents and queues: plain JSON, nothing personal.

Times are epoch seconds, UTC. Customers' numbers are masked here, on the server,
so that no screen can show what it does not get.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from acd import capacity
from acd.contact_states import ContactState
from acd.model import (
    Agent,
    AgentConfig,
    Assignment,
    CallBack,
    Contact,
    Offer,
    Preferred,
    Segment,
    SegmentKind,
)
from config.agents import AgentSettings
from core.clock import to_epoch
from core.events import Event
from sip.voice.devices import Device

_STAGES = {
    ContactState.ARRIVED: "ivr",
    ContactState.DIALLING: "dialling",
    ContactState.IVR: "ivr",
    ContactState.QUEUED: "queue",
    ContactState.OFFERED: "ringing",
    ContactState.CONNECTED: "talking",
    ContactState.HELD: "hold",
    ContactState.PARKED: "parked",
    ContactState.WRAP_UP: "wrap_up",
    ContactState.ENDED: "ended",
}
_SEGMENT_OF_STAGE = {
    "dialling": SegmentKind.DIAL,
    "ivr": SegmentKind.IVR,
    "queue": SegmentKind.QUEUE,
    "ringing": SegmentKind.RING,
    "talking": SegmentKind.TALK,
    "hold": SegmentKind.HOLD,
    "consult": SegmentKind.CONSULT,
    "parked": SegmentKind.PARKED,
    "wrap_up": SegmentKind.WRAP_UP,
}
WAITING = frozenset({ContactState.QUEUED, ContactState.OFFERED})


class PreferredView(TypedDict):
    """An agent to whom alone the contact goes until then: ``kind`` is last (served the
    customer), dedicated (the customer's own), resumed (had it before it was parked) or
    returned (put it into a parking slot, where nobody picked it up)."""

    agent_id: str
    kind: str
    until: float


class CallBackView(TypedDict):
    """The customer hung up and keeps the place; ``attempts`` to call were in vain."""

    agreed_at: float | None
    attempts: int


class ContactView(TypedDict):
    """A contact in progress. ``direction`` is inbound, or, of one that an agent began,
    outbound or internal; of an internal one ``peer_agent_id`` is the agent in the
    customer's place. ``stage`` is dialling, ivr, queue, ringing, talking, hold, consult,
    parked, wrap_up or ended, and ``stage_since`` when it began. The score, by which all
    who wait are served, highest first, is ``priority + slope * (now - enqueued_at)``;
    ``rank`` orders those of one slope, lower first. ``not_before``: it is offered to
    nobody until then. ``recording`` is on, paused (by the agent), secret (paused by itself
    while a number is asked for or keyed), or null."""

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
    peer_agent_id: str | None
    offer_id: str | None
    node: str
    customer: str
    dialled_number: str
    language: str
    priority: int
    slope: float
    rank: float
    asks: str
    preferred: list[PreferredView]
    call_back: CallBackView | None
    not_before: float | None
    slot: int | None
    created_at: float
    enqueued_at: float | None
    disposition: str | None
    recording: str | None


class AssignmentView(TypedDict):
    """An agent's part in one contact: ``state`` is offered, active, parked or wrap_up,
    ``weight`` the share of capacity, ``until`` when the wrap-up ends."""

    contact_id: str
    medium: str
    state: str
    weight: int
    queue: str | None
    offer_id: str | None
    since: float
    until: float | None


class CapacityView(TypedDict):
    """``used`` of ``total``, which all media share."""

    used: int
    total: int


class PhoneView(TypedDict):
    """One phone of an agent's extension: ``address`` is where it registered from,
    ``expires_at`` null for a fixed desk phone, ``round_trip_ms`` null if it is not asked."""

    uri: str
    address: str
    user_agent: str
    responds: bool
    since: float
    expires_at: float | None
    round_trip_ms: float | None


class DeviceView(TypedDict):
    """Whether the agent can be rung: ``state`` is available, unregistered (no phone),
    unreachable (it does not respond) or unknown (no connection to Asterisk)."""

    state: str
    since: float | None
    phones: list[PhoneView]


class AgentView(TypedDict):
    """An agent; ``name`` per language. ``presence`` (logged_out, not_ready, ready) is
    what they said; ``state`` sums it up with what they have in hand, and ``since`` is
    when that began. ``contact_id`` and ``wrap_up_until`` are of the foremost of
    ``assignments``; ``next_reason`` is what comes when they are over. ``place`` is the
    phone at which they logged in, if it is not their own; ``forwards`` in which cases their
    direct calls go elsewhere (the numbers are in ``GET /api/agents/{agent_id}/forwards``).
    ``device`` is not told on the wall."""

    id: str
    name: dict[str, str]
    extension: str
    skills: dict[str, int]
    presence: str
    state: str
    reason: str | None
    next_reason: str | None
    contact_id: str | None
    since: float | None
    wrap_up_until: float | None
    assignments: list[AssignmentView]
    capacity: CapacityView
    place: str | None
    forwards: list[str]
    device: NotRequired[DeviceView]


class OfferView(TypedDict):
    """A contact put to an agent until ``deadline``: ``pending``, or ``accepted`` while
    the two are being joined. ``version`` is to be named by who accepts it over HTTP;
    ``direct``: to this agent by name, not by the router's choice."""

    id: str
    contact_id: str
    agent_id: str
    queue: str
    medium: str
    state: str
    created_at: float
    deadline: float
    direct: bool
    version: int


class DayView(TypedDict):
    """A queue since midnight (company time). ``service_level`` is 0..1, null before
    anybody was answered or gave up."""

    answered: int
    abandoned: int
    service_level: float | None


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
    priority: NotRequired[int | None]
    by: NotRequired[str | None]


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
        "peer_agent_id": contact.peer_agent_id,
        "offer_id": contact.offer_id,
        "node": contact.node,
        "customer": masked(contact.customer_number),
        "dialled_number": contact.dialled_number,
        "language": contact.language,
        "priority": contact.priority,
        "slope": contact.slope,
        "rank": contact.rank,
        "asks": contact.asks,
        "preferred": [_preferred(wish) for wish in contact.preferred],
        "call_back": None if contact.call_back is None else call_back_view(contact.call_back),
        "not_before": _epoch(contact.not_before),
        "slot": contact.slot,
        "created_at": to_epoch(contact.created_at),
        "enqueued_at": _epoch(contact.enqueued_at),
        "disposition": contact.disposition,
        "recording": _recording(contact),
    }


def _recording(contact: Contact) -> str | None:
    runs = [one for one in contact.recordings if one.get("state") == "recording"]
    if not runs:
        return None
    reasons = {one["reason"] for one in runs[-1].get("pauses", ()) if one["to"] is None}
    if not reasons:
        return "on"
    return "paused" if "agent_pause" in reasons else "secret"


def call_back_view(call_back: CallBack) -> CallBackView:
    """``call_back`` without the number."""
    return {"agreed_at": _epoch(call_back.agreed_at), "attempts": call_back.attempts}


def _preferred(wish: Preferred) -> PreferredView:
    return {
        "agent_id": wish.agent_id,
        "kind": wish.kind.value,
        "until": to_epoch(wish.since) + wish.seconds,
    }


def agent_view(agent: Agent, person: AgentSettings, config: AgentConfig) -> AgentView:
    """``agent`` for the wall; ``config`` is the router's."""
    return {
        "id": agent.id,
        "name": dict(person.name.root),
        "extension": person.extension,
        "skills": dict(agent.skills),
        "presence": agent.presence.value,
        "state": agent.state.value,
        "reason": agent.reason,
        "next_reason": agent.next_reason,
        "contact_id": agent.contact_id,
        "since": _epoch(agent.since),
        "wrap_up_until": _epoch(agent.wrap_up_until),
        "assignments": [_assignment(one) for one in agent.assignments],
        "capacity": {"used": capacity.used(agent), "total": config.capacity},
        "place": agent.place,
        "forwards": sorted(agent.forwards),
    }


def device_view(device: Device) -> DeviceView:
    """The agent's phones, and what they come to."""
    return {
        "state": device.state.value,
        "since": _epoch(device.since),
        "phones": [
            {
                "uri": one.uri,
                "address": one.address,
                "user_agent": one.user_agent,
                "responds": one.responds,
                "since": to_epoch(one.since),
                "expires_at": _epoch(one.expires_at),
                "round_trip_ms": one.round_trip_ms,
            }
            for one in device.phones
        ],
    }


def _assignment(one: Assignment) -> AssignmentView:
    return {
        "contact_id": one.contact_id,
        "medium": one.medium.value,
        "state": one.state.value,
        "weight": one.weight,
        "queue": one.queue,
        "offer_id": one.offer_id,
        "since": to_epoch(one.since),
        "until": _epoch(one.until),
    }


def offer_view(offer: Offer) -> OfferView:
    """``offer`` for the wall."""
    return {
        "id": offer.id,
        "contact_id": offer.contact_id,
        "agent_id": offer.agent_id,
        "queue": offer.queue,
        "medium": offer.medium.value,
        "state": offer.state.value,
        "created_at": to_epoch(offer.created_at),
        "deadline": to_epoch(offer.deadline),
        "direct": offer.direct,
        "version": offer.version,
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
    for key in ("queue", "state", "reason", "outcome", "priority", "by"):
        if key in event.data:
            view[key] = event.data[key]
    return view  # type: ignore[return-value]


def _open(segments: Sequence[Segment], kind: SegmentKind | None) -> Segment | None:
    found = (s for s in reversed(segments) if s.ended_at is None and s.kind is kind)
    return next(found, None)


def _epoch(at: datetime | None) -> float | None:
    return None if at is None else to_epoch(at)
