"""``say_number``: speak a variable (or a literal) as a quantity, go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from config.base import Name
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.values import NumberSource


class SayNumber(Node):
    """``before`` and ``after`` are prompts around the number."""

    type: Literal["say_number"]
    before: Prompts = ()
    number: NumberSource
    after: Prompts = ()
    next: Name

    def exits(self) -> Iterable[Exit]:
        yield Exit("next", self.next)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.before
        yield PromptSpec(number=self.number)
        yield from self.after

    async def run(self, visit: Visit) -> str:
        await visit.say(self.spoken())
        return self.next
