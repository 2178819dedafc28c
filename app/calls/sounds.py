"""Where recorded prompts come from."""

from __future__ import annotations

from typing import Protocol


class Sounds(Protocol):
    """The catalogue of prompts, as sound files."""

    def sound(self, prompt: str, language: str) -> str:
        """Path of the sound without extension, as Asterisk wants it."""
        ...
