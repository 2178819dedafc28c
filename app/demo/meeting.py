"""How the two sides of a simulated conversation learn of each other.

A real caller hears that a person answers. Simulated ones are told here, by the
number that the agent's phone shows.
"""

from __future__ import annotations

import asyncio


class Meeting:
    """Callers wait for somebody to answer them; agents say whom they answered."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    def expect(self, number: str) -> asyncio.Event:
        """Set when an agent answers the caller who shows ``number``."""
        return self._waiting.setdefault(number, asyncio.Event())

    def answered(self, number: str) -> None:
        """An agent has the caller who shows ``number``."""
        if (event := self._waiting.get(number)) is not None:
            event.set()

    def over(self, number: str) -> None:
        """The caller is gone."""
        self._waiting.pop(number, None)
