"""What is routed, where it waits, who takes it: the words of the ACD.

(What is configured of queues and agents is in :mod:`acd.configured`.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from acd.agent_states import AgentState, Presence
from acd.assignment_states import AssignmentState
from acd.configured import AgentConfig as AgentConfig
from acd.configured import Openness as Openness
from acd.configured import Ordering as Ordering
from acd.configured import QueueConfig as QueueConfig
from acd.configured import Relaxation as Relaxation
from acd.configured import Strategy as Strategy
from acd.configured import Target as Target
from acd.contact_states import ContactState
from acd.medium import Medium as Medium
from acd.offer_states import OfferState


class SegmentKind(StrEnum):
    """A stretch of a contact's life, as reports count it.

    ``queue`` runs from entry to answer or abandonment; ``ring`` segments (one an
    offer) lie within it. ``talk`` and ``hold`` alternate. ``consult`` is the agent's
    talk with a third person while the customer holds. ``dial`` is what a contact begins
    with that an agent began.
    """

    DIAL = "dial"  # an agent tries to reach somebody
    IVR = "ivr"
    QUEUE = "queue"
    RING = "ring"
    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    PARKED = "parked"  # the customer is silent, or the agent was called away from them
    WRAP_UP = "wrap_up"


class EndReason(StrEnum):
    """Why a contact ended; exactly one for each."""

    CUSTOMER_HUNG_UP = "customer_hung_up"  # after having been served
    AGENT_HUNG_UP = "agent_hung_up"
    ABANDONED_IN_IVR = "abandoned_in_ivr"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    COMPLETED_IN_IVR = "completed_in_ivr"  # self-service said goodbye
    LEFT_MESSAGE = "left_message"  # a voicemail, which goes on as a task
    TRANSFERRED_OUT = "transferred_out"  # to a number outside
    NUMBER_UNKNOWN = "number_unknown"
    NO_INPUT = "no_input"  # the menu gave up
    QUEUE_FULL = "queue_full"
    CLOSED = "closed"  # out of hours
    TELEPHONY_LOST = "telephony_lost"  # Asterisk died with the call on it
    OVERFLOWED = "overflowed"  # waited too long and was sent away
    CALL_BACK_FAILED = "call_back_failed"  # the customer was not reached in all attempts
    NO_SOUND = "no_sound"  # no sound came from the caller, so that the line was given up
    SILENT = "silent"  # a text customer who never wrote again
    REFUSED = "refused"  # over the limit of simultaneous contacts
    # Of contacts that an agent began, and in which nobody was reached:
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"  # no device, no trunk, no circuit
    CANCELLED = "cancelled"  # the agent gave up
    AGENT_UNREACHED = "agent_unreached"  # their own device, which was to be rung first
    NOT_ALLOWED = "not_allowed"  # no rule lets them
    MERGED = "merged"  # became part of another contact (an attended transfer)
    ERROR = "error"


class Direction(StrEnum):
    """Who began a contact."""

    INBOUND = "inbound"  # a customer
    OUTBOUND = "outbound"  # an agent, towards somebody outside
    INTERNAL = "internal"  # an agent, towards a colleague or a queue


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


class PreferredKind(StrEnum):
    """Why an agent is preferred for a contact."""

    LAST = "last"  # served the customer the last time; must still fit the requirement
    DEDICATED = "dedicated"  # the customer's own; needs no skill
    RESUMED = "resumed"  # had the contact before it was parked; needs no skill
    RETURNED = "returned"  # put it into a slot, from which nobody picked it up; needs no skill


@dataclass(slots=True, kw_only=True)
class Preferred:
    """An agent to whom alone the contact goes while it has waited less than ``seconds``
    since ``since`` (and as long as they are logged in)."""

    agent_id: str
    kind: PreferredKind
    since: datetime
    seconds: float


@dataclass(slots=True, kw_only=True)
class PassedOn:
    """The agent who had the contact has sent it to a queue: until ``until``, or until
    another agent was offered it, it goes to anybody but them, as long as anybody else who
    is logged in could take it at all."""

    agent_id: str
    until: datetime


@dataclass(slots=True, kw_only=True)
class CallBack:
    """The customer hung up and keeps the place: they are called when it is their turn.

    ``number`` is whom to call (personal: never logged); ``attempts`` were made so far.
    """

    number: str
    attempts: int = 0
    agreed_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Contact:
    """A customer's call, or a text contact adapted into a virtual call.

    ``address`` is the driver's own name for the customer's leg (for voice the
    Asterisk channel name). ``enqueued_at`` is set on first entry to any queue and
    never again: age never resets. ``ended_at`` is when the customer's side was over;
    an agent's wrap-up may go on after it (state ``wrap_up``). ``skills`` is what
    routing asks for: the queue's requirement and, above it, ``asked_skills``, which
    stay with the contact from queue to queue, as does the expression ``asks``.
    ``node`` carries its medium. ``not_before``: nobody is offered it until then.
    ``slot``: the parking slot in which it waits to be picked up.
    In an internal contact ``peer_agent_id`` is the agent in the customer's place.
    ``version`` grows with every change, and ``stamp`` tells apart two writers who made
    the same version.
    """

    version: int = 0  # these two first, where the commit script looks for them
    stamp: str = ""  # of the write that made this version
    id: str
    medium: Medium
    channel: str  # "phone", "webchat", "wechat", ...
    direction: str  # a Direction
    created_at: datetime
    state: ContactState = ContactState.ARRIVED
    node: str = ""
    business: str = ""
    customer: str = ""  # who it is across contacts: an id, or the number (personal)
    customer_number: str = ""  # personal: never logged
    dialled_number: str = ""
    address: str = ""
    language: str = ""
    queue: str | None = None
    skills: dict[str, int] = field(default_factory=dict)  # skill -> least proficiency
    asked_skills: dict[str, int] = field(default_factory=dict)
    asks: str = ""  # a requirement of its own, in canonical text: acd.requirement
    preferred: list[Preferred] = field(default_factory=list)
    passed_on: PassedOn | None = None
    priority: int = 0  # higher first
    enqueued_at: datetime | None = None
    rank: float = 0.0  # place among the waiting of the queue, lower first: acd.order
    slope: float = 0.0  # points of priority gained a second of waiting
    not_before: datetime | None = None
    slot: int | None = None
    call_back: CallBack | None = None
    agent_id: str | None = None
    consult_agent_id: str | None = None  # whom the agent consults
    peer_agent_id: str | None = None
    offer_id: str | None = None  # of the offer that rings or was accepted
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    hangup_cause: int | None = None  # Q.850, voice only
    disposition: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    event_seq: int = 0


@dataclass(slots=True, kw_only=True)
class Assignment:
    """An agent's part in one contact. ``weight`` is the share of capacity it takes;
    ``until`` is when wrap-up ends."""

    contact_id: str
    medium: Medium
    weight: int
    state: AssignmentState
    since: datetime
    queue: str | None = None
    offer_id: str | None = None
    until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Agent:
    """A person (or a simulated one) who takes contacts, as the router sees them.

    ``device`` is the driver's name for where to ring (for voice the PJSIP endpoint);
    ``place`` is it while the agent is logged in somewhere else than at their own.
    ``forwards`` says where direct calls go instead: ``all``, ``busy``, ``no_answer`` and the
    number.
    ``presence`` is what the agent said; :attr:`state` sums it up with what they have in
    hand. ``since`` is when that state began; ``idle_since`` orders longest-idle.
    ``day`` is the date of which ``occupied`` (seconds) and ``taken`` (contacts) tell;
    ``turns`` is when the agent was last offered a contact of each queue.
    """

    version: int = 0
    stamp: str = ""
    id: str
    device: str
    skills: dict[str, int] = field(default_factory=dict)  # skill -> proficiency 1..10
    presence: Presence = Presence.LOGGED_OUT
    reason: str | None = None  # of not_ready
    assignments: list[Assignment] = field(default_factory=list)
    since: datetime | None = None
    idle_since: datetime | None = None
    occupied_since: datetime | None = None  # None: has nothing in hand
    day: str = ""
    occupied: float = 0.0
    taken: int = 0
    turns: dict[str, float] = field(default_factory=dict)
    place: str | None = None
    forwards: dict[str, str] = field(default_factory=dict)

    def assignment(self, contact_id: str | None) -> Assignment | None:
        """The agent's part in the contact, if they have one."""
        for one in self.assignments:
            if one.contact_id == contact_id:
                return one
        return None

    def has(self, contact_id: str, *states: AssignmentState) -> bool:
        """Whether the agent has the contact (in one of ``states``, if given)."""
        one = self.assignment(contact_id)
        return one is not None and (not states or one.state in states)

    @property
    def foremost(self) -> Assignment | None:
        """What the agent attends to most: what is active before what rings, before
        wrap-up, before what is parked; of several the latest."""
        return max(self.assignments, key=lambda a: (_FOREMOST[a.state], a.since), default=None)

    @property
    def state(self) -> AgentState:
        """What the agent does, in one word."""
        first = self.foremost
        return AgentState(self.presence.value) if first is None else _STATE[first.state]

    @property
    def contact_id(self) -> str | None:
        """The foremost contact."""
        first = self.foremost
        return first.contact_id if first else None

    @property
    def offer_id(self) -> str | None:
        """The offer by which the agent has, or is rung for, the foremost contact."""
        first = self.foremost
        return first.offer_id if first else None

    @property
    def next_reason(self) -> str | None:
        """What comes after the work in hand, if not ready: a not-ready reason, or
        ``log_out``."""
        if not self.assignments or self.presence is Presence.READY:
            return None
        return "log_out" if self.presence is Presence.LOGGED_OUT else self.reason

    @property
    def wrap_up_until(self) -> datetime | None:
        """When the next wrap-up ends, if the agent is in one and in nothing else."""
        first = self.foremost
        return first.until if first else None


_FOREMOST = {
    AssignmentState.PARKED: 0,
    AssignmentState.WRAP_UP: 1,
    AssignmentState.OFFERED: 2,
    AssignmentState.ACTIVE: 3,
}
_STATE = {
    AssignmentState.PARKED: AgentState.BUSY,
    AssignmentState.WRAP_UP: AgentState.WRAP_UP,
    AssignmentState.OFFERED: AgentState.OFFERED,
    AssignmentState.ACTIVE: AgentState.BUSY,
}


@dataclass(slots=True, kw_only=True)
class Offer:
    """One contact put to one agent until a deadline. ``version`` fences late answers.

    ``direct``: made to this agent by name (a transfer), not by the router's choice.
    ``epoch`` is that of the router who made it, see :mod:`acd.leadership`.
    """

    version: int = 0
    stamp: str = ""
    id: str
    contact_id: str
    agent_id: str
    queue: str
    created_at: datetime
    deadline: datetime
    medium: Medium = Medium.VOICE
    direct: bool = False
    node: str = ""  # that of the contact
    epoch: int = 0
    state: OfferState = OfferState.PENDING
