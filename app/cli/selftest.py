"""``parley selftest``: does a call work, right now?"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from app.cli.options import config_option, json_option
from config.load import load
from config.secrets import Secrets


@click.command()
@json_option
@config_option
def selftest(config_path: Path | None, as_json: bool) -> None:
    """Place a real call through the running system to an agent of its own, check the
    audio in both directions and print the time of each stage. Exits with 1 when
    something is wrong, and says what."""
    from app.selftest.run import Selftest, Stage

    settings = load(config_path).settings

    def tell(stage: Stage) -> None:
        if as_json:
            return
        mark = click.style("ok  ", fg="green") if stage.ok else click.style("FAIL", fg="red")
        click.echo(f"{mark} {stage.seconds * 1000:9.1f} ms  {stage.name}")
        if not stage.ok:
            click.echo(f"     {stage.problem} {stage.hint}".rstrip())

    run = Selftest(settings, Secrets(settings.server.state_dir), told=tell)
    result = asyncio.run(run.run())
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False, indent=2))
    if not result.ok:
        raise click.exceptions.Exit(1)
