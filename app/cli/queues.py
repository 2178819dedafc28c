"""``parley queues``: who waits, for how long, and how the day has gone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago, print_table, span


@click.command()
@json_option
@config_option
def queues(config_path: Path | None, as_json: bool) -> None:
    """Show every queue: strategy, waiting, longest and expected wait, agents who are ready
    of those able and logged in, and how the day has gone."""
    found = Remote.of(config_path).get("/api/queues")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            queue["name"],
            queue["strategy"].replace("_", " "),
            queue["waiting"],
            ago(queue["oldest_at"]),
            span(queue["expected_wait"]),
            f"{queue['ready']}/{queue['agents']}",
            queue["today"]["answered"],
            queue["today"]["abandoned"],
            _percent(queue["today"]["service_level"]),
            f"{queue['target_percent']}/{queue['target_seconds']:g}",
        )
        for queue in found
    ]
    heads = (
        "QUEUE", "STRATEGY", "WAITING", "LONGEST", "EXPECTED", "READY", "ANSWERED", "ABANDONED",
        "LEVEL", "TARGET",
    )  # fmt: skip
    print_table(heads, rows)


def _percent(level: float | None) -> str:
    return "-" if level is None else f"{100 * level:.0f} %"
