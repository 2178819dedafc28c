"""What the configuration says about telephony, as the call verbs need it."""

from __future__ import annotations

from typing import Protocol


class Telephony(Protocol):
    """Devices and numbers."""

    outbound_context: str

    def device_of(self, agent_id: str) -> str:
        """The PJSIP endpoint of an agent. Raises AgentNotFound."""
        ...

    def may_dial(self, number: str) -> bool:
        """Whether an outbound route takes ``number``."""
        ...
