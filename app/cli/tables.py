"""Tables and times for people at a terminal."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence

import click


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as they must be; Chinese characters take two places."""
    texts = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(display_width(row[i]) for row in texts) for i in range(len(heads))]
    for number, row in enumerate(texts):
        line = "  ".join(
            cell + " " * (width - display_width(cell))
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def display_width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def ago(since: float | None) -> str:
    """How long since an epoch time: ``0:07``, ``1:01:15``; ``-`` for none."""
    return "-" if since is None else span(time.time() - since)


def until(then: float | None) -> str:
    """How long until an epoch time, in the same form."""
    return "-" if then is None else span(then - time.time())


def span(seconds: float | None) -> str:
    """So many seconds, in the same form; ``-`` for none."""
    if seconds is None:
        return "-"
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
