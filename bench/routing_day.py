"""A day of a contact centre, replayed in simulated time with each routing strategy.

``python -m bench.routing_day [--quick] [--json] [--picture FILE]``: 300 agents, 21 queues,
8 h, some 20,000 contacts by voice, chat, social media, SMS and email; ``--quick``: the
hour from ten to eleven with 75 agents. The same customers and the same people each time;
only the choice of agent differs. ``--picture`` names the SVG to write (without it:
``.parley/routing_day.svg``): service level and waiting by half hour for each strategy.

The router itself lives through the days, on an embedded Valkey and in simulated time.
Then its decisions over the calls of one hour are compared, one by one, with those of a
reference in memory that looks at everything each time.

SL: answered within the queue's target, of all that were answered or given up after 5 s.
ASA: mean time to answer. Left: given up. Occupancy: time with something in hand of time
at work; p5-p95 and Gini (0: all alike) of it between agents. Queues Gini: of ASA
between the voice queues.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.day.figures import DayFigures, differences, reckon
from bench.day.loop import replay
from bench.day.make import make, only
from bench.day.picture import draw
from bench.day.reference import Reference
from bench.day.router import PRIORITY_SECONDS, RouterCentre
from bench.day.world import Strategy
from bench.support.report import arguments, machine, publish

_PICTURE = Path(".parley") / "routing_day.svg"


def measure(strategy: Strategy, quick: bool) -> DayFigures:
    """The figures of one replay."""
    day = make(agents=75, begin=1.0, end=2.0) if quick else make()
    began = time.perf_counter()
    outcome = asyncio.run(replay(day, RouterCentre(), strategy))
    figures = reckon(outcome)
    took = round(time.perf_counter() - began, 1)
    return DayFigures(
        {**figures.row, "replay s": took}, figures.course, figures.arrived, figures.queues
    )


def agreement() -> tuple[int, int, float]:
    """The router beside the reference: contacts, of them decided differently, and how long
    the router took for one, in milliseconds."""
    day = only(make(agents=75, begin=1.0, end=2.0), "voice")
    strategy = Strategy.LONGEST_IDLE
    reference = asyncio.run(replay(day, Reference(PRIORITY_SECONDS), strategy))
    began = time.perf_counter()
    router = asyncio.run(replay(day, RouterCentre(), strategy))
    took = (time.perf_counter() - began) * 1000 / len(router.visits)
    return len(router.visits), differences(reference, router), round(took, 1)


def main() -> None:
    mine = argparse.ArgumentParser(add_help=False)
    mine.add_argument("--picture", type=Path, default=_PICTURE)
    chosen, rest = mine.parse_known_args(sys.argv[1:])
    options = arguments(__doc__, rest)
    strategies = list(Strategy)
    with ProcessPoolExecutor(2) as pool:
        done = pool.map(measure, strategies, [options.quick] * len(strategies))
        figures = {strategy.value: found for strategy, found in zip(strategies, done, strict=True)}
    chosen.picture.parent.mkdir(parents=True, exist_ok=True)
    chosen.picture.write_text(
        draw("One day, the same customers, five choices of agent", figures), encoding="utf-8"
    )
    contacts, apart, took = agreement()
    notes = [
        f"The router on Valkey: {contacts} calls, {apart} decided unlike the reference, "
        f"{took} ms each.",
        f"Picture: {chosen.picture}",
    ]
    if options.json:
        rows: dict[str, Any] = {
            name: {
                **found.row,
                "half_hours": [asdict(half) for half in found.course],
                "queues": found.queues,
            }
            for name, found in figures.items()
        }
        rows["router"] = {"contacts": contacts, "unlike reference": apart, "ms": took}
        print(
            json.dumps({"bench": "routing_day", "machine": machine(), "rows": rows, "notes": notes})
        )
        return
    publish(
        "routing_day", {name: found.row for name, found in figures.items()},
        as_json=False, notes=notes,
    )  # fmt: skip


if __name__ == "__main__":
    main()
