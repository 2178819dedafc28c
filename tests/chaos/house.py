"""A whole installation under a fault: ``parley up`` as a process, looked at from outside."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from agent_softphone.remote import Phone
from app.http import operator
from config.load import load
from config.model import Settings
from config.secrets import REDIS, Secrets, phone_secret
from core import process as processes
from core.database import create_engine
from core.ports import PortBlock
from tests.chaos.people import People
from tests.support.embedded import ROOT, command_of
from tests.support.installation import CONFIG, TRUNK
from tests.support.parley_asterisk import own_ports

PARTS = {"app": "-m app serve", "asterisk": "--argv0 asterisk", "valkey": "valkey-server"}
_API = aiohttp.ClientTimeout(total=10)


@dataclass
class House:
    """The installation. Parts are ``app``, ``asterisk``, ``valkey`` and ``supervisor``."""

    process: asyncio.subprocess.Process
    settings: Settings
    secrets: Secrets
    block: PortBlock
    output: Path
    environ: dict[str, str]
    phones: list[Phone] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.settings.server.state_dir

    @property
    def app_log(self) -> Path:
        return self.state / "app.log"

    @property
    def redis_url(self) -> str:
        secret = self.secrets.get_or_create(REDIS).reveal()
        return f"redis://:{secret}@127.0.0.1:{self.settings.server.valkey_port}/0"

    async def wait_started(self, seconds: float = 90) -> None:
        """Until the supervisor says that all runs."""
        async with asyncio.timeout(seconds):
            while "Parley runs" not in self.said():
                if self.process.returncode is not None:
                    raise AssertionError(f"the installation did not start:\n{self.said()}")
                await asyncio.sleep(0.05)

    def said(self) -> str:
        """What the supervisor printed and logged so far."""
        return self.output.read_text(errors="replace")

    def part(self, name: str) -> psutil.Process | None:
        """The process of a part; None while it does not run."""
        try:
            top = psutil.Process(self.process.pid)
            if name == "supervisor":
                return top
            found = [p for p in top.children(recursive=True) if PARTS[name] in command_of(p)]
        except psutil.Error:
            return None
        return found[0] if found else None

    async def wait_replaced(self, name: str, old: int, seconds: float = 60) -> psutil.Process:
        """The process that was started in place of the one with pid ``old``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.part(name)
            if found is not None and found.pid != old:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name} was not started again within {seconds:g} s")

    # --- asked from outside -----------------------------------------------------

    async def api(self, method: str, path: str, **body: Any) -> Any:
        """Ask as the operator; raises aiohttp's errors, and NotRunning."""
        access = operator.read(self.state)
        headers = {"Authorization": f"Bearer {access.token}"}
        async with (
            aiohttp.ClientSession(access.url, headers=headers, timeout=_API) as http,
            http.request(method, path, json=body or None) as answer,
        ):
            answer.raise_for_status()
            return await answer.json() if answer.status != 204 else None

    async def health(self) -> dict[str, Any] | None:
        """What ``/health`` says; None when nobody answers."""
        answer = await self._get("/health")
        try:
            report = json.loads(answer or b"")
        except ValueError:  # an error instead
            return None
        return dict(report)

    async def part_of_health(self, part: str) -> dict[str, Any]:
        """One part of it; empty when nobody answers or there is no such part."""
        report = await self.health()
        return dict(report["parts"].get(part, {})) if report else {}

    async def wait_code(self, part: str, code: str | None, seconds: float = 30) -> None:
        """Until health says ``code`` of ``part`` (None: that it is well)."""
        deadline = time.monotonic() + seconds
        seen: dict[str, Any] = {}
        while time.monotonic() < deadline:
            seen = await self.part_of_health(part)
            if seen and seen["code"] == code:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"health never said {code} of {part}, but {seen}")

    async def metric(self, name: str, **labels: str) -> float | None:
        """The value of a metric; None when there is none or nobody answers."""
        answer = await self._get("/metrics")
        if answer is None:
            return None
        for family in text_string_to_metric_families(answer.decode()):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return float(sample.value)
        return None

    async def _get(self, path: str) -> bytes | None:
        url = f"http://127.0.0.1:{self.settings.server.web.port}{path}"
        try:
            async with aiohttp.ClientSession(timeout=_API) as http, http.get(url) as answer:
                return await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def wait_well(self, seconds: float = 90) -> None:
        """Until every part is well; AssertionError names those that are not."""
        deadline = time.monotonic() + seconds
        report = None
        while time.monotonic() < deadline:
            report = await self.health()
            if report and report["status"] == "ok":
                return
            await asyncio.sleep(0.1)
        bad = {n: p["code"] for n, p in report["parts"].items() if not p["ok"]} if report else None
        raise AssertionError(f"not well after {seconds:g} s: {bad or 'nobody answers'}")

    async def stored(self) -> dict[str, int]:
        """How many contacts the database has, by state."""
        engine = create_engine(self.settings.server.database)
        try:
            async with engine.connect() as connection:
                query = text("SELECT state, count(*) FROM contact GROUP BY state")
                rows = await connection.execute(query)
                return {str(state): int(count) for state, count in rows}
        except (SQLAlchemyError, OSError):
            return {}
        finally:
            await engine.dispose()

    # --- people -----------------------------------------------------------------

    async def caller(self) -> Phone:
        """A phone that calls in through the trunk, up to four calls at a time."""
        phone = await self._phone()
        secret = self.settings.trunk(TRUNK).secret or TRUNK
        password = self.secrets.get_or_create(secret).reveal()
        await phone.account(TRUNK, password, port=self.settings.sip.port)
        return phone

    async def agent(self, id_: str, *, ready: bool = True) -> Phone:
        """An agent at a registered phone, logged in."""
        extension = self.settings.agents[id_].extension
        phone = await self._phone()
        password = self.secrets.get_or_create(phone_secret(extension)).reveal()
        await phone.register(extension, password, port=self.settings.sip.port, expires=60)
        await self.api("POST", f"/api/agents/{id_}/log-in", ready=ready)
        return phone

    async def _phone(self) -> Phone:
        phone = await Phone.launch()
        self.phones.append(phone)
        return phone

    async def people(self) -> People:
        """Two who talk all the time (the witnesses), and callers who come one after the
        other to an agent who answers each."""
        people = People(self)
        await people.start()
        return people


@asynccontextmanager
async def open_house(
    folder: Path,
    state: Path,
    overrides: Mapping[str, str],
    environ: Mapping[str, str],
    prefix: tuple[str, ...],
) -> AsyncIterator[House]:
    """The process is started when entered, and gone with all below it when left."""
    async with AsyncExitStack() as stack:
        block = PortBlock.reserve()
        stack.callback(block.release)
        values = {**own_ports(block, state), **overrides}
        settings = load(CONFIG, environ={}, overrides=values).settings
        variables = {f"PARLEY_{k.upper().replace('.', '__')}": v for k, v in values.items()}
        full = {**os.environ, **variables, "PARLEY_CONFIG": str(CONFIG), **environ}
        output = folder / "up.log"
        with output.open("wb") as out:
            process = await processes.spawn(
                [*prefix, sys.executable, "-m", "app", "up", "--root", ROOT / ".parley" / "root"],
                env=full, cwd=ROOT, stdout=out, stderr=out,
            )  # fmt: skip
        stack.push_async_callback(processes.stop, process, seconds=20)
        house = House(process, settings, Secrets(state, environ={}), block, output, full)
        try:
            yield house
        finally:
            await asyncio.gather(*(p.close() for p in house.phones), return_exceptions=True)
