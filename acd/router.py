"""The router: who talks to whom.

Signatures first; the parts it is made of follow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from acd.directory import Directory
from acd.driver import MediaDriver
from acd.model import Contact, EndReason, Medium
from acd.timers import Timers
from core.clock import Clock
from core.events import EventBus
from core.redis import Keys


class Contacts:
    """The book of live contacts (will live in acd/contacts.py; ``router.contacts``)."""

    async def open(
        self,
        *,
        medium: Medium,
        channel: str,
        direction: str = "inbound",
        business: str = "",
        customer_number: str = "",
        dialled_number: str = "",
        address: str = "",
        language: str = "",
        attributes: Mapping[str, Any] | None = None,
        contact_id: str | None = None,
    ) -> Contact:
        """A new contact, state ``arrived``."""
        raise NotImplementedError

    async def get(self, contact_id: str) -> Contact:
        """Raises ContactNotFound."""
        raise NotImplementedError

    async def live(self) -> list[Contact]: ...  # type: ignore[empty-body]
    async def ivr_started(self, contact_id: str) -> None: ...
    async def set_address(self, contact_id: str, address: str) -> None: ...
    async def set_language(self, contact_id: str, language: str) -> None: ...
    async def set_attributes(self, contact_id: str, values: Mapping[str, Any]) -> None: ...
    async def set_disposition(self, contact_id: str, disposition: str) -> None: ...
    async def add_recording(self, contact_id: str, recording: Mapping[str, Any]) -> None: ...


class Router:
    """Implements :class:`acd.driver.DriverEvents` and the verbs of people."""

    contacts: Contacts

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        directory: Directory,
        clock: Clock,
        bus: EventBus,
        *,
        drivers: Mapping[Medium, MediaDriver] | None = None,
        timers: Timers | None = None,
    ) -> None: ...

    def add_driver(self, medium: Medium, driver: MediaDriver) -> None: ...

    async def recover(self) -> None:
        """At start: read everything from Redis, restore timers and pending offers."""

    async def reconcile(
        self,
        alive_addresses: Collection[str],
        ended: Mapping[str, tuple[datetime, int | None]],
        *,
        medium: Medium = Medium.VOICE,
        alive_offers: Collection[str] | None = None,
    ) -> None:
        """After each (re)connection of a medium: ``alive_addresses`` are the customers'
        legs that exist, ``ended`` says when and why those of a contact id ended (as far
        as known), ``alive_offers`` the offers whose agent leg exists."""

    def suspend(self, medium: Medium) -> None:
        """The medium is down: offer nothing of it until :meth:`reconcile`."""

    async def close(self) -> None: ...

    # contacts
    async def enqueue(
        self,
        contact_id: str,
        queue: str,
        *,
        skills: Mapping[str, int] | None = None,
        priority: int | None = None,
    ) -> None:
        """Raises QueueFull, UnknownQueue, ContactNotFound, IllegalTransition."""

    async def finish(
        self,
        contact_id: str,
        reason: EndReason,
        *,
        cause: int | None = None,
        at: datetime | None = None,
    ) -> None:
        """Record the end (IVR said goodbye, queue full, closed...); no driver call."""

    async def end(self, contact_id: str, reason: EndReason = EndReason.AGENT_HUNG_UP) -> None:
        """Record the end and have the driver end the customer's side."""

    async def hold(self, contact_id: str) -> None: ...
    async def resume(self, contact_id: str) -> None: ...
    async def transfer_to_queue(
        self,
        contact_id: str,
        queue: str,
        *,
        skills: Mapping[str, int] | None = None,
        priority: int | None = None,
    ) -> None: ...
    async def transfer_to_agent(
        self, contact_id: str, agent_id: str, *, queue: str | None = None
    ) -> None:
        """Raises AgentNotReady before anything changed; later failure -> the queue."""

    async def consult_started(self, contact_id: str, agent_b: str | None) -> None: ...
    async def consult_ended(self, contact_id: str) -> None: ...
    async def handed_over(self, contact_id: str, agent_b: str) -> None: ...
    async def position(self, contact_id: str) -> int | None:
        """1 = next; None when not waiting."""

    async def snapshot(self) -> dict[str, Any]: ...  # type: ignore[empty-body]

    # agents
    async def log_in(self, agent_id: str, *, ready: bool = False) -> None: ...
    async def log_out(self, agent_id: str) -> None: ...
    async def set_ready(self, agent_id: str) -> None: ...
    async def set_not_ready(self, agent_id: str, reason: str) -> None: ...
    async def wrap_up_done(self, agent_id: str) -> None: ...
    async def extend_wrap_up(self, agent_id: str, seconds: float) -> None: ...

    # DriverEvents
    async def agent_answered(self, offer_id: str) -> None: ...
    async def agent_unanswered(self, offer_id: str, outcome: str, cause: int | None) -> None: ...
    async def customer_left(self, contact_id: str, cause: int | None) -> None: ...
    async def agent_left(self, contact_id: str, agent_id: str, cause: int | None) -> None: ...
    async def held(self, contact_id: str) -> None: ...
    async def resumed(self, contact_id: str) -> None: ...
