"""So many calls that talk for so long: what was heard of them, what it cost, and what
became of the calls' own sound."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.hearing import script
from bench.hearing.crossing import Crossed
from bench.hearing.listening import Came
from bench.hearing.matching import Understood, understood
from bench.hearing.phones_process import Report
from bench.hearing.scene import UNTAPPED, Calls, Scene
from bench.hearing.script import Turn
from bench.support.report import percentile
from bench.support.usage import Usage, Used
from bench.support.word_errors import errors, units

LATE = 1.5
"""Seconds after which a final counts as late."""
_TAPPED_SECONDS = 10.0
_MASK = "•"
_BEGIN = 0.5
_TAIL = 2.0
_LONGEST_TAIL = 15.0  # for finals that are late

During = Callable[[Scene, Calls, float], Awaitable[None]]
"""Something that happens while people talk: the scene, its calls, when talk began."""


@dataclass
class Step:
    """What one step showed; seconds. ``tapped``: from all calls' answer until each leg
    was tapped; ``began``: monotonic."""

    calls: Calls
    began: float
    seconds: float
    report: Report
    heard: list[tuple[str, Understood]]
    came: dict[str, list[Came]]
    used: Used
    tapped: list[float]
    gone: int
    load: float
    texts: dict[str, str]

    def heard_row(self) -> dict[str, Any]:
        """Columns of the table of what was heard: milliseconds, per cent."""
        finals = [u.final for _, u in self.heard if u.final is not None]
        partials = [u.partial for _, u in self.heard if u.partial is not None]
        turns = [u.turn for _, u in self.heard if u.turn is not None]
        return {
            "phrases": len(self.heard),
            "final p50": _ms(finals, 50), "p95": _ms(finals, 95), "max": _ms(finals, 100),
            "turn over p50": _ms(turns, 50),
            "partial p50": _ms(partials, 50), "partial p95": _ms(partials, 95),
            "with partial %": _share(len(partials), len(self.heard)),
            "late": sum(each > LATE for each in finals),
            "deferred": sum(u.deferred for _, u in self.heard),
            "nothing": sum(u.final is None and not u.deferred for _, u in self.heard),
            "level": self.level, "WER en %": self._wrong("en"), "CER zh %": self._wrong("zh"),
        }  # fmt: skip

    def cost_row(self) -> dict[str, Any]:
        """Columns of the table of what it took: per cent of one core, megabytes."""
        cpu, memory, count = self.used.cpu, self.used.memory, len(self.calls.contacts)
        work = [name for name in cpu if name.startswith("recognition")]
        recognition = sum(cpu[name] for name in work)
        return {
            "app %": cpu["app"], "recognition %": round(recognition, 1),
            "Asterisk %": cpu["Asterisk"], "Valkey %": cpu["Valkey"], "phones %": cpu["phones"],
            "a call, all %": round(
                (cpu["app"] + recognition + cpu["Asterisk"] + cpu["Valkey"]) / count, 1
            ),
            "machine %": self.used.machine,
            "tapped p50 ms": _ms(self.tapped, 50), "tapped max ms": _ms(self.tapped, 100),
            "app MB": memory["app"],
            "recognition MB": round(sum(memory.get(name, 0) for name in work)),
            "Asterisk MB": memory["Asterisk"],
            "load": round(self.load, 1),
        }  # fmt: skip

    def sound_rows(self) -> dict[str, dict[str, Any]]:
        """What came across: of calls that were tapped and, beside them, not."""
        count = len(self.calls.contacts)
        passed = self.report.crossed.items()
        return {
            "tapped": _sound([each for (call, _), each in passed if call < count]),
            "not tapped": _sound([each for (call, _), each in passed if call >= count]),
        }

    @property
    def level(self) -> int:
        """The most that was left out (0: nothing, 1: partials, 2: a smaller model, 3:
        all but menus)."""
        told = [
            int(each.event.data["level"])
            for events in self.came.values()
            for each in events
            if each.event.type == "hearing.degraded"
        ]
        return max(told, default=0)

    def _wrong(self, language: str) -> float | str:
        wrong = total = 0
        for spoken, each in self.heard:
            if spoken == language and each.final is not None and _MASK not in each.text:
                reference = units(self.texts[each.said.name], language)
                wrong += errors(reference, units(each.text, language))
                total += len(reference)
        return round(100 * wrong / total, 1) if total else "-"


async def run_step(
    scene: Scene, count: int, seconds: float, *, untapped: int = UNTAPPED, seed: int = 1,
    during: During | None = None, turns: Sequence[Turn] | None = None,
) -> Step:  # fmt: skip
    """Have ``count`` calls talk for ``seconds``, or say ``turns``; take down everything."""
    calls = await scene.calls(count, untapped=untapped)
    tapped = await taps(scene, calls)
    usage = Usage(pids(scene))
    began = time.monotonic() + _BEGIN
    languages = [*calls.languages, *(("en", "zh")[n % 2] for n in range(untapped))]
    if turns is None:
        turns = script.talk(languages, scene.phrases, seconds, seed=seed)
    await scene.phones.say(turns, began)
    if during is not None:
        await during(scene, calls, began)
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    used = usage.stop()
    load = os.getloadavg()[0]
    await _quiet(scene, calls)
    report = await scene.phones.report(began, began + seconds)
    gone = await scene.hang_up()
    came = {contact: list(scene.listening.came[contact]) for contact in calls.contacts}
    return Step(
        calls, began, seconds, report, _heard(calls, report, came), came, used, tapped, gone,
        load, {phrase.name: phrase.text for phrase in scene.phrases},
    )  # fmt: skip


async def taps(scene: Scene, calls: Calls) -> list[float]:
    """When each leg was tapped, in seconds after the calls were answered."""
    await scene.listening.until(
        2 * len(calls.contacts), "hearing.started", calls.contacts, _TAPPED_SECONDS
    )
    return [
        came.at - calls.up.answered
        for contact in calls.contacts
        for came in scene.listening.of(contact, "hearing.started")
    ]


def pids(scene: Scene) -> dict[str, int]:
    """Whose use of the machine counts."""
    centre = scene.centre
    return {
        "app": centre.app.pid, "Asterisk": centre.asterisk.pid, "Valkey": centre.valkey.pid,
        "phones": scene.phones.pid,
        **{f"recognition {n}": pid for n, pid in enumerate(scene.recognition())},
    }  # fmt: skip


async def _quiet(scene: Scene, calls: Calls) -> None:
    """Wait until each turn that was begun has its text, or is put off."""
    await asyncio.sleep(_TAIL)
    deadline = time.monotonic() + _LONGEST_TAIL
    while time.monotonic() < deadline:
        owed = 0
        for contact in calls.contacts:
            kinds = [came.event.type for came in scene.listening.came[contact]]
            owed += kinds.count("turn.started")
            owed -= kinds.count("transcript.final") + kinds.count("transcript.deferred")
        if owed <= 0:
            return
        await asyncio.sleep(0.2)


def _heard(
    calls: Calls, report: Report, came: dict[str, list[Came]]
) -> list[tuple[str, Understood]]:
    found: list[tuple[str, Understood]] = []
    for number, (contact, language) in enumerate(zip(calls.contacts, calls.languages, strict=True)):
        said = [(side, each) for call, side, each in report.said if call == number]
        found += [(language, each) for each in understood(said, came[contact])]
    return found


def _sound(directions: Sequence[Crossed]) -> dict[str, Any]:
    return {
        "directions": len(directions),
        "frames": sum(each.sent for each in directions),
        "lost": sum(each.lost for each in directions),
        "foreign": sum(each.foreign for each in directions),
        "delay p50 ms": _ms([each.delay_p50 for each in directions], 50, 1),
        "delay p99 ms": _ms([each.delay_p99 for each in directions], 50, 1),
        "delay max ms": _ms([each.delay_max for each in directions], 100, 1),
        "gaps over 60 ms": sum(each.gaps for each in directions),
        "longest gap ms": _ms([each.longest_gap for each in directions], 100),
    }


def _ms(values: Sequence[float], percent: float, digits: int | None = None) -> float | str:
    return round(percentile(values, percent) * 1000, digits) if values else "-"


def _share(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
