"""The app as a process of its own beside Asterisk and Valkey, so that each can be killed.

    async def test_x(killable):
        centre = await killable()
        await centre.kill_app(); ...; await centre.start_app()

State is looked at from outside: Redis, the database, the HTTP API and the phones.
After each test the sweeper must find nothing left over, no channel may remain in
Asterisk, and the app may have logged no error that the test did not expect.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest_asyncio
from redis.asyncio import Redis

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Agent, Contact
from acd.records.queries import ContactHistory, ContactRecord
from acd.store import Store
from acd.sweeper import sweep
from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from app.app_process import AppCommand, AppProcess
from app.http import operator
from core import redis as redis_access
from core.clock import SystemClock
from core.database import create_engine
from core.errors import NotFound
from core.redis import Keys
from core.valkey import ValkeyInstance
from tests.support.installation import CONFIG, TRUNK, AgentDesk
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.valkey import ValkeyFactory
from tests.support.wait import until


@dataclass
class KillableCentre:
    """The installation under test."""

    asterisk: ParleyAsterisk
    valkey: ValkeyInstance
    app: AppProcess
    redis: Redis
    store: Store
    history: ContactHistory
    callers: list[Phone] = field(default_factory=list)
    agents: dict[str, AgentDesk] = field(default_factory=dict)
    expected_errors: set[str] = field(default_factory=set)  # event names of the log

    def use(self, **values: str) -> None:
        """Settings for the app alone, from its next start on."""
        command = self.app.command
        environ = {**command.environ, **_variables(values)}
        self.app.command = AppCommand(command.config, environ)

    async def start_app(self) -> None:
        """Start, and return when every part is well."""
        await self.app.start(seconds=120)
        await self.wait_healthy()

    async def wait_healthy(self) -> None:
        """Until every part is well."""
        await until(self._healthy, 60, "a healthy app")

    async def _healthy(self) -> bool:
        try:
            report = await self.api("GET", "/health")
        except (aiohttp.ClientError, NotFound, operator.NotRunning):
            return False
        # An app that has only begun does not know the token of the one before.
        return bool(report.get("status") == "ok")

    async def kill_app(self) -> None:
        """As a crash would."""
        os.kill(self.app.pid, 9)
        await self.app.wait()

    async def api(self, method: str, path: str, **body: Any) -> Any:
        """Ask as the operator; raises ClientResponseError."""
        access = operator.read(self.asterisk.settings.server.state_dir)
        headers = {"Authorization": f"Bearer {access.token}"}
        timeout = aiohttp.ClientTimeout(total=10)
        async with (
            aiohttp.ClientSession(access.url, headers=headers, timeout=timeout) as http,
            http.request(method, path, json=body or None) as answer,
        ):
            if path != "/health":
                answer.raise_for_status()
            return await answer.json() if answer.status != 204 else None

    async def call(self, number: str, *, caller: str = "13800000001") -> Call:
        """A customer dials ``number`` through the trunk, each on a phone of their own."""
        phone = await Phone.launch()
        self.callers.append(phone)
        password = self.asterisk.trunk_password(TRUNK)
        await phone.account(TRUNK, password, port=self.asterisk.sip_port)
        return await phone.call(number, from_user=caller)

    async def agent(self, id_: str, *, ready: bool = True) -> AgentDesk:
        """An agent at a registered phone."""
        settings = self.asterisk.settings.agents[id_]
        phone = await Phone.launch()
        password = self.asterisk.phone_password(settings.extension)
        account = await phone.register(settings.extension, password, port=self.asterisk.sip_port)
        desk = self.agents[id_] = AgentDesk(id_, phone, account)
        await self.api("POST", f"/api/agents/{id_}/log-in", ready=ready)
        return desk

    async def talk(self, agent: AgentDesk) -> tuple[Call, Call, str]:
        """A caller in conversation with ``agent``: both legs and the contact's id."""
        call = await self.call("4000")
        incoming = await agent.phone.next_incoming()
        await incoming.answer()
        await call.tone(440)
        await incoming.tone(880)
        await incoming.hear_tone(440)
        await call.hear_tone(880)
        contact = await self.wait_contact(ContactState.CONNECTED)
        return call, incoming, contact.id

    async def live(self) -> list[Contact]:
        contacts = await self.store.contacts()
        return sorted(
            (c for c in contacts if c.state is not ContactState.ENDED), key=lambda c: c.created_at
        )

    async def wait_contact(self, state: ContactState, *, count: int = 1) -> Contact:
        """The oldest contact, once ``count`` are in ``state``."""

        async def look() -> Contact | None:
            found = [c for c in await self.live() if c.state is state]
            return found[0] if len(found) >= count else None

        return await until(look, 20, f"{count} contacts {state.value}")

    async def wait_agent(self, id_: str, state: AgentState) -> Agent:
        async def look() -> Agent | None:
            found = [a for a in await self.store.agents() if a.id == id_]
            return found[0] if found and found[0].state is state else None

        return await until(look, 20, f"{id_} {state.value}")

    async def record(self, contact_id: str) -> ContactRecord:
        """What the database has of the contact, once it has ended there."""

        async def look() -> ContactRecord | None:
            try:
                record = await self.history.get(contact_id)
            except NotFound:
                return None
            return record if record.contact.state == ContactState.ENDED else None

        return await until(look, 20, f"the record of {contact_id}")


def _variables(values: Mapping[str, object]) -> dict[str, str]:
    """Settings as environment variables."""
    return {f"PARLEY_{k.upper().replace('.', '__')}": str(v) for k, v in values.items()}


Killable = Callable[..., Awaitable[KillableCentre]]


@pytest_asyncio.fixture
async def killable(
    parley_asterisk: ParleyAsteriskFactory, valkey_factory: ValkeyFactory
) -> AsyncIterator[Killable]:
    """``await killable(overrides, ports=...)``."""
    made: list[KillableCentre] = []

    async def make(
        overrides: Mapping[str, str] | None = None,
        *,
        custom: Mapping[str, str] | None = None,
        start: bool = True,
    ) -> KillableCentre:
        valkey = await valkey_factory()
        wanted = {"server.redis_url": valkey.url, **(overrides or {})}
        asterisk = await parley_asterisk(wanted, config=CONFIG, custom=custom)
        server, sip = asterisk.settings.server, asterisk.settings.sip
        values = {
            "server.state_dir": server.state_dir, "sip.port": sip.port,
            "sip.rtp_first": sip.rtp_first, "sip.rtp_last": sip.rtp_last,
            "server.asterisk.ami_port": asterisk.manager_port,
            "server.fastagi.port": server.fastagi.port, "server.web.port": server.web.port,
            **wanted,
        }  # fmt: skip
        log = server.state_dir / "app.log"
        environ = {**os.environ, **_variables(values)}
        app = AppProcess(AppCommand(CONFIG, environ), asterisk.settings, log)
        redis = redis_access.connect(valkey.url)
        engine = create_engine(server.database)
        store = Store(redis, Keys(server.redis_prefix))
        centre = KillableCentre(asterisk, valkey, app, redis, store, ContactHistory(engine))
        made.append(centre)
        if start:
            await centre.start_app()
        return centre

    yield make
    for centre in made:
        for phone in [*centre.callers, *(desk.phone for desk in centre.agents.values())]:
            await phone.close()
        findings = await _settled(centre)
        await centre.app.stop()
        findings += _errors(centre)
        # Shown by pytest when the test failed.
        sys.stderr.write("\n".join(centre.app.log_file.read_text().splitlines()[-60:]))
        sys.stderr.write("\n".join(centre.asterisk.complaints))
        assert findings == []


async def _settled(centre: KillableCentre) -> list[object]:
    """What is still stuck once nobody calls any more."""

    async def stuck() -> list[object]:
        found = [*await centre.live(), *await sweep(centre.store, SystemClock().now())]
        return [*found, *await _channels(centre)]

    async def quiet() -> bool:
        return not await stuck()

    try:
        await until(quiet, 15, "a quiet installation")
    except AssertionError:
        return await stuck()
    return []


async def _channels(centre: KillableCentre) -> list[str]:
    if not centre.asterisk.instance.running:
        return []
    shown = await centre.asterisk.instance.rx("core show channels concise")
    return [line for line in shown.splitlines() if line.strip()]


def _errors(centre: KillableCentre) -> list[object]:
    """Lines of the app's log that tell of an error, or are no log lines at all (such
    as the traceback of a process that ended by it)."""
    found: list[object] = []
    for text in centre.app.log_file.read_text(errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            line = {"level": "error", "event": text}
        if line["level"] in ("error", "critical") and line["event"] not in centre.expected_errors:
            found.append(line)
    return found
