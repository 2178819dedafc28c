"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import click

Language = Literal["zh-CN", "en"]

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The configuration file or folder; default: $PARLEY_CONFIG, ./parley.yaml, "
    "/etc/parley/parley.yaml, else the sample company.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
language_option = click.option(
    "--language", type=click.Choice(["zh-CN", "en"]),
    help="Of the sentences; default: that of the terminal.",
)  # fmt: skip


def chosen_language(name: str | None) -> Language:
    """``name``, or the terminal's language; what is not Chinese is answered in English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    name = name or next((value for one in names if (value := os.environ.get(one))), "")
    return "zh-CN" if name.lower().startswith("zh") else "en"
