"""``parley transcripts``: what was said, as it is kept: found by words, or of one contact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from app.cli.heard_lines import bar, side, spoken
from app.cli.heard_texts import say
from app.cli.options import (
    Language,
    chosen_language,
    config_option,
    json_option,
    language_option,
)
from app.cli.privacy import printable
from app.cli.remote import Remote
from app.cli.times import duration, local, parse_since
from core.clock import from_epoch


@click.group()
def transcripts() -> None:
    """Search and show what was said."""


@transcripts.command()
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option("--since", help="Said then or later: 2h, today, 2026-03-04T09:30, ...")
@click.option("--until", help="Said before then.")
@click.option("--leg", type=click.Choice(["customer", "agent"]), help="Said by this side alone.")
@click.option("--limit", "-n", type=click.IntRange(1, 500), default=50, show_default=True)
@language_option
@json_option
@config_option
def search(
    words: tuple[str, ...], since: str | None, until: str | None, leg: str | None, limit: int,
    language: str | None, as_json: bool, config_path: Path | None,
) -> None:  # fmt: skip
    """Lines with QUERY, a phrase in Chinese or English; the newest first."""
    now = datetime.now(UTC)
    asked = {
        "q": " ".join(words), "leg": leg, "limit": limit,
        "after": parse_since(since, now).isoformat() if since else None,
        "before": parse_since(until, now).isoformat() if until else None,
    }  # fmt: skip
    wanted = urlencode({name: value for name, value in asked.items() if value is not None})
    page = Remote.of(config_path).get(f"/api/transcripts?{wanted}")
    if as_json:
        click.echo(json.dumps(page, ensure_ascii=False, indent=2))
        return
    chosen = chosen_language(language)
    if not page["found"]:
        click.echo(say("none", chosen))
    for one in page["found"]:
        head = f"{local(from_epoch(one['at']))}  {one['contact_id']}  "
        click.echo(head + side(one["leg"], chosen) + _marked(one["text"], one["marks"]))
    if page["more"]:
        last = from_epoch(page["found"][-1]["at"]).isoformat()
        click.echo(f"\nMore: --until {last}", err=True)


@transcripts.command()
@click.argument("contact_id", metavar="CONTACT")
@language_option
@json_option
@config_option
def show(contact_id: str, language: str | None, as_json: bool, config_path: Path | None) -> None:
    """What was said on CONTACT: both sides, with what was understood and how the
    customer felt."""
    path = f"/api/contacts/{quote(contact_id, safe='')}/transcript"
    found = Remote.of(config_path).get(path)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    chosen = chosen_language(language)
    if not found["lines"]:
        click.echo(say("unstored", chosen))
        return
    for _, text in sorted(_lines(found, chosen), key=lambda one: one[0]):
        click.echo(text)


def _lines(found: dict[str, Any], language: Language) -> list[tuple[float, str]]:
    """Lines with their times, in no order yet."""
    begun = found["lines"][0]["at"]
    shown = []

    def add(at: float, leg: str, text: str) -> None:
        shown.append((at, f"{duration(max(0.0, at - begun)):>7}  {side(leg, language)}{text}"))

    for line in found["lines"]:
        late = click.style(" *", dim=True) if line["source"] == "after_call" else ""
        add(line["at"], line["leg"], spoken(line["text"]) + late)
    for fact in found["facts"]:
        valid = {True: " ✓", False: " ✗"}.get(fact["valid"], "")
        text = f"{say('fact', language)}: {say(fact['kind'], language)} {fact['value']}{valid}"
        add(fact["at"], fact["leg"], click.style(printable(text), fg="blue"))
    for mark in found["marks"]:
        add(mark["at"], "customer", _mark(mark, language))
    return shown


def _mark(mark: dict[str, Any], language: Language) -> str:
    crossed = mark["kind"] == "crossed"
    text = f"{say('alert' if crossed else 'calm', language)} {bar(mark['score'])}"
    why = mark["text"].get("zh" if language == "zh-CN" else "en", "") if crossed else ""
    verdict = f" [{say('verdict.' + mark['verdict'], language)}]" if mark["verdict"] else ""
    text = printable(f"{text} {why}".rstrip() + verdict)
    return click.style(text, fg="red" if crossed else "green")


def _marked(text: str, marks: Sequence[Sequence[int]]) -> str:
    """``text`` with what was looked for in bold."""
    parts: list[str] = []
    at = 0
    for start, end in marks:
        if start < at:
            continue
        parts += [printable(text[at:start]), click.style(printable(text[start:end]), bold=True)]
        at = end
    return "".join([*parts, printable(text[at:])])
