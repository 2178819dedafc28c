"""``voicemail``: the flow ends, the customer leaves a message for the agents of a queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from config.base import Int
from ivr.nodes.base import Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.wish import QueueWish
from ivr.outcome import ToVoicemail


class Voicemail(QueueWish):
    """After ``prompts`` and a tone they may speak for ``longest_seconds``, until '#' or
    until they hang up. The message comes to an agent as a task of the queue."""

    type: Literal["voicemail"]
    prompts: Prompts = (PromptSpec(prompt="voicemail-intro"),)
    longest_seconds: Int = Field(default=120, ge=5, le=600)

    ENDS: ClassVar[bool] = True

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts
        for prompt in ("voicemail-thanks", "voicemail-empty"):
            yield PromptSpec(prompt=prompt)

    async def run(self, visit: Visit) -> ToVoicemail:
        await visit.say(self.prompts)
        return ToVoicemail(longest_seconds=self.longest_seconds, **self.wish(visit))
