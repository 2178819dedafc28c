"""``parley blocked``: addresses that guessed SIP passwords."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago, print_table, until


@click.group(invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def blocked(ctx: click.Context, config_path: Path | None, as_json: bool) -> None:
    """List blocked addresses (with no further word), or let one in again."""
    if ctx.invoked_subcommand is None:
        _print(Remote.of(config_path).get("/api/blocked-addresses"), as_json)


@blocked.command("list")
@json_option
@config_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """Every blocked address, and for how long."""
    _print(Remote.of(config_path).get("/api/blocked-addresses"), as_json)


@blocked.command()
@click.argument("address")
@json_option
@config_option
def lift(address: str, config_path: Path | None, as_json: bool) -> None:
    """Let ADDRESS in again."""
    left = Remote.of(config_path).post("/api/blocked-addresses/lift", {"address": address})
    if as_json:
        click.echo(json.dumps(left, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{address} is not blocked any more.")


def _print(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            block["address"], ago(block["since"]), until(block["until"]), str(block["failures"]),
            str(block["times"]), ", ".join(block["accounts"]) or "names that do not exist",
        )
        for block in found
    ]  # fmt: skip
    print_table(("ADDRESS", "FOR", "LEFT", "WRONG PASSWORDS", "TIMES BLOCKED", "TRIED"), rows)
