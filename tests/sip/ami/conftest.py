"""A booted Asterisk with the dialplan of these tests, and a client of it."""

from __future__ import annotations

import pytest_asyncio

from sip.ami import AmiClient
from tests.sip.ami.calls import DIALPLAN
from tests.support.ami import AmiConnect
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest


@pytest_asyncio.fixture
async def server(asterisk_factory: AsteriskFactory) -> AsteriskUnderTest:
    return await asterisk_factory({"extensions.conf": DIALPLAN})


@pytest_asyncio.fixture
async def client(server: AsteriskUnderTest, ami_connect: AmiConnect) -> AmiClient:
    return await ami_connect(server)
