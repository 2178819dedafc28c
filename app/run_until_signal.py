"""Run until somebody wants us to stop."""

from __future__ import annotations

import asyncio
import signal


async def wanted_to_stop() -> None:
    """Return at SIGINT (Ctrl-C), SIGTERM or SIGHUP (the terminal is gone)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
