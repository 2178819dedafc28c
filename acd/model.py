"""What is routed, where it waits, who takes it: the words of the ACD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.offer_states import OfferState


class Medium(StrEnum):
    """How a contact is carried. Channels (WeChat, web chat...) map onto these."""

    VOICE = "voice"
    VIDEO = "video"
    CHAT = "chat"
    SOCIAL = "social"
    SMS = "sms"
    EMAIL = "email"
    TASK = "task"


class SegmentKind(StrEnum):
    """A stretch of a contact's life, as reports count it.

    ``queue`` runs from entry to answer or abandonment; ``ring`` segments (one an
    offer) lie within it. ``talk`` and ``hold`` alternate. ``consult`` is the agent's
    talk with a third person while the customer holds.
    """

    IVR = "ivr"
    QUEUE = "queue"
    RING = "ring"
    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    WRAP_UP = "wrap_up"


class EndReason(StrEnum):
    """Why a contact ended; exactly one for each."""

    CUSTOMER_HUNG_UP = "customer_hung_up"  # after having been served
    AGENT_HUNG_UP = "agent_hung_up"
    ABANDONED_IN_IVR = "abandoned_in_ivr"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    COMPLETED_IN_IVR = "completed_in_ivr"  # self-service said goodbye
    TRANSFERRED_OUT = "transferred_out"  # to a number outside
    NUMBER_UNKNOWN = "number_unknown"
    NO_INPUT = "no_input"  # the menu gave up
    QUEUE_FULL = "queue_full"
    CLOSED = "closed"  # out of hours
    TELEPHONY_LOST = "telephony_lost"  # Asterisk died with the call on it
    REFUSED = "refused"  # over the limit of simultaneous contacts
    ERROR = "error"


@dataclass(slots=True, kw_only=True)
class Segment:
    """One stretch; ``ended_at`` is None while it lasts."""

    id: str
    kind: SegmentKind
    started_at: datetime
    ended_at: datetime | None = None
    queue: str | None = None
    agent_id: str | None = None
    outcome: str | None = None  # e.g. of a ring: answered, rona, rejected, rescinded


@dataclass(slots=True, kw_only=True)
class Contact:
    """A customer's call, or a text contact adapted into a virtual call.

    ``address`` is the driver's own name for the customer's leg (for voice the
    Asterisk channel name). ``enqueued_at`` is set on first entry to any queue and
    never again: age never resets. ``ended_at`` is when the customer's side was over;
    an agent's wrap-up may go on after it (state ``wrap_up``). ``skills`` is what
    routing asks for: the queue's requirement and, above it, ``asked_skills``, which
    stay with the contact from queue to queue. ``version`` grows with every change.
    """

    id: str
    medium: Medium
    channel: str  # "phone", "webchat", "wechat", ...
    direction: str  # "inbound" | "outbound"
    created_at: datetime
    state: ContactState = ContactState.ARRIVED
    business: str = ""
    customer_number: str = ""  # personal: never logged
    dialled_number: str = ""
    address: str = ""
    language: str = ""
    queue: str | None = None
    skills: dict[str, int] = field(default_factory=dict)  # skill -> least proficiency
    asked_skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0  # higher first
    enqueued_at: datetime | None = None
    agent_id: str | None = None
    consult_agent_id: str | None = None  # whom the agent consults
    offer_id: str | None = None  # of the offer that rings or was accepted
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    hangup_cause: int | None = None  # Q.850, voice only
    disposition: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    event_seq: int = 0
    version: int = 0


@dataclass(slots=True, kw_only=True)
class Agent:
    """A person (or a simulated one) who takes contacts, as the router sees them.

    ``device`` is the driver's name for where to ring (for voice the PJSIP endpoint).
    ``since`` is when the present state began; ``idle_since`` orders longest-idle.
    """

    id: str
    device: str
    skills: dict[str, int] = field(default_factory=dict)  # skill -> proficiency 1..10
    state: AgentState = AgentState.LOGGED_OUT
    reason: str | None = None  # of not_ready
    next_reason: str | None = None  # wish: go not-ready when this contact is over
    contact_id: str | None = None
    offer_id: str | None = None
    since: datetime | None = None
    idle_since: datetime | None = None
    wrap_up_until: datetime | None = None
    version: int = 0


@dataclass(slots=True, kw_only=True, frozen=True)
class AgentConfig:
    """What the router must know of an agent before they log in."""

    id: str
    device: str
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, frozen=True)
class QueueConfig:
    """What the router must know of a queue. Seconds throughout."""

    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    ring_seconds: float = 20.0
    wrap_up_seconds: float = 30.0
    max_waiting: int = 1000
    service_level_seconds: float = 20.0


@dataclass(slots=True, kw_only=True)
class Offer:
    """One contact put to one agent until a deadline. ``version`` fences late answers.

    ``direct``: made to this agent by name (a transfer), not by the router's choice.
    """

    id: str
    contact_id: str
    agent_id: str
    queue: str
    created_at: datetime
    deadline: datetime
    medium: Medium = Medium.VOICE
    direct: bool = False
    state: OfferState = OfferState.PENDING
    version: int = 0
