"""``parley why``: why a contact waits, or why it went where it went."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from acd.records.queries import ContactHistory
from acd.why import Language
from app.cli.options import chosen_language, config_option, json_option, language_option
from app.cli.privacy import printable
from app.cli.remote import Remote
from app.cli.tables import print_table
from app.cli.times import local_clock
from app.http.operator import NotRunning
from app.http.why import stored_why, why_view
from config.load import load
from core.clock import SystemClock, from_epoch
from core.database import create_engine

_HEADS = {
    "en": ("AGENT", "CAN", "WHY"),
    "zh-CN": ("坐席", "可接", "原因"),
}
_ABLE = {"en": ("yes", "not now", "no"), "zh-CN": ("是", "暂不", "否")}
_BEFORE = {"en": "Before it:", "zh-CN": "排在前面："}
_STEPS = {"en": ("TIME", "WHAT"), "zh-CN": ("时间", "经过")}


@click.command()
@click.argument("contact_id", metavar="CONTACT")
@language_option
@json_option
@config_option
def why(contact_id: str, language: str | None, config_path: Path | None, as_json: bool) -> None:
    """Say why CONTACT waits (what it asks for, who is before it, what hinders each agent)
    or why it went where it went."""
    chosen = chosen_language(language)
    found = _ask(contact_id, chosen, config_path)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(click.style(printable(found["summary"]), bold=True))
    if found["waits"] is not None:
        _print_waits(found["waits"], chosen)
    click.echo()
    rows = [
        (local_clock(from_epoch(step["at"])), printable(step["text"])) for step in found["steps"]
    ]
    print_table(_STEPS[chosen], rows)


def _print_waits(waits: dict[str, Any], language: Language) -> None:
    for line in (*waits["asked_text"], waits["score_text"], waits["place_text"]):
        click.echo(printable(line))
    if waits["before"]:
        click.echo(_BEFORE[language])
    for rival in waits["before"]:
        click.echo(f"  {printable(rival['text'])}")
    click.echo()
    yes, not_now, no = _ABLE[language]
    rows = [
        (one["agent_id"], yes if one["free"] else not_now if one["able"] else no,
         printable(one["text"]))
        for one in sorted(waits["agents"], key=_nearness)
    ]  # fmt: skip
    print_table(_HEADS[language], rows)


def _nearness(agent: dict[str, Any]) -> tuple[bool, bool, bool]:
    """Who could take it first, then who could soon."""
    return not agent["free"], not agent["able"], "logged_out" in agent["obstacles"]


def _ask(contact_id: str, language: Language, config_path: Path | None) -> Any:
    """The running Parley knows; if none runs, the database does."""
    settings = load(config_path).settings
    path = f"/api/contacts/{quote(contact_id, safe='')}/why?language={language}"
    try:
        return Remote(settings).get(path)
    except NotRunning:
        database = settings.server.database
        if database.startswith("sqlite") and not Path(database.partition("///")[2]).is_file():
            raise
        return asyncio.run(_stored(contact_id, language, database))


async def _stored(contact_id: str, language: Language, database: str) -> Any:
    engine = create_engine(database)
    try:
        record = await ContactHistory(engine).get(contact_id)
    finally:
        await engine.dispose()
    return why_view(stored_why(record, SystemClock().now()), language)
