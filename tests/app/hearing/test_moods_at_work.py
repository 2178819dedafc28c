"""A tense customer who has to wait once more weighs more."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from acd.model import Contact
from app.hearing.moods_at_work import ATTRIBUTE, RAISED, MoodsAtWork
from core.events import Event
from tests.support.routing import House
from tests.support.wait import until


@pytest_asyncio.fixture
async def moods(house: House) -> AsyncIterator[MoodsAtWork]:
    made = MoodsAtWork(house.router, house.bus, weight=7)
    yield made
    await made.close()


def feel(house: House, contact_id: str, type_: str, leg: str = "customer") -> None:
    house.bus.publish(
        Event(type=type_, at=house.clock.now(), contact_id=contact_id, data={"leg": leg})
    )


async def attribute(house: House, contact_id: str, value: str) -> Contact:
    async def look() -> Contact | None:
        contact = await house.router.contacts.get(contact_id)
        return contact if contact.attributes.get(ATTRIBUTE) == value else None

    return await until(look, 10, value)


async def test_who_is_tense_weighs_more_once(house: House, moods: MoodsAtWork) -> None:
    contact = await house.connect("sales", "anna")
    feel(house, contact, "emotion.crossed", leg="agent")
    feel(house, contact, "emotion.crossed")
    await attribute(house, contact, "tense")
    await house.router.transfer_to_queue(contact, "vip")

    async def raised() -> Contact | None:
        now = await house.contact(contact)
        return now if now.priority == 17 else None

    now = await until(raised, 10, "a priority of 17")
    assert now.attributes[RAISED] == 17
    feel(house, contact, "emotion.calmed")
    await attribute(house, contact, "calm")


async def test_who_is_calm_weighs_what_they_did(house: House, moods: MoodsAtWork) -> None:
    contact = await house.connect("sales", "anna")
    feel(house, contact, "emotion.crossed")
    feel(house, contact, "emotion.calmed")
    await attribute(house, contact, "calm")
    await house.router.transfer_to_queue(contact, "vip")
    await house.quiet()
    await moods.settled()
    assert (await house.contact(contact)).priority == 10
