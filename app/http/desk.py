"""The call verbs that the router does not have, as the HTTP API asks for them.

The router knows no medium; consulting, transferring out and listening in are
things of a call. Whoever composes the application gives the implementation.
"""

from __future__ import annotations

from typing import Protocol

from acd.driver import PartyMode
from sip.voice.desk import Target

__all__ = ["CallDesk", "Target"]


class CallDesk(Protocol):
    """Each verb returns when the medium has accepted it and raises a
    :class:`~core.errors.ParleyError` when it did not; what then happens arrives as
    events. ``contact_id`` names a contact in progress."""

    async def consult(self, contact_id: str, target: Target, *, by: str) -> None:
        """The customer holds, the agent's phone calls ``target``. A number outside is called
        with the rights of ``by``, who asks."""

    async def consult_complete(self, contact_id: str) -> None:
        """Hand the customer over to whom the agent consults."""

    async def consult_cancel(self, contact_id: str) -> None:
        """End the consultation; the customer still holds."""

    async def transfer_to_number(self, contact_id: str, number: str, *, by: str) -> None:
        """Send the customer to a number outside, with the rights of ``by``, who asks; the
        agent is done."""

    async def supervise(self, contact_id: str, supervisor_agent_id: str, mode: PartyMode) -> None:
        """Ring the supervisor's phone and let it listen, whisper or barge in."""

    async def pause_recording(self, contact_id: str) -> None:
        """Record nothing until resumed (a card number is being told)."""

    async def resume_recording(self, contact_id: str) -> None:
        """Record on."""
