"""The embedded installation: Valkey, Asterisk and the app as children of one supervisor.

Each is started again when it dies; an app that is hung is killed for that. Their logs
are kept small. Nothing outlives the supervisor: children end
with their parent (``core.process``), whichever way that goes.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from app.app_process import AppCommand, AppProcess, Patience
from app.log_files import keep_small
from config.model import Settings
from config.secret_strength import refuse_weak
from config.secrets import REDIS, Secrets
from config.server import EMBEDDED
from core.folder_lock import FolderLock
from core.log import get_logger
from core.ports import PortTaken, is_free, require_free
from core.tasks import TaskOwner
from core.valkey import ValkeyInstance
from core.valkey_salvage import Salvaged
from sip.asterisk.capability import Choice, choose
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.write import generate
from sip.asterisk.launcher import AsteriskInstance
from sip.asterisk.layout import AsteriskLayout, port_uses

log = get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_STEADY_SECONDS = 30.0  # after so long a life a death is no longer 'again'

Report = Callable[[str], None]


class Part(Protocol):
    """A child that is kept running."""

    async def start(self) -> None: ...

    async def wait(self) -> int: ...

    async def stop(self) -> None: ...


class Embedded:
    """Starts the parts in order, keeps them running, stops them in the opposite one.

    ``report`` is told in a few words what goes on, for a person at a terminal.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        private_root: Path,
        config: Path | None,
        environ: Mapping[str, str] | None = None,
        report: Report = lambda _: None,
        patience: Patience | None = None,
    ) -> None:
        self.settings = settings
        self.secrets = secrets
        self._private_root = private_root
        self._report = _quietly(report)
        self._patience = patience or Patience()
        self._stack = AsyncExitStack()
        self._tasks = TaskOwner("supervisor")
        self.choice: Choice | None = None
        self.asterisk: AsteriskInstance | None = None
        self.valkey: ValkeyInstance | None = None
        state = settings.server.state_dir
        self._lock = FolderLock(state, "Parley")
        command = AppCommand(config, dict(environ if environ is not None else os.environ))
        self.app = AppProcess(command, settings, state / "app.log")

    async def start(self) -> None:
        """Bring everything up; raises what the parts raise, with nothing left running."""
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> None:
        server = self.settings.server
        await asyncio.to_thread(server.state_dir.mkdir, mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        self._stack.callback(self._lock.release)
        await asyncio.to_thread(refuse_weak, self.settings, self.secrets)
        self.choice = await asyncio.to_thread(choose, self._private_root)
        self._report(f"Asterisk {self.choice.version}: {self.choice.reason}")
        layout = AsteriskLayout(
            InstanceFolders(server.state_dir / "asterisk"), self.choice.programs
        )
        await asyncio.to_thread(generate, self.settings, self.secrets, layout)
        asterisk = self.asterisk = AsteriskInstance(
            self.choice.programs, layout.folders, ports=port_uses(self.settings)
        )
        self._check_ports(layout)
        logs = partial(keep_small, self._logs(layout), layout.cel_file)
        self._tasks.keep(logs, name="logs")
        if server.redis_url == EMBEDDED:
            self.valkey = ValkeyInstance(
                server.state_dir / "valkey",
                server.valkey_port or None,
                password=self.secrets.get_or_create(REDIS).reveal(),
            )
            self.valkey.on_salvaged = self._salvaged
            await self._keep(self.valkey, "Valkey (Redis protocol)")
        await self._keep(asterisk, "Asterisk")
        await self._keep(self.app, "Parley")
        self._tasks.keep(partial(self.app.watch, self._patience), name="watchdog")

    def _logs(self, layout: AsteriskLayout) -> list[Path]:
        state, asterisk = self.settings.server.state_dir, layout.folders.log
        ours = [self.app.log_file, state / "demo.log", state / "valkey" / "valkey.log"]
        return [*ours, asterisk / "messages.log", asterisk / "console.log"]

    def _check_ports(self, layout: AsteriskLayout) -> None:
        """Say at once which port is taken and by which setting another is chosen."""
        server = self.settings.server
        wanted = [
            ("server.web.port", server.web.host, server.web.port, False),
            ("server.fastagi.port", server.fastagi.host, server.fastagi.port, False),
            ("server.asterisk.ami_port", "127.0.0.1", server.asterisk.ami_port, False),
            ("sip.port", self.settings.sip.bind, self.settings.sip.port, True),
        ]
        if server.redis_url == EMBEDDED and server.valkey_port:
            wanted.append(("server.valkey_port", "127.0.0.1", server.valkey_port, False))
        for key, host, port, udp in wanted:
            if not is_free(port, host=host, udp=udp):
                variable = "PARLEY_" + key.upper().replace(".", "__")
                try:
                    require_free(port, key, host=host, udp=udp)
                except PortTaken as error:
                    raise PortTaken(
                        error.message, hint=f"{error.hint} Another: {variable}=...", port=port
                    ) from None

    async def _keep(self, part: Part, name: str) -> None:
        self._report(f"starting {name} ...")
        self._stack.push_async_callback(part.stop)
        await part.start()
        self._tasks.keep(partial(self._revive, part, name), name=name)

    def _salvaged(self, found: Salvaged) -> None:
        """Valkey forgot something that the app may build on: the app begins anew, reads
        what is there and makes up for the rest."""
        self._report(f"Valkey's data was damaged; the damaged files are kept in {found.aside}")
        self.app.kill()

    async def _revive(self, part: Part, name: str) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            born = loop.time()
            status = await part.wait()
            if loop.time() - born > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            how = _how(status)
            log.error("supervisor.part_died", part=name, how=how, restart_in=pause)
            self._report(f"{name} ended ({how}); it is started again")
            started = False
            while not started:
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
                try:
                    await part.start()
                    started = True
                except Exception as error:
                    log.error("supervisor.restart_failed", part=name, error=str(error))

    async def close(self) -> None:
        """Stop everything: the app first, so that it says goodbye to the others."""
        await self._tasks.close()
        await self._stack.aclose()


def _quietly(report: Report) -> Report:
    """What is told to a terminal that is gone, or a disk that is full, stops nothing."""

    def told(text: str) -> None:
        with suppress(OSError, ValueError):
            report(text)

    return told


def _how(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
