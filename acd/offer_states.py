"""The life of an offer (one contact put to one agent), as one table."""

from __future__ import annotations

from enum import StrEnum

from core.state_table import StateTable


class OfferState(StrEnum):
    """How an offer stands."""

    PENDING = "pending"  # claimed, the agent's device rings
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # the agent declined
    BUSY = "busy"  # the agent's device is in use
    UNAVAILABLE = "unavailable"  # the agent's device takes nothing: do not disturb
    TIMED_OUT = "timed_out"  # not answered in time
    UNREGISTERED = "unregistered"  # the agent has no device at present: nothing was rung
    UNREACHABLE = "unreachable"  # the device is known but could not be rung
    RESCINDED = "rescinded"  # taken back: customer left, agent left, supervisor


class OfferEvent(StrEnum):
    """What can happen to an offer."""

    ACCEPT = "accept"
    REJECT = "reject"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    TIME_OUT = "time_out"
    UNREGISTERED = "unregistered"
    UNREACHABLE = "unreachable"
    RESCIND = "rescind"


_S, _E = OfferState, OfferEvent

OFFER_STATES = StateTable[OfferState, OfferEvent](
    "offer",
    _S.PENDING,
    {
        (_S.PENDING, _E.ACCEPT): _S.ACCEPTED,
        (_S.PENDING, _E.REJECT): _S.REJECTED,
        (_S.PENDING, _E.BUSY): _S.BUSY,
        (_S.PENDING, _E.UNAVAILABLE): _S.UNAVAILABLE,
        (_S.PENDING, _E.TIME_OUT): _S.TIMED_OUT,
        (_S.PENDING, _E.UNREGISTERED): _S.UNREGISTERED,
        (_S.PENDING, _E.UNREACHABLE): _S.UNREACHABLE,
        (_S.PENDING, _E.RESCIND): _S.RESCINDED,
    },
)
