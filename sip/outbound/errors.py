"""Why a call does not go out: for the API a code and a hint, for phones a Q.850 cause and
the prompt that is said."""

from __future__ import annotations

from typing import ClassVar

from core.errors import ParleyError
from sip.causes import Cause


class OutboundRefused(ParleyError):
    """The call may not go out (now). ``cause`` is what the phone is told, ``prompt`` what
    the person at it hears."""

    code: ClassVar[str] = "outbound_refused"
    http_status: ClassVar[int] = 403
    cause: ClassVar[Cause] = Cause.REJECTED
    prompt: ClassVar[str] = "call-not-allowed"


class NumberNotAllowed(OutboundRefused):
    """No outbound route of the configuration takes this number."""

    code = "number_not_allowed"
    http_status = 400
    cause = Cause.UNALLOCATED
    prompt = "number-not-reached"


class NumberForbidden(OutboundRefused):
    """Nobody may call this number."""

    code = "number_forbidden"


class RightMissing(OutboundRefused):
    """Only agents with a right that this caller has not may call the number."""

    code = "dial_right_missing"


class CallerIdNotAllowed(OutboundRefused):
    """The agent may not show this number."""

    code = "caller_id_not_allowed"


class _Busy(OutboundRefused):
    """It could go out at another time."""

    retryable: ClassVar[bool] = True
    http_status = 429
    cause = Cause.NO_CIRCUIT
    prompt = "lines-busy"


class TrunkFull(_Busy):
    """The trunks carry as many calls as they may."""

    code = "trunk_full"


class AgentLimit(_Busy):
    """The agent has made as many calls within an hour as they may."""

    code = "agent_call_limit"


class RouteLimit(_Busy):
    """As many calls as may have gone out on the route within an hour."""

    code = "route_call_limit"


class TrunkLimit(_Busy):
    """As many calls as may have gone out through the trunks within an hour."""

    code = "trunk_call_limit"


class MinutesUsedUp(_Busy):
    """The trunks' minutes of today are used up."""

    code = "trunk_minutes_used_up"
