"""``parley contacts``: the history, from the database; and what one does with those in
progress (``app.cli.contact_verbs``)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.engine import make_url

from acd.contact_states import ContactState
from acd.model import Direction, EndReason
from acd.records.queries import ContactFilter, ContactHistory, ContactRecord, Page
from acd.records.tables import ContactRow
from app.cli.contact_verbs import VERBS
from app.cli.options import config_option, json_option
from app.cli.privacy import hide, printable
from app.cli.tables import print_table
from app.cli.time_line import time_line
from app.cli.times import duration, local, parse_since
from app.http.views import masked
from config.load import load
from core.clock import to_epoch
from core.database import DatabaseUnavailable, create_engine

T = TypeVar("T")
_WAYS = {"inbound": "in", "outbound": "out"}
_HIDDEN = frozenset({"version", "contact_id"})

full_option = click.option("--full", is_flag=True, help="Show personal numbers whole.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What ``parley contacts`` was asked."""

    since: str | None
    until: str | None
    queue: str | None
    agent: str | None
    direction: str | None
    state: str | None
    end_reason: str | None
    number: str | None
    limit: int
    after: str | None
    full: bool
    as_json: bool
    config_path: Path | None


_LIST_OPTIONS = [
    click.option("--since", help="Created then or later: 2h, today, 2026-03-04T09:30, ..."),
    click.option("--until", help="Created before then."),
    click.option("--queue", help="Waited in this queue."),
    click.option("--agent", help="Talked with this agent."),
    click.option("--direction", type=click.Choice([d.value for d in Direction])),
    click.option("--state", type=click.Choice([s.value for s in ContactState])),
    click.option("--end-reason", type=click.Choice([r.value for r in EndReason])),
    click.option("--number", help="Customer's or dialled number, or *1234 for its last digits."),
    click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True),
    click.option("--after", help="The next page: what the page before ends with."),
    full_option,
    json_option,
    config_option,
]


def list_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of the list, which stand with ``contacts`` and ``contacts list``."""
    for option in reversed(_LIST_OPTIONS):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@list_options
@click.pass_context
def contacts(ctx: click.Context, /, **options: Any) -> None:
    """List past and present contacts (with no further word), show or change one."""
    if ctx.invoked_subcommand is None:
        _list(ListOptions(**options))


for _verb in VERBS:
    contacts.add_command(_verb)


@contacts.command("list")
@list_options
def list_(**options: Any) -> None:
    """Contacts, newest first."""
    _list(ListOptions(**options))


@contacts.command()
@click.argument("contact_id")
@full_option
@json_option
@config_option
def show(contact_id: str, full: bool, as_json: bool, config_path: Path | None) -> None:
    """What happened to CONTACT_ID, step by step."""
    record = _ask(config_path, lambda history: history.get(contact_id))
    if as_json:
        _print_json(_record(record, full=full))
        return
    for line in _summary(record.contact, full=full):
        click.echo(line)
    click.echo()
    print_table(("TIME", "AFTER", "LASTS", "WHAT", "DETAILS"), time_line(record, full=full))
    for recording in record.recordings:
        click.echo(f"\nrecording {recording.id}: {printable(recording.path)}")
    for given in record.dispositions:
        note = f": {given.note if full else hide(given.note)}" if given.note else ""
        click.echo(
            f"\ndisposition {given.code} by {given.agent_id or '-'} at {local(given.at)}"
            + printable(note)
        )


def _list(want: ListOptions) -> None:
    now = datetime.now(UTC)
    wanted = ContactFilter(
        since=parse_since(want.since, now) if want.since else None,
        until=parse_since(want.until, now) if want.until else None,
        queue=want.queue, agent=want.agent, direction=want.direction, state=want.state,
        end_reason=want.end_reason, number=want.number,
    )  # fmt: skip

    def find(history: ContactHistory) -> Awaitable[Page]:
        return history.find(wanted, limit=want.limit, after=want.after)

    page = _ask(want.config_path, find)
    if want.as_json:
        found = [_columns(row, full=want.full) for row in page.contacts]
        _print_json({"contacts": found, "next": page.next})
        return
    print_table(
        (
            "CONTACT",
            "CREATED",
            "WAY",
            "CUSTOMER",
            "DIALLED",
            "QUEUE",
            "AGENT",
            "WAIT",
            "TALK",
            "STATE",
        ),
        [_line(row, full=want.full) for row in page.contacts],
    )
    if page.next:
        click.echo(f"\nMore: --after {page.next}", err=True)


def _ask(config_path: Path | None, work: Callable[[ContactHistory], Awaitable[T]]) -> T:
    """Do ``work`` on the history of the configured installation."""
    return asyncio.run(_with_history(load(config_path).settings.server.database, work))


async def _with_history(url: str, work: Callable[[ContactHistory], Awaitable[T]]) -> T:
    file = make_url(url).database or ""
    if url.startswith("sqlite") and not await asyncio.to_thread(Path(file).is_file):
        # Opening it would create it, empty and readable by others.
        raise DatabaseUnavailable(
            f"There is no database {file} yet.", hint="Start Parley once; it makes the database."
        )
    engine = create_engine(url)
    try:
        return await work(ContactHistory(engine))
    finally:
        await engine.dispose()


def _number(number: str, *, full: bool) -> str:
    return printable(number) if full else masked(number)


def _line(row: ContactRow, *, full: bool) -> tuple[str, ...]:
    state = row.end_reason or row.state
    return (
        row.id,
        local(row.created_at),
        _WAYS.get(row.direction, row.direction),
        _number(row.customer_number, full=full) or "-",
        printable(row.dialled_number) or "-",
        row.queue or "-",
        row.last_agent_id or "-",
        duration(row.wait_seconds),
        duration(row.talk_seconds),
        state.replace("_", " "),
    )


def _summary(row: ContactRow, *, full: bool) -> list[str]:
    state = row.state.replace("_", " ")
    if row.end_reason:
        state += f": {row.end_reason.replace('_', ' ')}"
    if row.hangup_cause is not None:
        state += f" (cause {row.hangup_cause})"
    attributes = row.attributes if full else hide(row.attributes)
    values = {
        "contact": row.id,
        "medium": f"{row.medium} ({row.channel}, {row.direction})",
        "state": state,
        "created": local(row.created_at),
        "customer": _number(row.customer_number, full=full),
        "dialled": row.dialled_number,
        "business": row.business,
        "language": row.language,
        "queue": row.queue,
        "agent": row.last_agent_id
        if row.first_agent_id == row.last_agent_id
        else f"{row.first_agent_id}, then {row.last_agent_id}",
        "colleague": row.peer_agent_id,
        "times": ", ".join(
            f"{name} {duration(seconds)}"
            for name, seconds in (
                ("ivr", row.ivr_seconds), ("wait", row.wait_seconds), ("talk", row.talk_seconds),
                ("hold", row.hold_seconds), ("wrap-up", row.wrap_up_seconds),
            )
        ),
        "attributes": json.dumps(attributes, ensure_ascii=False) if attributes else "",
    }  # fmt: skip
    return [f"{name:<10}  {printable(str(value))}" for name, value in values.items() if value]


def _record(record: ContactRecord, *, full: bool) -> dict[str, Any]:
    def plain(rows: Any) -> list[dict[str, Any]]:
        return [_columns(row, full=full) for row in rows]

    return {
        **_columns(record.contact, full=full),
        "segments": plain(record.segments),
        "events": plain(record.events),
        "recordings": plain(record.recordings),
        "dispositions": plain(record.dispositions),
    }


def _columns(row: Any, *, full: bool) -> dict[str, Any]:
    """A row as JSON; times as epoch seconds, as in the HTTP API."""
    values = {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in _HIDDEN}
    for key, value in values.items():
        if isinstance(value, datetime):
            values[key] = to_epoch(value)
        elif key == "customer_number" and not full:
            values[key] = masked(value)
        elif key in ("attributes", "data", "note", "details") and not full:
            values[key] = hide(value)
    return values


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
