"""``parley events``: what happens, from the event log."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from app.cli.options import config_option
from app.cli.privacy import hide, printable
from app.cli.times import local_clock
from app.stores import redis_url
from config.load import load
from config.secrets import Secrets
from core import redis as redis_access
from core.event_log import EventLog
from core.events import Event
from core.log import configure_logging
from core.redis import Keys


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option("--contact", help="Only events of this contact.")
@click.option(
    "--type", "types", multiple=True, help="Only of this type, e.g. contact.queued or 'agent.*'."
)
@click.option(
    "--count", "-n", type=click.IntRange(0, 100_000), default=20, show_default=True,
    help="How many past ones to begin with.",
)  # fmt: skip
@click.option("--full", is_flag=True, help="Show personal numbers whole.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@config_option
def events(
    follow: bool, contact: str | None, types: tuple[str, ...], count: int, full: bool,
    as_json: bool, config_path: Path | None,
) -> None:  # fmt: skip
    """What happened last, and what happens: contacts, agents, the system."""
    configure_logging("warning", pretty=True)  # to stderr: stdout is for events
    settings = load(config_path).settings
    secrets = Secrets(settings.server.state_dir)
    url = redis_url(settings, secrets)

    def show(event: Event) -> None:
        click.echo(_json(event, full=full) if as_json else _line(event, full=full))

    async def run() -> None:
        redis = redis_access.connect(url, connections=2)
        try:
            await redis_access.ping(redis)
            log = EventLog(redis, Keys(settings.server.redis_prefix))
            end = await log.end()
            past = await log.tail(count, contact=contact, types=types) if count else []
            for logged in past:
                show(logged.event)
            if follow:
                after = past[-1].position if past else end
                async for logged in log.follow(after, contact=contact, types=types):
                    show(logged.event)
        finally:
            await redis.aclose()

    asyncio.run(run())


def _json(event: Event, *, full: bool) -> str:
    raw = event.as_dict()
    return json.dumps(raw if full else {**raw, "data": hide(raw["data"])}, ensure_ascii=False)


def _line(event: Event, *, full: bool) -> str:
    data = dict(event.data) if full else hide(event.data)
    words = [
        local_clock(event.at),
        f"{event.type:<28}",
        event.contact_id or "-",
        event.agent_id or "-",
        json.dumps(data, ensure_ascii=False) if data else "",
    ]
    return printable("  ".join(words).rstrip())
