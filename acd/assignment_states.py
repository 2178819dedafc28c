"""An agent's part in one contact, as one table."""

from __future__ import annotations

from enum import StrEnum

from core.state_table import StateTable


class AssignmentState(StrEnum):
    """How an agent has a contact."""

    OFFERED = "offered"  # reserved, the device rings
    ACTIVE = "active"  # talking, writing or holding
    PARKED = "parked"  # put aside for something that interrupts; takes no capacity
    WRAP_UP = "wrap_up"
    OVER = "over"  # gone from the agent's hands


class AssignmentEvent(StrEnum):
    """What can happen to it."""

    ACCEPTED = "accepted"
    RELEASED = "released"  # the offer failed, or the contact goes without wrap-up
    PARKED = "parked"
    RESUMED = "resumed"
    CONTACT_ENDED = "contact_ended"
    WRAPPED_UP = "wrapped_up"


IN_HAND = (AssignmentState.ACTIVE, AssignmentState.PARKED)
"""Accepted and not over: the agent has it, attended to or put aside."""

_S, _E = AssignmentState, AssignmentEvent

ASSIGNMENT_STATES = StateTable[AssignmentState, AssignmentEvent](
    "assignment",
    _S.OFFERED,
    {
        (_S.OFFERED, _E.ACCEPTED): _S.ACTIVE,
        (_S.OFFERED, _E.RELEASED): _S.OVER,
        (_S.ACTIVE, _E.PARKED): _S.PARKED,
        (_S.ACTIVE, _E.CONTACT_ENDED): _S.WRAP_UP,
        (_S.ACTIVE, _E.RELEASED): _S.OVER,
        (_S.PARKED, _E.RESUMED): _S.ACTIVE,
        (_S.PARKED, _E.CONTACT_ENDED): _S.WRAP_UP,
        (_S.PARKED, _E.RELEASED): _S.OVER,
        (_S.WRAP_UP, _E.WRAPPED_UP): _S.OVER,
    },
)
