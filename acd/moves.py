"""What happens to a contact: state, segments and event of each move.

Each function alters the contact by the state table (which raises
:class:`~core.state_table.IllegalTransition`) and notes it in the change. Nothing
here knows Redis, drivers or timers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from acd import order
from acd.change import Change
from acd.contact_states import CONTACT_STATES, ContactEvent, ContactState
from acd.model import (
    Agent,
    CallBack,
    Contact,
    EndReason,
    Offer,
    PassedOn,
    Preferred,
    QueueConfig,
    Segment,
    SegmentKind,
)
from core import ids
from core.clock import to_epoch

_WAITING = frozenset({ContactState.IVR, ContactState.QUEUED, ContactState.OFFERED})


def _apply(change: Change, contact: Contact, event: ContactEvent) -> None:
    state = CONTACT_STATES.next(contact.state, event)
    change.touch(contact)
    contact.state = state


def start(
    change: Change, contact: Contact, kind: SegmentKind, *,
    agent_id: str | None = None, queue: str | None = None,
) -> None:  # fmt: skip
    """Open a segment."""
    change.touch(contact)
    segment = Segment(id=ids.new_id(ids.SEGMENT), kind=kind, started_at=change.now)
    segment.agent_id, segment.queue = agent_id, queue
    contact.segments.append(segment)


def stop(
    change: Change, contact: Contact, *kinds: SegmentKind, outcome: str | None = None,
    agent_id: str | None = None, at: datetime | None = None,
) -> None:  # fmt: skip
    """Close the open segments of ``kinds`` (of ``agent_id``, if given)."""
    for segment in contact.segments:
        if segment.ended_at is None and segment.kind in kinds:
            if agent_id is not None and segment.agent_id != agent_id:
                continue
            change.touch(contact)
            # A true end learnt later can lie before a segment that we opened since.
            segment.ended_at = max(at or change.now, segment.started_at)
            segment.outcome = outcome or segment.outcome


def wraps_up(contact: Contact) -> bool:
    """Whether some agent still does after-call work for the contact."""
    return any(s.kind is SegmentKind.WRAP_UP and s.ended_at is None for s in contact.segments)


def consults(contact: Contact) -> bool:
    """Whether the agent talks with a third person."""
    return any(s.kind is SegmentKind.CONSULT and s.ended_at is None for s in contact.segments)


def arrived(change: Change, contact: Contact) -> None:
    """The contact exists from now on."""
    change.tell_contact(
        contact, "arrived", medium=contact.medium.value, channel=contact.channel,
        direction=contact.direction, business=contact.business,
    )  # fmt: skip


def dialled(change: Change, contact: Contact) -> None:
    """The agent who began the contact tries to reach somebody."""
    _apply(change, contact, ContactEvent.DIALLED)
    start(change, contact, SegmentKind.DIAL, agent_id=contact.agent_id, queue=contact.queue)
    change.tell_contact(contact, "dialled", direction=contact.direction)


def reached(change: Change, contact: Contact) -> None:
    """Whom the agent dialled has answered: they talk."""
    _apply(change, contact, ContactEvent.CONNECTED)
    stop(change, contact, SegmentKind.DIAL, outcome="answered")
    start(change, contact, SegmentKind.TALK, agent_id=contact.agent_id, queue=contact.queue)
    change.tell_contact(contact, "connected", direction=contact.direction)


def ivr_started(change: Change, contact: Contact) -> None:
    """Self-service begins (or begins again)."""
    stop(change, contact, SegmentKind.QUEUE, SegmentKind.IVR, outcome="left")
    stop(change, contact, SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.CONSULT)
    _apply(change, contact, ContactEvent.IVR_STARTED)
    contact.agent_id = contact.offer_id = contact.consult_agent_id = None
    start(change, contact, SegmentKind.IVR)
    change.tell_contact(contact, "ivr_started")


def queued(
    change: Change, contact: Contact, queue: QueueConfig, *,
    skills: Mapping[str, int] | None = None, asks: str | None = None,
    priority: int | None = None, preferred: Sequence[Preferred] | None = None,
    passed_on: PassedOn | None = None, lost: tuple[str, str] | None = None,
    slot: tuple[int, datetime] | None = None,
) -> None:  # fmt: skip
    """The contact enters ``queue``, or moves there; its age stays. In a ``slot``, a
    number and until when, it is offered to nobody.

    Without ``skills``, ``asks``, ``preferred`` and ``passed_on`` it keeps those of before;
    without ``priority`` the higher of its own and the queue's.
    """
    _apply(change, contact, ContactEvent.QUEUED)
    served = (SegmentKind.IVR, SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.CONSULT)
    stop(change, contact, *served, SegmentKind.PARKED)
    stop(change, contact, SegmentKind.QUEUE, outcome="moved")
    first = contact.enqueued_at is None
    contact.enqueued_at = contact.enqueued_at or change.now
    contact.queue = queue.name
    contact.agent_id = contact.offer_id = contact.consult_agent_id = None
    contact.end_reason = None  # self-service may have announced one
    if skills is not None:
        contact.asked_skills = dict(skills)
    if asks is not None:
        contact.asks = asks
    if preferred is not None:
        contact.preferred = list(preferred)
    data: dict[str, Any] = {}
    leave_slot(contact)
    if slot is not None:
        contact.slot, contact.not_before = slot
        data["slot"] = contact.slot
    if passed_on is not None:
        contact.passed_on = passed_on
        data["passed_by"] = passed_on.agent_id
    if lost is not None:  # the device of this agent, for this reason
        data["lost_by"], data["lost"] = lost
    contact.skills = required(queue, contact)
    if priority is not None:
        contact.priority = priority
    elif first:
        contact.priority = queue.priority
    else:
        contact.priority = max(contact.priority, queue.priority)
    contact.slope = order.slope(queue)
    contact.rank = order.rank(contact)
    start(change, contact, SegmentKind.QUEUE, queue=queue.name)
    change.tell_contact(contact, "queued", priority=contact.priority, again=not first, **data)


def leave_slot(contact: Contact) -> None:
    """The contact is in no parking slot (any more)."""
    if contact.slot is not None:
        contact.slot = contact.not_before = None


def asks_anew(change: Change, contact: Contact, queue: QueueConfig) -> None:
    """``queue``, in which the contact waits, may ask for other skills, or let age count for
    more, than when it entered: ``contact.asks_anew``, if so."""
    if not asks_the_same(contact, queue):
        change.touch(contact)
        contact.skills, contact.slope = required(queue, contact), order.slope(queue)
        contact.rank = order.rank(contact)
        change.tell_contact(contact, "asks_anew")


def asks_the_same(contact: Contact, queue: QueueConfig) -> bool:
    """Whether ``queue`` asks for what it asked for when the contact entered it."""
    return required(queue, contact) == contact.skills and order.slope(queue) == contact.slope


def prioritised(change: Change, contact: Contact, priority: int, by: str | None) -> None:
    """The contact, waiting or not, weighs more or less than before."""
    before = contact.priority
    change.touch(contact)
    contact.priority = priority
    if contact.enqueued_at is not None:
        contact.rank = order.rank(contact)
    data = {"by": by} if by else {}
    change.tell_contact(contact, "prioritised", priority=priority, before=before, **data)


def call_back_agreed(change: Change, contact: Contact, number: str) -> None:
    """The customer may hang up and keeps the place."""
    change.touch(contact)
    contact.call_back = CallBack(number=number, agreed_at=change.now)
    change.tell_contact(contact, "call_back_agreed")


def call_back_postponed(change: Change, contact: Contact, until: datetime) -> None:
    """The customer was not reached and will be called again, at the old place."""
    change.touch(contact)
    contact.not_before = until
    assert contact.call_back is not None
    attempts = contact.call_back.attempts
    change.tell_contact(contact, "call_back_postponed", attempts=attempts, until=to_epoch(until))


def required(queue: QueueConfig, contact: Contact) -> dict[str, int]:
    """The queue's skills and the contact's own, of each the higher."""
    needed = dict(queue.skills)
    for skill, least in contact.asked_skills.items():
        needed[skill] = max(least, needed.get(skill, least))
    return needed


def offered(
    change: Change, contact: Contact, offer: Offer, why: Mapping[str, Any] | None = None
) -> None:
    """An agent is rung; the queue segment goes on."""
    _apply(change, contact, ContactEvent.OFFERED)
    contact.agent_id, contact.offer_id = offer.agent_id, offer.id
    contact.passed_on = None
    start(change, contact, SegmentKind.RING, agent_id=offer.agent_id, queue=contact.queue)
    data = {"why": dict(why)} if why else {}
    change.tell_contact(contact, "offered", offer_id=offer.id, **data)


def answered(change: Change, contact: Contact) -> None:
    """The agent's device was answered and the accept won; not joined yet."""
    stop(change, contact, SegmentKind.RING, outcome="answered")
    change.tell_contact(contact, "answered", offer_id=contact.offer_id)


def offer_failed(change: Change, contact: Contact, outcome: str) -> None:
    """The contact waits on, at its old place."""
    _apply(change, contact, ContactEvent.OFFER_FAILED)
    stop(change, contact, SegmentKind.RING, outcome=outcome)
    _, within = _last_stay(contact)
    if within and within[-1].kind is SegmentKind.RING:  # answered, but not joined
        within[-1].outcome = outcome
    change.tell_contact(contact, "offer_failed", outcome=outcome, offer_id=contact.offer_id)
    contact.agent_id = contact.offer_id = None


def connected(change: Change, contact: Contact) -> None:
    """Customer and agent talk."""
    _apply(change, contact, ContactEvent.CONNECTED)
    contact.call_back = None  # kept: whoever hangs up from now on leaves
    leave_slot(contact)
    stop(change, contact, SegmentKind.QUEUE, outcome="answered")
    start(change, contact, SegmentKind.TALK, agent_id=contact.agent_id, queue=contact.queue)
    assert contact.enqueued_at is not None
    waited = (change.now - contact.enqueued_at).total_seconds()
    change.tell_contact(contact, "connected", waited=waited)


def no_talk(change: Change, contact: Contact, agent_id: str, outcome: str) -> None:
    """Customer and agent were joined, but nobody talked (``outcome`` says why): the agent's
    part counts as an offer that failed, and the customer waits on at the old place."""
    _apply(change, contact, ContactEvent.QUEUED)
    stop(change, contact, SegmentKind.CONSULT, SegmentKind.PARKED)
    stay, after = _last_stay(contact)
    mine = [s for s in after if s.agent_id == agent_id and s.kind in _TALKED]
    ring = next((s for s in after if s.agent_id == agent_id and s.kind is SegmentKind.RING), None)
    if ring is not None:
        ring.ended_at, ring.outcome = change.now, outcome
        contact.segments = [s for s in contact.segments if not any(s is one for one in mine)]
    elif mine:  # handed over by a colleague: it never rang for them
        ring, *rest = mine
        ring.kind, ring.ended_at, ring.outcome = SegmentKind.RING, change.now, outcome
        contact.segments = [s for s in contact.segments if not any(s is one for one in rest)]
    if stay is not None and not any(s.kind in _TALKED and s.agent_id != agent_id for s in after):
        stay.ended_at = stay.outcome = None
    else:
        start(change, contact, SegmentKind.QUEUE, queue=contact.queue)
    change.tell_contact(contact, "offer_failed", outcome=outcome, offer_id=contact.offer_id)
    contact.agent_id = contact.offer_id = contact.consult_agent_id = None


_TALKED = (SegmentKind.TALK, SegmentKind.HOLD)


def is_too_short(contact: Contact, agent_id: str, now: datetime, least_seconds: float) -> bool:
    """Whether the talk with the agent, which ends now, was shorter than ``least_seconds``
    and the only one that they had with the customer."""
    _, after = _last_stay(contact)
    spans = [s for s in after if s.agent_id == agent_id and s.kind in _TALKED]
    if (
        contact.state is not ContactState.CONNECTED
        or contact.enqueued_at is None
        or len(spans) != 1
    ):
        return False
    return (now - spans[0].started_at).total_seconds() < least_seconds


def _last_stay(contact: Contact) -> tuple[Segment | None, list[Segment]]:
    """The last stretch of waiting in a queue, and what came within and after it."""
    for number in range(len(contact.segments) - 1, -1, -1):
        if contact.segments[number].kind is SegmentKind.QUEUE:
            return contact.segments[number], contact.segments[number + 1 :]
    return None, list(contact.segments)


def held(change: Change, contact: Contact) -> None:
    """The customer hears music."""
    _apply(change, contact, ContactEvent.HELD)
    stop(change, contact, SegmentKind.TALK)
    start(change, contact, SegmentKind.HOLD, agent_id=contact.agent_id, queue=contact.queue)
    change.tell_contact(contact, "held")


def resumed(change: Change, contact: Contact) -> None:
    """The customer talks with the agent again."""
    _apply(change, contact, ContactEvent.RESUMED)
    stop(change, contact, SegmentKind.HOLD)
    start(change, contact, SegmentKind.TALK, agent_id=contact.agent_id, queue=contact.queue)
    change.tell_contact(contact, "resumed")


_TALK_SPANS = (SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.PARKED)


def parked(change: Change, contact: Contact, why: str) -> None:
    """Nobody attends to the customer for now: they are ``silent``, or the agent was
    ``called_away``."""
    _apply(change, contact, ContactEvent.PARKED)
    stop(change, contact, SegmentKind.TALK, SegmentKind.HOLD)
    start(change, contact, SegmentKind.PARKED, agent_id=contact.agent_id, queue=contact.queue)
    change.tell_contact(contact, "parked", why=why)


def unparked(change: Change, contact: Contact) -> None:
    """The agent comes back to the customer, whom the medium may still have on hold."""
    spans = [one for one in contact.segments if one.kind in _TALK_SPANS]
    held = len(spans) > 1 and spans[-2].kind is SegmentKind.HOLD
    _apply(change, contact, ContactEvent.BACK_ON_HOLD if held else ContactEvent.RESUMED)
    stop(change, contact, SegmentKind.PARKED)
    kind = SegmentKind.HOLD if held else SegmentKind.TALK
    start(change, contact, kind, agent_id=contact.agent_id, queue=contact.queue)
    change.tell_contact(contact, "held" if held else "resumed")


def consult_started(change: Change, contact: Contact, second: Agent | None) -> None:
    """The agent talks with a third person while the customer holds."""
    start(change, contact, SegmentKind.CONSULT, agent_id=contact.agent_id, queue=contact.queue)
    contact.consult_agent_id = second.id if second else None
    change.tell_contact(contact, "consult_started", with_agent=contact.consult_agent_id)


def consult_ended(change: Change, contact: Contact) -> None:
    """...and does not any more; the customer still holds."""
    stop(change, contact, SegmentKind.CONSULT)
    change.tell_contact(contact, "consult_ended", with_agent=contact.consult_agent_id)
    contact.consult_agent_id = None


def handed_over(change: Change, contact: Contact, second: Agent) -> None:
    """Another agent has taken the customer over."""
    _apply(change, contact, ContactEvent.TRANSFERRED)
    stop(
        change, contact, SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.CONSULT,
        SegmentKind.PARKED,
    )  # fmt: skip
    before, contact.agent_id = contact.agent_id, second.id
    contact.offer_id = contact.consult_agent_id = None
    start(change, contact, SegmentKind.TALK, agent_id=second.id, queue=contact.queue)
    change.tell_contact(contact, "transferred", from_agent=before)


def over(
    change: Change, contact: Contact, event: ContactEvent, reason: EndReason, *,
    cause: int | None = None, at: datetime | None = None,
) -> None:  # fmt: skip
    """The customer's side is over, at ``at`` (now, if not known). The contact is then
    in wrap-up or ended; the caller opens the agent's wrap-up and calls
    :func:`settle`."""
    if contact.state is ContactState.DIALLING and event is not ContactEvent.FAILED:
        event = ContactEvent.UNREACHED
        stop(change, contact, SegmentKind.DIAL, outcome=reason.value, at=at)
    if contact.state in _WAITING and wraps_up(contact):
        event = ContactEvent.LEFT_DURING_WRAP_UP
    _apply(change, contact, event)
    gone = "abandoned" if event is not ContactEvent.FAILED else "lost"
    stop(change, contact, SegmentKind.QUEUE, outcome=gone, at=at)
    stop(change, contact, SegmentKind.RING, outcome="rescinded", at=at)
    stop(
        change, contact, SegmentKind.DIAL, SegmentKind.IVR, SegmentKind.TALK, SegmentKind.HOLD,
        SegmentKind.CONSULT, SegmentKind.PARKED, at=at,
    )  # fmt: skip
    contact.ended_at = max(at or change.now, contact.created_at)
    contact.end_reason = reason
    contact.hangup_cause = cause
    leave_slot(contact)
    contact.consult_agent_id = None
    if contact.state is ContactState.ENDED:  # rung for perhaps, but never served
        contact.agent_id = contact.offer_id = None
    change.tell_contact(contact, event.value, reason=reason.value, cause=cause)
    if contact.state is ContactState.ENDED:
        _ended(change, contact)


def settle(change: Change, contact: Contact) -> None:
    """End a contact in wrap-up when nobody is left who wraps up."""
    if contact.state is ContactState.WRAP_UP and not wraps_up(contact):
        _apply(change, contact, ContactEvent.WRAPPED_UP)
        _ended(change, contact)


def _ended(change: Change, contact: Contact) -> None:
    reason = contact.end_reason
    assert reason is not None
    data: dict[str, Any] = {"reason": reason.value, "medium": contact.medium.value}
    change.tell_contact(contact, "ended", **data)
