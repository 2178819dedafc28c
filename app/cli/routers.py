"""``parley routers``: which router processes live, and which one makes the offers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import print_table


@click.command()
@json_option
@config_option
def routers(config_path: Path | None, as_json: bool) -> None:
    """Show every router process: its node, whether it lives and leads, the epoch."""
    found = Remote.of(config_path).get("/api/routers")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            router["process"],
            router["node"],
            _state(router),
            found["epoch"] if router["leads"] else "-",
            f"{router['alive_for']:+.1f} s",
            ", ".join(router["shut"]) or "-",
        )
        for router in found["routers"]
    ]
    print_table(("PROCESS", "NODE", "STATE", "EPOCH", "LEASE", "NOT SERVED"), rows)
    if found["leader"] is None:
        click.echo("\nNobody leads at present: nothing is offered.", err=True)


def _state(router: dict[str, Any]) -> str:
    if not router["alive"]:
        return "gone"
    state = "leads" if router["leads"] else "follows"
    return f"{state} (this one)" if router["this"] else state
