"""``parley serve`` (the app alone) and ``parley up`` (the embedded installation)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import click

from app.cli.options import config_option
from app.routing_check import load_checked
from app.run_until_signal import wanted_to_stop
from config.logins import Logins
from config.model import Settings
from config.secrets import Secrets
from core import descriptors
from core.log import configure_logging
from core.process import die_with_parent


@click.command()
@config_option
def serve(config_path: Path | None) -> None:
    """Run the app alone; Asterisk and the Redis-protocol server run already."""
    from app.server import Server

    settings = load_checked(config_path).settings
    configure_logging(settings.server.log_level.value)

    descriptors.raise_limit()

    async def run() -> None:
        server = Server(settings, Secrets(settings.server.state_dir))
        await server.start()
        await wanted_to_stop()
        await server.close()

    asyncio.run(run())


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=Path(".parley/root"),
    help="The private root with Asterisk, used when the system's own does not do.",
)
@config_option
def up(config_path: Path | None, root: Path) -> None:
    """Run everything: embedded Valkey, a private Asterisk, the app."""
    from app.embedded import Embedded

    settings = load_checked(config_path).settings
    configure_logging(settings.server.log_level.value)
    die_with_parent()

    async def run() -> None:
        embedded = Embedded(
            settings,
            Secrets(settings.server.state_dir),
            private_root=root.absolute(),
            config=config_path,
            report=lambda text: click.echo(text, err=True),
        )
        await embedded.start()
        missing = await asyncio.to_thread(_without_password, settings)
        with suppress(OSError):  # the terminal may be gone
            if missing:
                click.echo(
                    f"{len(missing)} of {len(settings.agents)} people have no password yet: "
                    f"parley config password {missing[0]}"
                )
            click.echo(
                f"Parley runs: http://{settings.server.web.host}:{settings.server.web.port}/"
            )
        await wanted_to_stop()
        await embedded.close()

    asyncio.run(run())


def _without_password(settings: Settings) -> list[str]:
    """Supervisors first."""
    people = sorted(settings.agents.values(), key=lambda one: (not one.is_supervisor, one.id))
    return Logins(Secrets(settings.server.state_dir)).without([one.id for one in people])
