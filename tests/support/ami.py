"""AMI clients of a test's Asterisk, closed at its end, and what they hear.

client = await ami_connect(asterisk, ping_every=0.2)
heard = Heard(client, "Hangup")
event = await heard.until("Hangup", lambda e: e["Cause"] == "17")
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest_asyncio

from sip.ami import AmiClient, AmiEvent, AmiSettings
from tests.support.asterisk import AsteriskUnderTest

AmiConnect = Callable[..., Awaitable[AmiClient]]


def settings_of(asterisk: AsteriskUnderTest, **changes: Any) -> AmiSettings:
    settings = AmiSettings(
        "127.0.0.1", asterisk.manager_port, asterisk.manager_user, asterisk.manager_secret
    )
    return replace(settings, **changes)


class Heard:
    """The events that a client delivered, to be waited for."""

    def __init__(self, client: AmiClient, *names: str) -> None:
        self.events: list[AmiEvent] = []
        self._news = asyncio.Event()
        client.on(names or "*", self._hear)

    def _hear(self, event: AmiEvent) -> None:
        self.events.append(event)
        self._news.set()

    def named(self, name: str) -> list[AmiEvent]:
        return [event for event in self.events if event.name == name]

    async def until(
        self, name: str, wanted: Callable[[AmiEvent], bool] = lambda _: True, *, seconds: float = 10
    ) -> AmiEvent:
        """The first event called ``name`` that is ``wanted``, past or to come."""
        async with asyncio.timeout(seconds):
            while True:
                for event in self.events:
                    if event.name == name and wanted(event):
                        return event
                self._news.clear()
                await self._news.wait()


async def until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Return when ``condition`` holds; TimeoutError if it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def pause(asterisk: AsteriskUnderTest) -> None:
    """SIGSTOP, and wait until every thread of it stands still."""
    process = Path(f"/proc/{asterisk.instance.pid}")
    os.kill(asterisk.instance.pid, signal.SIGSTOP)
    await until(
        lambda: all(
            (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"
            for thread in (process / "task").iterdir()
        )
    )


@pytest_asyncio.fixture
async def ami_connect() -> AsyncIterator[AmiConnect]:
    """``await ami_connect(asterisk, up=True, **settings)``: a client of it."""
    made: list[AmiClient] = []

    async def make(asterisk: AsteriskUnderTest, *, up: bool = True, **changes: Any) -> AmiClient:
        client = AmiClient(settings_of(asterisk, **changes))
        made.append(client)
        await client.start()
        if up:
            await client.wait_up(10)
        return client

    yield make
    for client in made:
        await client.close()
