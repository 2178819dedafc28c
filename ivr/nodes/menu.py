"""``menu``: ask for one of some keys, set variables, go where the key leads."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from config.base import Name, refused
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.retry import Patience, Retry
from ivr.nodes.set import Assignment
from ivr.nodes.values import Key


class Option(Assignment):
    """Where a key leads, and what it sets on the way."""

    next: Name


def _from_name(raw: Any) -> Any:
    return {"next": raw} if isinstance(raw, str) else raw


class Menu(Node):
    """``seconds`` is the wait after the prompts; ``exhausted`` is the next node when
    the customer made the same mistake as often as ``attempts`` says."""

    type: Literal["menu"]
    prompts: Prompts = Field(min_length=1)
    options: dict[Key, Annotated[Option, BeforeValidator(_from_name)]] = Field(min_length=1)
    seconds: float = Field(default=6.0, gt=0, le=60)
    invalid: Retry
    nothing: Retry
    exhausted: Name

    @field_validator("options")
    @classmethod
    def _each_reachable(cls, options: dict[str, Option]) -> dict[str, Option]:
        for short, long in permutations(options, 2):
            if long.startswith(short):
                raise refused(f"no key that begins another: {short!r} hides {long!r}")
        return options

    def exits(self) -> Iterable[Exit]:
        for key, option in self.options.items():
            yield Exit(key, option.next, after_input=True)
        yield Exit("exhausted", self.exhausted)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from (*self.prompts, *self.invalid.prompts, *self.nothing.prompts)

    def sets(self) -> Iterable[str]:
        for option in self.options.values():
            yield from option.set

    def needs(self) -> Iterable[tuple[str, str]]:
        for option in self.options.values():
            yield from option.needed()

    async def run(self, visit: Visit) -> str:
        patience = Patience(visit, invalid=self.invalid, nothing=self.nothing)
        longest = max(map(len, self.options))
        while True:
            answer = await visit.ask(
                (*patience.lead, *self.prompts), self.options, self.seconds, longest
            )
            option = self.options.get(answer.text) if answer else None
            if answer and option:
                visit.trace("ivr.choice_made", choice=answer.text, to=option.next)
                option.apply(visit)
                return option.next
            if patience.lost("invalid" if answer else "missing"):
                return self.exhausted
