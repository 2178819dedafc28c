"""The working day of an agent, as one table; and what an agent does, in one word."""

from __future__ import annotations

from enum import StrEnum

from core.state_table import StateTable


class Presence(StrEnum):
    """What an agent has said: whether they take (further) contacts.

    Contacts in hand go on whatever is said: who takes a break, or logs out, during a
    call is offered nothing more and leaves when it is over.
    """

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"  # with a reason code: break, training, rona, ...
    READY = "ready"


class AgentState(StrEnum):
    """What an agent is doing: the presence of who has nothing in hand, else the state
    of the foremost thing they have (see :attr:`acd.model.Agent.state`)."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    READY = "ready"
    OFFERED = "offered"  # the phone rings
    BUSY = "busy"  # connected to a customer (talking, writing or holding)
    WRAP_UP = "wrap_up"


class PresenceEvent(StrEnum):
    """What an agent, a supervisor or the router can say of presence."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    READY = "ready"
    NOT_READY = "not_ready"
    RONA = "rona"  # redirected on no answer: the offer rang out
    OFFER_FAILED = "offer_failed"  # rejected, device busy, unreachable, hung up at once...


_P, _E = Presence, PresenceEvent

PRESENCE = StateTable[Presence, PresenceEvent](
    "agent",
    _P.LOGGED_OUT,
    {
        (_P.LOGGED_OUT, _E.LOGGED_IN): _P.NOT_READY,
        (_P.LOGGED_OUT, _E.RONA): _P.LOGGED_OUT,  # left while it rang
        (_P.LOGGED_OUT, _E.OFFER_FAILED): _P.LOGGED_OUT,
        (_P.NOT_READY, _E.READY): _P.READY,
        (_P.NOT_READY, _E.NOT_READY): _P.NOT_READY,  # another reason
        (_P.NOT_READY, _E.RONA): _P.NOT_READY,
        (_P.NOT_READY, _E.OFFER_FAILED): _P.NOT_READY,
        (_P.NOT_READY, _E.LOGGED_OUT): _P.LOGGED_OUT,
        (_P.READY, _E.READY): _P.READY,
        (_P.READY, _E.NOT_READY): _P.NOT_READY,
        (_P.READY, _E.RONA): _P.NOT_READY,
        (_P.READY, _E.OFFER_FAILED): _P.NOT_READY,
        (_P.READY, _E.LOGGED_OUT): _P.LOGGED_OUT,
    },
)
