"""What is heard of a contact as lines for people: the customer in one colour, the agent
in another; on a terminal the last line shows the meter and what is being said."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from app.cli.heard_texts import say
from app.cli.options import Language
from app.cli.privacy import printable
from app.cli.tables import display_width
from app.cli.times import duration

COLOURS: Final = {"customer": "cyan", "agent": "green"}
_METER: Final = 10
_MASKED: Final = re.compile(r"•+(?:[ -]?•+)*")
_CLEAR: Final = "\r\x1b[K"


class HeardLines:
    """Prints events as they come. ``live`` is whether the last line may be taken back."""

    def __init__(self, language: Language, *, live: bool, score: float | None = None) -> None:
        self._language = language
        self._live = live
        self._score = score
        self._now: dict[str, str] = {}  # by leg, what is being said
        self._newest = ""
        self._open = False
        self._show: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "transcript.partial": self._partial,
            "transcript.committed": self._partial,
            "transcript.final": self._final,
            "transcript.deferred": self._deferred,
            "transcript.corrected": self._corrected,
            "facts.found": self._facts,
            "intent.recognised": self._intent,
            "emotion.read": self._felt,
            "emotion.crossed": self._crossed,
            "emotion.calmed": self._calmed,
            "sensitive.found": lambda d: self._note(d, say("sensitive", language), "magenta"),
            "sensitive.expected": lambda d: self._note(d, say("expected", language), "magenta"),
            "talk_over.began": lambda d: self._note(d, say("both", language), dim=True),
            "sound.changed": self._sound,
            "hearing.started": lambda d: self._note(d, say("started", language), dim=True),
            "hearing.stopped": lambda d: self._note(d, say("stopped", language), dim=True),
            "hearing.failed": self._failed,
            "hearing.degraded": self._degraded,
        }

    def show(self, event: Mapping[str, Any]) -> None:
        """Print one event of the live log, if it is worth a line."""
        if (show := self._show.get(event["type"])) is not None:
            show(event["data"])

    def say(self, text: str, **style: Any) -> None:
        """A line of our own."""
        self._line(click.style(printable(text), **style))

    def end(self) -> None:
        """Leave nothing open."""
        self._now.clear()
        self._close()

    def _partial(self, data: Mapping[str, Any]) -> None:
        leg = str(data.get("leg", ""))
        self._now[leg] = str(data.get("text", ""))
        self._newest = leg
        self._status()

    def _final(self, data: Mapping[str, Any]) -> None:
        self._now.pop(str(data.get("leg", "")), None)
        if text := str(data.get("text", "")):
            self._said(data, spoken(text), at=data.get("start"))
        else:
            self._status()

    def _deferred(self, data: Mapping[str, Any]) -> None:
        self._now.pop(str(data.get("leg", "")), None)
        text = click.style(say("deferred", self._language), fg="yellow")
        self._said(data, text, at=data.get("start"))

    def _corrected(self, data: Mapping[str, Any]) -> None:
        head = click.style(f"{say('corrected', self._language)} ", dim=True)
        self._said(data, head + spoken(str(data.get("text", ""))))

    def _facts(self, data: Mapping[str, Any]) -> None:
        for fact in data.get("facts", ()):
            kind = say(str(fact.get("kind", "")), self._language)
            valid = {True: " ✓", False: " ✗"}.get(fact.get("valid"), "")
            text = f"{say('fact', self._language)}: {kind} {fact.get('value', '')}{valid}"
            self._note(data, text, "blue")

    def _intent(self, data: Mapping[str, Any]) -> None:
        sure = float(data.get("confidence", 0.0))
        text = f"{say('intent', self._language)}: {data.get('intent')} ({sure:.0%})"
        self._note(data, text, "blue")

    def _felt(self, data: Mapping[str, Any]) -> None:
        self._score = float(data.get("score", 0.0))
        self._status()

    def _crossed(self, data: Mapping[str, Any]) -> None:
        self._score = float(data.get("score", 0.0))
        self._note(data, f"{say('alert', self._language)} {bar(self._score)}", "red", bold=True)
        why = data.get("text", {}).get("zh" if self._language == "zh-CN" else "en", "")
        if why:
            self._note(data, why, "red")

    def _calmed(self, data: Mapping[str, Any]) -> None:
        self._score = float(data.get("score", 0.0))
        self._note(data, f"{say('calm', self._language)} {bar(self._score)}", "green", bold=True)

    def _sound(self, data: Mapping[str, Any]) -> None:
        kind = str(data.get("kind", ""))
        if kind != "speech":
            self._note(data, f"[{say(f'sound.{kind}', self._language)}]", dim=True)

    def _failed(self, data: Mapping[str, Any]) -> None:
        reason = data.get("message") or data.get("code") or ""
        self._note(data, f"{say('failed', self._language)}: {reason}", "red")

    def _degraded(self, data: Mapping[str, Any]) -> None:
        level = int(data.get("level", 0))
        if not level:
            self._note(data, say("recovered", self._language), "yellow")
        else:
            reason = f" ({data['reason']})" if data.get("reason") else ""
            text = f"{say('degraded', self._language)} {level}{reason}"
            self._note(data, text, "yellow")

    def _note(
        self, data: Mapping[str, Any], text: str, colour: str | None = None, **style: Any
    ) -> None:
        self._said(data, click.style(printable(text), fg=colour, **style))

    def _said(self, data: Mapping[str, Any], text: str, *, at: Any = None) -> None:
        """``text`` is styled and printable already."""
        when = float(data.get("at", 0.0)) if at is None else float(at)
        self._line(f"{duration(when):>7}  {side(str(data.get('leg', '')), self._language)}{text}")

    def _line(self, text: str) -> None:
        self._close()
        click.echo(text)
        self._status()

    def _status(self) -> None:
        """The last line anew: the meter, and what is being said. Only on a terminal."""
        if not self._live:
            return
        self._close()
        parts = []
        if self._score is not None:
            parts.append(f"{meter(self._score)} {self._score:.2f}")
        now = [leg for leg in (self._newest, *self._now) if self._now.get(leg)][:1]
        for leg in now:
            parts.append(side(leg, self._language).rstrip())
        room = shutil.get_terminal_size().columns - 1
        line = "  ".join(parts)
        if now:
            free = room - display_width(click.unstyle(line)) - 2
            text = _end(printable(self._now[now[0]]), free)
            line = f"{line}  {click.style(text, dim=True)}"
        if line and display_width(click.unstyle(line)) <= room:
            click.echo(line, nl=False)
            self._open = True

    def _close(self) -> None:
        if self._open:
            click.echo(_CLEAR, nl=False)
            self._open = False


def bar(score: float) -> str:
    """Ten places, filled from the left; 1 is all of them."""
    full = round(min(max(score, 0.0), 1.0) * _METER)
    return "█" * full + "░" * (_METER - full)


def meter(score: float) -> str:
    """The same in colour: red from the threshold (0.7) on."""
    text = bar(score)
    full = text.count("█")
    colour = "red" if score >= 0.7 else "yellow" if score >= 0.55 else "green"
    return click.style(text[:full], fg=colour) + click.style(text[full:], dim=True)


def side(leg: str, language: Language) -> str:
    """Who speaks, ten places wide, in their colour."""
    name = say(leg, language)
    return click.style(name, fg=COLOURS.get(leg)) + " " * max(1, 10 - display_width(name))


def spoken(text: str) -> str:
    """What was said; what was hidden in it stands out."""
    text = printable(text)
    return _MASKED.sub(lambda found: click.style(found.group(), fg="magenta"), text)


def _end(text: str, room: int) -> str:
    """The end of ``text`` that fits into ``room`` columns: a longer line could not be
    taken back."""
    if display_width(text) <= room:
        return text
    while text and display_width(text) > room - 1:
        text = text[1:]
    return f"…{text}" if room > 1 else ""
