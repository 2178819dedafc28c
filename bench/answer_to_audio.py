"""From the agent's answer to audio in both directions.

``python -m bench.answer_to_audio [--quick] [--json]``: real phones. The caller is in the
queue and says a tone all the time, the agent's phone says another from the moment it
answers. Measured from the 200 OK that the agent's phone sends to the moment at which
each hears the other; *two-way* is the later of both.

Beside it, at the same time: Asterisk's Dial on the same instance, and two phones that
call each other with nothing between them. What those need (a jitter buffer that fills,
frames of 20 ms) is in every figure and not of Parley's doing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from bench.support import app_queue
from bench.support.installation import BenchCentre, bench_centre
from bench.support.report import arguments, milliseconds, publish

_CALLER_HZ, _AGENT_HZ = 660, 1500
_HEARD_SECONDS = 5.0
# Seconds, as with people. When the talk begins Asterisk starts the caller's stream anew
# (SSRC, timestamps). If that stream is younger than half a second, the jitter buffer of
# the library in our phones takes the step back for packets that are late and is silent
# for as long as the step: it measures itself.
_RINGING = (1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two phones and the number that leads from the first to the second.

    ``waits``: whether something answers the caller before the agent does.
    """

    name: str
    caller: Phone
    agent: Phone
    number: str
    waits: bool


@dataclass(slots=True)
class Heard:
    """Seconds from the answer, one of each for each call."""

    agent: list[float] = field(default_factory=list)
    caller: list[float] = field(default_factory=list)

    @property
    def both(self) -> list[float]:
        """The later of the two, call by call."""
        return list(map(max, self.agent, self.caller))


async def _talk(pair: Pair, heard: Heard) -> None:
    """One call; where the music or nothing is heard before the answer."""
    out = await pair.caller.call(pair.number)
    await out.tone(_CALLER_HZ)
    into = await pair.agent.next_incoming(10)
    if pair.waits:
        await out.wait_state("confirmed")
        await out.wait_event(lambda e: e["event"] == "speaking", 5, "the caller's tone")
    # A phone that rings keeps the tone until there is somebody to hear it.
    await into.tone(_AGENT_HZ)
    await asyncio.sleep(random.uniform(*_RINGING))
    await into.answer()
    answered = (await into.wait_state("connecting"))["t"]
    for call, hz, found in ((into, _CALLER_HZ, heard.agent), (out, _AGENT_HZ, heard.caller)):
        found.append(await call.hear_tone(hz, _HEARD_SECONDS, after=answered) - answered)
    await out.hangup()
    await _over(into)


async def _over(call: Call) -> None:
    await call.wait_state("disconnected")
    await asyncio.sleep(random.uniform(0.05, 0.2))


async def _measure(pair: Pair, cycles: int) -> Heard:
    heard = Heard()
    for _ in range(cycles):
        await _talk(pair, heard)
    return heard


async def _pairs(centre: BenchCentre, stack: AsyncExitStack) -> list[Pair]:
    async def keep(phone: Phone) -> Phone:
        stack.push_async_callback(phone.close)
        return phone

    agents = [await keep(await centre.agent_phone(name)) for name in ("agent1", "agent2")]
    through_trunk = await keep(await centre.caller_phone())
    to_dial, to_peer, peer = [await keep(await Phone.launch()) for _ in range(3)]
    await to_dial.account(app_queue.CALLER, app_queue.SECRET, port=centre.sip_port)
    await to_peer.account("caller")
    there = await peer.account("peer")
    return [
        Pair("Parley", through_trunk, agents[0], "4000", waits=True),
        Pair("Asterisk Dial", to_dial, agents[1], "dial-6002", waits=True),
        Pair("phone to phone", to_peer, peer, f"sip:peer@127.0.0.1:{there.local_port}", False),
    ]


async def run(quick: bool) -> dict[str, Heard]:
    """What was heard, by pair."""
    async with AsyncExitStack() as stack:
        centre = await stack.enter_async_context(bench_centre(custom=app_queue.files(("6002",))))
        pairs = await _pairs(centre, stack)
        await centre.api("POST", "/api/agents/agent1/log-in", ready=True)
        heard = await asyncio.gather(*(_measure(pair, 12 if quick else 60) for pair in pairs))
        return {pair.name: each for pair, each in zip(pairs, heard, strict=True)}


_DIRECTIONS: dict[str, Callable[[Heard], list[float]]] = {
    "agent hears caller": lambda heard: heard.agent,
    "caller hears agent": lambda heard: heard.caller,
    "two-way": lambda heard: heard.both,
}


def main() -> None:
    options = arguments(__doc__)
    heard = asyncio.run(run(options.quick))
    rows = {
        f"{direction}, {name}": milliseconds(of(each))
        for direction, of in _DIRECTIONS.items()
        for name, each in heard.items()
    }
    publish(
        "answer to audio (ms)", rows, as_json=options.json,
        notes=[
            "Target: two-way p95 < 100 ms. Phones hear in frames of 20 ms and fill a jitter "
            "buffer first: 'phone to phone' is what they need by themselves."
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
