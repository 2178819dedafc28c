"""Calls that agents make from their own phones."""

from __future__ import annotations

from pydantic import Field

from config.base import Int, Seconds, Section


class OwnCalls(Section):
    """Agents' own calls: out, among colleagues, to a queue's number.

    ``wrap_up_seconds`` follows a call out that belongs to no queue (an agent's own
    ``wrap_up_seconds`` goes before it). ``record_outbound`` and ``record_internal`` say what
    is recorded; ``recorded`` of the agent, and of the queue if there is one, must agree.
    ``ring_seconds``: how long a colleague's phone rings, and the agent's own for
    click-to-dial, which ``auto_answer`` asks to answer by itself.
    """

    wrap_up_seconds: Seconds = 30.0
    record_outbound: bool = True
    record_internal: bool = False
    auto_answer: bool = False
    ring_seconds: Int = Field(default=30, ge=5, le=120)
