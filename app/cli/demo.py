"""``parley demo``: see it work."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from config.load import SAMPLE, load
from core.log import configure_logging
from core.process import die_with_parent


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path(".parley"),
    show_default=True,
    help="Where set-up put the programs, and where the demo keeps its state.",
)
@click.option("--seed", type=int, default=None, help="Repeat the same simulated people.")
def demo(home: Path, seed: int | None) -> None:
    """Run the sample company with simulated customers and agents."""
    from app.demo.run import run_demo

    # A state folder that is named in the environment wins over the demo's own.
    environ = {"PARLEY_STATE_DIR": str((home / "demo").absolute()), **os.environ}
    settings = load(SAMPLE, environ=environ).settings
    settings.server.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    die_with_parent()
    with (settings.server.state_dir / "demo.log").open("a", encoding="utf-8") as log:
        configure_logging(settings.server.log_level.value, stream=log)
        asyncio.run(
            run_demo(
                settings,
                config=SAMPLE,
                private_root=(home / "root").absolute(),
                seed=seed if seed is not None else int.from_bytes(os.urandom(4), "big"),
                report=lambda text: click.echo(text, err=True),
            )
        )
