"""Ring a number outside for a leg of ours, trunk by trunk."""

from __future__ import annotations

from sip import causes, verbs
from sip.ami import AmiClient, caller_id
from sip.asterisk.generate import dialplan
from sip.outbound.plan import Way
from sip.voice.legs import Leg


async def ring_out(
    ami: AmiClient, way: Way, leg: Leg, *, seconds: float, context: str = dialplan.AGENT
) -> None:
    """Originate ``leg`` through the trunk of ``way``; answered, it waits in ``context``.
    Raises what :func:`sip.verbs.ring` raises."""
    await verbs.ring(
        ami,
        way.device,
        leg.id,
        seconds=seconds,
        caller_id=caller_id("", way.caller_id) if way.caller_id else "",
        variables={**leg.variables(), **verbs.on_trunk(way.trunk)},
        context=context,
    )


def wants_next_way(leg: Leg) -> bool:
    """Whether ``leg``, a call out that has ended, is to be tried through the next of its
    ``ways``."""
    return (
        bool(leg.ways)
        and not (leg.up or leg.cancelled)
        and leg.ended_cause is not None
        and causes.fails_over(leg.ended_cause, rang=leg.rang)
    )
