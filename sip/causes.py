"""Why a call ended: ITU-T Q.850 causes as Asterisk reports them in ``Hangup``."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class Cause(IntEnum):
    """The causes that Parley tells apart; others stay plain numbers."""

    UNKNOWN = 0
    UNALLOCATED = 1
    NO_ROUTE = 3
    NORMAL = 16
    BUSY = 17
    NO_USER_RESPONSE = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    REJECTED = 21
    ANSWERED_ELSEWHERE = 26
    DESTINATION_OUT_OF_ORDER = 27
    INVALID_NUMBER = 28
    NORMAL_UNSPECIFIED = 31
    NO_CIRCUIT = 34
    NETWORK_OUT_OF_ORDER = 38
    TEMPORARY_FAILURE = 41
    CONGESTION = 42
    CHANNEL_UNAVAILABLE = 44
    BEARER_NOT_AVAILABLE = 58
    TIMER_EXPIRED = 102
    INTERWORKING = 127


_KNOWN = frozenset(Cause)
_TIMED_OUT = {Cause.NORMAL, Cause.NO_USER_RESPONSE, Cause.NO_ANSWER, Cause.NORMAL_UNSPECIFIED}


# SIP (RFC 3261, RFC 8197) says more than Q.850: 480 is what phones on do-not-disturb send.
_SIP = {
    480: "unavailable",
    486: "busy",
    600: "busy",
    603: "rejected",
    607: "rejected",
    608: "rejected",
}
_Q850 = {
    Cause.BUSY: "busy",
    Cause.REJECTED: "rejected",
    Cause.SUBSCRIBER_ABSENT: "unregistered",
}


def unanswered_outcome(cause: int, sip_status: int = 0, *, picked_up: bool = False) -> str:
    """What a leg that ended before it was answered means for an offer (see
    :meth:`acd.driver.DriverEvents.agent_unanswered`). ``sip_status`` is that of the phone's
    refusal, 0 where it is not known (Asterisk before 22.5). A phone that was
    ``picked_up`` was answered and hung up before it could wait to be joined."""
    if picked_up:
        return "hung_up_early"
    told = _SIP.get(sip_status) or _Q850.get(Cause(cause) if cause in _KNOWN else Cause.UNKNOWN)
    if told is not None:
        return told
    if sip_status == 408 or sip_status >= 500:
        return "unreachable"
    if cause in _TIMED_OUT:
        return "timed_out"
    return "unreachable"


# The trunk failed (5xx, no contact, not registered), not the callee: another may do.
TRUNK_FAILED = frozenset(
    {
        Cause.NO_ROUTE, Cause.SUBSCRIBER_ABSENT, Cause.DESTINATION_OUT_OF_ORDER,
        Cause.NO_CIRCUIT, Cause.NETWORK_OUT_OF_ORDER, Cause.TEMPORARY_FAILURE,
        Cause.CONGESTION, Cause.CHANNEL_UNAVAILABLE, Cause.TIMER_EXPIRED,
    }
)  # fmt: skip


def fails_over(cause: int, *, rang: bool) -> bool:
    """Whether a call out that ended unanswered with ``cause`` is tried through another
    trunk. No response at all (408) is the trunk's fault only if it did not ring."""
    return cause in TRUNK_FAILED or (cause == Cause.NO_USER_RESPONSE and not rang)


# What a person did says more than what a phone did.
_FOREMOST = (
    "hung_up_early", "rejected", "redirected", "busy", "unavailable", "timed_out", "unreachable",
)  # fmt: skip


def foremost(outcomes: Sequence[str]) -> str:
    """What several phones of one agent come to, none of which was answered."""
    return min(outcomes, key=lambda one: _FOREMOST.index(one) if one in _FOREMOST else 9)


def name_of(cause: int) -> str:
    """A word for logs and screens: ``busy``; ``cause_102`` for one without a name."""
    try:
        return Cause(cause).name.lower()
    except ValueError:
        return f"cause_{cause}"


def parse(text: str) -> int:
    """The cause of an event's header; 0 when absent or garbled."""
    return int(text) if text.isascii() and text.isdigit() else 0
