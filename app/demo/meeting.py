"""How the two sides of a simulated conversation learn of each other.

A real caller hears that a person answers. Simulated ones are told here, by the
number that the agent's phone shows; and the agent is told what it is about.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

_PATIENCE = 40.0  # seconds


class Plot(StrEnum):
    """How a conversation goes."""

    PLAIN = "plain"
    CARD = "card"
    """The agent asks for the whole number of the card, and the customer says it."""
    ANGRY = "angry"
    """It is the third call about it: the customer complains, and gets loud."""


@dataclass
class Encounter:
    """``language``: what the customer speaks, if that is known. ``answered``: somebody has
    the call. ``asked``: the agent has asked for what the plot is about. ``told``: the
    customer has said it."""

    plot: Plot = Plot.PLAIN
    language: str = ""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def heard(self, event: asyncio.Event) -> None:
        """Wait until the other side has said it, but nobody waits for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await event.wait()


class Meeting:
    """Callers wait for somebody to answer them; agents say whom they answered."""

    def __init__(self) -> None:
        self._waiting: dict[str, Encounter] = {}

    def expect(self, number: str, plot: Plot, language: str) -> Encounter:
        """The caller who shows ``number`` waits for an agent."""
        return self._waiting.setdefault(number, Encounter(plot, language))

    def answered(self, number: str) -> Encounter:
        """An agent has the caller who shows ``number``, who may be nobody of ours."""
        encounter = self._waiting.get(number, Encounter())
        encounter.answered.set()
        return encounter

    def over(self, number: str) -> None:
        """The caller is gone."""
        self._waiting.pop(number, None)
