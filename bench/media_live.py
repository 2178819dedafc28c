"""Hearing on real calls: from the telephone to the words on the agent's screen.

``python -m bench.media_live [--quick] [--json]``: callers and agents with real SIP and
RTP talk through a real Asterisk and the app, which taps both legs of each call. In each
call one speaks after the other, half of the calls in English and half in Mandarin.

* from the last sounding frame of a phrase at the phone to its final text at whoever
  reads the live log in another process; from the first to the first partial text
* word errors of what came (but for phrases with numbers that are masked); what was left
  out under load
* CPU and memory; each frame of sound that the phones sent and got, beside calls on the
  same Asterisk at the same time that nobody taps
* a recognition process killed in the middle; sound that stands still for 5 s and comes
  in a burst; 50 legs to be tapped at one moment

The phones run before everything else (nice -15 where that is allowed): in life they are
other machines.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any

from bench.hearing.scene import Scene
from bench.hearing.step import Step, run_step
from bench.hearing.trials import app_stands_still, burst, kill_one, taps_at_once
from bench.support.report import arguments, publish

_SECONDS = 60.0
_LOADS = {8: 40.0, 16: 40.0, 32: 40.0}
_QUICK_SECONDS = 28.0
_KILL_SECONDS = 25.0
_LEGS_AT_ONCE = 50
_CALM_SECONDS = 60.0
AT_ONCE = 4
Table = dict[str, dict[str, Any]]

NOTES = (
    "final: from the last sounding frame at the phone to the last text of the phrase; "
    "turn over: to the news of that; partial: from the first sounding frame (ms).",
    "late: over 1.5 s. deferred: for after the call. nothing: no text at all. level: the "
    "most that was left out (1 partials, 2 and a smaller model, 3 all but menus).",
    "Target with 4 calls: final p50 < 900 ms, p95 < 1500 ms; partial p50 < 900 ms; no frame "
    "lost that would not be lost untapped.",
    "tapped: from the answer of all calls until a leg is heard.",
    "'a call, all': app, recognition, Asterisk and Valkey together, per cent of one core.",
)


async def run(*, quick: bool) -> tuple[dict[str, Table], list[str]]:
    """The tables by title, and what is to be known about them."""
    tables: dict[str, Table] = {"heard": {}, "cost": {}, "the calls' own sound": {}}
    async with Scene.set(AT_ONCE if quick else max(max(_LOADS), _LEGS_AT_ONCE // 2)) as scene:
        _add(tables, await run_step(scene, AT_ONCE, _QUICK_SECONDS if quick else _SECONDS))
        if not quick:
            step, row = await kill_one(scene, AT_ONCE, _KILL_SECONDS)
            _add(tables, step, ", one process killed")
            tables["a recognition process is killed"] = {"4 calls": row}
            tables["5 s of sound in a burst"] = {"a caller": await burst(scene)}
            tables["the app stands still for 5 s"] = {
                "4 calls": await app_stands_still(scene, AT_ONCE, _KILL_SECONDS)
            }
            tables["many taps at once"] = {
                f"{_LEGS_AT_ONCE} legs": await taps_at_once(scene, _LEGS_AT_ONCE)
            }
            for count, seconds in _LOADS.items():
                await _calm(scene)
                _add(tables, await run_step(scene, count, seconds, seed=count))
        return tables, [*NOTES, f"What was said: {scene.source}."]


def _add(tables: dict[str, Table], step: Step, what: str = "") -> None:
    name = f"{len(step.calls.contacts)} calls{what}"
    heard, cost, sound = list(tables.values())[:3]
    heard[name] = step.heard_row()
    cost[name] = step.cost_row()
    for kind, row in step.sound_rows().items():
        sound[f"{name}, {kind}"] = row
    print(f"  {name}: {heard[name]}", file=sys.stderr)


async def _calm(scene: Scene) -> None:
    """Wait until nothing is left out any more because of the load before."""
    deadline = time.monotonic() + _CALM_SECONDS
    while time.monotonic() < deadline:
        text = await scene.centre.api("GET", "/metrics")
        found = re.search(r"^parley_speech_degradation (\S+)$", text, re.MULTILINE)
        if found is None or float(found.group(1)) == 0:
            return
        await asyncio.sleep(0.5)


def main() -> int:
    options = arguments(__doc__)
    tables, notes = asyncio.run(run(quick=options.quick))
    if options.json:
        rows = {f"{title}: {n}": row for title, table in tables.items() for n, row in table.items()}
        publish("media_live", rows, as_json=True, notes=notes)
        return 0
    last = list(tables)[-1]
    for title, table in tables.items():
        publish(f"media_live: {title}", table, as_json=False, notes=notes if title == last else ())
    return 0


if __name__ == "__main__":
    sys.exit(main())
