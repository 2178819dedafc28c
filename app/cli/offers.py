"""``parley offers``: who is being rung for whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago, print_table, until


@click.group(invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def offers(ctx: click.Context, config_path: Path | None, as_json: bool) -> None:
    """List offers that stand (with no further word), or answer one."""
    if ctx.invoked_subcommand is None:
        _list(Remote.of(config_path), as_json)


@offers.command("list")
@json_option
@config_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """Every offer, to whom, and for how long it stands."""
    _list(Remote.of(config_path), as_json)


def _list(remote: Remote, as_json: bool) -> None:
    found = remote.get("/api/offers")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            offer["id"],
            offer["contact_id"],
            offer["medium"],
            offer["queue"],
            offer["agent_id"] + (" (by name)" if offer["direct"] else ""),
            offer["state"],
            ago(offer["created_at"]),
            until(offer["deadline"]),
        )
        for offer in found
    ]
    heads = ("OFFER", "CONTACT", "MEDIUM", "QUEUE", "AGENT", "STATE", "FOR", "LEFT")
    print_table(heads, rows)


def _answer(offer_id: str, verb: str, body: Any, config_path: Path | None, as_json: bool) -> None:
    offer = Remote.of(config_path).post(f"/api/offers/{quote(offer_id, safe='')}/{verb}", body)
    if as_json:
        click.echo(json.dumps(offer, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{offer['id']} is {offer['state'].replace('_', ' ')}.")


@offers.command()
@click.argument("offer_id")
@json_option
@config_option
def accept(offer_id: str, config_path: Path | None, as_json: bool) -> None:
    """Take the contact of OFFER_ID for its agent (text and tasks)."""
    _answer(offer_id, "accept", {}, config_path, as_json)


@offers.command()
@click.argument("offer_id")
@json_option
@config_option
def reject(offer_id: str, config_path: Path | None, as_json: bool) -> None:
    """Refuse OFFER_ID for its agent, who is not ready then."""
    _answer(offer_id, "reject", None, config_path, as_json)
