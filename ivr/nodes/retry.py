"""Patience with a customer who presses the wrong key, or none."""

from __future__ import annotations

from pydantic import Field

from config.base import Section
from ivr.nodes.base import Visit
from ivr.nodes.prompts import Prompts, PromptSpec


class Retry(Section):
    """What to say, and how often the same mistake is met before the node gives up."""

    prompts: Prompts
    attempts: int = Field(default=3, ge=1, le=10)


class Patience:
    """Counts the mistakes of one visit of one node, each kind for itself."""

    def __init__(self, visit: Visit, *, invalid: Retry, nothing: Retry) -> None:
        self._visit = visit
        self._retries = {"invalid": invalid, "missing": nothing}
        self._counts = {"invalid": 0, "missing": 0}
        self.lead: tuple[PromptSpec, ...] = ()
        """What to say before asking again."""

    def lost(self, kind: str) -> bool:
        """Note a mistake (``invalid`` or ``missing``); True when that was the last."""
        self._counts[kind] += 1
        retry = self._retries[kind]
        self._visit.trace(f"ivr.input_{kind}", attempt=self._counts[kind], of=retry.attempts)
        self.lead = retry.prompts
        return self._counts[kind] >= retry.attempts
