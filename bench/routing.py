"""The router under load, beside the Redis-protocol server on the same machine.

``python -m bench.routing [--quick] [--json]``: 100 queues, 50 skills, 2,000 agents, mixed
media. Complete cycles a second (a contact is opened, enqueued, claimed, accepted, joined
and ended; another one comes for it) with 10,000 waiting, by one and two router processes;
seconds from an event to the claim at 500 events a second; what a cycle costs with 1,000,
10,000 and 100,000 waiting; bytes a waiting contact and an agent; and decisions beside a
scan of everything, which must choose alike; and what a decision costs while agents are
idle, by the number of agents and queues.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bench.cycles import scan, size
from bench.cycles.company import AGENTS
from bench.support.report import arguments, milliseconds, publish
from core import redis as redis_access
from core.ports import PortBlock
from core.valkey import ValkeyInstance

TARGET_CYCLES, TARGET_P99_MS = 1500, 20
Row = dict[str, Any]


class Worker:
    """A router process of the bench."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self, do: str, **parameters: Any) -> Any:
        """Have it do something; its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **parameters}).encode() + b"\n")
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the router process ended during {do}")
        return json.loads(line)


@asynccontextmanager
async def installation(routers: int) -> AsyncIterator[tuple[Redis, ValkeyInstance, list[Worker]]]:
    """A Redis-protocol server with so many routers."""
    async with AsyncExitStack() as stack:
        block = PortBlock.reserve()
        stack.callback(block.release)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        valkey = ValkeyInstance(Path(folder), block.take())
        await valkey.start()
        stack.push_async_callback(valkey.stop)
        redis = redis_access.connect(valkey.url)
        stack.push_async_callback(redis.aclose)
        workers = []
        for number in range(routers):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.cycles.node", valkey.url, f"node-{number}",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
            )  # fmt: skip
            worker = Worker(process)
            workers.append(worker)
            stack.push_async_callback(_end, process)
            await worker.ask("start")
        yield redis, valkey, workers


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def cycles(waiting: int, routers: int, seconds: float) -> Row:
    """Complete cycles with ``waiting`` in the queues all the time."""
    async with installation(routers) as (_, valkey, workers):
        share = waiting // routers
        await asyncio.gather(*(worker.ask("fill", contacts=share) for worker in workers))
        await workers[0].ask("staff", first=0, last=AGENTS)
        before = _cpu(valkey.pid)
        told = await asyncio.gather(*(one.ask("cycle", seconds=seconds) for one in workers))
        server = _cpu(valkey.pid) - before
    made = sum(one["cycles"] for one in told)
    passed = max(one["seconds"] for one in told)
    return {
        "cycles/s": round(made / passed),
        "router CPU a cycle (us)": round(1e6 * sum(one["cpu"] for one in told) / made),
        "server CPU a cycle (us)": round(1e6 * server / made),
    }


async def latency(rate: float, seconds: float) -> dict[str, Row]:
    """Seconds from an event to the claim, at ``rate`` events a second."""
    rows: dict[str, Row] = {}
    async with installation(1) as (_, _, (worker,)):
        await worker.ask("staff", first=0, last=AGENTS)
        told = await worker.ask("pace", rate=rate, seconds=seconds, how="arrive")
        rows[f"contact enters -> claim, {rate:g}/s"] = milliseconds(told["claims"])
        await worker.ask("fill", contacts=20_000)
        told = await worker.ask("pace", rate=rate, seconds=seconds, how="end")
        rows[f"agent free -> claim, {rate:g}/s, 10,000 waiting"] = milliseconds(told["claims"])
    return rows


async def memory(waiting: int) -> Row:
    """Bytes that one more waiting contact, and one more agent, take."""
    async with installation(1) as (redis, _, (worker,)):
        await worker.ask("fill", contacts=200)
        await worker.ask("staff", first=0, last=100)
        await worker.ask("fill", contacts=100)
        used = [int((await redis.info("memory"))["used_memory"])]
        agents = await worker.ask("staff", first=100, last=AGENTS)
        used.append(int((await redis.info("memory"))["used_memory"]))
        contacts = await worker.ask("fill", contacts=waiting)
        used.append(int((await redis.info("memory"))["used_memory"]))
    return {
        "agent, server": round((used[1] - used[0]) / (AGENTS - 100)),
        "contact, server": round((used[2] - used[1]) / waiting),
        "contact, router": round((contacts["rss"] - agents["rss"]) / waiting),
    }


async def measure(quick: bool) -> dict[str, Row]:
    """All figures."""
    seconds = 3.0 if quick else 10.0
    rows: dict[str, Row] = {}
    for routers in (1, 2):
        name = f"10,000 waiting, {routers} router{'s' if routers > 1 else ''}"
        rows[name] = await cycles(10_000, routers, seconds)
    for waiting in (1_000,) if quick else (1_000, 100_000):
        rows[f"{waiting:,} waiting, 1 router"] = await cycles(waiting, 1, seconds)
    rows |= await latency(500, 3.0 if quick else 15.0)
    if not quick:
        rows["bytes"] = await memory(20_000)
    rows |= scan.compare(1_000 if quick else 10_000, 40 if quick else 100)
    rows |= size.compare(quick)
    return rows


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    rows = asyncio.run(measure(options.quick))
    notes = [
        f"Targets: {TARGET_CYCLES} cycles/s with 10,000 waiting; claim p99 under "
        f"{TARGET_P99_MS} ms at 500/s; a decision at most twice as dear with 100,000 waiting "
        "as with 1,000, and with 10,000 idle agents in 1,000 queues as with 100 in 10."
    ]
    publish("routing", rows, as_json=options.json, notes=notes)


if __name__ == "__main__":
    main()
