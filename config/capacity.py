"""How much of an agent a contact of each medium takes.

All media share an agent's capacity, 100 unless configured: a call takes all of it, a
chat a quarter. Only what differs from the defaults needs to be written.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from config.base import Int, Seconds, Section


class Medium(StrEnum):
    """How a contact is carried."""

    VOICE = "voice"
    VIDEO = "video"
    CHAT = "chat"
    SOCIAL = "social"
    SMS = "sms"
    EMAIL = "email"
    TASK = "task"


class MediumCapacity(Section):
    """``weight`` is the share of capacity that one contact takes, ``most`` how many an
    agent may have at once. Contacts of an ``interruptible`` medium do not stand in the
    way of one that ``interrupts``: they are put aside meanwhile. A contact whose customer
    is silent for ``park_after_seconds`` is parked and takes no capacity; 0: never."""

    weight: Int = Field(ge=1, le=10_000)
    most: Int = Field(default=100, ge=0, le=1000)
    interrupts: bool = False
    interruptible: bool = False
    park_after_seconds: Seconds = 0


def _over(default: MediumCapacity) -> BeforeValidator:
    """What is not written stays as it is by default."""

    def merge(value: Any) -> Any:
        return {**default.model_dump(), **value} if isinstance(value, dict) else value

    return BeforeValidator(merge)


_VOICE = MediumCapacity(weight=100, most=1, interrupts=True)
_CHAT = MediumCapacity(weight=25, park_after_seconds=300)
_SOCIAL = MediumCapacity(weight=20, park_after_seconds=900)
_SMS = MediumCapacity(weight=15, park_after_seconds=900)
_ASIDE = MediumCapacity(weight=10, interruptible=True)


class Capacity(Section):
    """Each medium."""

    voice: Annotated[MediumCapacity, _over(_VOICE)] = _VOICE
    video: Annotated[MediumCapacity, _over(_VOICE)] = _VOICE
    chat: Annotated[MediumCapacity, _over(_CHAT)] = _CHAT
    social: Annotated[MediumCapacity, _over(_SOCIAL)] = _SOCIAL
    sms: Annotated[MediumCapacity, _over(_SMS)] = _SMS
    email: Annotated[MediumCapacity, _over(_ASIDE)] = _ASIDE
    task: Annotated[MediumCapacity, _over(_ASIDE)] = _ASIDE

    def of(self, medium: Medium) -> MediumCapacity:
        """That of ``medium``."""
        found: MediumCapacity = getattr(self, medium.value)
        return found
