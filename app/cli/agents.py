"""``parley agents``: who works, and putting somebody into another state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago, print_table


@click.group(invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def agents(ctx: click.Context, config_path: Path | None, as_json: bool) -> None:
    """List agents (with no further word), or change the state of one."""
    if ctx.invoked_subcommand is None:
        _list(Remote.of(config_path), as_json)


@agents.command("list")
@json_option
@config_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """Every agent, state, and since when."""
    _list(Remote.of(config_path), as_json)


def _list(remote: Remote, as_json: bool) -> None:
    found = remote.get("/api/agents")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            agent["id"],
            agent["extension"],
            _state(agent),
            ago(agent["since"]) if agent["state"] != "logged_out" else "-",
            agent["contact_id"] or "-",
        )
        for agent in found
    ]
    print_table(("AGENT", "PHONE", "STATE", "FOR", "CONTACT"), rows)


def _state(agent: dict[str, Any]) -> str:
    state = str(agent["state"]).replace("_", " ")
    if agent["reason"]:
        state += f" ({agent['reason']})"
    return f"{state}, then {agent['next_reason']}" if agent["next_reason"] else state


def _change(agent_id: str, verb: str, body: Any, config_path: Path | None, as_json: bool) -> None:
    agent = Remote.of(config_path).post(f"/api/agents/{quote(agent_id, safe='')}/{verb}", body)
    if as_json:
        click.echo(json.dumps(agent, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{agent['id']} is {_state(agent)}.")


@agents.command("log-in")
@click.argument("agent_id")
@click.option("--ready", is_flag=True, help="Take contacts at once.")
@json_option
@config_option
def log_in(agent_id: str, ready: bool, config_path: Path | None, as_json: bool) -> None:
    """Begin the shift of AGENT_ID."""
    _change(agent_id, "log-in", {"ready": ready}, config_path, as_json)


@agents.command("log-out")
@click.argument("agent_id")
@json_option
@config_option
def log_out(agent_id: str, config_path: Path | None, as_json: bool) -> None:
    """End the shift of AGENT_ID, after the contact if there is one."""
    _change(agent_id, "log-out", None, config_path, as_json)


@agents.command()
@click.argument("agent_id")
@json_option
@config_option
def ready(agent_id: str, config_path: Path | None, as_json: bool) -> None:
    """Let AGENT_ID take contacts."""
    _change(agent_id, "ready", None, config_path, as_json)


@agents.command("not-ready")
@click.argument("agent_id")
@click.argument("reason")
@json_option
@config_option
def not_ready(agent_id: str, reason: str, config_path: Path | None, as_json: bool) -> None:
    """Let AGENT_ID take none, for REASON (as configured in not_ready_reasons)."""
    _change(agent_id, "not-ready", {"reason": reason}, config_path, as_json)


@agents.command("wrap-up-done")
@click.argument("agent_id")
@json_option
@config_option
def wrap_up_done(agent_id: str, config_path: Path | None, as_json: bool) -> None:
    """End the wrap-up of AGENT_ID."""
    _change(agent_id, "wrap-up/done", None, config_path, as_json)
