"""Real SIP phones for a test, each a process of its own.

    async def test_x(phones):
        caller, agent = await phones(), await phones()

They hang up, unregister and end with the test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from agent_softphone.remote import Phone

PhoneFactory = Callable[..., Awaitable[Phone]]


@pytest_asyncio.fixture
async def phones() -> AsyncIterator[PhoneFactory]:
    """``await phones(**options)``: a new phone process a call (see ``Phone.launch``)."""
    made: list[Phone] = []

    async def make(**options: object) -> Phone:
        phone = await Phone.launch(**options)
        made.append(phone)
        return phone

    yield make
    await asyncio.gather(*(phone.close() for phone in made))
