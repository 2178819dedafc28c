"""How long the router takes from an event to ``MediaDriver.ring``.

``python -m bench.router_latency [--quick] [--json]``: an embedded Valkey, one
router, a medium that only notes the time. Two figures: a contact enters a queue
with a free agent; an agent becomes free with contacts waiting.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from acd.directory import StaticDirectory
from acd.model import Agent, AgentConfig, Contact, EndReason, Medium, Offer, QueueConfig
from acd.router import Router
from bench.support.report import arguments, milliseconds, publish
from core import redis as redis_access
from core.clock import SystemClock
from core.events import EventBus
from core.ports import PortBlock
from core.redis import Keys
from core.valkey import ValkeyInstance

AGENTS = 20
QUEUES = 10


class TimingMedium:
    """Answers nothing by itself; says when and for whom it was asked to ring."""

    def __init__(self) -> None:
        self.rung: asyncio.Queue[tuple[float, Offer]] = asyncio.Queue()

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self.rung.put_nowait((time.perf_counter(), offer))

    async def _done(self, *_: object) -> None:
        return None

    async def _handle(self, *_: object) -> str:
        return "-"

    stop_ringing = connect = hold = resume = remove_party = requeue = divert = end = _done
    add_party = _handle


async def measure(rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, by figure."""
    block = PortBlock.reserve()
    with tempfile.TemporaryDirectory() as folder:
        valkey = ValkeyInstance(Path(folder), block.take())
        await valkey.start()
        redis = redis_access.connect(valkey.url)
        queues = [QueueConfig(name=f"q{i}", wrap_up_seconds=0) for i in range(QUEUES)]
        agents = [AgentConfig(id=f"a{i}", device=f"{i}") for i in range(AGENTS)]
        medium = TimingMedium()
        router = Router(
            redis, Keys("bench"), StaticDirectory(queues, agents), SystemClock(), EventBus(),
            drivers={Medium.VOICE: medium},
        )  # fmt: skip
        await router.recover()
        try:
            entry = await _free_agent(router, medium, rounds)
            free = await _waiting_contacts(router, medium, rounds)
        finally:
            await router.close()
            await redis.aclose()
            await valkey.stop()
            block.release()
    return {"queue entry -> ring": entry, "agent free -> ring": free}


async def _open(router: Router) -> str:
    contact = await router.contacts.open(
        medium=Medium.VOICE, channel="phone", customer_number="+4930901820", dialled_number="800"
    )
    await router.contacts.ivr_started(contact.id)
    return contact.id


async def _free_agent(router: Router, medium: TimingMedium, rounds: int) -> list[float]:
    for i in range(AGENTS):
        await router.log_in(f"a{i}", ready=True)
    taken = []
    for i in range(rounds):
        contact_id = await _open(router)
        began = time.perf_counter()
        await router.enqueue(contact_id, f"q{i % QUEUES}")
        at, _ = await medium.rung.get()
        taken.append(at - began)
        await router.finish(contact_id, EndReason.ABANDONED_IN_QUEUE)
    return taken


async def _waiting_contacts(router: Router, medium: TimingMedium, rounds: int) -> list[float]:
    for i in range(1, AGENTS):
        await router.set_not_ready(f"a{i}", "break")
    for i in range(rounds + 1):
        await router.enqueue(await _open(router), f"q{i % QUEUES}")
    taken = []
    _, offer = await medium.rung.get()
    for _ in range(rounds):
        await router.agent_answered(offer.id)
        await _talking(router, offer.contact_id)
        began = time.perf_counter()
        await router.customer_left(offer.contact_id, 16)
        at, offer = await medium.rung.get()
        taken.append(at - began)
    return taken


async def _talking(router: Router, contact_id: str) -> None:
    while (await router.contacts.get(contact_id)).state.value != "connected":
        await asyncio.sleep(0)


def main() -> None:
    options = arguments(__doc__)
    taken = asyncio.run(measure(300 if options.quick else 1000))
    rows = {name: milliseconds(values) for name, values in taken.items()}
    publish("router_latency (ms)", rows, as_json=options.json)


if __name__ == "__main__":
    main()
