"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The configuration file or folder; default: $PARLEY_CONFIG, ./parley.yaml, "
    "/etc/parley/parley.yaml, else the sample company.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
