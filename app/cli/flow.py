"""``parley flow``: prove, talk to and draw the flows of the IVR."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from app.cli.options import config_option, json_option
from config.load import load
from config.model import Settings
from config.problems import ConfigError, Problem
from core.ids import CONTACT, new_id
from ivr.abilities import abilities_of
from ivr.check import check as check_flow
from ivr.draw import draw as draw_flow
from ivr.engine import Engine
from ivr.flow import Flow, load_flow
from ivr.outcome import Outcome
from ivr.platform import Platform
from ivr.text_conversation import TextConversation
from ivr.texts import load_texts

_MOST_INPUT = 1_000_000  # bytes that 'try' reads; a person types less


@click.group()
def flow() -> None:
    """Prove, talk to and draw the flows of the IVR."""


@flow.command()
@click.argument("files", nargs=-1)
@json_option
@config_option
def check(files: tuple[str, ...], as_json: bool, config_path: Path | None) -> None:
    """Find what is wrong in FILES (paths, or names of configured flows; default: every
    configured flow). Ends with 2 if there is an error."""
    settings = load(config_path).settings
    problems: list[Problem] = []
    platform = replace(
        Platform.of(settings, load_texts(settings)),
        abilities=abilities_of(settings, thorough=True),
    )
    for name in files or settings.flows:
        try:
            problems += check_flow(_find(settings, name), platform)
        except ConfigError as error:
            problems += error.problems
    if as_json:
        click.echo(json.dumps([p.as_dict() for p in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(f"{'warning' if problem.warning else 'error'}: {problem}")
        if not problems:
            click.echo(f"No problem in {', '.join(files or settings.flows)}.")
    if any(not problem.warning for problem in problems):
        raise SystemExit(2)


@flow.command("try")
@click.argument("file")
@click.option("--language", help="Spoken at the start; default: the flow's first.")
@click.option("--trace", is_flag=True, help="Show what the engine does, on stderr.")
@config_option
def try_(file: str, language: str | None, trace: bool, config_path: Path | None) -> None:
    """Talk to the flow FILE (a path, or the name of a configured flow) in this terminal.
    Each line is what a caller presses or says; an empty line is silence; Ctrl-D hangs up."""
    settings = load(config_path).settings
    outcome = asyncio.run(_talk(settings, _find(settings, file), language, trace))
    click.echo(f"\n=> {describe(outcome)}")


@flow.command()
@click.argument("file")
@config_option
def draw(file: str, config_path: Path | None) -> None:
    """Print the flow FILE (a path, or the name of a configured flow) as a Mermaid
    flowchart."""
    click.echo(draw_flow(_find(load(config_path).settings, file)))


def _find(settings: Settings, name: str) -> Flow:
    """A configured flow of that name, else the file."""
    if name in settings.flows:
        return load_flow(settings.flows[name], name=name)
    if not Path(name).suffix and not Path(name).exists():
        settings.flow(name)  # says which names there are
    return load_flow(Path(name))


async def _talk(settings: Settings, flow: Flow, language: str | None, trace: bool) -> Outcome:
    reader = asyncio.StreamReader()
    reading = threading.Thread(
        target=_read_input, args=(reader, asyncio.get_running_loop()), daemon=True
    )
    reading.start()
    texts = load_texts(settings)
    conversation = TextConversation(
        reader,
        _Terminal(),
        texts,
        language=language or flow.languages[0],
        contact_id=new_id(CONTACT),
        show_choices=sys.stdin.isatty(),
        end_is_leaving=sys.stdin.isatty(),
    )
    engine = Engine(
        flow, conversation, Platform.of(settings, texts), trace=_show if trace else None
    )
    return await engine.run()


def _read_input(reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    """Standard input, line by line; in a thread, because it may be a file or a terminal."""
    left = _MOST_INPUT
    try:
        while left > 0 and (line := sys.stdin.buffer.readline(left)):
            left -= len(line)
            loop.call_soon_threadsafe(reader.feed_data, line)
        loop.call_soon_threadsafe(reader.feed_eof)
    except RuntimeError:  # the flow has ended and the loop is closed
        return


class _Terminal:
    """Standard output as what a conversation writes to."""

    def write(self, data: bytes) -> None:
        click.echo(data.decode(), nl=False)

    async def drain(self) -> None:
        return


def _show(kind: str, data: Mapping[str, Any]) -> None:
    click.echo(f"   {kind} {json.dumps(dict(data), ensure_ascii=False)}", err=True)


def describe(outcome: Outcome) -> str:
    """An outcome on one line: its kind, then what is not empty."""
    fields = {k: v for k, v in asdict(outcome).items() if v not in ("", None, {}, False)}
    shown = " ".join(
        f"{k}={json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v}"
        for k, v in fields.items()
    )
    return f"{type(outcome).__name__} {shown}".strip()
