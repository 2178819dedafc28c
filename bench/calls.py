"""How many calls a second go through number, menu, queue, agent and hang-up.

``python -m bench.calls [--quick] [--json]``: sipp calls at a rate that rises step by
step until something fails. Each caller logs in by digest, is answered, hears a beep,
presses a key, is queued, is joined with one of 120 agents' phones (sipp too, ringing for
100 ms) and is hung up on after 1 s of talk. Beside it, at the same rates, a bare
Asterisk does the same with Answer, Read and Dial. Phones send no audio.

A step holds when every call was answered and joined within 2 s, every contact is in the
database with the right end, every agent is ready again, and no channel, offer or
contact is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from bench.support import app_dial
from bench.support.app_queue import SECRET
from bench.support.installation import TRUNK, BenchCentre, bench_centre
from bench.support.load_step import Step, Target, run_step
from bench.support.port_run import port_run
from bench.support.report import arguments, publish
from bench.support.sipp import Sipp
from media.prompts.catalogue import Catalogue

AGENTS = [str(extension) for extension in range(7100, 7220)]
_TALK_MS = 1000
_RINGING_MS = 100  # in scenarios/agent.xml
_FULL_CORE = 90.0  # per cent of a core
_STARVED = 30.0  # per cent of the time
_SLOW_ACTION_MS = 30.0
_FULL = (5, 10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200)
_QUICK = (10, 25, 50)


async def run(quick: bool) -> dict[str, list[Step]]:
    """The steps of each side, by its name."""
    async with AsyncExitStack() as stack:
        first, last = stack.enter_context(port_run(8))
        agents_port, middle = first, first + (last - first) // 2
        centre = await stack.enter_async_context(
            bench_centre(
                {"sip.rtp_first": str(first + 10), "sip.rtp_last": str(middle)},
                agents={name: f"sip:{name}@127.0.0.1:{agents_port}" for name in AGENTS},
            )
        )
        bare = await stack.enter_async_context(
            app_dial.bare_asterisk(
                centre, AGENTS, Catalogue.load().sound("beep", "en"), (middle + 1, last)
            )
        )
        # They take no notice of UPDATE, by which a phone is told who is on the line.
        agents = await Sipp.start(
            centre.programs, "agent", centre.folder, port=agents_port, remote="127.0.0.1",
            options=["-d", str(_TALK_MS), "-default_behaviors", "all,-abortunexp"],
        )  # fmt: skip
        stack.push_async_callback(agents.stop)
        await asyncio.gather(
            *(centre.api("POST", f"/api/agents/phone{n}/log-in", ready=True) for n in AGENTS)
        )
        targets = [_parley(centre), _bare(bare)]
        return await _ramp(centre, targets, agents, _QUICK if quick else _FULL, 3 if quick else 8)


def _parley(centre: BenchCentre) -> Target:
    pids = {"app": centre.app.pid, "Asterisk": centre.asterisk.pid, "Valkey": centre.valkey.pid}
    return Target(
        "Parley", centre.sip_port, TRUNK, centre.trunk_password, "4001", centre.asterisk, pids,
        contacts=True,
    )  # fmt: skip


def _bare(bare: app_dial.BareAsterisk) -> Target:
    return Target(
        "Dial", bare.sip_port, app_dial.CALLER, SECRET, app_dial.EXTENSION, bare.instance,
        {"Asterisk": bare.instance.pid}, contacts=False,
    )  # fmt: skip


async def _ramp(
    centre: BenchCentre, targets: Sequence[Target], agents: Sipp, rates: Sequence[int],
    seconds: float,
) -> dict[str, list[Step]]:  # fmt: skip
    steps: dict[str, list[Step]] = {target.name: [] for target in targets}
    for rate in rates:
        for target in targets:
            done = steps[target.name]
            if not done or not done[-1].failures:
                talk = (_TALK_MS + _RINGING_MS) / 1000
                done.append(await run_step(centre, target, agents, rate, seconds, talk))
    return steps


def summary(name: str, steps: Sequence[Step]) -> str:
    """The highest rate without failure, and what stood in the way of more."""
    held = [step for step in steps if not step.failures]
    text = f"{name}: {held[-1].rate if held else 'no'} calls/s sustained without failure"
    if len(held) == len(steps):
        return f"{text}; the limit was not reached."
    last = steps[-1]
    return f"{text}. At {last.rate}: {'; '.join(last.failures)}. Limit: {_limit(last)}."


def _limit(step: Step) -> str:
    busiest, most = max(step.used.cpu.items(), key=lambda item: item[1])
    if most >= _FULL_CORE:
        return f"{busiest}, at {most:g} % of a core"
    starving = max(step.used.starved, key=lambda name: step.used.starved[name])
    if (starved := step.used.starved[starving]) >= _STARVED:
        return (
            f"this machine: {starving} had work but no core for {starved:g} % of the time "
            f"(all cores {step.used.machine:g} % busy, with whatever else runs here)"
        )
    if step.action_ms >= _SLOW_ACTION_MS:
        return (
            "Asterisk's manager connection, which carries out one action after the other: "
            f"{step.action_ms:.0f} ms an action; {busiest} at {most:g} % of a core"
        )
    return f"not clear; the busiest was {busiest} at {most:g} % of a core"


def main() -> None:
    options = arguments(__doc__)
    steps = asyncio.run(run(options.quick))
    rows: dict[str, dict[str, Any]] = {
        f"{name} {step.rate}/s": step.row() for name, done in steps.items() for step in done
    }
    notes = [summary(name, done) for name, done in steps.items()]
    notes.append(
        "key->talk: from the caller's key to the talk with the agent, less the 100 ms of "
        "ringing. starved: % of the time with work but no core, summed over threads. shells: "
        "empty channels that Asterisk did not destroy."
    )
    publish("calls (%: of one core; ms; MB)", rows, as_json=options.json, notes=notes)


if __name__ == "__main__":
    main()
