"""What the configuration says about telephony, as the call verbs need it."""

from __future__ import annotations

from typing import Protocol


class Telephony(Protocol):
    """Devices and numbers."""

    outbound_context: str

    def device_of(self, agent_id: str) -> str:
        """The PJSIP endpoint of an agent. Raises AgentNotFound."""
        ...

    def name_of(self, agent_id: str) -> str:
        """The agent's name as phones show it; '' for one that is not configured."""
        ...

    def dialled_for(self, customer: str) -> str | None:
        """What is dialled to call a customer back at ``customer``; None if that may not
        be."""
        ...

    def agent_at(self, channel: str) -> str | None:
        """Whose phone the PJSIP channel is; None if it is no agent's."""
        ...

    def agent_of(self, extension: str) -> str | None:
        """Whose extension it is; None if it is nobody's."""
        ...

    def number_of(self, dialled: str) -> str:
        """The number outside that an agent reaches by dialling this."""
        ...
