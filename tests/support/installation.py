"""A whole installation for a test: Asterisk on our configuration, Valkey, the app,
and real phones for callers and agents.

    async def test_x(installation):
        centre = await installation({"queues.cards.ring_seconds": "3"})
        agent = await centre.agent("wang.fang")
        call = await centre.call("4001")

The app runs in the test's own process (``centre.server``), so that its state can be
looked at; tests that kill it start it as a process (``tests.support.app_process``).
After each test the sweeper must find nothing left over, no channel, leg or session
may remain, and no error may have been logged that the test did not expect.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from acd.agent_states import AgentState
from acd.model import Agent, Contact
from acd.records.queries import ContactHistory, ContactRecord
from acd.sweeper import sweep
from agent_softphone.phone_errors import PhoneRefused
from agent_softphone.remote import Account, Phone
from agent_softphone.remote_call import Call
from app.server import Server
from core.events import Event
from core.valkey import ValkeyInstance
from tests.support.logs import LogLines
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.valkey import ValkeyFactory
from tests.support.wait import eventually, until

TRUNK = "demo-carrier"
CONFIG = Path(__file__).parent / "company" / "parley.yaml"


@dataclass
class AgentDesk:
    """An agent at a real phone, logged in to the router."""

    id: str
    phone: Phone
    account: Account


@dataclass
class Centre:
    """The installation under test."""

    asterisk: ParleyAsterisk
    valkey: ValkeyInstance
    server: Server
    callers: Account
    caller_phones: list[Phone]
    agents: dict[str, AgentDesk] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    log_lines: LogLines = field(default_factory=list)
    expected_errors: set[str] = field(default_factory=set)  # event names of the log

    async def call(self, number: str, *, caller: str = "13800000001") -> Call:
        """A customer dials ``number`` through the trunk; at most four calls a phone."""
        for phone in self.caller_phones:
            if len(phone.calls) < 4:
                break
        else:
            phone = await Phone.launch()
            self.caller_phones.append(phone)
            await self._trunk_account(phone)
        return await phone.call(number, from_user=caller)

    async def _trunk_account(self, phone: Phone) -> Account:
        return await phone.account(
            TRUNK, self.asterisk.trunk_password(TRUNK), port=self.asterisk.sip_port
        )

    async def agent(self, id_: str, *, ready: bool = True, register: bool = True) -> AgentDesk:
        """An agent with a registered phone, logged in and (unless told) ready."""
        settings = self.asterisk.settings.agents[id_]
        phone = await Phone.launch()
        account = await phone.account(
            settings.extension,
            self.asterisk.phone_password(settings.extension),
            port=self.asterisk.sip_port,
            register=register,
        )
        if register:
            await account.wait_registered()
        desk = self.agents[id_] = AgentDesk(id_, phone, account)
        await self.server.router.log_in(id_, ready=ready)
        return desk

    async def contacts(self) -> list[Contact]:
        return await self.server.router.contacts.live()

    async def the_contact(self) -> Contact:
        """The only contact in progress."""
        (contact,) = await self.contacts()
        return contact

    async def contact_of(self, agent_id: str) -> str:
        """Id of the contact that the agent is rung for or busy with."""

        async def look() -> str | None:
            return (await self.agent_state(agent_id)).contact_id

        return await until(look, 15, f"a contact of {agent_id}")

    async def record(self, contact_id: str) -> ContactRecord:
        """What the database says of the contact, once it has ended and all is stored."""
        await self.wait_event("contact.ended", contact=contact_id)
        assert await self.server.writer.drain(10)
        return await ContactHistory(self.server.engine).get(contact_id)

    async def agent_state(self, id_: str) -> Agent:
        return next(a for a in await self.server.router.store.agents() if a.id == id_)

    async def wait_event(
        self,
        type_: str,
        *,
        contact: str | None = None,
        agent: str | None = None,
        timeout: float = 15.0,
    ) -> Event:
        """The first event of that type (since the installation began)."""

        def look() -> Event | None:
            for event in self.events:
                if event.type != type_ or contact not in (None, event.contact_id):
                    continue
                if agent in (None, event.agent_id):
                    return event
            return None

        return await until(look, timeout, f"event {type_}")

    async def wait_state(self, contact_id: str, *states: str, timeout: float = 15.0) -> Contact:
        """The contact, once it is in one of ``states``."""

        async def look() -> Contact | None:
            contact = await self.server.router.contacts.get(contact_id)
            return contact if contact.state.value in states else None

        return await until(look, timeout, f"{contact_id} {states}")

    async def wait_agent(self, id_: str, state: AgentState, timeout: float = 15.0) -> Agent:
        """The agent, once in ``state``."""

        async def look() -> Agent | None:
            agent = await self.agent_state(id_)
            return agent if agent.state is state else None

        return await until(look, timeout, f"{id_} {state.value}")

    async def wait_agent_not(self, id_: str, *states: AgentState) -> Agent:
        """The agent, once in none of ``states``."""

        async def look() -> Agent | None:
            agent = await self.agent_state(id_)
            return agent if agent.state not in states else None

        return await until(look, 15, f"{id_} not {states}")

    async def wait_quiet(self, timeout: float = 15.0) -> None:
        """No contact in progress, and no channel, leg or session left."""
        left: list[object] = []

        async def look() -> bool:
            channels = await self.server.ami.query("CoreShowChannels")
            sessions = self.server.agi.sessions
            left[:] = [
                *((c.id, c.state) for c in await self.contacts()),
                *self.server.legs,
                *((c.get("Channel"), c.get("Context"), c.get("Application")) for c in channels),
                *([f"{sessions} sessions"] if sessions else []),
            ]
            return not left

        try:
            await eventually(look, "a quiet installation", seconds=timeout)
        except AssertionError:
            raise AssertionError(f"after {timeout:g} s there is still {left}") from None

    async def close(self) -> None:
        phones = [desk.phone for desk in self.agents.values()] + self.caller_phones
        await asyncio.gather(*(phone.close() for phone in phones))
        await self.server.close()


Installation = Callable[..., Awaitable[Centre]]


@pytest_asyncio.fixture
async def installation(
    parley_asterisk: ParleyAsteriskFactory, valkey_factory: ValkeyFactory, log_lines: LogLines
) -> AsyncIterator[Installation]:
    """``await installation(overrides, config=..., custom=..., environ=...)``."""
    made: list[Centre] = []

    async def make(
        overrides: Mapping[str, str] | None = None,
        *,
        config: Path = CONFIG,
        custom: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Centre:
        valkey = await valkey_factory()
        changed = {"server.redis_url": valkey.url, **(overrides or {})}
        asterisk, phone = await asyncio.gather(
            parley_asterisk(changed, config=config, custom=custom, environ=environ), Phone.launch()
        )
        server = Server(asterisk.settings, asterisk.secrets)
        callers = await phone.account(TRUNK, asterisk.trunk_password(TRUNK), port=asterisk.sip_port)
        centre = Centre(asterisk, valkey, server, callers, [phone], log_lines=log_lines)
        server.bus.listen(centre.events.append)
        await server.start()
        await asyncio.wait_for(server.resync.done.wait(), 15)
        made.append(centre)
        return centre

    yield make
    for centre in made:
        findings: list[object] = []
        if centre.server.ami.is_up:
            for phone in [*centre.caller_phones, *(d.phone for d in centre.agents.values())]:
                for call in [] if phone.died else phone.calls:
                    with suppress(PhoneRefused):  # it ends just now
                        await call.hangup()
            for agent in list(centre.agents):
                await centre.server.router.log_out(agent)
            await centre.wait_quiet()
            findings = list(await sweep(centre.server.router.store, centre.server.clock.now()))
        await centre.close()
        assert findings == []
        unexpected = [
            line
            for line in log_lines
            if line["level"] in ("error", "critical")
            and line["event"] not in centre.expected_errors
        ]
        assert unexpected == []
