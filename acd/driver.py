"""The seam between the router and a medium.

The router knows no medium: it claims a contact for an agent and asks the
medium's driver to ring and to connect. A driver reports what then happens
through :class:`DriverEvents`. Voice implements this over Asterisk (``sip``);
text channels will implement it over conversations (``omni``).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from acd.device_states import DeviceState
from acd.model import Agent, Contact, Offer, Target


class PartyMode(StrEnum):
    """How a further party takes part."""

    TALK = "talk"  # full conference
    LISTEN = "listen"  # hears both, heard by none
    WHISPER = "whisper"  # heard by the agent only
    BARGE = "barge"  # heard by both


class MediaDriver(Protocol):
    """Verbs of a medium. Each returns when the request is *accepted by the
    medium* and raises a :class:`~core.errors.ParleyError` when it is not; what
    people then do arrives as driver events."""

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Alert the agent's device until the offer's deadline.

        A *retryable* error means that the medium is down: the agent is not blamed and
        stays ready. Any other means that this device cannot be reached: the agent is not
        ready then.
        """

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Take the alert back, also one whose :meth:`ring` has not returned yet, and
        also a device that was answered but not joined (a late answer); no error if
        all is gone already. ``contact`` may be a mere remainder (id and medium)."""

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Join customer and agent after the agent answered and the accept won. A contact
        with a ``call_back`` and no ``address`` has nobody there: the customer is called
        first, at the number agreed, which may take as long as it may ring; from the
        moment they answer theirs is the contact's leg. Raise
        :class:`~acd.errors.CustomerUnreached` if they do not answer or cannot be called.
        May be asked again after a restart, and then goes on with what was begun. On an
        error the router calls :meth:`requeue` and the customer waits on; raise
        :class:`~acd.errors.AgentGone` when it was the agent who did not stay."""

    async def hold(self, contact: Contact) -> None:
        """Customer hears music, agent silence."""

    async def resume(self, contact: Contact) -> None:
        """Join them again."""

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        """Bring in a further party; returns its handle for :meth:`remove_party`."""

    async def remove_party(self, contact: Contact, handle: str) -> None:
        """Let the party go; the others stay."""

    async def requeue(self, contact: Contact) -> None:
        """Part the customer from the agent, end the agent's side, and let the customer
        wait in ``contact.queue``. Also called after a failed :meth:`connect`."""

    async def divert(self, contact: Contact, target: Target) -> None:
        """Take a customer who waits out of the queue, to self-service (``flow``) or away
        (``hangup``): they have waited for too long. The medium then reports what they do
        there, as it does of a contact that has just come."""

    async def end(self, contact: Contact) -> None:
        """End the customer's side (and the agent's with it)."""


class DriverEvents(Protocol):
    """What drivers tell the router. All are safe to repeat, and none waits for a
    verb of the driver, so that they may be awaited where events are read.

    ``at`` is when it happened (aware UTC; None: now). It is what the record says, also
    if it could be written much later only."""

    async def agent_answered(self, offer_id: str, *, at: datetime | None = None) -> None:
        """The agent's device was answered; the router accepts or refuses it."""

    async def agent_unanswered(
        self, offer_id: str, outcome: str, cause: int | None, *, at: datetime | None = None
    ) -> None:
        """The device was not answered. ``outcome`` is ``timed_out`` (it rang out),
        ``rejected`` (the person declined), ``busy``, ``unavailable`` (it takes nothing: do
        not disturb), ``unregistered``, ``unreachable``, ``hung_up_early`` (answered, and gone
        before that was told) or ``redirected`` (it asked that somebody else be called);
        ``cause`` is the Q.850 cause of a call."""

    async def joined(self, offer_id: str, *, at: datetime | None = None) -> None:
        """Customer and agent hear each other. Not needed after :meth:`MediaDriver.connect`
        has returned, but whoever hangs up before that has talked nevertheless."""

    async def customer_left(
        self, contact_id: str, cause: int | None, *, at: datetime | None = None
    ) -> None:
        """The customer's side is gone."""

    async def agent_left(
        self, contact_id: str, agent_id: str, cause: int | None, *, at: datetime | None = None
    ) -> None:
        """The side of the agent, or of one consulted, is gone."""

    async def held(self, contact_id: str, *, at: datetime | None = None) -> None:
        """The agent's device put the customer on hold by itself."""

    async def resumed(self, contact_id: str, *, at: datetime | None = None) -> None:
        """...and took them back."""

    async def device_changed(
        self, device: str, state: DeviceState, *, at: datetime | None = None
    ) -> None:
        """An agent's device can be rung (again), or cannot."""
