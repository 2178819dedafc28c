"""``say``: speak prompts, go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from config.base import Name
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec


class Say(Node):
    """Digits pressed meanwhile are kept for the next question."""

    type: Literal["say"]
    prompts: Prompts
    next: Name

    def exits(self) -> Iterable[Exit]:
        yield Exit("next", self.next)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts

    async def run(self, visit: Visit) -> str:
        await visit.say(self.prompts)
        return self.next
