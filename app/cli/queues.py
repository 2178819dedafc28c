"""``parley queues``: who waits, for how long, and how the day has gone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago, print_table


@click.command()
@json_option
@config_option
def queues(config_path: Path | None, as_json: bool) -> None:
    """Show every queue: waiting, longest wait, ready agents, today's service level."""
    found = Remote.of(config_path).get("/api/queues")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            queue["name"],
            queue["waiting"],
            ago(queue["oldest_at"]),
            f"{queue['ready']}/{queue['agents']}",
            queue["today"]["answered"],
            queue["today"]["abandoned"],
            _percent(queue["today"]["service_level"]),
            f"{queue['target_percent']}/{queue['target_seconds']:g}",
        )
        for queue in found
    ]
    heads = ("QUEUE", "WAITING", "LONGEST", "READY", "ANSWERED", "ABANDONED", "LEVEL", "TARGET")
    print_table(heads, rows)


def _percent(level: float | None) -> str:
    return "-" if level is None else f"{100 * level:.0f} %"
