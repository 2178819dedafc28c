"""``parley health``: whether everything works, and if not, what and since when."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago


@click.command()
@json_option
@config_option
def health(config_path: Path | None, as_json: bool) -> None:
    """Ask every part of the running Parley. Ends with 1 when something is wrong."""
    report = Remote.of(config_path).get("/health")
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for name, part in report["parts"].items():
            if part["ok"]:
                click.echo(f"{click.style('ok', fg='green'):<6}  {name}  for {ago(part['since'])}")
            else:
                click.echo(
                    f"{click.style('failing', fg='red')}  {name}  for {ago(part['since'])}: "
                    f"{part['message']} {part['hint']}".rstrip()
                )
    if report["status"] != "ok":
        raise SystemExit(1)
