"""The whole web side on real parts: Valkey, SQLite, the router, a port of its own.

Only the medium is in memory (``tests.support.loopback``), and the call desk, which
belongs to the telephony room, notes what it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.driver import PartyMode
from acd.model import AgentConfig, Contact, Medium, QueueConfig
from acd.records.writer import RecordWriter
from acd.router import Router
from app.hearing.live_log import LiveLog
from app.hearing.parts import HearingParts
from app.http.compose import Web, compose_web
from app.http.desk import Target
from app.migrate import upgrade
from app.recordings.compose import Recordings
from config.load import load
from config.model import Settings
from config.secrets import Secrets
from core.clock import SystemClock
from core.database import create_engine
from core.errors import Unavailable
from core.events import EventBus
from core.log import configure_logging
from core.ports import PortBlock
from core.redis import Keys
from tests.support.logins import passwords_of
from tests.support.loopback import LoopbackMedium
from tests.support.wait import eventually

SAMPLE_NUMBER = "+8613800138000"


class NotingDesk:
    """Implements :class:`app.http.desk.CallDesk`: notes each call of a verb."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.down = False

    async def consult(self, contact_id: str, target: Target, *, by: str) -> None:
        self._note("consult", contact_id, target, by)

    async def consult_complete(self, contact_id: str) -> None:
        self._note("consult_complete", contact_id)

    async def consult_cancel(self, contact_id: str) -> None:
        self._note("consult_cancel", contact_id)

    async def transfer_to_number(self, contact_id: str, number: str, *, by: str) -> None:
        self._note("transfer_to_number", contact_id, number, by)

    async def supervise(self, contact_id: str, supervisor_agent_id: str, mode: PartyMode) -> None:
        self._note("supervise", contact_id, supervisor_agent_id, mode)

    async def pause_recording(self, contact_id: str) -> None:
        self._note("pause_recording", contact_id)

    async def resume_recording(self, contact_id: str) -> None:
        self._note("resume_recording", contact_id)

    def _note(self, *what: Any) -> None:
        if self.down:
            raise Unavailable("Asterisk does not answer.", hint="Wait for it.")
        self.asked.append(what)


@dataclass
class WebHouse:
    """The parts, and short names for what tests do often."""

    settings: Settings
    redis: Redis
    keys: Keys
    bus: EventBus
    router: Router
    medium: LoopbackMedium
    desk: NotingDesk
    engine: AsyncEngine
    writer: RecordWriter
    live_log: LiveLog
    hearing: HearingParts
    web: Web
    kept: Recordings
    state_dir: Path
    recordings: Path
    clients: list[aiohttp.ClientSession] = field(default_factory=list)
    why_off: str = ""
    """Why nobody is listened to, as the hearing service would say."""

    @property
    def url(self) -> str:
        return self.web.server.url

    def client(self, token: str | None = None) -> aiohttp.ClientSession:
        """An HTTP client, with a token or as nobody."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        session = aiohttp.ClientSession(
            self.url, headers=headers, timeout=aiohttp.ClientTimeout(total=10)
        )
        self.clients.append(session)
        return session

    def password(self, agent_id: str) -> str:
        """The password of ``agent_id``, set when it is first asked for."""
        return passwords_of(Secrets(self.state_dir, environ={}), agent_id)

    async def signed_in(self, agent_id: str) -> aiohttp.ClientSession:
        """A client with a token of ``agent_id``."""
        body = {"agent_id": agent_id, "password": self.password(agent_id)}
        async with self.client().post("/api/session", json=body) as response:
            assert response.status == 200, await response.text()
            return self.client((await response.json())["token"])

    async def customer(self, queue: str | None = None, **more: Any) -> str:
        """A new contact, waiting in ``queue`` if given; its id."""
        contact = await self.router.contacts.open(
            medium=Medium.VOICE, channel="phone", customer_number=SAMPLE_NUMBER,
            dialled_number="4001", language="zh-CN", **more,
        )  # fmt: skip
        self.medium.arrives(contact.id)
        if queue is not None:
            await self.router.enqueue(contact.id, queue)
        return contact.id

    async def connect(self, queue: str, agent_id: str) -> str:
        """A customer who talks with the agent."""
        contact_id = await self.customer(queue)
        await self.router.log_in(agent_id, ready=True)
        await self.medium.rings(agent_id)
        await self.medium.picks_up(agent_id)
        await self.contact_is(contact_id, ContactState.CONNECTED)
        return contact_id

    async def contact_is(self, contact_id: str, state: ContactState) -> Contact:
        """Wait until the contact is in ``state``."""

        async def so() -> bool:
            return (await self.router.contacts.get(contact_id)).state is state

        await eventually(so, f"{contact_id} becomes {state.value}")
        return await self.router.contacts.get(contact_id)


@pytest_asyncio.fixture
async def web_house(redis: Redis, tmp_path: Path) -> AsyncIterator[WebHouse]:
    """A started web server with the sample company and everything behind it."""
    async with web_house_on(redis, tmp_path) as house:
        yield house
        assert house.medium.wrongs == []


@contextlib.asynccontextmanager
async def web_house_on(
    redis: Redis, tmp_path: Path, *, overrides: Mapping[str, str] | None = None
) -> AsyncIterator[WebHouse]:
    """The same on a Redis-protocol server of the test's own."""
    # As in production: tracebacks without locals, quick to write.
    configure_logging("info", stream=sys.__stderr__)
    block = PortBlock.reserve()
    recordings = tmp_path / "recordings"
    recordings.mkdir(parents=True)
    settings = load(
        overrides={
            "server.state_dir": str(tmp_path / "state"),
            "server.web.port": str(block.take()),
            "media.recording.folder": str(recordings),
            **(overrides or {}),
        },
        environ={},
    ).settings
    await upgrade(settings.server.database)
    engine = create_engine(settings.server.database)
    keys, bus, clock = Keys("test"), EventBus(), SystemClock()
    medium = LoopbackMedium()
    router = Router(
        redis, keys, directory_of(settings), clock, bus, drivers={Medium.VOICE: medium},
        node=settings.server.node,
    )  # fmt: skip
    medium.events = router
    await router.recover()
    writer = RecordWriter(redis, keys, engine, clock, linger=0.01)
    bus.listen(writer.on_event)
    writer.start()
    desk = NotingDesk()
    live_log = LiveLog(redis, keys, bus, clock)
    hearing = HearingParts.of(settings, engine, clock, live_log, off=lambda: house.why_off)
    secrets = Secrets(settings.server.state_dir, environ={})
    kept = Recordings(
        settings, secrets, router=router, engine=engine, redis=redis, keys=keys,
        live_log=live_log, bus=bus, clock=clock,
    )  # fmt: skip
    web = compose_web(
        settings, secrets, redis=redis, keys=keys,
        clock=clock, bus=bus, router=router, engine=engine, desk=desk,
        hearing=hearing, recordings=kept, writer=writer,
    )  # fmt: skip
    await web.start()
    house = WebHouse(
        settings, redis, keys, bus, router, medium, desk, engine, writer, live_log, hearing, web,
        kept, settings.server.state_dir, recordings,
    )  # fmt: skip
    yield house
    await asyncio.gather(*(client.close() for client in house.clients))
    await web.close()
    await kept.close()
    await hearing.close()
    await live_log.close()
    await medium.echoes.close()
    await router.close()
    await writer.close()
    await engine.dispose()
    block.release()


def directory_of(settings: Settings) -> StaticDirectory:
    """The router's view of the configuration."""
    return StaticDirectory(
        [
            QueueConfig(
                name=queue.name, skills=queue.skills, priority=queue.priority,
                ring_seconds=queue.ring_seconds, wrap_up_seconds=queue.wrap_up_seconds,
                max_waiting=queue.max_waiting,
            )
            for queue in settings.queues.values()
        ],
        [
            AgentConfig(id=agent.id, device=agent.extension, skills=agent.skills)
            for agent in settings.agents.values()
            if agent.is_agent
        ],
    )  # fmt: skip
