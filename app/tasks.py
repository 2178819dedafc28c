"""Tasks (messages that callers left, so far) as a medium of the router.

There is nothing to ring and nothing to join: what the agent sees is the offer itself, on
their screen, and they accept or reject it there. A task ends when the agent says so.
"""

from __future__ import annotations

from acd.driver import PartyMode
from acd.model import Agent, Contact, Offer, Target
from core.errors import NotAllowed


class TaskDriver:
    """Implements :class:`acd.driver.MediaDriver`. All of a task is in its contact, so
    most verbs have nothing to do."""

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Everybody who watches has heard of the offer already."""

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """They have heard of this as well."""

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """The agent has it in hand."""

    async def hold(self, contact: Contact) -> None:
        raise _not_for_tasks("held")

    async def resume(self, contact: Contact) -> None:
        raise _not_for_tasks("held")

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        raise _not_for_tasks("listened to")

    async def remove_party(self, contact: Contact, handle: str) -> None:
        """There are none."""

    async def requeue(self, contact: Contact) -> None:
        """It waits by itself."""

    async def divert(self, contact: Contact, target: Target) -> None:
        """Tasks have no self-service; they wait on."""

    async def end(self, contact: Contact) -> None:
        """There is no side to end."""


def _not_for_tasks(what: str) -> NotAllowed:
    return NotAllowed(f"A task cannot be {what}.", hint="It is worked on and finished.")
