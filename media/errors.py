"""What can go wrong with audio."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, NotFound, ParleyError


class BadAudio(BadInput):
    """A sound file is damaged or of another format than needed."""

    code: ClassVar[str] = "bad_audio"


class NoAudio(NotFound):
    """A sound file is missing or empty."""

    code: ClassVar[str] = "no_audio"


class PromptMissing(NotFound):
    """There is no such prompt, or its sound is missing."""

    code: ClassVar[str] = "prompt_missing"


class DiskFailed(ParleyError):
    """A sound file could not be written: the disk is full or the folder closed."""

    code: ClassVar[str] = "disk_failed"
    retryable: ClassVar[bool] = True
