"""``parley contacts waiting``, ``move``, ``prioritise``...: contacts in progress."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from app.cli.options import config_option, json_option
from app.cli.remote import Remote
from app.cli.tables import ago, print_table


@click.command()
@click.option("--queue", help="Only of this queue.")
@json_option
@config_option
def waiting(queue: str | None, config_path: Path | None, as_json: bool) -> None:
    """Who waits, in the order in which they are served."""
    now = time.time()
    found = [
        contact
        for contact in Remote.of(config_path).get("/api/contacts")
        if contact["state"] in ("queued", "offered") and queue in (None, contact["queue"])
    ]
    found.sort(key=lambda c: (-_score(c, now), c["enqueued_at"], c["id"]))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            contact["id"],
            contact["queue"],
            contact["medium"] + (" (call-back)" if contact["call_back"] else ""),
            f"{_score(contact, now):.1f}",
            contact["priority"],
            ago(contact["enqueued_at"]),
            contact["state"],
            contact["agent_id"] or "-",
        )
        for contact in found
    ]
    heads = ("CONTACT", "QUEUE", "MEDIUM", "SCORE", "PRIORITY", "WAITED", "STATE", "AGENT")
    print_table(heads, rows)


def _score(contact: dict[str, Any], now: float) -> float:
    waited = now - (contact["enqueued_at"] or contact["created_at"])
    return float(contact["priority"] + contact["slope"] * max(0.0, waited))


def _do(contact_id: str, verb: str, body: Any, config_path: Path | None, as_json: bool) -> None:
    remote = Remote.of(config_path)
    one = f"/api/contacts/{quote(contact_id, safe='')}"
    remote.post(f"{one}/{verb}", body)
    if as_json:
        found = [c for c in remote.get("/api/contacts") if c["id"] == contact_id]
        click.echo(json.dumps(found[0] if found else None, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{contact_id}: done.")


@click.command()
@click.argument("contact_id")
@click.argument("queue")
@click.option("--priority", type=int, help="From now on; higher is served first.")
@json_option
@config_option
def move(
    contact_id: str, queue: str, priority: int | None, config_path: Path | None, as_json: bool
) -> None:
    """Let CONTACT_ID wait in QUEUE, at its old age."""
    body = {"queue": queue} | ({} if priority is None else {"priority": priority})
    _do(contact_id, "move", body, config_path, as_json)


@click.command(context_settings={"ignore_unknown_options": True})  # -5 is a priority
@click.argument("contact_id")
@click.argument("priority", type=int)
@json_option
@config_option
def prioritise(contact_id: str, priority: int, config_path: Path | None, as_json: bool) -> None:
    """Let CONTACT_ID weigh PRIORITY points: higher is served first."""
    _do(contact_id, "prioritise", {"priority": priority}, config_path, as_json)


@click.command()
@click.argument("contact_id")
@click.argument("agent_id")
@json_option
@config_option
def assign(contact_id: str, agent_id: str, config_path: Path | None, as_json: bool) -> None:
    """Offer CONTACT_ID, which waits, to AGENT_ID, whatever their skills."""
    _do(contact_id, "assign", {"agent": agent_id}, config_path, as_json)


@click.command()
@click.argument("contact_id")
@json_option
@config_option
def park(contact_id: str, config_path: Path | None, as_json: bool) -> None:
    """The customer of CONTACT_ID is silent: free the agent."""
    _do(contact_id, "park", None, config_path, as_json)


@click.command()
@click.argument("contact_id")
@json_option
@config_option
def unpark(contact_id: str, config_path: Path | None, as_json: bool) -> None:
    """Let CONTACT_ID go on, with the same agent first."""
    _do(contact_id, "unpark", None, config_path, as_json)


@click.command()
@click.argument("contact_id")
@json_option
@config_option
def end(contact_id: str, config_path: Path | None, as_json: bool) -> None:
    """End CONTACT_ID; an agent who talks with the customer wraps up."""
    _do(contact_id, "hang-up", None, config_path, as_json)


VERBS = (waiting, move, prioritise, assign, park, unpark, end)
