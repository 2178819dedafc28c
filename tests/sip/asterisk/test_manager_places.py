"""Strangers on the manager port keep the app out for seconds at most."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sip.ami import AmiClient, AmiSettings
from tests.support.parley_asterisk import ParleyAsteriskFactory

_STRANGERS = 300


async def _mute(port: int, open_: set[int], number: int) -> None:
    """One connection that never logs in, made anew whenever it is dropped."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            open_.add(number)
            try:
                while await reader.read(1000):
                    pass
            finally:
                writer.close()
        open_.discard(number)
        await asyncio.sleep(0.01)


async def test_a_restarted_app_gets_in_past_strangers_who_say_nothing(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    port, open_ = asterisk.manager_port, set[int]()
    settings = AmiSettings("127.0.0.1", port, asterisk.manager_user, asterisk.manager_secret)
    strangers = [asyncio.create_task(_mute(port, open_, n)) for n in range(_STRANGERS)]
    try:
        async with asyncio.timeout(60):
            while len(open_) < _STRANGERS * 3 // 4:
                await asyncio.sleep(0.02)
        for _ in range(2):  # it starts, and it is started again
            app = AmiClient(settings)
            await app.start()
            await app.wait_up(20)
            await app.action("Ping")
            await app.close()
    finally:
        for stranger in strangers:
            stranger.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
