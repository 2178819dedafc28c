"""Why a call ended: ITU-T Q.850 causes as Asterisk reports them in ``Hangup``."""

from __future__ import annotations

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
    NORMAL_UNSPECIFIED = 31
    NO_CIRCUIT = 34
    NETWORK_OUT_OF_ORDER = 38
    TEMPORARY_FAILURE = 41
    CONGESTION = 42
    CHANNEL_UNAVAILABLE = 44
    BEARER_NOT_AVAILABLE = 58
    TIMER_EXPIRED = 102
    INTERWORKING = 127


_REJECTED = {Cause.BUSY, Cause.REJECTED}
_TIMED_OUT = {Cause.NORMAL, Cause.NO_USER_RESPONSE, Cause.NO_ANSWER, Cause.NORMAL_UNSPECIFIED}


def unanswered_outcome(cause: int) -> str:
    """What a leg that ended before it was answered means for an offer:
    ``timed_out`` (it rang out), ``rejected`` (the person declined or was busy) or
    ``unreachable`` (the phone could not be rung)."""
    if cause in _REJECTED:
        return "rejected"
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


def name_of(cause: int) -> str:
    """A word for logs and screens: ``busy``; ``cause_102`` for one without a name."""
    try:
        return Cause(cause).name.lower()
    except ValueError:
        return f"cause_{cause}"


def parse(text: str) -> int:
    """The cause of an event's header; 0 when absent or garbled."""
    return int(text) if text.isascii() and text.isdigit() else 0
