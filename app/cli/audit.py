"""``parley audit``: who changed what, when, from where."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from app.cli.options import config_option
from app.cli.privacy import printable
from app.cli.remote import Remote
from app.cli.tables import print_table
from app.cli.times import local, parse_since
from core.clock import from_epoch

_LOOK_SECONDS = 1.0
_LATE = timedelta(minutes=6)  # an entry may be stored so long after it began
_MOST = 500
_HEADS = ("TIME", "WHO", "VIA", "ADDRESS", "ACTION", "ON", "OUTCOME", "BEFORE -> AFTER")


@click.command()
@click.option("--since", help="Begun then or later: 2h, today, 2026-03-04T09:30, ...")
@click.option("--until", help="Begun before then.")
@click.option("--who", help="Of this person, or 'operator'.")
@click.option("--action", help="E.g. agent.not_ready or 'contact.*'.")
@click.option("--target", help="On this contact, agent or offer.")
@click.option("--outcome", help="done, unknown, or the code of an error.")
@click.option("--limit", "-n", type=click.IntRange(1, _MOST), default=50, show_default=True)
@click.option("--after", help="The next page: what the page before ends with.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@config_option
def audit(
    since: str | None, until: str | None, who: str | None, action: str | None,
    target: str | None, outcome: str | None, limit: int, after: str | None, follow: bool,
    as_json: bool, config_path: Path | None,
) -> None:  # fmt: skip
    """Show who changed what: oldest first, the newest last."""
    remote = Remote.of(config_path)
    now = datetime.now(UTC)
    wanted = {
        "since": parse_since(since, now).isoformat() if since else None,
        "until": parse_since(until, now).isoformat() if until else None,
        "who": who, "action": action, "target": target, "outcome": outcome,
    }  # fmt: skip
    page = _page(remote, wanted, limit=limit, after=after)
    entries = page["entries"][::-1]
    if as_json:
        for entry in entries:
            click.echo(json.dumps(entry, ensure_ascii=False))
    else:
        print_table(_HEADS, [_row(entry) for entry in entries])
    if follow:
        _follow(remote, wanted, {entry["id"] for entry in entries}, as_json=as_json)
    elif page["next"]:
        click.echo(f"\nMore: --after {page['next']}", err=True)


def _page(remote: Remote, wanted: dict[str, str | None], **more: Any) -> Any:
    asked = {name: value for name, value in {**wanted, **more}.items() if value is not None}
    return remote.get(f"/api/audit?{urlencode(asked)}")


def _follow(
    remote: Remote, wanted: dict[str, str | None], shown: set[str], *, as_json: bool,
    pause: Callable[[float], None] = time.sleep,
) -> None:  # fmt: skip
    """Entries are stored when they end, not in the order in which they began: each look
    goes back a little, and shows what was not shown."""
    begun = datetime.now(UTC)
    while True:
        pause(_LOOK_SECONDS)
        back = max(begun, datetime.now(UTC) - _LATE).isoformat()
        page = _page(remote, {**wanted, "since": back, "until": None}, limit=_MOST)
        for entry in reversed(page["entries"]):
            if entry["id"] not in shown:
                shown.add(entry["id"])
                line = json.dumps(entry, ensure_ascii=False) if as_json else "  ".join(_row(entry))
                click.echo(line)


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    who = entry["who"] + (f" ({entry['account']})" if entry["account"] else "")
    cells = (
        local(from_epoch(entry["at"])), who, entry["via"], entry["address"], entry["action"],
        entry["target_id"] or "-", entry["outcome"].replace("_", " "), _change(entry),
    )  # fmt: skip
    return tuple(printable(cell) for cell in cells)


def _change(entry: dict[str, Any]) -> str:
    names = [name for name in entry["after"] if name not in ("version", "offer_version")]
    parts = [f"{n}: {_value(entry['before'].get(n))} -> {_value(entry['after'][n])}" for n in names]
    return "; ".join(parts) or "-"


def _value(value: Any) -> str:
    if isinstance(value, dict):  # what an agent has in hand
        parts = [f"{id_} {one['medium']} {one['state']}" for id_, one in value.items()]
        return ", ".join(parts) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
