"""What a driver does after a gap, for the medium in memory: tell the router what is
really there, and take down what the router knows nothing of."""

from __future__ import annotations

from acd.contact_states import ContactState
from acd.model import Medium
from acd.offer_states import OfferState
from tests.support.routing import House


async def resync(house: House) -> None:
    """Recover the (new) router of ``house`` and compare it with the medium."""
    medium, router = house.medium, house.router
    router.suspend(Medium.VOICE)
    await router.recover()
    legs = {**medium.ringing, **medium.answered}
    standing = await router.standing_offers([offer.id for offer in legs.values()])
    for agent_id, offer in legs.items():
        if offer.id not in standing and agent_id not in medium.joined.values():
            medium.ringing.pop(agent_id, None)
            medium.answered.pop(agent_id, None)
    offers = await router.store.offers(sorted(standing))
    for offer in list(medium.answered.values()):
        if offer.id in offers and offers[offer.id].state is OfferState.PENDING:
            await router.agent_answered(offer.id)  # it was answered in the gap
    await router.reconcile(set(medium.customers), {}, alive_offers=standing)
    await house.quiet()
    contacts = {contact.id: contact for contact in await router.store.contacts()}
    for contact_id in list(medium.customers):
        contact = contacts.get(contact_id)
        if contact is not None and contact.state in (ContactState.WRAP_UP, ContactState.ENDED):
            await medium.end(contact)
        elif contact is not None and contact_id in medium.on_hold:
            await router.held(contact_id)
