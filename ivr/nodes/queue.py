"""``queue``: the flow ends, the customer waits for an agent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from ivr.nodes.base import Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.wish import QueueWish
from ivr.outcome import ToQueue


class Queue(QueueWish):
    """Where and for whom: see :class:`ivr.nodes.wish.QueueWish`."""

    type: Literal["queue"]
    prompts: Prompts = ()

    ENDS: ClassVar[bool] = True

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts

    async def run(self, visit: Visit) -> ToQueue:
        await visit.say(self.prompts)
        return ToQueue(**self.wish(visit))
