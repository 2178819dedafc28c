"""Patience with a customer who presses the wrong key, or none."""

from __future__ import annotations

from pydantic import Field

from config.base import Section
from ivr.nodes.base import Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.spoken import Unclear


class Retry(Section):
    """What to say, and how often the same mistake is met before the node gives up."""

    prompts: Prompts
    attempts: int = Field(default=3, ge=1, le=10)


class Patience:
    """Counts the mistakes of one visit of one node, each kind for itself. Speech that was
    not ``unclear`` too often is listened to."""

    def __init__(
        self, visit: Visit, *, invalid: Retry, nothing: Retry, unclear: Unclear | None = None
    ) -> None:
        self._visit = visit
        self._retries = {"invalid": invalid, "missing": nothing}
        self._unclear = unclear
        self._counts = {"invalid": 0, "missing": 0, "unclear": 0}
        self.lead: tuple[PromptSpec, ...] = ()
        """What to say before asking again."""

    @property
    def listens(self) -> bool:
        """Whether speech still counts, and can be understood."""
        unclear = self._unclear
        enough = unclear is None or self._counts["unclear"] >= unclear.attempts
        return not enough and self._visit.hears()

    def not_understood(self) -> None:
        """Note speech that was not understood. It ends no node: keys are left."""
        assert self._unclear is not None
        self._counts["unclear"] += 1
        self._visit.trace(
            "ivr.speech_unclear", attempt=self._counts["unclear"], of=self._unclear.attempts
        )
        self.lead = self._unclear.prompts
        if self._counts["unclear"] >= self._unclear.attempts:
            self._visit.trace("ivr.keys_only")

    def lost(self, kind: str) -> bool:
        """Note a mistake (``invalid`` or ``missing``); True when that was the last."""
        self._counts[kind] += 1
        retry = self._retries[kind]
        self._visit.trace(f"ivr.input_{kind}", attempt=self._counts[kind], of=retry.attempts)
        self.lead = retry.prompts
        return self._counts[kind] >= retry.attempts
