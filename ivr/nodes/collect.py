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
from ivr.conversation import Answer
from ivr.listen import Listen
from ivr.nodes.base import Exit, Node, Understood, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.retry import Patience, Retry
from ivr.nodes.spoken import DIGITS_BACK, Confirmation, Listening, Sure, Unclear, is_right
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
    possible, or by a pause. ``speech: digits``: they may be said, in several breaths; what
    was said is asked back unless it was clear (with ``confirm`` always)."""

    type: Literal["collect"]
    prompts: Prompts = Field(min_length=1)
    spoken_prompts: Prompts = ()
    variable: Variable
    min_length: int = Field(default=1, ge=1, le=64)
    max_length: int = Field(ge=1, le=64)
    seconds: float = Field(default=8.0, gt=0, le=60)
    sensitive: bool = True
    confirm: Confirm | None = None
    invalid: Retry
    nothing: Retry
    speech: Literal["digits"] | None = None
    listening: Listening = Listening(sure=0.85)
    unclear: Unclear = Unclear()
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
        if self.speech:
            yield from (*self.spoken_prompts, *self.unclear.prompts)

    def understands(self) -> Understood | None:
        return Understood(digits=True) if self.speech else None

    def sets(self) -> Iterable[str]:
        yield self.variable

    def _fits(self, text: str) -> bool:
        return (
            text.isascii()
            and text.isdigit()
            and self.min_length <= len(text) <= self.max_length
        )  # fmt: skip

    async def run(self, visit: Visit) -> str:
        patience = Patience(
            visit, invalid=self.invalid, nothing=self.nothing,
            unclear=self.unclear if self.speech else None,
        )  # fmt: skip
        while True:
            listen = self._listen() if patience.listens else None
            prompts = (listen is not None and self.spoken_prompts) or self.prompts
            answer = await visit.ask(
                (*patience.lead, *prompts), (), self.seconds, self.max_length, listen=listen
            )
            if answer and answer.spoken and not await self._heard(visit, answer):
                patience.not_understood()
                continue
            if answer and self._fits(answer.text):
                if not self.confirm or await self._confirmed(visit, answer.text, self.confirm):
                    return self._keep(visit, answer.text)
                lost = patience.lost("invalid")
                patience.lead = ()  # they know what was wrong
            else:
                lost = patience.lost("invalid" if answer else "missing")
            if lost:
                return self.exhausted

    def _listen(self) -> Listen:
        lengths = (self.min_length, self.max_length)
        return Listen(digits=lengths, barge_in=self.listening.barge_in, secret=self.sensitive)

    async def _heard(self, visit: Visit, answer: Answer) -> bool:
        """Whether digits that were said can be taken for what was said."""
        sure = self.listening.judge(answer)
        visit.trace("ivr.speech_heard", confidence=answer.confidence)
        if sure is Sure.UNCLEAR or not self._fits(answer.text):
            return False
        if sure is Sure.TAKE or self.confirm:  # which is asked in any case
            return True
        return await is_right(
            visit, DIGITS_BACK, answer.text, seconds=self.seconds, listening=self.listening
        )

    async def _confirmed(self, visit: Visit, digits: str, confirm: Confirm) -> bool:
        """Asked at most as often as ``nothing`` allows; no clear 'right' is 'wrong'."""
        for _ in range(self.nothing.attempts):
            answer = await visit.ask(
                confirm.prompts,
                (confirm.right, confirm.wrong),
                self.seconds,
                also={self.variable: digits},
                listen=self._yes_or_no(visit, confirm),
            )
            if answer and answer.text in (confirm.right, confirm.wrong):
                return answer.text == confirm.right
        return False

    def _yes_or_no(self, visit: Visit, confirm: Confirm) -> Listen | None:
        if not self.speech or not visit.hears():
            return None
        keys = Confirmation(prompts=confirm.prompts, right=confirm.right, wrong=confirm.wrong)
        return keys.listen(visit.state.language)

    def _keep(self, visit: Visit, digits: str) -> str:
        visit.state.variables[self.variable] = masked(digits) if self.sensitive else digits
        visit.trace("ivr.digits_collected", variable=self.variable, length=len(digits))
        return self.next
