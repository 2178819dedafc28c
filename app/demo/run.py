"""The demo: the embedded installation, then the people."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from app.demo.agents import Agents
from app.demo.callers import Callers
from app.demo.meeting import Meeting
from app.demo.passwords import demo_passwords
from app.demo.screen import screen, show
from app.embedded import Embedded, Report
from app.run_until_signal import wanted_to_stop
from config.model import Settings
from config.secrets import Secrets
from media.demo.utterances import utterances

SIMULATED_AGENTS = 7


async def run_demo(
    settings: Settings, *, config: Path | None, private_root: Path, seed: int, report: Report
) -> None:
    """Until Ctrl-C, SIGTERM or SIGHUP. Raises what starting raises, with nothing left."""
    secrets = Secrets(settings.server.state_dir)
    environ = {**os.environ, "PARLEY_STATE_DIR": str(settings.server.state_dir)}
    passwords = await asyncio.to_thread(demo_passwords, settings, secrets)
    stop = asyncio.ensure_future(wanted_to_stop())
    async with AsyncExitStack() as stack:
        embedded = Embedded(
            settings, secrets, private_root=private_root, config=config, environ=environ,
            report=report,
        )  # fmt: skip
        stack.push_async_callback(embedded.close)
        start = asyncio.ensure_future(
            _start(embedded, settings, secrets, passwords, stack, seed, report)
        )
        await asyncio.wait([start, stop], return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            start.result()
            assert embedded.choice is not None
            show(
                screen(
                    settings, secrets, passwords, asterisk=embedded.choice.version,
                    simulated=SIMULATED_AGENTS,
                )
            )  # fmt: skip
        else:
            start.cancel()
            await asyncio.gather(start, return_exceptions=True)
        await stop
        report("stopping ...")


async def _start(
    embedded: Embedded,
    settings: Settings,
    secrets: Secrets,
    passwords: Mapping[str, str],
    stack: AsyncExitStack,
    seed: int,
    report: Report,
) -> None:
    await embedded.start()
    report("starting the simulated agents and customers ...")
    meeting, sayings = Meeting(), await asyncio.to_thread(utterances)
    agents = Agents(
        settings, secrets, passwords, sayings, meeting, count=SIMULATED_AGENTS, seed=seed
    )
    stack.push_async_callback(agents.close)
    web = settings.server.web
    await agents.start(f"http://{web.host}:{web.port}")
    trunk = next(t for t in settings.trunks.values() if t.secret and t.takes_calls_in)
    callers = Callers(settings, secrets, trunk, sayings, meeting, seed)
    stack.push_async_callback(callers.close)
    await callers.start()
