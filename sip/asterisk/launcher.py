"""One Asterisk as a child process: start, ready, ask, stop.

Several instances run side by side as long as each has folders and ports of its
own. The process ends with ours: the kernel sends it SIGTERM when we die, which
Asterisk takes as 'core stop now', so that the peers of its calls get a BYE. One
that is too stuck for that is killed by the next start on the same folders.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from core import process as processes
from core.errors import TimedOut, Unavailable
from core.folder_lock import FolderLock
from core.log import get_logger
from core.ports import require_free
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.log_filter import PIPE, LogFilter
from sip.asterisk.programs import Programs
from sip.asterisk.strays import close_strays

log = get_logger(__name__)

_POLL = 0.02
_STOP_SECONDS = 5.0
# What the console program prints first on a machine without a network card.
_NO_CARD = "No ethernet interface found for seeding global EID. You will have to set it manually.\n"


class AsteriskDidNotBoot(Unavailable):
    """Asterisk ended, or did not become fully booted in time."""

    code: ClassVar[str] = "asterisk_did_not_boot"
    retryable: ClassVar[bool] = False


class AsteriskNotRunning(Unavailable):
    """The instance was asked something while it does not run."""

    code: ClassVar[str] = "asterisk_not_running"


class AsteriskConsoleTimedOut(TimedOut):
    """A console command had no answer in time."""

    code: ClassVar[str] = "asterisk_console_timed_out"


@dataclass(frozen=True, slots=True)
class PortUse:
    """A port that the instance's configuration binds, checked before the start:
    Asterisk itself goes on without a listener that it could not bind."""

    port: int
    purpose: str
    host: str = "127.0.0.1"
    udp: bool = False


class AsteriskInstance:
    """One instance, from :meth:`start` to :meth:`stop`; may be started again."""

    def __init__(
        self, programs: Programs, folders: InstanceFolders, *, ports: Sequence[PortUse] = ()
    ) -> None:
        self.programs = programs
        self.folders = folders
        self.ports = tuple(ports)
        self._lock = FolderLock(folders.state, "Asterisk")
        self._filter = LogFilter(folders.log)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Process id; raises :class:`AsteriskNotRunning`."""
        return self._running().pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def console_log(self) -> Path:
        """What the process printed, apart from Asterisk's own log files."""
        return self.folders.log / "console.log"

    async def start(self, *, seconds: float = 30.0) -> None:
        """Start, and return when fully booted.

        The folder ``etc`` must hold the configuration already. Raises
        :class:`~core.ports.PortTaken`, :class:`AsteriskDidNotBoot` (with the last
        lines of the logs), :class:`~core.folder_lock.FolderInUse` or
        :class:`~sip.asterisk.programs.ProgramMissing`.
        """
        if self.running:
            return
        self.folders.create()
        self._lock.acquire()
        began = time.monotonic()
        try:
            await self._end_leftover()
            await asyncio.to_thread(self._filter.close)  # of a life that ended by itself
            for use in self.ports:
                require_free(use.port, use.purpose, host=use.host, udp=use.udp)
            if self._wants_filter():
                self._filter.start()
            await self._spawn()
            await self._wait_booted(began + seconds)
            await asyncio.to_thread(close_strays, self.pid, [use.port for use in self.ports])
        except BaseException:
            await self.kill()
            raise
        log.info("asterisk.booted", pid=self.pid, seconds=round(time.monotonic() - began, 3))

    async def rx(self, command: str, *, seconds: float = 10.0) -> str:
        """Run a console command; its output.

        Raises :class:`AsteriskNotRunning` or :class:`AsteriskConsoleTimedOut`.
        """
        status, output = await self._remote(command, seconds)
        if status != 0:
            raise AsteriskNotRunning(
                f"The Asterisk in {self.folders.state} does not take console commands.",
                hint=f"See {self.folders.log}.",
            )
        return output

    async def wait(self) -> int:
        """Wait until the process ends, by itself or not; its exit status."""
        return await self._required().wait()

    async def stop(self) -> None:
        """Hang up every call and end, by force if it takes longer than 5 s."""
        if self.running:
            with contextlib.suppress(AsteriskNotRunning, TimedOut):
                await self.rx("core stop now", seconds=_STOP_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._required().wait(), _STOP_SECONDS)
        await self.kill()

    async def kill(self) -> None:
        """End it at once, as a crash would; no error if it does not run."""
        if self.running:
            await processes.stop(self._required(), first=signal.SIGKILL)
        await asyncio.to_thread(self._filter.close)
        self._tidy()
        self._lock.release()

    def _wants_filter(self) -> bool:
        """Whether its log goes through our pipe (see ``generate.small_files``)."""
        with contextlib.suppress(OSError):
            return PIPE in (self.folders.etc / "logger.conf").read_text(encoding="utf-8")
        return False

    def flush_log(self) -> None:
        """Wait until what it has written so far is in its log."""
        self._filter.flush()

    def _tidy(self) -> None:
        """Remove the socket and pid file, and a run folder outside of state."""
        for leaving in (*self.folders.run.glob("asterisk.*"),):
            leaving.unlink(missing_ok=True)
        if self.folders.run.parent != self.folders.state.absolute():
            with contextlib.suppress(OSError):
                self.folders.run.rmdir()

    def _required(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise AsteriskNotRunning(f"The Asterisk in {self.folders.state} was never started.")
        return self._process

    def _running(self) -> asyncio.subprocess.Process:
        process = self._required()
        if process.returncode is not None:
            raise AsteriskNotRunning(
                f"The Asterisk in {self.folders.state} ended with status {process.returncode}.",
                hint=f"See {self.folders.log}.",
            )
        return process

    @staticmethod
    def _environment() -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
        return {**kept, "LANG": "C.UTF-8"}

    async def _spawn(self) -> None:
        command = self.programs.command("asterisk", "-f", "-C", self.folders.config)
        with self.console_log.open("ab") as out:
            self._process = await processes.spawn(
                command, env=self._environment(), cwd=self.folders.state, stdout=out, stderr=out,
                death_signal=signal.SIGTERM,
            )  # fmt: skip

    async def _wait_booted(self, deadline: float) -> None:
        process = self._required()
        while time.monotonic() < deadline:
            if process.returncode is not None:
                raise AsteriskDidNotBoot(
                    f"Asterisk ended with status {process.returncode} while starting.",
                    hint=f"Its last lines:\n{self._last_lines()}",
                )
            if self.folders.socket.exists():
                left = max(deadline - time.monotonic(), 0.1)
                with contextlib.suppress(TimedOut):
                    status, output = await self._remote("core waitfullybooted", left)
                    if status == 0 and "fully booted" in output:
                        return
            await asyncio.sleep(_POLL)
        raise AsteriskDidNotBoot(
            "Asterisk was not fully booted in time.",
            hint=f"Its last lines:\n{self._last_lines()}",
        )

    async def _remote(self, command: str, seconds: float) -> tuple[int, str]:
        client = await processes.spawn(
            self.programs.command("asterisk", "-C", self.folders.config, "-rx", command),
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            death_signal=signal.SIGKILL,
        )
        try:
            out, _ = await asyncio.wait_for(client.communicate(), seconds)
        except TimeoutError:
            raise AsteriskConsoleTimedOut(
                f"Asterisk did not answer '{command.split()[0]} ...' within {seconds:g} s."
            ) from None
        finally:
            await processes.stop(client, first=signal.SIGKILL)
        assert client.returncode is not None
        return client.returncode, out.decode(errors="replace").removeprefix(_NO_CARD)

    def _last_lines(self, count: int = 15) -> str:
        """What the newest logs say last, complaints first, for a message to a person."""
        self.flush_log()
        files = [path for path in self.folders.log.glob("*") if path.is_file()]
        files.sort(key=lambda path: path.stat().st_mtime)
        lines: list[str] = []
        for path in files:
            with path.open("rb") as handle:
                handle.seek(max(path.stat().st_size - 65536, 0))
                text = handle.read().decode(errors="replace")
            lines += [line for line in text.splitlines() if line.strip()]
        complaints = [line for line in lines if "ERROR" in line or "rror load" in line]
        return "\n".join((complaints or lines)[-count:]) or "(none)"

    async def _end_leftover(self) -> None:
        """Kill an Asterisk of an earlier start on these folders that outlived it."""
        try:
            pid = int(self.folders.pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            self._tidy()
            self.folders.create()
            return
        if os.fsencode(self.folders.config) in command.split(b"\0"):
            log.warning("asterisk.leftover_killed", pid=pid)
            await processes.kill_stranger(pid, seconds=_STOP_SECONDS)
        self._tidy()
        self.folders.create()
