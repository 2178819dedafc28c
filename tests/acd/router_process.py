"""A router in a process of its own, for tests that stop and kill it with real signals.

    python -m tests.acd.router_process URL NODE LEASE

Its medium rings whatever it is asked to and tells so on standard output, where the log
goes too: one JSON object a line.
"""

from __future__ import annotations

import asyncio
import json
import sys

from acd.directory import StaticDirectory
from acd.driver import PartyMode
from acd.model import Agent, AgentConfig, Contact, Medium, Offer, QueueConfig, Target
from acd.router import Router
from core import redis as redis_access
from core.clock import SystemClock
from core.events import EventBus
from core.log import configure_logging
from core.redis import Keys

RING_SECONDS = 1.0
AGENTS = 250
DIRECTORY = StaticDirectory(
    [QueueConfig(name="open", ring_seconds=RING_SECONDS, wrap_up_seconds=0)],
    [AgentConfig(id=f"a{n}", device=str(n)) for n in range(AGENTS)],
)


class TellingMedium:
    """Implements :class:`acd.driver.MediaDriver`; nobody ever answers."""

    def _tell(self, verb: str, contact: Contact, agent_id: str = "") -> None:
        line = {"event": f"medium.{verb}", "contact": contact.id, "agent": agent_id}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._tell("ring", contact, agent.id)

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._tell("stop_ringing", contact, agent.id)

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._tell("connect", contact, agent.id)

    async def hold(self, contact: Contact) -> None:
        self._tell("hold", contact)

    async def resume(self, contact: Contact) -> None:
        self._tell("resume", contact)

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        return device

    async def remove_party(self, contact: Contact, handle: str) -> None:
        self._tell("remove_party", contact)

    async def requeue(self, contact: Contact) -> None:
        self._tell("requeue", contact)

    async def divert(self, contact: Contact, target: Target) -> None:
        self._tell("divert", contact)

    async def end(self, contact: Contact) -> None:
        self._tell("end", contact)


def make_router(url: str, node: str, lease: float) -> Router:
    """A router that is not started yet."""
    medium = TellingMedium()
    return Router(
        redis_access.connect(url), Keys("many"), DIRECTORY, SystemClock(), EventBus(),
        node=node, lease=lease, drivers=dict.fromkeys(Medium, medium),
    )  # fmt: skip


async def main() -> None:
    """Run until killed."""
    configure_logging("info")
    router = make_router(sys.argv[1], sys.argv[2], float(sys.argv[3]))
    await router.recover()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
