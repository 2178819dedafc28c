"""Calls out: the one place that decides whether a call may go, by which trunks, showing
which number.

``OutboundRules`` (:mod:`sip.outbound.rules`) is the pure part: configuration in, a plan or a
refusal out. ``Outbound`` (:mod:`sip.outbound.service`) adds what changes from call to call:
limits an hour, minutes a day, full trunks, trunks that are down. Everybody who calls out asks
it first: transfers, consultations, call-backs, flows, what agents dial by hand, click-to-dial.

The plan is carried out in one of two ways. A call that is in the dialplan already gets
``plan.variables()`` and goes to ``parley-outbound,s``, which tries the ways in order. A leg
that is originated is rung way by way with :func:`sip.voice.ring_out.ring_out`.
"""

from sip.outbound.errors import (
    AgentLimit,
    CallerIdNotAllowed,
    MinutesUsedUp,
    NumberForbidden,
    NumberNotAllowed,
    OutboundRefused,
    RightMissing,
    RouteLimit,
    TrunkFull,
    TrunkLimit,
)
from sip.outbound.plan import CallOut, Plan, Purpose, Way
from sip.outbound.rules import OutboundRules
from sip.outbound.service import Outbound

__all__ = [
    "AgentLimit",
    "CallOut",
    "CallerIdNotAllowed",
    "MinutesUsedUp",
    "NumberForbidden",
    "NumberNotAllowed",
    "Outbound",
    "OutboundRefused",
    "OutboundRules",
    "Plan",
    "Purpose",
    "RightMissing",
    "RouteLimit",
    "TrunkFull",
    "TrunkLimit",
    "Way",
]
