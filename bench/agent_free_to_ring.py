"""From an agent's hang-up to the next call at a phone, and from the queue to a phone.

``python -m bench.agent_free_to_ring [--quick] [--json]``: one Asterisk, callers from
sipp waiting for each side, two real phones. agent1 works for Parley, agent2 is the
member of Asterisk's own app_queue at the same time, so both meet the same noise.

* **agent free**: callers wait; from the agent's BYE (wrap-up 0) to the INVITE at the
  phone. app_queue looks once a second.
* **queue entry**: the agent is free; from the caller's ACK to the INVITE at the phone.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from bench.support import app_queue
from bench.support.installation import TRUNK, BenchCentre, bench_centre
from bench.support.report import arguments, milliseconds, publish
from bench.support.sipp import Sipp

_WAITING = 15


async def _answer_and_leave(call: Call) -> float:
    """Talk for a moment of random length, hang up; the moment of the BYE."""
    await call.answer()
    await call.wait_state("confirmed")
    await asyncio.sleep(random.uniform(0.1, 1.1))
    at = await call.hangup()
    await call.wait_state("disconnected")
    return at


async def _agent_free(phone: Phone, cycles: int) -> list[float]:
    gaps: list[float] = []
    left = await _answer_and_leave(await phone.next_incoming(20))
    for _ in range(cycles):
        call = await phone.next_incoming(20)
        gaps.append(call.at["invite"] - left)
        left = await _answer_and_leave(call)
    return gaps


async def _queue_entry(caller: Phone, agent: Phone, number: str, cycles: int) -> list[float]:
    gaps: list[float] = []
    for _ in range(cycles):
        call = await caller.call(number)
        rings = await agent.next_incoming(10)
        confirmed = (await call.wait_state("confirmed"))["t"]
        gaps.append(max(0.0, rings.at["invite"] - confirmed))
        await call.hangup()
        await rings.wait_state("disconnected")
        await asyncio.sleep(random.uniform(0.05, 0.3))
    return gaps


async def _waiting_callers(centre: BenchCentre, port: int, user: str, password: str,
                           number: str) -> Sipp:  # fmt: skip
    return await Sipp.start(
        centre.programs, "wait", centre.folder, port=port,
        remote=f"127.0.0.1:{centre.sip_port}",
        options=["-s", number, "-l", str(_WAITING), "-r", "20", "-m", "100000"],
        fields=[user, password],
    )  # fmt: skip


async def run(quick: bool) -> dict[str, dict[str, float]]:
    """Both figures for both sides."""
    entries, cycles = (25, 15) if quick else (200, 150)
    async with AsyncExitStack() as stack:
        centre = await stack.enter_async_context(bench_centre(custom=app_queue.files(("6002",))))
        ours, theirs = await centre.agent_phone("agent1"), await centre.agent_phone("agent2")
        our_caller = await centre.caller_phone()
        their_caller = await Phone.launch()
        await their_caller.account(app_queue.CALLER, app_queue.SECRET, port=centre.sip_port)
        for phone in (ours, theirs, our_caller, their_caller):
            stack.push_async_callback(phone.close)
        await centre.api("POST", "/api/agents/agent1/log-in", ready=True)
        entry = await asyncio.gather(
            _queue_entry(our_caller, ours, "4000", entries),
            _queue_entry(their_caller, theirs, app_queue.EXTENSION, entries),
        )
        for user, password, number in (
            (TRUNK, centre.trunk_password, "4000"),
            (app_queue.CALLER, app_queue.SECRET, app_queue.EXTENSION),
        ):
            callers = await _waiting_callers(centre, centre.block.take(), user, password, number)
            stack.push_async_callback(callers.stop)
        free = await asyncio.gather(_agent_free(ours, cycles), _agent_free(theirs, cycles))
        await centre.api("POST", "/api/agents/agent1/log-out")
    return {
        "agent free -> INVITE, Parley": milliseconds(free[0]),
        "agent free -> INVITE, app_queue": milliseconds(free[1]),
        "queue entry -> INVITE, Parley": milliseconds(entry[0]),
        "queue entry -> INVITE, app_queue": milliseconds(entry[1]),
    }


def main() -> None:
    options = arguments(__doc__)
    rows = asyncio.run(run(options.quick))
    publish(
        "agent_free_to_ring (ms)", rows, as_json=options.json,
        notes=["Targets: agent free p95 < 50 ms, queue entry p99 < 25 ms."],
    )  # fmt: skip


if __name__ == "__main__":
    main()
