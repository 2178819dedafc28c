"""``parley config``: check and show the configuration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from app.cli.options import config_option, json_option
from app.routing_check import load_checked
from config.load import load
from config.logins import Logins
from config.model import Settings
from config.password_hash import hashed, new_password, require_strong
from config.pin_strength import weak_pins
from config.secret_names import login_names, secret_names
from config.secret_strength import refuse_weak, weak_carrier_secrets
from config.secrets import LOGIN_PREFIX, Secrets
from config.show import as_dict, show
from core.errors import NotAllowed, NotFound
from sip.asterisk.capability import NoCapableAsterisk, choose
from sip.asterisk.codecs import check_codecs


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
    secrets = Secrets(loaded.settings.server.state_dir)
    refuse_weak(loaded.settings, secrets)
    problems = [problem.as_dict() for problem in loaded.warnings]
    doubts = [
        f"The carrier's secret {name!r} can be guessed: {why}. Ask for another."
        for name, why in sorted(weak_carrier_secrets(loaded.settings, secrets).items())
    ]
    doubts += [
        f"Nobody can log in at a shared phone with the PIN {name!r}: {why}. Choose another."
        for name, why in sorted(weak_pins(loaded.settings, secrets).items())
    ]
    if as_json:
        files = [str(file) for file in loaded.files]
        found = {"files": files, "warnings": problems, "weak_secrets": doubts}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for warning in loaded.warnings:
            click.echo(f"warning: {warning}", err=True)
        for doubt in doubts:
            click.echo(f"warning: {doubt}", err=True)
        count = len(loaded.settings.agents)
        click.echo(
            f"The configuration is valid: {len(loaded.settings.numbers)} numbers, "
            f"{len(loaded.settings.queues)} queues, {count} agents."
        )
    if strict and (problems or doubts):
        raise SystemExit(2)


def _check_asterisk(settings: Settings) -> None:
    """What only holds with a certain Asterisk; nothing where none is set up here."""
    try:
        programs = choose(Path(".parley/root")).programs
    except NoCapableAsterisk:
        return
    modules = {path.stem for path in programs.module_dir.glob("*.so")}
    check_codecs(settings, modules)


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
@click.argument("login")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read it from standard input.")
@click.option("--ask", is_flag=True, help="Ask for it twice at the terminal.")
@click.option("--print-hash", is_flag=True, help="Print the hash and keep nothing.")
@config_option
def password(
    config_path: Path | None, login: str, from_stdin: bool, ask: bool, print_hash: bool
) -> None:
    """Set the password of LOGIN; without options a random one, which is printed once.

    Only its hash is kept. A running Parley takes it at once.
    """
    settings = load(config_path).settings
    if login not in settings.agents:
        names = ", ".join(sorted(settings.agents))
        raise NotFound(f"Nobody is called {login!r}.", hint=f"There are: {names}.")
    if from_stdin:
        chosen = sys.stdin.readline().rstrip("\r\n")
    elif ask:
        chosen = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        chosen = new_password()
    require_strong(login, chosen)
    if print_hash:
        click.echo(hashed(chosen))
    else:
        Logins(Secrets(settings.server.state_dir)).set(login, chosen)
    if not (from_stdin or ask):
        click.echo(chosen, err=print_hash)


@config.command()
@click.argument("name")
@config_option
def secret(config_path: Path | None, name: str) -> None:
    """Print the secret NAME, e.g. to set up a phone or a carrier."""
    settings = load(config_path).settings
    names = secret_names(settings)
    if name not in names:
        raise NotFound(f"No secret is called {name!r}.", hint=f"There are: {', '.join(names)}.")
    if name in login_names(settings):
        raise NotAllowed(
            f"Of {name!r} only a hash is kept.",
            hint=f"Set a new one: parley config password {name.removeprefix(LOGIN_PREFIX)}",
        )
    click.echo(Secrets(settings.server.state_dir).get(name).reveal())
