"""How long the router takes from an event to ``MediaDriver.ring``.

``python -m bench.router_latency [--rounds N] [--json]``: an embedded Valkey, one
router, a medium that only notes the time. Two figures: a contact enters a queue
with a free agent; an agent becomes free with contacts waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from acd.directory import StaticDirectory
from acd.model import Agent, AgentConfig, Contact, EndReason, Medium, Offer, QueueConfig
from acd.router import Router
from core import redis as redis_access
from core.clock import SystemClock
from core.events import EventBus
from core.log import configure_logging
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

    stop_ringing = connect = hold = resume = remove_party = requeue = end = _done
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
    return {"enqueue_to_ring": entry, "agent_free_to_ring": free}


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


def _row(name: str, taken: list[float]) -> dict[str, object]:
    ordered = sorted(1000 * seconds for seconds in taken)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    return {"figure": name, "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99),
            "max_ms": at(1.0), "rounds": len(ordered)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure_logging("warning")
    rows = [_row(name, taken) for name, taken in asyncio.run(measure(options.rounds)).items()]
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'figure':<22}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}   ms")
    for row in rows:
        print(f"{row['figure']:<22}{row['p50_ms']:>9}{row['p95_ms']:>9}{row['p99_ms']:>9}"
              f"{row['max_ms']:>9}   n={row['rounds']}")  # fmt: skip


if __name__ == "__main__":
    main()
