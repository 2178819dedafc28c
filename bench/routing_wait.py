"""How far off the expected wait is: Parley's estimator beside averages of past waits.

``python -m bench.routing_wait [--quick] [--json]``: centres in simulated time. Everybody
who has to wait is told a wait on entry by each predictor, and again every 45 s; what
they are told is compared with how long it then took until they were answered.

* **app_queue**: the moving average of past waits that Asterisk's app_queue announces;
* **last to enter service**: as long as the one answered last has waited;
* **queue length**: place x handling time / agents, with the true handling time known.

MAE: mean absolute error. Error: median of |told - real| / real. In bounds: how often the
real wait lay between ``low`` and ``high`` of the estimate (80 % is what they promise).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from acd.estimate import Estimate
from bench.support.report import arguments, publish
from bench.wait.centre import Load, Run, Wait
from bench.wait.loads import loads
from bench.wait.predictors import OURS, predictors


def simulate(load: Load, seeds: int) -> list[Wait]:
    """The waits of ``seeds`` runs, each with predictors that know nothing yet."""
    waits: list[Wait] = []
    ring = sum(load.ring) / 2
    for seed in range(seeds):
        handling = {line.name: line.handling(0) + ring for line in load.lines}
        run = Run(load, predictors(handling), seed)
        run.run()
        waits += run.waits
    return waits


def figures(waits: Sequence[Wait], *, repeated: bool = False) -> dict[str, dict[str, float]]:
    """By predictor, of what was told on entry, or ``repeated``: later while waiting."""
    chosen = [wait for wait in waits if wait.repeated is repeated]
    return {name: _figures(chosen, name) for name in chosen[0].told}


def _figures(waits: Sequence[Wait], name: str) -> dict[str, float]:
    pairs = [(wait.seconds, wait.told[name]) for wait in waits]
    errors = [(real, abs(_seconds(told) - real)) for real, told in pairs]
    found = {
        "MAE s": round(fmean(error for _, error in errors), 1),
        "median error %": round(100 * median(error / max(1.0, real) for real, error in errors), 1),
        "bias s": round(fmean(_seconds(told) - real for real, told in pairs), 1),
    }
    bounds = [
        (real, told.low, told.high)
        for real, told in pairs
        if isinstance(told, Estimate) and told.low is not None and told.high is not None
    ]
    if bounds:
        within = sum(low <= real <= high for real, low, high in bounds)
        found["in bounds %"] = round(100 * within / len(bounds), 1)
        found["bounds apart s"] = round(median(high - low for _, low, high in bounds), 1)
    return found


def _seconds(told: Any) -> float:
    return float((told.seconds or 0.0) if isinstance(told, Estimate) else told)


_SHORT = {OURS: "parley", "app_queue": "app_q", "last to enter service": "last",
          "queue length": "QL"}  # fmt: skip


def row(waits: Sequence[Wait], *, repeated: bool) -> dict[str, Any]:
    """One line of the table."""
    chosen = [wait for wait in waits if wait.repeated is repeated]
    by_name = figures(waits, repeated=repeated)
    cells: dict[str, Any] = {
        "waits": len(chosen),
        "mean s": round(fmean(wait.seconds for wait in chosen), 1),
    }
    for figure, title in (("MAE s", "MAE s"), ("median error %", "err %")):
        for name, short in _SHORT.items():
            cells[f"{title} {short}"] = by_name[name][figure]
    cells["in bounds %"] = by_name[OURS]["in bounds %"]
    cells["apart s"] = by_name[OURS]["bounds apart s"]
    return cells


def main() -> None:
    options = arguments(__doc__)
    rows: dict[str, Mapping[str, Any]] = {}
    later: dict[str, Mapping[str, Any]] = {}
    for load in loads():
        waits = simulate(load, 1 if options.quick else 5)
        for name in sorted({wait.line for wait in waits}):
            mine = [wait for wait in waits if wait.line == name]
            title = load.name if len(load.lines) == 1 else f"{load.name}: {name}"
            rows[title] = row(mine, repeated=False)
            again = [wait for wait in mine if wait.repeated]
            if len(again) >= 100:
                later[f"{title} (told again)"] = row(mine, repeated=True)
    notes = (
        "Of those who had to wait and were answered; 'told again': every 45 s of waiting.",
        "QL knows the true handling time of the start; in bounds: 80 % are promised.",
    )
    publish("routing_wait", {**rows, **later}, as_json=options.json, notes=notes)


if __name__ == "__main__":
    main()
