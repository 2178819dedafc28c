"""``hangup``: the flow says goodbye and ends the contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from acd.model import EndReason
from config.base import refused
from config.problems import listing
from ivr.conversation import CustomerGone
from ivr.nodes.base import Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.outcome import Hangup

_REASONS = frozenset(
    {
        EndReason.COMPLETED_IN_IVR,
        EndReason.NO_INPUT,
        EndReason.CLOSED,
        EndReason.QUEUE_FULL,
        EndReason.OVERFLOWED,
        EndReason.REFUSED,
    }
)


def _reason(raw: Any) -> Any:
    if raw not in _REASONS:
        raise refused(listing(reason.value for reason in _REASONS))
    return EndReason(raw)


Reason = Annotated[EndReason, BeforeValidator(_reason)]


class HangupNode(Node):
    """``reason`` is what the record says. A customer who hangs up during the goodbye
    did not abandon: the reason stays."""

    type: Literal["hangup"]
    prompts: Prompts = ()
    reason: Reason = EndReason.COMPLETED_IN_IVR

    ENDS: ClassVar[bool] = True

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts

    async def run(self, visit: Visit) -> Hangup:
        attributes = dict(visit.state.variables)
        try:
            await visit.say(self.prompts)
        except CustomerGone:
            return Hangup(reason=self.reason, by_customer=True, attributes=attributes)
        return Hangup(reason=self.reason, attributes=attributes)
