"""``parley hear``: what recognition makes of a sound file, as it would of a call."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path

import click

from app.cli.options import config_option
from app.cli.tables import display_width
from config.load import load
from core.log import configure_logging
from media import wav
from media.models.place import model_folder
from media.models.store import installed
from media.recognition.contract import Degraded, Heard, Kind, Recognizer, Said, Use
from media.recognition.feeding import feed
from media.recognition.grammar import Grammar
from media.recognition.listener import Listener
from media.vad.sounds import SoundChanged
from media.vad.turns import Ended, Started

_SIDES = ("customer", "agent")
_SIDE_COLOURS = ("cyan", "green")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", help="zh, en, or another one of an installed model; default: find out.")
@click.option("--grammar", help="What may be said: digits, digits:4, digits:1-6, or yes|no|agent.")
@click.option("--fast", is_flag=True, help="As fast as it goes instead of as it was spoken.")
@click.option("--turns", is_flag=True, help="Also show when each side begins and ends to speak.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@config_option
def hear(
    file: Path, language: str | None, grammar: str | None, fast: bool, turns: bool, as_json: bool,
    config_path: Path | None,
) -> None:  # fmt: skip
    """Recognise FILE, a 16-bit wav file of any rate: a recording of a call (stereo: the
    customer left, the agent right) or one side of it. Prints what is heard while it is
    spoken: partial texts in yellow, what is final in white."""
    configure_logging("error", pretty=True)
    samples, rate = wav.read(file)
    expected = Grammar.parse(grammar) if grammar else None
    settings = load(config_path).settings
    models = installed(model_folder(settings))
    printer = _Json() if as_json else _Lines(turns=turns, sides=samples.shape[1])

    async def run() -> None:
        listener = Listener(models)
        await listener.start()
        if listener.problem is not None:
            raise listener.problem
        try:
            async with asyncio.TaskGroup() as group:
                for channel in range(samples.shape[1]):
                    recognizer = await listener.recognizer(
                        _SIDES[min(channel, 1)], language=language, grammar=expected,
                        use=Use.MENU if expected else Use.LIVE,
                    )  # fmt: skip
                    pace = 0.0 if fast else 1.0
                    group.create_task(feed(recognizer, samples[:, channel], rate, pace=pace))
                    group.create_task(_print(recognizer, printer))
        finally:
            await listener.close()

    asyncio.run(run())
    printer.end()


async def _print(recognizer: Recognizer, printer: _Json | _Lines) -> None:
    async for said in recognizer:
        printer.show(recognizer.leg, said)


class _Json:
    """One object a line: all that is heard."""

    def show(self, leg: str, said: Said) -> None:
        if isinstance(said, Heard):
            click.echo(json.dumps(said.as_dict(), ensure_ascii=False))

    def end(self) -> None:
        """Nothing is left open."""


class _Lines:
    """For people: a partial text stays on its line until the next one replaces it."""

    def __init__(self, *, turns: bool, sides: int) -> None:
        self._turns = turns
        self._sides = sides
        self._live = sys.stdout.isatty() and sides == 1
        self._open = False
        self._words = 0
        self._finals = 0

    def show(self, leg: str, said: Said) -> None:
        if isinstance(said, Heard):
            self._heard(leg, said)
        elif isinstance(said, Degraded):
            self._line(leg, 0.0, click.style(said.reason, fg="red"))
        elif isinstance(said, SoundChanged):
            self._line(leg, said.at, click.style(f"[{said.sound}]", fg="magenta"))
        elif not isinstance(said, (Started, Ended)):
            self._line(leg, said.at, click.style(f"key {said.digit}", fg="magenta"))
        elif self._turns and isinstance(said, Started):
            self._line(leg, said.start, click.style("begins to speak", dim=True))
        elif self._turns and isinstance(said, Ended):
            text = f"ends ({said.reason}), {said.voiced:.1f} s of speech"
            self._line(leg, said.end, click.style(text, dim=True))

    def end(self) -> None:
        """Say what came of it."""
        if not self._finals:
            click.echo("Nothing was said.")

    def _heard(self, leg: str, heard: Heard) -> None:
        if heard.kind is Kind.PARTIAL:
            self._line(leg, heard.end, click.style(heard.text, fg="yellow"), stays=not self._live)
        elif heard.kind is Kind.DEFERRED:
            self._line(leg, heard.end, click.style("... after the call", fg="red"))
        elif heard.kind is Kind.FINAL and not heard.text:
            self._line(leg, heard.end, click.style(f"(nothing: {heard.refused})", dim=True))
        elif heard.kind is Kind.FINAL:
            self._finals += 1
            sure = click.style(
                f"  {heard.confidence:.2f} {heard.language} {heard.engine} "
                f"+{heard.seconds * 1000:.0f} ms", dim=True,
            )  # fmt: skip
            self._line(leg, heard.end, click.style(heard.text, bold=True) + sure)

    def _line(self, leg: str, at: float, text: str, *, stays: bool = True) -> None:
        side = ""
        if self._sides > 1:
            side = click.style(f"{leg:<9}", fg=_SIDE_COLOURS[_SIDES.index(leg)])
        line = f"{at:7.2f}  {side}{text}"
        if self._open:
            click.echo("\r\x1b[K", nl=False)
        if not stays:
            room = shutil.get_terminal_size().columns - 1
            if display_width(click.unstyle(line)) > room:  # a line that wraps cannot be taken back
                line = click.style("..." + click.unstyle(line)[-(room // 2 - 3) :], fg="yellow")
        click.echo(line, nl=stays)
        self._open = not stays
