"""Not-ready reasons that the platform gives by itself. People choose others, which the
configuration names (``not_ready_reasons``)."""

from __future__ import annotations

from typing import Final

LOGGED_IN: Final = "logged_in"  # until the agent says ready
RONA: Final = "rona"  # the offer rang out
REDIRECTED: Final = "redirected"  # the device asked that somebody else be called
REJECTED: Final = "rejected"  # the agent declined
HUNG_UP_EARLY: Final = "hung_up_early"  # answered, then left before the two were joined
CONNECT_FAILED: Final = "connect_failed"  # answered, but the two could not be joined
HUNG_UP_AT_ONCE: Final = "hung_up_at_once"  # joined, and gone before anybody could talk
NO_SOUND: Final = "no_sound"  # joined, but nothing came from the agent's device
DEVICE_BUSY: Final = "device_busy"
DEVICE_UNAVAILABLE: Final = "device_unavailable"  # it takes no calls: do not disturb
DEVICE_UNREGISTERED: Final = "device_unregistered"
DEVICE_UNREACHABLE: Final = "device_unreachable"  # registered, but it does not respond

AWAY: Final = frozenset({DEVICE_UNREGISTERED, DEVICE_UNREACHABLE})
"""Who is not ready for one of these is ready again when the device is back."""

OWN: Final = frozenset(
    {
        LOGGED_IN, RONA, REDIRECTED, REJECTED, HUNG_UP_EARLY, CONNECT_FAILED, HUNG_UP_AT_ONCE,
        NO_SOUND, DEVICE_BUSY, DEVICE_UNAVAILABLE, *AWAY,
    }
)  # fmt: skip
