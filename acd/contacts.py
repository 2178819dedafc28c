"""The book of live contacts (``router.contacts``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acd import moves
from acd.change import Change
from acd.contact_states import ContactState
from acd.engine import Engine, existing
from acd.model import Contact, EndReason, Medium
from acd.scene import Scene
from core import ids
from core.log import get_logger

log = get_logger(__name__)


class Contacts:
    """Opens, finds and annotates contacts. What moves them is in the router.

    Every method that takes a ``contact_id`` raises
    :class:`~acd.errors.ContactNotFound` if there is no such contact in progress.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
        customer: str = "",
        attributes: Mapping[str, Any] | None = None,
        contact_id: str | None = None,
    ) -> Contact:
        """A new contact in state ``arrived``; raises
        :class:`~acd.errors.VersionConflict` if ``contact_id`` exists. Of ``attributes`` the
        first that fit are kept: nobody is turned away for them."""
        change = self._engine.change()
        given, left_out = self._engine.bounds.fitting({}, attributes or {})
        if left_out:
            log.warning("contact.attributes_left_out", contact=contact_id, count=len(left_out))
        contact = Contact(
            id=contact_id or ids.new_id(ids.CONTACT),
            node=self._engine.node,
            customer=customer,
            medium=medium,
            channel=channel,
            direction=direction,
            created_at=change.now,
            business=business,
            customer_number=customer_number,
            dialled_number=dialled_number,
            address=address,
            language=language,
            attributes=given,
        )
        moves.arrived(change, contact)
        async with self._engine.in_order(contact.id):
            await self._engine.commit(change)
        return contact

    async def get(self, contact_id: str) -> Contact:
        """The contact as it is now."""
        scene = await self._engine.store.scene("contact", contact_id)
        return existing(scene.contact, contact_id)

    async def live(self) -> list[Contact]:
        """All contacts that have not ended, oldest first."""
        contacts = await self._engine.store.contacts()
        return [c for c in contacts if c.state is not ContactState.ENDED]

    async def ivr_started(self, contact_id: str) -> None:
        """Self-service begins (or begins again); from the queue this is an overflow."""
        await self._alter(contact_id, moves.ivr_started)

    async def set_address(self, contact_id: str, address: str) -> None:
        """The customer's leg has another name now (a channel was masqueraded)."""

        def work(change: Change, contact: Contact) -> None:
            change.touch(contact)
            contact.address = address
            change.tell_contact(contact, "address_changed")

        await self._alter(contact_id, work)

    async def set_language(self, contact_id: str, language: str) -> None:
        """The language the customer chose (BCP 47)."""

        def work(change: Change, contact: Contact) -> None:
            change.touch(contact)
            contact.language = language
            change.tell_contact(contact, "language_set", language=language)

        await self._alter(contact_id, work)

    async def set_attributes(self, contact_id: str, values: Mapping[str, Any]) -> None:
        """Add or replace attributes (JSON values). The event names the keys only, since
        values may be personal. Raises :class:`~acd.bounds.AttributesFull` and
        :class:`~acd.bounds.ContactWornOut`; nothing is changed then."""

        def work(change: Change, contact: Contact) -> None:
            after = {**contact.attributes, **values}
            self._engine.bounds.require_changeable(contact)
            self._engine.bounds.require_attributes(contact.attributes, after)
            change.touch(contact)
            contact.attributes = after
            change.tell_contact(contact, "attributes_set", keys=sorted(values))

        await self._alter(contact_id, work)

    async def add_fitting(self, contact_id: str, values: Mapping[str, Any]) -> list[str]:
        """As :meth:`set_attributes`, but keep as many as fit, in their order; the names of
        those that were left out."""
        left_out: list[str] = []

        def work(change: Change, contact: Contact) -> None:
            kept, left_out[:] = self._engine.bounds.fitting(contact.attributes, values)
            change.touch(contact)
            contact.attributes = {**contact.attributes, **kept}
            change.tell_contact(contact, "attributes_set", keys=sorted(kept))

        await self._alter(contact_id, work)
        if left_out:
            log.warning("contact.attributes_left_out", contact=contact_id, count=len(left_out))
        return left_out

    async def set_disposition(
        self, contact_id: str, disposition: str, *, by: str | None = None, note: str = ""
    ) -> None:
        """How it went; possible until the contact is stored. ``by`` says who gave it,
        if that is not the agent who serves the contact now. Raises
        :class:`~acd.bounds.ContactWornOut`."""
        data = {"disposition": disposition}
        data |= {"by": by} if by else {}
        data |= {"note": note} if note else {}

        def work(change: Change, contact: Contact) -> None:
            self._engine.bounds.require_changeable(contact)
            change.touch(contact)
            contact.disposition = disposition
            change.tell_contact(contact, "disposition_set", **data)

        await self._alter(contact_id, work)

    async def set_end_reason(self, contact_id: str, reason: EndReason) -> None:
        """Say beforehand why the contact will end when the customer's leg goes, e.g.
        when self-service has said goodbye and hangs up."""

        def work(change: Change, contact: Contact) -> None:
            change.touch(contact)
            contact.end_reason = reason
            change.tell_contact(contact, "end_reason_set", reason=reason.value)

        await self._alter(contact_id, work)

    async def customer_not_heard(self, contact_id: str) -> None:
        """Tell that nothing is heard of the customer, as the medium finds out."""

        def work(change: Change, contact: Contact) -> None:
            change.tell_contact(contact, "customer_not_heard")

        await self._alter(contact_id, work)

    async def add_recording(self, contact_id: str, recording: Mapping[str, Any]) -> None:
        """Note a recording, or what is new about the one with the same ``id``."""

        def work(change: Change, contact: Contact) -> None:
            change.touch(contact)
            id_ = recording.get("id")
            known = next((r for r in contact.recordings if r.get("id") == id_), {})
            kept = [r for r in contact.recordings if r.get("id") != id_]
            contact.recordings = [*kept, {**known, **recording}]
            change.tell_contact(contact, "recording_noted", recording_id=recording.get("id"))

        await self._alter(contact_id, work)

    async def _alter(self, contact_id: str, work: Any) -> None:
        def on_scene(change: Change, scene: Scene) -> None:
            work(change, existing(scene.contact, contact_id))

        await self._engine.alter("contact", contact_id, on_scene)
