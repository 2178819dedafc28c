"""An installation for a bench: Valkey, Asterisk, the app in a process of its own.

Asterisk also gets what the comparison needs: an app_queue with the same music, and
an endpoint through which the same callers reach it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from agent_softphone.remote import Phone
from app.app_process import AppCommand, AppProcess
from app.http import operator
from app.stores import redis_url
from config.load import load
from config.model import Settings
from config.secrets import REDIS, Secrets, phone_secret
from core.ports import PortBlock
from core.valkey import ValkeyInstance
from sip.asterisk.capability import choose
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.write import generate
from sip.asterisk.launcher import AsteriskInstance
from sip.asterisk.layout import AsteriskLayout, port_uses
from sip.asterisk.programs import Programs

COMPANY = Path(__file__).parent / "company" / "parley.yaml"
TRUNK = "carrier"
_ROOT = Path(__file__).parents[2] / ".parley" / "root"


@dataclass(frozen=True, slots=True)
class BenchCentre:
    """What runs, and how to reach it."""

    settings: Settings
    secrets: Secrets
    programs: Programs
    asterisk: AsteriskInstance
    valkey: ValkeyInstance
    app: AppProcess
    company: Path
    folder: Path
    block: PortBlock

    @property
    def sip_port(self) -> int:
        return self.settings.sip.port

    @property
    def redis_url(self) -> str:
        return redis_url(self.settings, self.secrets)

    @property
    def trunk_password(self) -> str:
        return self.secrets.get_or_create(self.settings.trunks[TRUNK].secret or TRUNK).reveal()

    async def agent_phone(self, agent_id: str) -> Phone:
        """A registered phone for a configured agent."""
        extension = self.settings.agents[agent_id].extension
        phone = await Phone.launch()
        password = self.secrets.get_or_create(phone_secret(extension)).reveal()
        await phone.register(extension, password, port=self.sip_port)
        return phone

    async def caller_phone(self) -> Phone:
        """A phone that calls through the trunk."""
        phone = await Phone.launch()
        await phone.account(TRUNK, self.trunk_password, port=self.sip_port)
        return phone

    async def api(self, method: str, path: str, **body: Any) -> str:
        """Ask the app as its operator, no faster than it lets us; the text of its answer."""
        access = operator.read(self.settings.server.state_dir)
        headers = {"Authorization": f"Bearer {access.token}"}
        async with aiohttp.ClientSession(access.url, headers=headers) as http:
            while True:
                async with http.request(method, path, json=body or None) as answer:
                    if answer.status != 429:
                        answer.raise_for_status()
                        return await answer.text()
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))


@asynccontextmanager
async def bench_centre(
    overrides: Mapping[str, str] | None = None,
    *,
    custom: Mapping[str, str] | None = None,
    agents: Mapping[str, str] | None = None,
) -> AsyncIterator[BenchCentre]:
    """Up when entered, gone when left; ``custom`` are hand-written Asterisk files,
    ``agents`` the fixed addresses of further agents' phones, by extension."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parley-bench-")))
        block = PortBlock.reserve()
        stack.callback(block.release)
        custom_dir = folder / "custom"
        custom_dir.mkdir()
        for name, text in (custom or {}).items():
            (custom_dir / name).write_text(text, encoding="utf-8")
        company = await asyncio.to_thread(_company, folder / "company", agents or {})
        first, last = block.rtp_range
        values = {
            "server.state_dir": str(folder / "state"),
            "server.asterisk.custom_dir": str(custom_dir),
            "server.asterisk.ami_port": str(block.take()),
            "server.fastagi.port": str(block.take()),
            "server.web.port": str(block.take()),
            "server.valkey_port": str(block.take()),
            "sip.port": str(block.take()),
            "sip.rtp_first": str(first),
            "sip.rtp_last": str(last),
            **(overrides or {}),
        }
        settings = load(company, environ={}, overrides=values).settings
        state = settings.server.state_dir
        secrets = Secrets(state, environ={})
        state.mkdir(mode=0o700)
        programs = choose(_ROOT).programs
        layout = AsteriskLayout(InstanceFolders(state / "asterisk"), programs, bench_queue=True)
        generate(settings, secrets, layout)
        valkey = ValkeyInstance(
            state / "valkey",
            settings.server.valkey_port,
            password=secrets.get_or_create(REDIS).reveal(),
        )
        stack.push_async_callback(valkey.stop)
        await valkey.start()
        asterisk = AsteriskInstance(programs, layout.folders, ports=port_uses(settings))
        stack.push_async_callback(asterisk.stop)
        await asterisk.start()
        variables = {f"PARLEY_{k.upper().replace('.', '__')}": v for k, v in values.items()}
        app = AppProcess(
            AppCommand(company, {**os.environ, **variables}), settings, folder / "app.log"
        )
        stack.push_async_callback(app.stop)
        await app.start()
        yield BenchCentre(
            settings, secrets, programs, asterisk, valkey, app, company, folder, block
        )


def _company(folder: Path, agents: Mapping[str, str]) -> Path:
    """A copy of the company with ``agents`` added; its main file."""
    shutil.copytree(COMPANY.parent, folder)
    lines = [
        f"  phone{extension}: {{name: {{en: Phone}}, extension: {extension}, phone: '{address}'}}\n"
        for extension, address in agents.items()
    ]
    if lines:
        (folder / "agents.yaml").write_text("agents:\n" + "".join(lines), encoding="utf-8")
    return folder / COMPANY.name
