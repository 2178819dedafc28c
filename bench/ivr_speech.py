"""Menus that understand speech, on real calls: how soon, how surely, how well.

``python -m bench.ivr_speech [--quick] [--json]``: callers with real SIP and RTP interrupt
the prompt of a menu and say a choice; synthesised voices in English and Mandarin, digits of
people (``../shared/data/speech/digits``, where it is there). Three calls at a time.

* *taken*: from the last sounding frame of the choice at the phone until the flow has it
* *prompt stops*: from the first sounding frame of the choice to the last frame of the
  prompt at the phone
* of the choices: right (and sure enough to be taken), asked back (right or wrong, but not
  sure), not understood, wrong (and sure). Of sentences that mean no choice: left alone, or
  taken for one
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.hearing.media_clock import MediaClock
from bench.hearing.sip_end import SipEnd
from bench.ivr.caller import Caller, quiet_streams
from bench.ivr.flows import NUMBERS, OTHERS, PHRASES, SENTENCES, write_flows
from bench.ivr.trace import Trace, Traced
from bench.media_speech import DATA, clips
from bench.support.installation import TRUNK, BenchCentre, bench_centre
from bench.support.priority import prefer
from bench.support.report import arguments, milliseconds, publish
from core.ports import PortBlock
from media import tones
from media.synthesis.cache import SpeechCache
from media.synthesis.engines import BUILT_IN, missing
from media.synthesis.process import SynthesisProcess
from media.synthesis.speaker import Speaker
from media.tones import Samples

_SURE = 0.7  # from which a flow takes a choice without asking back
_ANSWER_SECONDS = 12.0
_PROMPT_SECONDS = 20.0
_INTO_PROMPT = 0.6
_VOICES = {"en": ("heart",), "zh": ("zm_yunxi", "zf_xiaoxiao")}
_READY_SECONDS = 60.0
_VOICES_KEPT = Path(__file__).parents[1] / ".parley" / "bench-voices"


@dataclass(frozen=True)
class Trial:
    """Something to say; ``means`` is the key it stands for, '' for none."""

    kind: str
    flow: str
    text: str
    means: str
    sound: Samples


@dataclass
class Figures:
    """Of one kind of trial."""

    taken: list[float] = field(default_factory=list)
    stopped: list[float] = field(default_factory=list)
    went_on: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def row(self) -> dict[str, Any]:
        taken, stopped = milliseconds(self.taken), milliseconds(self.stopped)
        return {
            "said": sum(self.outcomes.values()),
            **{name: self.outcomes[name] for name in _OUTCOMES},
            "taken p50": taken["p50"], "p95": taken["p95"],
            "prompt stops p50": stopped["p50"], " p95": stopped["p95"],
            "went on": self.went_on,
        }  # fmt: skip


_OUTCOMES = ("right", "asked back", "not understood", "wrong")


async def spoken(*, quick: bool) -> AsyncIterator[Trial]:
    """The trials of synthesised voices, which are kept for the next run."""
    speaker = Speaker(SpeechCache(_VOICES_KEPT), process=SynthesisProcess(seconds=120))
    try:
        for language, voices in _VOICES.items():
            for voice in voices[:1] if quick else voices:
                for kind, text, means in _said(language, quick=quick):
                    sound = await speaker.say(text, language=language, voice=voice)
                    name = f"{language} {voice}, {kind}"
                    yield Trial(name, language, text, means, sound)
    finally:
        await speaker.close()


def _said(language: str, *, quick: bool) -> Iterator[tuple[str, str, str]]:
    words = [("word", p, key) for key, some in PHRASES[language].items() for p in some]
    sentences = [("sentence", p, key) for key, some in SENTENCES[language].items() for p in some]
    others = [("no choice", p, "") for p in OTHERS[language]]
    yield from (words[::4] + sentences[::3] + others[:1]) if quick else words + sentences + others


def digits(*, quick: bool) -> list[Trial]:
    """Those of people; nothing where there are none."""
    if not (DATA / "manifest.tsv").is_file():
        return []
    found = clips(["en_digit"], every=5 if quick else 1)
    return [
        Trial("digits of people", "digits", c.path, Path(c.path).name[0], c.sound) for c in found
    ]


class Scene:
    """The installation, the phones' clock, and what the flows say."""

    def __init__(self, centre: BenchCentre, sip: SipEnd, trace: Trace) -> None:
        self.centre = centre
        self.sip = sip
        self.trace = trace
        self._numbers = itertools.count(13_100_000_000)

    @classmethod
    @asynccontextmanager
    async def set(cls, folder: Path) -> AsyncIterator[Scene]:
        """Everything started."""
        async with AsyncExitStack() as stack:
            centre = await stack.enter_async_context(
                bench_centre(
                    {
                        **write_flows(folder), "hearing.enabled": "true",
                        "server.log_level": "info", "hearing.emotion.enabled": "false",
                    }
                )
            )  # fmt: skip
            block = PortBlock.reserve()
            stack.callback(block.release)
            clock = MediaClock()
            sip = await SipEnd.open(
                block.take(), server=("127.0.0.1", centre.sip_port), make=quiet_streams(clock),
                rings=lambda end: None,
            )  # fmt: skip
            stack.callback(sip.close)
            clock.start()
            stack.callback(clock.stop)
            prefer([os.getpid(), centre.app.pid, centre.asterisk.pid, centre.valkey.pid])
            yield cls(centre, sip, Trace(centre.folder / "app.log"))

    async def call(self, flow: str) -> tuple[Caller, str]:
        """A caller in ``flow``, and the contact."""
        self.trace.read()
        known = {line.contact for line in self.trace.lines}
        caller = await Caller.dial(
            self.sip, str(next(self._numbers)), NUMBERS[flow], (TRUNK, self.centre.trunk_password)
        )
        began = await self.trace.until(
            lambda lines: next(
                (
                    x for x in lines if x.contact not in known and x.event == "ivr.started"
                    and x.data.get("flow") == flow
                ),
                None,
            ),
            _READY_SECONDS,
        )  # fmt: skip
        assert began is not None
        return caller, began.contact

    async def ready(self) -> None:
        """Wait until a menu listens: until then it takes keys alone."""
        caller, _ = await self.call("en")
        try:
            rng = np.random.default_rng(1)
            noise = (rng.standard_normal(tones.RATE) * 20).astype(np.int16)
            for _ in range(60):
                await caller.say(noise)
                text = await self.centre.api("GET", "/metrics")
                if "parley_audio_legs_total" in text and not _zero(text):
                    return
                await caller.hang_up()
                caller, _ = await self.call("en")
        finally:
            await caller.hang_up()


def _zero(metrics: str) -> bool:
    lines = [x for x in metrics.splitlines() if x.startswith("parley_audio_legs_total")]
    return not any(float(line.split()[-1]) for line in lines)


async def converse(
    scene: Scene, flow: str, trials: list[Trial], figures: dict[str, Figures]
) -> None:
    """Say all of ``trials`` in one call, again and again over the prompt."""
    caller, contact = await scene.call(flow)
    try:
        for trial in trials:
            if not await caller.prompted(_INTO_PROMPT, within=_PROMPT_SECONDS):
                print(f"  no prompt before {trial.text!r}", file=sys.stderr)
                continue
            scene.trace.read()
            before = len(scene.trace.lines)
            said = await caller.say(trial.sound)
            answer = await scene.trace.until(
                lambda lines, seen=before: _answer(lines[seen:], contact, flow),  # type: ignore[misc]
                _ANSWER_SECONDS,
            )
            entry = figures.setdefault(trial.kind, Figures())
            outcome = _outcome(trial, answer, scene.trace.lines[before:], contact)
            entry.outcomes[outcome] += 1
            if outcome in ("wrong", "not understood"):
                print(f"  {trial.kind}: {trial.text!r} {outcome}", file=sys.stderr)
            if answer is not None and answer.event != "ivr.speech_unclear":
                entry.taken.append(answer.at - said.ended)
            stopped = caller.turn(said).prompt_stopped
            if stopped is None or stopped > 3.0:
                entry.went_on += stopped is not None
            else:
                entry.stopped.append(stopped)
            caller.forget()
    finally:
        await caller.hang_up()


def _answer(lines: list[Traced], contact: str, flow: str) -> Traced | None:
    """What the flow made of what was said."""
    for line in lines:
        if line.contact != contact:
            continue
        if line.event in ("ivr.choice_made", "ivr.speech_unclear", "ivr.input_missing"):
            return line
        if flow == "digits" and str(line.data.get("node", "")).startswith("said-"):
            return line
    return None


def _outcome(trial: Trial, answer: Traced | None, lines: list[Traced], contact: str) -> str:
    if answer is None or answer.event in ("ivr.speech_unclear", "ivr.input_missing"):
        return "right" if not trial.means else "not understood"
    node = str(answer.data.get("node", ""))
    choice = node.removeprefix("said-") if node.startswith("said-") else answer.data.get("choice")
    heard = [x for x in lines if x.contact == contact and x.event == "ivr.speech_heard"]
    if trial.flow != "digits" and heard and float(heard[-1].data["confidence"]) < _SURE:
        return "asked back"
    return "right" if choice == trial.means else "wrong"


async def run(*, quick: bool) -> dict[str, dict[str, Any]]:
    """The rows."""
    figures: dict[str, Figures] = {}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(_folder()))
        made = [trial async for trial in spoken(quick=quick)]
        trials = made + await asyncio.to_thread(digits, quick=quick)
        scene = await stack.enter_async_context(Scene.set(folder))
        await scene.ready()
        await asyncio.gather(
            *(
                converse(scene, flow, [t for t in trials if t.flow == flow], figures)
                for flow in NUMBERS
                if any(t.flow == flow for t in trials)
            )
        )
    choices = [f for kind, f in figures.items() if "no choice" not in kind]
    total = Figures(
        [x for f in choices for x in f.taken], [x for f in choices for x in f.stopped],
        sum(f.went_on for f in choices), sum((f.outcomes for f in choices), Counter()),
    )  # fmt: skip
    return {
        **{kind: figures[kind].row() for kind in sorted(figures)}, "all choices": total.row(),
    }  # fmt: skip


def _folder() -> tempfile.TemporaryDirectory[str]:

    return tempfile.TemporaryDirectory(prefix="parley-ivr-")


def main() -> int:
    options = arguments(__doc__)
    if any(missing(engine) for engine in BUILT_IN):
        print("The extra 'speech' is not installed: nothing to measure.", file=sys.stderr)
        return 0
    rows = asyncio.run(run(quick=options.quick))
    publish(
        "ivr_speech", rows, as_json=options.json,
        notes=[
            "taken: from the last sounding frame of the choice at the phone (ms); prompt stops: "
            "from its first one (ms); went on: the prompt was not stopped within 3 s.",
            f"asked back: understood with a confidence under {_SURE}. 'no choice', right: left "
            "alone.",
        ],
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
