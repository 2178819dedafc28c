"""The small flows by which contacts leave a queue in which they cannot wait.

Where a queue says ``voicemail``, ``call_back``, ``message:PROMPT`` or ``hangup``, that is
a flow of two or three nodes, written here, and from then on nothing special: the same
engine runs it, for a call and for a chat.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from acd.model import EndReason, Target
from config.model import Settings
from config.queues import Destination, Queue
from ivr.flow import Flow, parse_flow

FULL, TOO_LONG, CLOSED, AFTER = "full", "too_long", "closed", "after"
CALL_BACK = "call_back"  # offered while they wait

REASONS = {
    FULL: EndReason.QUEUE_FULL,
    TOO_LONG: EndReason.QUEUE_FULL,
    CLOSED: EndReason.CLOSED,
    AFTER: EndReason.OVERFLOWED,
}
_SAID = {CLOSED: "closed"}  # else 'queue-full'


def destination(queue: Queue, event: str) -> Destination:
    """Where contacts go that ``event`` keeps from waiting in ``queue``."""
    if event == TOO_LONG and queue.overflow.too_long is None:
        event = FULL
    found: Destination = getattr(queue.overflow, event)
    return found


def target(queue: Queue, event: str) -> Target:
    """The same for the router: another queue, or a flow."""
    to = destination(queue, event)
    if to.kind in ("queue", "flow"):
        return Target(kind=to.kind, name=to.name)
    return Target(kind="flow", name=_name(queue, event))


def offer_flow(queue: Queue) -> str:
    """The flow that asks who waits in ``queue`` for the number of their call-back."""
    return _name(queue, CALL_BACK)


def overflow_flows(settings: Settings) -> dict[str, Flow]:
    """All of them, by name. The names have a dot, so that no configured flow has one."""
    return {
        name: parse_flow(text, name=name, source=f"the flow {name} of the overflow")
        for queue in settings.queues.values()
        for name, text in _texts(queue, settings)
    }


def _texts(queue: Queue, settings: Settings) -> Iterator[tuple[str, str]]:
    for event in REASONS:
        to = destination(queue, event)
        if to.kind not in ("queue", "flow") and (event != AFTER or _leave_after(queue)):
            yield _name(queue, event), _text(settings, _nodes(queue, event, to))
    if queue.call_back.offer_after_seconds is not None:
        wait = {"type": "queue", "queue": queue.name}
        yield offer_flow(queue), _text(settings, {"wait": wait, **_call_back(queue, "wait")})


def _leave_after(queue: Queue) -> bool:
    return queue.overflow.after_seconds is not None


def _nodes(queue: Queue, event: str, to: Destination) -> dict[str, object]:
    said = to.name if to.kind == "message" else _SAID.get(event, "queue-full")
    bye = {"type": "hangup", "prompts": [said], "reason": REASONS[event].value}
    if to.kind == "voicemail":
        return {"start": {"type": "voicemail", "queue": queue.name}}
    if to.kind == "call_back" and event == AFTER:
        wait = {"type": "queue", "queue": queue.name}
        return {"wait": wait, **_call_back(queue, "wait")}
    if to.kind == "call_back":
        return {"bye": bye, **_call_back(queue, "bye")}
    return {"start": bye}


def _call_back(queue: Queue, otherwise: str) -> dict[str, object]:
    return {"start": {"type": "call_back", "queue": queue.name, "otherwise": otherwise}}


def _text(settings: Settings, nodes: dict[str, object]) -> str:
    """JSON is YAML."""
    languages = list(settings.company.languages)
    return json.dumps({"languages": languages, "start": "start", "nodes": nodes})


def _name(queue: Queue, event: str) -> str:
    return f"{queue.name}.{event}"
