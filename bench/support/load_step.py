"""One step of load: so many calls a second for so long, and what became of them."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select

from acd.records.tables import ContactRow
from acd.store import Store
from acd.sweeper import sweep
from bench.support.installation import BenchCentre
from bench.support.report import percentile
from bench.support.sipp import Sipp
from bench.support.usage import Usage, Used
from core import redis as redis_access
from core.database import create_engine
from core.redis import Keys
from sip.asterisk.launcher import AsteriskInstance

_QUIET_SECONDS = 10.0
_TAIL_SECONDS = 20.0
ANSWER_LIMIT = 2.0  # seconds from INVITE to answer, and from the key to the talk
_END = "agent_hung_up"
# What a masquerade leaves of a channel; Asterisk now and then forgets to destroy it. It
# is no call: no phone, no thread and no port belong to it.
_SHELL = "Surrogate/"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom the callers call. ``contacts``: whether each call is to leave a record."""

    name: str
    sip_port: int
    user: str
    password: str
    number: str
    asterisk: AsteriskInstance
    pids: dict[str, int]
    contacts: bool


@dataclass(slots=True)
class Step:
    """What one step showed. Seconds; ``failures`` says what was not as it must be,
    ``action_ms`` how long an AMI action took on average, ``shells`` how many empty
    channels Asterisk has failed to destroy so far."""

    rate: int
    answer: list[float]
    to_talk: list[float]
    used: Used
    events: float
    action_ms: float
    settled: float
    shells: int
    failures: list[str] = field(default_factory=list)

    def row(self) -> dict[str, object]:
        """Columns of the table: CPU in per cent of one core, times in milliseconds,
        memory in megabytes."""
        cpu, memory = self.used.cpu, self.used.memory
        return {
            "key->talk p50": round(percentile(self.to_talk, 50) * 1000),
            "p95": round(percentile(self.to_talk, 95) * 1000),
            "app %": cpu.get("app", "-"),
            "app starved": self.used.starved.get("app", "-"),
            "Asterisk %": cpu["Asterisk"],
            "Asterisk starved": self.used.starved["Asterisk"],
            "Valkey %": cpu.get("Valkey", "-"),
            "sipp %": round(cpu["callers"] + cpu["agents"], 1),
            "machine %": self.used.machine,
            "AMI ev/s": round(self.events) if "app" in cpu else "-",
            "AMI ms": round(self.action_ms, 1) if "app" in cpu else "-",
            "app MB": memory.get("app", "-"),
            "Asterisk MB": memory["Asterisk"],
            "shells": self.shells,
            "ok": not self.failures,
        }


async def run_step(
    centre: BenchCentre, target: Target, agents: Sipp, rate: int, seconds: float, talk: float
) -> Step:
    """Place the calls, wait until all is over and look whether anything is left.

    ``talk`` is what the agents' phones take for ringing and talk, which is not our
    doing and is left out of the time from the key to the talk.
    """
    calls = round(rate * seconds)
    began_at, began = datetime.now(UTC), time.monotonic()
    before = await _Ami.read(centre)
    callers = await Sipp.start(
        centre.programs, "call", centre.folder, port=centre.block.take(),
        remote=f"127.0.0.1:{target.sip_port}", fields=[target.user, target.password],
        options=["-s", target.number, "-r", str(rate), "-m", str(calls), "-l", str(4 * calls)],
        statistics=True,
    )  # fmt: skip
    usage = Usage({**target.pids, "callers": callers.process.pid, "agents": agents.process.pid})
    # Only while calls arrive: what follows is their end, not the load.
    await asyncio.sleep(seconds)
    used = usage.stop()
    took = time.monotonic() - began
    ami = await _Ami.read(centre)
    failures: list[str] = []
    try:
        await asyncio.wait_for(callers.process.wait(), _TAIL_SECONDS)
    except TimeoutError:
        failures.append("callers did not end")
    await callers.stop()
    settled_at = time.monotonic()
    statistics = callers.statistics()
    failed = int(statistics.get("FailedCall(C)", "0"))
    created = int(statistics.get("OutgoingCall(C)", "0"))
    times = callers.times()
    answer = times.get("1", [])
    to_talk = [max(0.0, t - talk) for t in times.get("2", [])]
    if failed:
        failures.append(f"{failed} of {created} calls failed")
    if created < calls:
        failures.append(f"only {created} of {calls} calls placed")
    late = sum(t > ANSWER_LIMIT for t in (*answer, *to_talk))
    if late:
        failures.append(f"{late} waited over {ANSWER_LIMIT:g} s")
    failures += await _left_over(centre, target, calls, began_at)
    return Step(
        rate, answer, to_talk, used, (ami.events - before.events) / took,
        1000 * (ami.action_seconds - before.action_seconds)
        / max(1, ami.actions - before.actions),
        time.monotonic() - settled_at, await _shells(target.asterisk), failures,
    )  # fmt: skip


async def _left_over(centre: BenchCentre, target: Target, calls: int, since: datetime) -> list[str]:
    """What is not at rest after the step, or not in the records."""
    ended: dict[str, int] = {}
    deadline = time.monotonic() + _QUIET_SECONDS
    while True:
        channels = [c for c in await _channels(target.asterisk) if not c.startswith(_SHELL)]
        if target.contacts:
            ended = await _ended(centre, since)
        quiet = not channels and (not target.contacts or ended.get(_END, 0) >= calls)
        if quiet or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.1)
    found = [f"channels left: {', '.join(sorted(channels))}"] if channels else []
    if not target.contacts:
        return found
    if ended != {_END: calls}:
        found.append(f"contacts ended {ended or 'none'}")
    return found + await _stuck(centre)


async def _channels(asterisk: AsteriskInstance) -> list[str]:
    """Each channel that there is, as ``name at context,extension,priority application``."""
    lines = (await asterisk.rx("core show channels concise")).splitlines()
    fields = [line.split("!") for line in lines if line.count("!") > 5]
    return [f"{name} at {','.join(at)} {app}" for name, *at, _, app in (f[:6] for f in fields)]


async def _shells(asterisk: AsteriskInstance) -> int:
    return sum(channel.startswith(_SHELL) for channel in await _channels(asterisk))


@dataclass(frozen=True, slots=True)
class _Ami:
    """What the app has counted of its AMI connection so far."""

    events: float
    actions: float
    action_seconds: float

    @classmethod
    async def read(cls, centre: BenchCentre) -> _Ami:
        text = await centre.api("GET", "/metrics")

        def total(name: str) -> float:
            found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
            return sum(map(float, found))

        action = "parley_ami_action_seconds"
        return cls(
            total("parley_ami_events_total"), total(f"{action}_count"), total(f"{action}_sum")
        )


async def _ended(centre: BenchCentre, since: datetime) -> dict[str, int]:
    """How many contacts of this step ended for which reason, as recorded."""
    engine = create_engine(centre.settings.server.database)
    try:
        async with engine.connect() as connection:
            rows = await connection.execute(
                select(ContactRow.end_reason, func.count())
                .where(ContactRow.created_at >= since, ContactRow.ended_at.is_not(None))
                .group_by(ContactRow.end_reason)
            )
            return {str(reason): int(count) for reason, count in rows}
    finally:
        await engine.dispose()


async def _stuck(centre: BenchCentre) -> list[str]:
    """What the sweeper finds now that nothing moves, and what health complains of."""
    redis = redis_access.connect(centre.redis_url)
    try:
        store = Store(redis, Keys(centre.settings.server.redis_prefix))
        found = [f.code for f in await sweep(store, datetime.now(UTC))]
        idle = {agent.state.value for agent in await store.agents()} - {"ready"}
    finally:
        await redis.aclose()
    stuck = [f"stuck: {', '.join(sorted(set(found)))}"] if found else []
    stuck += [f"agents {', '.join(sorted(idle))}"] if idle else []
    return stuck
