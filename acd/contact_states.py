"""The life of a contact, as one table."""

from __future__ import annotations

from enum import StrEnum

from core.state_table import StateTable


class ContactState(StrEnum):
    """Where a contact is."""

    ARRIVED = "arrived"  # known, nothing said to it yet
    DIALLING = "dialling"  # an agent has begun it; whom they want is not reached yet
    IVR = "ivr"  # in self-service
    QUEUED = "queued"  # waiting for an agent
    OFFERED = "offered"  # an agent is being rung; the customer still waits
    CONNECTED = "connected"  # customer and agent talk
    HELD = "held"  # the agent put the customer on hold
    PARKED = "parked"  # nobody attends: the customer is silent, or the agent called away
    WRAP_UP = "wrap_up"  # the customer is gone, the agent finishes
    ENDED = "ended"


class ContactEvent(StrEnum):
    """What can happen to a contact."""

    DIALLED = "dialled"  # by an agent
    UNREACHED = "unreached"  # whom an agent dialled was not reached, or the agent gave up
    IVR_STARTED = "ivr_started"
    QUEUED = "queued"  # also: transferred to a queue
    OFFERED = "offered"
    OFFER_FAILED = "offer_failed"  # RONA, reject, unreachable, agent left, rescinded
    CONNECTED = "connected"
    HELD = "held"
    RESUMED = "resumed"
    PARKED = "parked"
    BACK_ON_HOLD = "back_on_hold"  # the agent is back, the customer was on hold before
    TRANSFERRED = "transferred"  # another agent took over, without a queue
    CUSTOMER_LEFT = "customer_left"
    AGENT_LEFT = "agent_left"  # the agent's side ended it
    LEFT_DURING_WRAP_UP = "left_during_wrap_up"  # over; an earlier agent still finishes
    WRAPPED_UP = "wrapped_up"
    FAILED = "failed"  # the platform lost it (Asterisk died, no route, ...)


_S, _E = ContactState, ContactEvent

CONTACT_STATES = StateTable[ContactState, ContactEvent](
    "contact",
    _S.ARRIVED,
    {
        (_S.ARRIVED, _E.IVR_STARTED): _S.IVR,
        (_S.ARRIVED, _E.QUEUED): _S.QUEUED,
        (_S.ARRIVED, _E.CUSTOMER_LEFT): _S.ENDED,
        (_S.ARRIVED, _E.FAILED): _S.ENDED,
        (_S.ARRIVED, _E.DIALLED): _S.DIALLING,
        (_S.DIALLING, _E.CONNECTED): _S.CONNECTED,
        (_S.DIALLING, _E.UNREACHED): _S.ENDED,
        (_S.DIALLING, _E.CUSTOMER_LEFT): _S.ENDED,
        (_S.DIALLING, _E.FAILED): _S.ENDED,
        (_S.IVR, _E.IVR_STARTED): _S.IVR,  # begun again after a crash of ours
        (_S.IVR, _E.QUEUED): _S.QUEUED,
        (_S.IVR, _E.CUSTOMER_LEFT): _S.ENDED,
        (_S.IVR, _E.LEFT_DURING_WRAP_UP): _S.WRAP_UP,
        (_S.IVR, _E.FAILED): _S.ENDED,
        (_S.QUEUED, _E.QUEUED): _S.QUEUED,  # moved to another queue, keeps its age
        (_S.QUEUED, _E.IVR_STARTED): _S.IVR,  # overflow back to self-service
        (_S.QUEUED, _E.OFFERED): _S.OFFERED,
        (_S.QUEUED, _E.CUSTOMER_LEFT): _S.ENDED,
        (_S.QUEUED, _E.LEFT_DURING_WRAP_UP): _S.WRAP_UP,
        (_S.QUEUED, _E.FAILED): _S.ENDED,
        (_S.OFFERED, _E.OFFER_FAILED): _S.QUEUED,
        (_S.OFFERED, _E.CONNECTED): _S.CONNECTED,
        (_S.OFFERED, _E.CUSTOMER_LEFT): _S.ENDED,
        (_S.OFFERED, _E.LEFT_DURING_WRAP_UP): _S.WRAP_UP,
        (_S.OFFERED, _E.FAILED): _S.ENDED,
        (_S.CONNECTED, _E.HELD): _S.HELD,
        (_S.CONNECTED, _E.TRANSFERRED): _S.CONNECTED,
        (_S.CONNECTED, _E.QUEUED): _S.QUEUED,
        (_S.CONNECTED, _E.IVR_STARTED): _S.IVR,  # the agent sent them back to self-service
        (_S.CONNECTED, _E.CUSTOMER_LEFT): _S.WRAP_UP,
        (_S.CONNECTED, _E.AGENT_LEFT): _S.WRAP_UP,
        (_S.CONNECTED, _E.FAILED): _S.WRAP_UP,
        (_S.CONNECTED, _E.PARKED): _S.PARKED,
        (_S.HELD, _E.PARKED): _S.PARKED,
        (_S.HELD, _E.RESUMED): _S.CONNECTED,
        (_S.HELD, _E.TRANSFERRED): _S.CONNECTED,
        (_S.HELD, _E.QUEUED): _S.QUEUED,
        (_S.HELD, _E.IVR_STARTED): _S.IVR,
        (_S.HELD, _E.CUSTOMER_LEFT): _S.WRAP_UP,
        (_S.HELD, _E.AGENT_LEFT): _S.WRAP_UP,
        (_S.HELD, _E.FAILED): _S.WRAP_UP,
        (_S.PARKED, _E.RESUMED): _S.CONNECTED,  # the agent comes back
        (_S.PARKED, _E.BACK_ON_HOLD): _S.HELD,
        (_S.PARKED, _E.QUEUED): _S.QUEUED,  # the customer comes back
        (_S.PARKED, _E.TRANSFERRED): _S.CONNECTED,
        (_S.PARKED, _E.CUSTOMER_LEFT): _S.WRAP_UP,
        (_S.PARKED, _E.AGENT_LEFT): _S.WRAP_UP,
        (_S.PARKED, _E.FAILED): _S.WRAP_UP,
        (_S.WRAP_UP, _E.WRAPPED_UP): _S.ENDED,
    },
)
