"""Who has paused a recording, and from when to when.

Several may pause the same recording: the agent, and Parley itself while a secret is asked
for or keyed. It goes on when nobody pauses it any more. Each pause is in the recording's
note, so that it is known after a restart of ours; the silence itself is Asterisk's.
"""

from __future__ import annotations

from typing import Any, Final

from media.recording.silencing import Reason

AUTOMATIC: Final = frozenset({Reason.SECRET_EXPECTED, Reason.KEYED})
"""Pauses that nobody asked for, and that therefore end by themselves."""

PAUSES: Final = "pauses"
"""The field of a recording's note."""


def pausing(recording: dict[str, Any]) -> set[Reason]:
    """Why the recording is paused now; empty if it is not."""
    return {Reason(one["reason"]) for one in recording.get(PAUSES, ()) if one["to"] is None}


def changed(
    recording: dict[str, Any], reason: Reason, paused: bool, at: float
) -> list[dict[str, Any]]:
    """The pauses of the recording when ``reason`` begins or ends at ``at`` (epoch
    seconds): each ``from``, ``to`` (None: goes on) and ``reason``."""
    pauses = [dict(one) for one in recording.get(PAUSES, ())]
    mine = [one for one in pauses if one["reason"] == reason.value and one["to"] is None]
    if paused and not mine:
        pauses.append({"from": at, "to": None, "reason": reason.value})
    for one in [] if paused else mine:
        one["to"] = at
    return pauses
