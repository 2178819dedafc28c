"""Figures: percentiles, a table for people, JSON for machines."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from core.log import configure_logging


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile; NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """n, p50, p95, p99 and max of ``values`` in seconds, as milliseconds."""
    figures: dict[str, float] = {"n": len(values)}
    for name, percent in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)):
        figures[name] = round(percentile(values, percent) * 1000, 1)
    return figures


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def arguments(doc: str | None, argv: Sequence[str] | None = None) -> argparse.Namespace:
    """``--quick`` and ``--json``, which every bench has; ``doc`` is its docstring. What
    the parts log from then on goes to standard error, warnings only."""
    configure_logging("warning")
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="end within 50 s")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    return parser.parse_args(argv)


def publish(
    title: str, rows: Mapping[str, Mapping[str, Any]], *, as_json: bool, notes: Sequence[str] = ()
) -> None:
    """Print ``rows`` (name -> column -> figure), with the machine and ``notes``."""
    if as_json:
        print(json.dumps({"bench": title, "machine": machine(), "rows": rows, "notes": notes}))
        return
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    table = Table(title=title)
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for name, row in rows.items():
        table.add_row(name, *(str(row.get(column, "")) for column in columns))
    console = Console()
    Console(width=max(160, console.width)).print(table)
    for note in notes:
        print(note)
    facts = machine()
    print(f"{facts['cores']} cores, load {facts['load']}, Python {facts['python']}")
