"""What is noted about a contact has an end."""

from __future__ import annotations

import pytest

from acd.bounds import AttributesFull, ContactBounds, ContactWornOut, size_of
from acd.contact_states import ContactState
from acd.model import EndReason
from tests.support.routing import House

SMALL = ContactBounds(attributes=5, attribute_bytes=200, changes=20)


async def test_attributes_have_a_total_in_number_and_size(house: House) -> None:
    house.router.bounds = SMALL
    contacts, id_ = house.router.contacts, await house.customer()
    await contacts.set_attributes(id_, {"a": "x" * 100, "b": [1, 2], "c": None, "d": {"e": "é"}})
    before = (await contacts.get(id_)).attributes
    for more in ({"e": "y" * 120}, {"e": 1, "f": 2}, {"a": "é" * 90}):
        with pytest.raises(AttributesFull):
            await contacts.set_attributes(id_, more)
    after = await contacts.get(id_)
    assert after.attributes == before
    assert size_of(after.attributes) <= 200
    # Less is always possible, also for one that is over the bounds of today.
    house.router.bounds = ContactBounds(attributes=2, attribute_bytes=50)
    await contacts.set_attributes(id_, {"a": "x" * 90})
    with pytest.raises(AttributesFull):
        await contacts.set_attributes(id_, {"a": "x" * 100})


async def test_who_comes_with_too_much_is_served_with_what_fits(house: House) -> None:
    house.router.bounds = SMALL
    contacts = house.router.contacts
    id_ = await house.customer(attributes={"first": 1, "big": "x" * 300, "last": 2})
    assert (await contacts.get(id_)).attributes == {"first": 1, "last": 2}
    assert await contacts.add_fitting(id_, {"more": "y" * 250, "small": True}) == ["more"]
    assert (await contacts.get(id_)).attributes == {"first": 1, "last": 2, "small": True}


async def test_a_contact_that_was_changed_too_often_can_still_end(house: House) -> None:
    house.router.bounds = SMALL
    contacts, id_ = house.router.contacts, await house.customer()
    with pytest.raises(ContactWornOut):  # noqa: PT012  one of them, whichever
        for n in range(30):
            await contacts.set_attributes(id_, {"a": n})
    with pytest.raises(ContactWornOut):
        await contacts.set_disposition(id_, "solved", note="x" * 2000)
    assert (await contacts.get(id_)).event_seq <= 20
    await house.router.end(id_, EndReason.COMPLETED_IN_IVR)
    assert (await contacts.get(id_)).state is ContactState.ENDED
