"""``collect``: ask for a card number, an account, an amount: several digits.

Digits never appear in a trace event, for they are personal. What was collected as
``sensitive`` (the default) never leaves the node whole at all: not into the state kept
for a restart, not to the agent. Its variable holds the last four digits of eight or
more, and dots before them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from config.base import Name, Section, refused
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.retry import Patience, Retry
from ivr.nodes.values import OneKey, Variable

MASK = "•"


def masked(digits: str) -> str:
    """``digits`` as far as an agent may see them."""
    shown = digits[-4:] if len(digits) >= 8 else ""
    return MASK * (len(digits) - len(shown)) + shown


class Confirm(Section):
    """Ask whether it was understood; ``prompts`` may speak the variable."""

    prompts: Prompts = Field(min_length=1)
    right: OneKey = "1"
    wrong: OneKey = "2"


class Collect(Node):
    """``min_length`` to ``max_length`` digits, ended by '#', by the last digit
    possible, or by a pause."""

    type: Literal["collect"]
    prompts: Prompts = Field(min_length=1)
    variable: Variable
    min_length: int = Field(default=1, ge=1, le=64)
    max_length: int = Field(ge=1, le=64)
    seconds: float = Field(default=8.0, gt=0, le=60)
    sensitive: bool = True
    confirm: Confirm | None = None
    invalid: Retry
    nothing: Retry
    next: Name
    exhausted: Name

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        if self.min_length > self.max_length:
            raise refused("'min_length' of at most 'max_length'")
        return self

    def exits(self) -> Iterable[Exit]:
        yield Exit("next", self.next, after_input=True)
        yield Exit("exhausted", self.exhausted)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from (*self.prompts, *self.invalid.prompts, *self.nothing.prompts)
        if self.confirm:
            yield from self.confirm.prompts

    def sets(self) -> Iterable[str]:
        yield self.variable

    def _fits(self, text: str) -> bool:
        return (
            text.isascii()
            and text.isdigit()
            and self.min_length <= len(text) <= self.max_length
        )  # fmt: skip

    async def run(self, visit: Visit) -> str:
        patience = Patience(visit, invalid=self.invalid, nothing=self.nothing)
        while True:
            answer = await visit.ask(
                (*patience.lead, *self.prompts), (), self.seconds, self.max_length
            )
            if answer and self._fits(answer.text):
                if not self.confirm or await self._confirmed(visit, answer.text, self.confirm):
                    return self._keep(visit, answer.text)
                lost = patience.lost("invalid")
                patience.lead = ()  # they know what was wrong
            else:
                lost = patience.lost("invalid" if answer else "missing")
            if lost:
                return self.exhausted

    async def _confirmed(self, visit: Visit, digits: str, confirm: Confirm) -> bool:
        """Asked at most as often as ``nothing`` allows; no clear 'right' is 'wrong'."""
        for _ in range(self.nothing.attempts):
            answer = await visit.ask(
                confirm.prompts,
                (confirm.right, confirm.wrong),
                self.seconds,
                also={self.variable: digits},
            )
            if answer and answer.text in (confirm.right, confirm.wrong):
                return answer.text == confirm.right
        return False

    def _keep(self, visit: Visit, digits: str) -> str:
        visit.state.variables[self.variable] = masked(digits) if self.sensitive else digits
        visit.trace("ivr.digits_collected", variable=self.variable, length=len(digits))
        return self.next
