"""The working day of an agent, as one table."""

from __future__ import annotations

from enum import StrEnum

from core.state_table import StateTable


class AgentState(StrEnum):
    """What an agent is doing."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"  # with a reason code: break, training, rona, ...
    READY = "ready"
    OFFERED = "offered"  # reserved for one contact, the phone rings
    BUSY = "busy"  # connected to a customer (talking or holding)
    WRAP_UP = "wrap_up"


class AgentEvent(StrEnum):
    """What can happen to an agent."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    READY = "ready"
    NOT_READY = "not_ready"
    OFFERED = "offered"
    RESCINDED = "rescinded"  # the offer went away through no doing of theirs
    RONA = "rona"  # redirected on no answer: rang out, rejected or unreachable
    ACCEPTED = "accepted"
    CONTACT_ENDED = "contact_ended"
    WRAPPED_UP = "wrapped_up"  # timer or 'done'; a pending not-ready wish comes next


_S, _E = AgentState, AgentEvent

AGENT_STATES = StateTable[AgentState, AgentEvent](
    "agent",
    _S.LOGGED_OUT,
    {
        (_S.LOGGED_OUT, _E.LOGGED_IN): _S.NOT_READY,
        (_S.NOT_READY, _E.READY): _S.READY,
        (_S.NOT_READY, _E.NOT_READY): _S.NOT_READY,  # another reason
        (_S.NOT_READY, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.NOT_READY, _E.ACCEPTED): _S.BUSY,  # a transfer given by hand
        (_S.READY, _E.READY): _S.READY,
        (_S.READY, _E.NOT_READY): _S.NOT_READY,
        (_S.READY, _E.OFFERED): _S.OFFERED,
        (_S.READY, _E.ACCEPTED): _S.BUSY,
        (_S.READY, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.OFFERED, _E.ACCEPTED): _S.BUSY,
        (_S.OFFERED, _E.RESCINDED): _S.READY,
        (_S.OFFERED, _E.RONA): _S.NOT_READY,
        (_S.OFFERED, _E.NOT_READY): _S.NOT_READY,
        (_S.OFFERED, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.BUSY, _E.CONTACT_ENDED): _S.WRAP_UP,
        (_S.WRAP_UP, _E.WRAPPED_UP): _S.READY,
        (_S.WRAP_UP, _E.NOT_READY): _S.NOT_READY,
        (_S.WRAP_UP, _E.LOGGED_OUT): _S.LOGGED_OUT,
    },
)
