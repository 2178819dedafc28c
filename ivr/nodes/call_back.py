"""``call_back``: the customer hangs up, keeps the place, and is called when it is their
turn.

The number is the one they call from. Another one can be keyed in only where the
configuration allows it (``call_backs.other_numbers``), and either must be one that an
outbound route for call-backs takes: whoever calls chooses here what we dial.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from config.base import Name
from ivr.nodes.base import Exit, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.wish import QueueWish
from ivr.outcome import ToCallBack

_THIS, _WHICH = "call-back-this-number", "call-back-which-number"
_ENTER, _WRONG = "call-back-enter-number", "call-back-number-wrong"
_BEFORE, _RIGHT = "call-back-number-before", "call-back-number-right"
_YES, _NO, _ANOTHER = "1", "2", "3"
_NUMBER = "call_back_number"  # spoken once, never kept among the variables
_SHORTEST, _LONGEST = 3, 20


def _say(prompt: str) -> PromptSpec:
    return PromptSpec(prompt=prompt)


class CallBack(QueueWish):
    """``otherwise`` is for who would rather wait, says nothing, or cannot be called.
    ``attempts`` is how often each question is asked."""

    type: Literal["call_back"]
    prompts: Prompts = ()
    otherwise: Name
    seconds: float = Field(default=6.0, gt=0, le=60)
    attempts: int = Field(default=3, ge=1, le=10)

    ENDS: ClassVar[bool] = True

    def exits(self) -> Iterable[Exit]:
        yield Exit("otherwise", self.otherwise)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts
        yield from map(_say, (_THIS, _WHICH, _ENTER, _WRONG, _BEFORE, _RIGHT))

    async def run(self, visit: Visit) -> str | ToCallBack:
        await visit.say(self.prompts)
        number = await self._number(visit)
        visit.trace("ivr.call_back_wanted", wanted=number is not None)
        if number is None:
            return self.otherwise
        return ToCallBack(number=number, **self.wish(visit))

    async def _number(self, visit: Visit) -> str | None:
        platform, own = visit.platform, visit.customer_number
        if platform.may_call_back(own):
            answer = await self._agreed(visit)
            if answer != _ANOTHER:
                return own if answer == _YES else None
        elif not platform.other_numbers:
            return None
        return await self._keyed_in(visit)

    async def _agreed(self, visit: Visit) -> str | None:
        other = visit.platform.other_numbers
        choices = (_YES, _NO, _ANOTHER) if other else (_YES, _NO)
        return await self._choice(visit, [_say(_WHICH if other else _THIS)], choices)

    async def _keyed_in(self, visit: Visit) -> str | None:
        lead: tuple[PromptSpec, ...] = ()
        for _ in range(self.attempts):
            answer = await visit.ask((*lead, _say(_ENTER)), (), self.seconds, _LONGEST)
            text = answer.text if answer else ""
            lead = (_say(_WRONG),) if text else ()
            if not (text.isascii() and text.isdigit() and len(text) >= _SHORTEST):
                continue
            if not visit.platform.may_call_back(text):
                continue
            spoken = [_say(_BEFORE), PromptSpec(digits=_NUMBER), _say(_RIGHT)]
            if await self._choice(visit, spoken, (_YES, _NO), text) == _YES:
                return text
            lead = ()
        return None

    async def _choice(
        self, visit: Visit, prompts: list[PromptSpec], choices: tuple[str, ...], number: str = ""
    ) -> str | None:
        for _ in range(self.attempts):
            answer = await visit.ask(prompts, choices, self.seconds, also={_NUMBER: number})
            if answer and answer.text in choices:
                return answer.text
        return None
