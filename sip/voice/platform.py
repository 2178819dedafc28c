"""What the configuration says about telephony, as the call verbs need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outside:
    """How a number outside is called: ``device`` is the channel to originate,
    ``trunk`` carries it together with at most ``max_calls`` others; ``caller_id``
    is the number shown, '' for none of ours."""

    device: str
    trunk: str
    max_calls: int
    caller_id: str = ""


class Telephony(Protocol):
    """Devices and numbers."""

    outbound_context: str

    def device_of(self, agent_id: str) -> str:
        """The PJSIP endpoint of an agent. Raises AgentNotFound."""
        ...

    def outside(self, number: str) -> Outside | None:
        """How to call ``number``; None if no outbound route takes it."""
        ...

    def customer(self, number: str) -> Outside | None:
        """How to call a customer back at ``number``; None if that may not be."""
        ...
