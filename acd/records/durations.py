"""What the stretches of a contact add up to.

Only stretches that are over count, so that one version of a contact always gives
the same figures, whenever and however often it is written. What still runs when
a contact has ended is taken to end with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from acd.contact_states import ContactState
from acd.model import Contact, Segment, SegmentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Figures of one contact; seconds throughout.

    ``wait_seconds`` is time in queues up to the answer or the abandonment (ringing
    lies within it). Handle time is talk + hold + wrap-up.
    """

    queue: str | None
    first_agent_id: str | None
    last_agent_id: str | None
    answered_at: datetime | None
    ivr_seconds: float
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float


def summarise(contact: Contact) -> Summary:
    """Add up ``contact.segments``."""
    talks = sorted(
        (s for s in contact.segments if s.kind is SegmentKind.TALK), key=lambda s: s.started_at
    )
    agents = [s.agent_id for s in talks if s.agent_id]
    queues = [s.queue for s in contact.segments if s.kind is SegmentKind.QUEUE and s.queue]
    return Summary(
        queue=contact.queue or (queues[-1] if queues else None),
        first_agent_id=agents[0] if agents else None,
        last_agent_id=agents[-1] if agents else None,
        answered_at=talks[0].started_at if talks else None,
        ivr_seconds=_total(contact, SegmentKind.IVR),
        wait_seconds=_total(contact, SegmentKind.QUEUE),
        talk_seconds=_total(contact, SegmentKind.TALK),
        hold_seconds=_total(contact, SegmentKind.HOLD),
        wrap_up_seconds=_total(contact, SegmentKind.WRAP_UP),
    )


def _total(contact: Contact, kind: SegmentKind) -> float:
    seconds = sum(_seconds(contact, s) for s in contact.segments if s.kind is kind)
    return round(seconds, 6)


def _seconds(contact: Contact, segment: Segment) -> float:
    end = segment.ended_at
    if end is None and contact.state is ContactState.ENDED:
        end = contact.ended_at
    # Clocks of two nodes may differ by a little; a stretch is never negative.
    return max(0.0, (end - segment.started_at).total_seconds()) if end else 0.0
