"""A booted Asterisk with the dialplan of these tests, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from sip.ami import AmiClient
from tests.sip.ami.calls import DIALPLAN
from tests.support.ami import AmiConnect
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest


@pytest_asyncio.fixture
async def server(asterisk_factory: AsteriskFactory) -> AsyncIterator[AsteriskUnderTest]:
    """It is killed at the end: an orderly stop would first wait for its calls."""
    asterisk = await asterisk_factory({"extensions.conf": DIALPLAN})
    yield asterisk
    await asterisk.instance.kill()


@pytest_asyncio.fixture
async def client(server: AsteriskUnderTest, ami_connect: AmiConnect) -> AmiClient:
    return await ami_connect(server)
