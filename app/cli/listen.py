"""``parley listen``: what is said on a call, as it is said."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

import aiohttp
import click

from app.cli.heard_lines import HeardLines, bar
from app.cli.heard_texts import say
from app.cli.options import Language, chosen_language, config_option, language_option
from app.cli.privacy import printable
from app.cli.remote import Remote
from app.cli.tables import ago, print_table
from app.http.operator import NotRunning
from core.errors import NotAllowed

_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_ENDED: Final = (4401, 4403)  # signed out, not allowed any more
_STAGES: Final = ("talking", "hold", "consult")
_HEADS: Final = {
    "en": ("CONTACT", "AGENT", "QUEUE", "STAGE", "SINCE", "HEARING", "TENSION"),
    "zh-CN": ("联络", "坐席", "队列", "阶段", "时长", "聆听", "情绪"),
}


class Refused(NotAllowed):
    """The server lets nobody listen any more."""

    code: ClassVar[str] = "listening_refused"


@click.command()
@click.argument("contact_id", metavar="[CONTACT]", required=False)
@click.option(
    "--after", type=click.IntRange(0), default=0, show_default=True,
    help="Only events with higher numbers.",
)  # fmt: skip
@language_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@config_option
def listen(
    contact_id: str | None, after: int, language: str | None, as_json: bool,
    config_path: Path | None,
) -> None:  # fmt: skip
    """Follow what is said on CONTACT, from its beginning until it is over: both sides in
    words, the customer's tension, alerts, facts, wishes. Without CONTACT: who can be
    listened to."""
    remote, chosen = Remote.of(config_path), chosen_language(language)
    if contact_id is None:
        _list(remote, chosen, as_json=as_json)
        return
    path = f"/api/contacts/{quote(contact_id, safe='')}/listen"
    if as_json:

        def show(event: dict[str, Any]) -> None:
            click.echo(json.dumps(event, ensure_ascii=False))

        def tell(text: str) -> None:
            click.echo(text, err=True)

        asyncio.run(_follow(remote, path, after, chosen, show, tell))
        return
    lines = HeardLines(chosen, live=sys.stdout.isatty())
    try:
        asyncio.run(
            _follow(remote, path, after, chosen, lines.show, lambda t: lines.say(t, dim=True))
        )
    finally:
        lines.end()


async def _follow(
    remote: Remote, path: str, after: int, language: Language,
    show: Callable[[dict[str, Any]], None], tell: Callable[[str], None],
) -> None:  # fmt: skip
    """Each event once, until it is over; a lost connection is taken up where it was."""
    failures, connected = 0, False
    while True:
        try:
            async with remote.socket(f"{path}?after={after}") as socket:
                while (raw := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    message = raw.json()
                    if message["type"] == "hello":
                        if message["off"] and not connected:
                            tell(f"{say('off', language)} ({message['off']}).")
                        failures, connected = 0, True
                    elif message["type"] == "heard":
                        for event in message["events"]:
                            show(event)
                            after = int(event["data"]["n"])
                    elif message["type"] == "over":
                        tell(say("over", language))
                        return
                if raw.type is aiohttp.WSMsgType.CLOSE and raw.data in _ENDED:
                    raise Refused("You may not listen any more.", hint="Is Parley still running?")
        except NotRunning:
            if not connected or failures >= len(_PAUSES):
                raise
        if failures == 0:
            tell(say("lost", language))
        await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
        failures += 1


def _list(remote: Remote, language: Language, *, as_json: bool) -> None:
    wall = remote.get("/api/wall")
    rows = [
        {**contact, "heard": wall["heard"].get(contact["id"])}
        for contact in wall["contacts"].values()
        if contact["stage"] in _STAGES and contact["medium"] in ("voice", "video")
    ]
    rows.sort(key=lambda row: (row["created_at"], row["id"]))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo(say("nobody", language))
    else:
        print_table(_HEADS[language], [_row(row) for row in rows])


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    heard = row["heard"] or {}
    hearing = str(heard.get("hearing", "-"))
    if heard.get("reason") and hearing != "on":
        hearing += f" ({heard['reason']})"
    score = heard.get("score")
    cells = (
        row["id"], row["agent_id"] or "-", row["queue"] or "-", row["stage"],
        ago(row["stage_since"]), printable(hearing),
    )  # fmt: skip
    tension = "-" if score is None else f"{bar(score)} {score:.2f}"
    return (*cells, tension + (" !" if heard.get("tense") else ""))
