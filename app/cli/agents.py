"""``parley agents``: who works, and putting somebody into another state."""

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
            f"{agent['capacity']['used']}/{agent['capacity']['total']}",
            _has(agent) or "-",
        )
        for agent in found
    ]
    print_table(("AGENT", "PHONE", "STATE", "FOR", "CAPACITY", "HAS"), rows)


@agents.command()
@click.argument("agent_id")
@json_option
@config_option
def show(agent_id: str, config_path: Path | None, as_json: bool) -> None:
    """State, skills and everything that AGENT_ID has in hand."""
    agent = Remote.of(config_path).get(_path(agent_id))
    if as_json:
        click.echo(json.dumps(agent, ensure_ascii=False, indent=2))
        return
    values = {
        "agent": agent["id"],
        "name": " / ".join(agent["name"].values()),
        "phone": agent["extension"],
        "state": _state(agent),
        "presence": agent["presence"].replace("_", " "),
        "for": ago(agent["since"]),
        "capacity": f"{agent['capacity']['used']} of {agent['capacity']['total']} used",
        "skills": ", ".join(f"{name} {level}" for name, level in sorted(agent["skills"].items())),
    }
    for name, value in values.items():
        if value:
            click.echo(f"{name:<10}  {value}")
    _show_phones(agent.get("device"))
    if agent["assignments"]:
        click.echo()
        rows = [
            (
                one["contact_id"], one["medium"], one["state"].replace("_", " "), one["weight"],
                one["queue"] or "-", ago(one["since"]), until(one["until"]),
            )
            for one in agent["assignments"]
        ]  # fmt: skip
        print_table(("CONTACT", "MEDIUM", "STATE", "WEIGHT", "QUEUE", "FOR", "LEFT"), rows)


def _show_phones(device: dict[str, Any] | None) -> None:
    """Whether the agent can be rung: which phones, from where, since when."""
    if device is None:
        return
    since = f" for {ago(device['since'])}" if device["since"] else ""
    click.echo(f"{'device':<10}  {device['state']}{since}")
    for phone in device["phones"]:
        registers = phone["expires_at"] is not None
        parts = [
            phone["address"] or phone["uri"],
            phone["user_agent"],
            f"registered for {ago(phone['since'])}" if registers else "fixed address",
            f"expires in {until(phone['expires_at'])}" if registers else "",
            "responds" if phone["responds"] else "does not respond",
            f"{phone['round_trip_ms']:g} ms" if phone["round_trip_ms"] else "",
        ]
        click.echo(f"{'':<10}  {', '.join(part for part in parts if part)}")


def _has(agent: dict[str, Any]) -> str:
    """What the agent has in hand: ``voice, 2 chat, email parked``."""
    counted: dict[str, int] = {}
    for one in agent["assignments"]:
        state = "" if one["state"] == "active" else f" {one['state'].replace('_', ' ')}"
        counted[one["medium"] + state] = counted.get(one["medium"] + state, 0) + 1
    return ", ".join(f"{count} {what}" if count > 1 else what for what, count in counted.items())


def _path(agent_id: str) -> str:
    return f"/api/agents/{quote(agent_id, safe='')}"


def _state(agent: dict[str, Any]) -> str:
    state = str(agent["state"]).replace("_", " ")
    if agent["reason"]:
        state += f" ({agent['reason']})"
    return f"{state}, then {agent['next_reason']}" if agent["next_reason"] else state


def _change(agent_id: str, verb: str, body: Any, config_path: Path | None, as_json: bool) -> None:
    agent = Remote.of(config_path).post(f"{_path(agent_id)}/{verb}", body)
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


@agents.command()
@click.argument("agent_id")
@click.argument("state", type=click.Choice(["ready", "not-ready", "logged-out"]))
@click.option("--reason", help="Of not-ready, as configured in not_ready_reasons.")
@json_option
@config_option
def force(
    agent_id: str, state: str, reason: str | None, config_path: Path | None, as_json: bool
) -> None:
    """Put AGENT_ID into STATE, logged in or not. What they have in hand goes on."""
    if (reason is not None) != (state == "not-ready"):
        raise click.UsageError("--reason belongs to not-ready, and not-ready needs one.")
    if state == "logged-out":
        _change(agent_id, "log-out", None, config_path, as_json)
        return
    remote = Remote.of(config_path)
    if remote.get(_path(agent_id))["presence"] == "logged_out":
        remote.post(f"{_path(agent_id)}/log-in", {"ready": False})
    _change(agent_id, state, {"reason": reason} if reason else None, config_path, as_json)


@agents.command("wrap-up-done")
@click.argument("agent_id")
@click.option("--contact", "contact_id", help="Of this contact only.")
@json_option
@config_option
def wrap_up_done(
    agent_id: str, contact_id: str | None, config_path: Path | None, as_json: bool
) -> None:
    """End the wrap-up of AGENT_ID."""
    body = {"contact_id": contact_id} if contact_id else {}
    _change(agent_id, "wrap-up/done", body, config_path, as_json)


@agents.command("wrap-up-extend")
@click.argument("agent_id")
@click.argument("seconds", type=click.FloatRange(0, 3600, min_open=True))
@click.option("--contact", "contact_id", help="Of this contact only.")
@json_option
@config_option
def wrap_up_extend(
    agent_id: str, seconds: float, contact_id: str | None, config_path: Path | None, as_json: bool
) -> None:
    """Give AGENT_ID so many SECONDS more for the wrap-up."""
    body = {"seconds": seconds} | ({"contact_id": contact_id} if contact_id else {})
    _change(agent_id, "wrap-up/extend", body, config_path, as_json)


@agents.command()
@click.argument("agent_id")
@click.argument("to")
@click.option("--queue", help="Whose rules (wrap-up, dispositions, recording) hold.")
@click.option("--caller-id", help="The number to show, one that the agent may.")
@json_option
@config_option
def dial(
    agent_id: str, to: str, queue: str | None, caller_id: str | None,
    config_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Ring the phone of AGENT_ID, then TO: a number outside or an extension."""
    given = {"to": to, "queue": queue, "caller_id": caller_id}
    body = {name: value for name, value in given.items() if value is not None}
    answer = Remote.of(config_path).post(f"{_path(agent_id)}/calls", body)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(f"The phone of {agent_id} rings; contact {answer['contact_id']}.")
