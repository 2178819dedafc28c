"""Who listens to conversations, as the recorder needs to know them."""

from __future__ import annotations

from typing import Protocol


class Ears(Protocol):
    """Hears a conversation from when its two legs are joined until they part."""

    def joined(self, contact_id: str, agent_id: str) -> None:
        """Customer and agent talk, and what records them has begun. Never waits."""
        ...

    async def parted(self, contact_id: str) -> None:
        """They talk no more: return when nothing of ours hangs on the channels, or after
        a second at most. Never raises."""
        ...


class NoEars:
    """Nobody listens."""

    def joined(self, contact_id: str, agent_id: str) -> None:
        """Nothing follows."""

    async def parted(self, contact_id: str) -> None:
        """There is nothing to take off."""
