"""What goes wrong on purpose: a process is killed, sound comes in a burst, very many legs
are to be tapped at once."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any

from bench.hearing.matching import Understood
from bench.hearing.scene import Calls, Scene
from bench.hearing.script import Turn
from bench.hearing.step import LATE, Step, run_step, taps
from bench.support.report import percentile
from bench.support.word_errors import errors, units

_KILLED_AT = 0.4  # of the talk
_AFFECTED = 5.0  # seconds after the kill
_BACK_SECONDS = 10.0
_PAUSE = 5.0
_MARGIN = 1.0


async def kill_one(scene: Scene, count: int, seconds: float) -> tuple[Step, dict[str, Any]]:
    """``count`` calls talk; one of the recognition processes is killed meanwhile."""
    at: list[float] = []
    back: list[float] = []

    async def kill(scene: Scene, calls: Calls, began: float) -> None:
        await asyncio.sleep(began + seconds * _KILLED_AT - time.monotonic())
        before = set(scene.recognition())
        os.kill(sorted(before)[0], signal.SIGKILL)
        at.append(time.monotonic())
        while time.monotonic() - at[0] < _BACK_SECONDS:
            if set(scene.recognition()) - before:
                back.append(time.monotonic() - at[0])
                return
            await asyncio.sleep(0.02)

    step = await run_step(scene, count, seconds, during=kill)
    near = [
        each
        for _, each in step.heard
        if each.said.ended > at[0] - LATE and each.said.began < at[0] + _AFFECTED
    ]
    return step, {
        "new process started after ms": round(back[0] * 1000) if back else "never",
        "phrases near": len(near),
        "without text": sum(not each.text for each in near),
        "final p50 near": _ms(near, 50), "max near": _ms(near, 100),
        "final p50 else": _ms([e for _, e in step.heard if e not in near], 50),
    }  # fmt: skip


async def burst(scene: Scene) -> dict[str, Any]:
    """A caller's network stands still for 5 s in the middle of a phrase and then brings
    everything at once; what was understood of that phrase and of the next."""
    english = sorted((p for p in scene.phrases if p.language == "en"), key=lambda p: p.seconds)
    cut, after = english[-1], english[len(english) // 2]
    turns = [
        Turn(0, "caller", cut.name, 0.0),
        Turn(0, "caller", after.name, cut.seconds + _PAUSE + _MARGIN),
    ]
    length = cut.seconds + after.seconds + _PAUSE + 2 * _MARGIN

    async def stand_still(scene: Scene, calls: Calls, began: float) -> None:
        await scene.phones.pause(0, "caller", began + cut.seconds / 2, _PAUSE)

    step = await run_step(scene, 1, length, during=stand_still, turns=turns)
    (came,) = step.came.values()
    texts = [c.event.data["text"] for c in came if c.event.type == "transcript.final"]
    said, heard = units(f"{cut.text} {after.text}", "en"), units(" ".join(texts), "en")
    return {
        "words said": len(said), "words wrong": errors(said, heard),
        "frames lost to the agent": step.report.crossed[0, "agent"].lost,
        "said": f"{cut.text} | {after.text}", "understood": " | ".join(texts),
    }  # fmt: skip


async def app_stands_still(scene: Scene, count: int, seconds: float) -> dict[str, Any]:
    """``count`` calls talk; the app is stopped for 5 s and then goes on: what Asterisk
    sent it meanwhile comes in a burst."""
    at: list[float] = []

    async def stand_still(scene: Scene, calls: Calls, began: float) -> None:
        await asyncio.sleep(began + seconds * _KILLED_AT - time.monotonic())
        os.kill(scene.centre.app.pid, signal.SIGSTOP)
        at.append(time.monotonic())
        try:
            await asyncio.sleep(_PAUSE)
        finally:
            os.kill(scene.centre.app.pid, signal.SIGCONT)

    step = await run_step(scene, count, seconds, during=stand_still)
    near = [
        (language, each)
        for language, each in step.heard
        if each.said.ended > at[0] and each.said.began < at[0] + _PAUSE
    ]
    said = [units(step.texts[each.said.name], language) for language, each in near]
    heard = [units(each.text, language) for language, each in near]
    return {
        "phrases meanwhile": len(near), "without text": sum(not e.text for _, e in near),
        "words said": sum(map(len, said)), "words wrong": sum(map(errors, said, heard)),
        "calls lost": step.gone,
        "frames lost": sum(each.lost for each in step.report.crossed.values()),
    }  # fmt: skip


async def taps_at_once(scene: Scene, legs: int) -> dict[str, Any]:
    """``legs`` legs are answered, and so are to be tapped, at one moment."""
    calls = await scene.calls(legs // 2, together=True)
    took = await taps(scene, calls)
    failed = [
        came.event.data
        for contact in calls.contacts
        for came in scene.listening.of(contact, "hearing.failed")
    ]
    since = time.monotonic()
    await asyncio.sleep(_MARGIN)
    report = await scene.phones.report(since, since + _MARGIN / 2)
    gone = await scene.hang_up()
    return {
        "legs": legs, "tapped": len(took), "failed": len(failed),
        "p50 ms": round(percentile(took, 50) * 1000), "last ms": round(max(took) * 1000),
        "frames lost": sum(each.lost for each in report.crossed.values()),
        "calls lost": gone,
    }  # fmt: skip


def _ms(found: list[Understood], percent: float) -> int | str:
    finals = [each.final for each in found if each.final is not None]
    return round(percentile(finals, percent) * 1000) if finals else "-"
