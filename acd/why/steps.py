"""The decisions of the past, from the events of a contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.events import Event

# What tells of the way a contact took. What agents and customers did besides (held,
# coded, recorded) is in its history.
TOLD = frozenset(
    {
        "queued", "prioritised", "offered", "offer_failed", "answered", "connected", "parked",
        "resumed", "transferred", "call_back_agreed", "call_back_postponed", "hung_up_to_wait",
        "ivr_started", "ended",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was decided or befell the contact. ``what`` is the type of the
    event without ``contact.``; ``data`` is the event's."""

    what: str
    at: datetime
    agent_id: str | None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> Mapping[str, Any] | None:
        """What an offer rested on: ``asked`` (canonical text), ``step``, ``score``,
        ``strategy``, ``able``, ``free``, ``next`` and ``waiting``, perhaps ``only``;
        None if the agent was named by somebody."""
        found = self.data.get("why")
        return found if isinstance(found, Mapping) else None


def steps_of(events: Iterable[Event]) -> list[Step]:
    """The steps among the events of one contact, in their order."""
    found: list[Step] = []
    paused = False
    for event in events:
        what = event.type.removeprefix("contact.")
        if what == "resumed" and not paused:
            continue  # from hold, which changes nothing of the way
        if what in TOLD:
            found.append(Step(what, event.at, event.agent_id, event.data))
        if what in ("parked", "held"):
            paused = what == "parked"
    return found
