"""The network outside: a phone to which our trunk's calls out go.

async def test_x(installation, carrier):
    centre = await installation(carrier.overrides)
    await carrier.start()
    call = await carrier.phone.next_incoming()      # call.to_user: the number
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from agent_softphone.remote import Phone
from core.ports import PortBlock
from tests.support.installation import TRUNK


class Carrier:
    """Takes any number."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._phone: Phone | None = None

    @property
    def overrides(self) -> dict[str, str]:
        """Settings that send the trunk's calls out here."""
        return {f"trunks.{TRUNK}.carrier.port": str(self.port)}

    @property
    def phone(self) -> Phone:
        assert self._phone is not None, "start it first"
        return self._phone

    async def start(self) -> None:
        """Listen."""
        self._phone = await Phone.launch()
        await self._phone.account("carrier", local_port=self.port)

    async def close(self) -> None:
        if self._phone is not None:
            await self._phone.close()


@pytest_asyncio.fixture
async def carrier() -> AsyncIterator[Carrier]:
    """A carrier that has not been started."""
    block = PortBlock.reserve()
    made = Carrier(block.take())
    yield made
    await made.close()
    block.release()
