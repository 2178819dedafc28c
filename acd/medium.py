"""How contacts are carried."""

from __future__ import annotations

from enum import StrEnum


class Medium(StrEnum):
    """How a contact is carried. Channels (WeChat, web chat...) map onto these."""

    VOICE = "voice"
    VIDEO = "video"
    CHAT = "chat"
    SOCIAL = "social"
    SMS = "sms"
    EMAIL = "email"
    TASK = "task"
