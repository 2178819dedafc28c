"""``parley config``: check and show the configuration."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.cli.options import config_option, json_option
from app.routing_check import load_checked
from config.load import load
from config.secret_names import secret_names
from config.secrets import Secrets
from config.show import as_dict, show
from core.errors import NotFound


@click.group()
def config() -> None:
    """Check and show the configuration."""


@config.command()
@click.option("--strict", is_flag=True, help="Warnings are errors too.")
@json_option
@config_option
def check(config_path: Path | None, as_json: bool, strict: bool) -> None:
    """Validate everything; all errors are listed, not only the first."""
    loaded = load_checked(config_path)
    problems = [problem.as_dict() for problem in loaded.warnings]
    if as_json:
        files = [str(file) for file in loaded.files]
        click.echo(json.dumps({"files": files, "warnings": problems}, ensure_ascii=False, indent=2))
    else:
        for warning in loaded.warnings:
            click.echo(f"warning: {warning}", err=True)
        count = len(loaded.settings.agents)
        click.echo(
            f"The configuration is valid: {len(loaded.settings.numbers)} numbers, "
            f"{len(loaded.settings.queues)} queues, {count} agents."
        )
    if strict and problems:
        raise SystemExit(2)


@config.command("show")
@json_option
@config_option
def show_(config_path: Path | None, as_json: bool) -> None:
    """Print what is in force and where it came from; secrets are masked."""
    loaded = load(config_path)
    secrets = Secrets(loaded.settings.server.state_dir)
    if as_json:
        click.echo(json.dumps(as_dict(loaded, secrets), ensure_ascii=False, indent=2))
    else:
        click.echo(show(loaded, secrets), nl=False)


@config.command()
@click.argument("name")
@config_option
def secret(config_path: Path | None, name: str) -> None:
    """Print the secret NAME, e.g. to set up a phone or a carrier."""
    settings = load(config_path).settings
    names = secret_names(settings)
    if name not in names:
        raise NotFound(f"No secret is called {name!r}.", hint=f"There are: {', '.join(names)}.")
    click.echo(Secrets(settings.server.state_dir).get(name).reveal())
