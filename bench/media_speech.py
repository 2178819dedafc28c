"""How well, how soon and how dearly speech is recognised while it is spoken.

``python -m bench.media_speech [--quick] [--json]``: the clips of ``../shared/data/speech``
as telephone sound through voice detection, turns and recognition processes.

* accuracy of the streaming result: word errors in English, character errors in Mandarin,
  digits right; beside Whisper base over the whole clip, and Vosk where it has a model;
  in noise and with lost frames
* what is made up over silence, noise, music, keys and ring-back
* live: four people at once without a pause, at the speed of speech: last sound to the
  final text, first sound to the first partial, CPU
"""

from __future__ import annotations

import asyncio
import csv
import sys
import time
import wave
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.support.report import arguments, percentile, publish
from bench.support.telephone import lossy, noisy, telephone
from bench.support.word_errors import errors, units
from media import tones, wav
from media.audio.frame import FRAME_SECONDS, RATE
from media.audio.resample import convert
from media.models.bundled import bundled
from media.recognition.contract import Heard, Kind, Level, Use
from media.recognition.engine import Request
from media.recognition.feeding import feed, to_frames
from media.recognition.grammar import Grammar
from media.recognition.job_queue import Rank
from media.recognition.listener import Listener
from media.tones import Samples
from media.vad.turns import Started

DATA = Path(__file__).parents[2] / "shared" / "data" / "speech"
MUSIC = Path(__file__).parents[1] / "media" / "music" / "default"
AT_ONCE = 4
_LEAD = 0.5  # seconds of the line before anybody speaks
Row = dict[str, Any]


@dataclass(frozen=True)
class Clip:
    """One clip as telephone sound, 8 kHz."""

    path: str
    language: str
    text: str
    sound: Samples
    digit: bool

    @property
    def seconds(self) -> float:
        return len(self.sound) / tones.RATE


def clips(kinds: Iterable[str], every: int = 1) -> list[Clip]:
    """Clips of the manifest; every so-many-th of a kind."""
    with (DATA / "manifest.tsv").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines, delimiter="\t") if r["path"].endswith(".wav")]
    found: list[Clip] = []
    for kind in kinds:
        for row in [r for r in rows if r["lang"] == kind][::every]:
            with wave.open(str(DATA / row["path"])) as file:
                data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
                mono, rate = data[:: file.getnchannels()], file.getframerate()
            found.append(
                Clip(
                    row["path"], kind[:2], row["transcript"],
                    np.concatenate([tones.silence(_LEAD), telephone(mono, rate)]),
                    kind == "en_digit",
                )
            )  # fmt: skip
    return found


async def streamed(listener: Listener, clip: Clip, sound: Samples) -> str:
    """The finals of a clip, fed as fast as it goes."""
    grammar = Grammar.digits(1, 1) if clip.digit else None
    recognizer = await listener.recognizer(
        clip.path, language=clip.language, grammar=grammar, use=Use.MENU if grammar else Use.LIVE
    )
    texts: list[str] = []

    async def collect() -> None:
        async for said in recognizer:
            if isinstance(said, Heard) and said.kind is Kind.FINAL and said.text:
                texts.append(said.text)

    async with asyncio.TaskGroup() as group:
        group.create_task(collect())
        group.create_task(feed(recognizer, sound, tones.RATE, pace=0))
    return " ".join(texts)


async def whole(listener: Listener, clip: Clip, sound: Samples) -> str:
    """The clip in one piece through Whisper base, full window, beam 5."""
    request = Request(
        convert(sound, tones.RATE, RATE), clip.path, clip.language, thorough=True,
        grammar=Grammar.digits(1, 1) if clip.digit else None,
    )  # fmt: skip
    decoded = await listener.pool.run(request, "whisper-base", leg=clip.path, rank=Rank.LATER)
    return decoded.text


async def rate(
    name: str, listener: Listener, chosen: list[Clip], way: Any, spoil: Callable[[Samples], Samples]
) -> Row:
    """Errors over the clips, in per cent, and CPU."""
    gate = asyncio.Semaphore(AT_ONCE)
    cpu, own = listener.pool.counters.cpu_seconds, time.process_time()

    async def one(clip: Clip) -> tuple[int, int]:
        async with gate:
            heard = await way(listener, clip, spoil(clip.sound))
        wanted, found = units(clip.text, clip.language), units(heard, clip.language)
        wrong = errors(wanted, found)
        if wrong:
            print(f"  {name}: {clip.text!r} heard as {heard!r}", file=sys.stderr)
        return wrong, len(wanted)

    pairs = await asyncio.gather(*(one(clip) for clip in chosen))
    seconds = sum(clip.seconds for clip in chosen)
    return {
        "clips": len(chosen),
        "error %": round(100 * sum(p[0] for p in pairs) / max(1, sum(p[1] for p in pairs)), 1),
        "CPU s/s": round((listener.pool.counters.cpu_seconds - cpu) / seconds, 3),
        "app CPU s/s": round((time.process_time() - own) / seconds, 4),
    }


async def accuracy(listener: Listener, *, quick: bool) -> dict[str, Row]:
    """One row a language, a way and a line."""
    sets = {
        "English": clips(("en", "en8k"), 2 if quick else 1),
        "Mandarin": clips(("zh",), 2 if quick else 1),
        "digits": clips(("en_digit",)),
    }
    lines: dict[str, Callable[[Samples], Samples]] = {
        "clean": lambda sound: sound,
        "20 dB noise": lambda sound: noisy(sound, 20, seed=1),
        "10 dB noise": lambda sound: noisy(sound, 10, seed=2),
        "3 % loss": lambda sound: lossy(sound, 0.03, seed=3),
    }
    rows: dict[str, Row] = {}
    for name, chosen in sets.items():
        for line, spoil in lines.items():
            if quick and line in ("20 dB noise", "3 % loss"):
                continue
            label = f"{name}, {line}"
            rows[label] = await rate(label, listener, chosen, streamed, spoil)
            if line == "clean" and not (quick and name != "English"):
                label = f"{name}, {line}, whole clip"
                rows[label] = await rate(label, listener, chosen, whole, spoil)
    if not quick:
        rows["Korean, clean (Vosk)"] = await rate(
            "Korean", listener, clips(("ko",)), streamed, lambda sound: sound
        )
    return rows


async def invented(listener: Listener, *, quick: bool) -> Row:
    """Words over sound in which nobody speaks; the whole is 10 minutes."""
    scale = 0.1 if quick else 1.0
    rng = np.random.default_rng(7)

    def noise(level: float, seconds: float) -> Samples:
        raw = rng.standard_normal(round(tones.RATE * seconds)) * 32768 * 10 ** (level / 20)
        return np.clip(raw, -32768, 32767).astype(np.int16)

    def music(name: str, seconds: float) -> Samples:
        sound = wav.read_telephone(MUSIC / f"{name}.wav")
        return np.resize(sound, round(tones.RATE * seconds))

    sounds = {
        "silence": tones.silence(90 * scale),
        "faint noise": noise(-55, 60 * scale),
        "noise": noise(-35, 60 * scale),
        "loud noise": noise(-18, 60 * scale),
        "music 1": music("jade-garden", 100 * scale),
        "music 2": music("river-at-dusk", 100 * scale),
        "keys": tones.dtmf("0123456789*#" * max(1, round(20 * scale)), on_ms=120, off_ms=130),
        "ring-back": tones.ring_back(max(2, round(12 * scale))),
        "US ring-back": tones.ring_back(max(1, round(5 * scale)), country="us"),
    }
    found: dict[str, int] = {}
    for name, sound in sounds.items():
        for language in ("en", "zh"):
            text = await streamed(listener, Clip(name, language, "", sound, False), sound)
            found[name] = found.get(name, 0) + len(units(text, language))
            if text:
                print(f"  {name}: made up {text!r}", file=sys.stderr)
    minutes = sum(len(s) for s in sounds.values()) / tones.RATE / 60
    return {"minutes": round(minutes, 1), "words": sum(found.values())}


async def live(listener: Listener, people: int, *, seconds: float) -> Row:
    """``people`` who talk on end, at the speed of speech."""
    pool = listener.pool
    cpu, own, began = pool.counters.cpu_seconds, time.process_time(), time.monotonic()
    finals: list[float] = []
    firsts: list[float] = []
    worst, later = Level.ALL, 0

    async def person(number: int) -> None:
        nonlocal later, worst
        chosen = clips(("en8k",) if number % 2 else ("zh",), 1)
        chosen = chosen[number % len(chosen) :]
        while time.monotonic() - began < seconds:
            for clip in chosen:
                if time.monotonic() - began > seconds:
                    return
                later += await _spoken(listener, f"{number}/{clip.path}", clip, finals, firsts)
                worst = max(worst, listener.degraded.level if listener.degraded else Level.ALL)

    dropped = pool.queue.dropped
    async with asyncio.TaskGroup() as group:
        for number in range(people):
            group.create_task(person(number))
    lasted = time.monotonic() - began
    return {
        "utterances": len(finals),
        "final p50 ms": round(percentile(finals, 50) * 1000),
        "final p95 ms": round(percentile(finals, 95) * 1000),
        "first partial p50 ms": round(percentile(firsts, 50) * 1000),
        "CPU %": round(100 * (pool.counters.cpu_seconds - cpu) / lasted),
        "app CPU %": round(100 * (time.process_time() - own) / lasted, 1),
        "partials dropped": pool.queue.dropped - dropped,
        "left out": worst.name.lower(), "after the call": later,
    }  # fmt: skip


async def _spoken(
    listener: Listener, leg: str, clip: Clip, finals: list[float], firsts: list[float]
) -> int:
    """Returns how many utterances were put off."""
    recognizer = await listener.recognizer(leg, language=clip.language)
    frames = await asyncio.to_thread(to_frames, clip.sound, tones.RATE)
    loud = max(int(np.abs(f.samples.astype(np.int32)).max()) for f in frames) / 10
    voiced = [f.at for f in frames if np.abs(f.samples.astype(np.int32)).max() > loud]
    began = time.monotonic()
    seen: set[int] = set()
    later = 0

    async def collect() -> None:
        nonlocal later
        async for said in recognizer:
            now = time.monotonic() - began
            if isinstance(said, Started):
                seen.add(said.utterance)
            elif isinstance(said, Heard) and said.kind is Kind.PARTIAL and said.utterance in seen:
                seen.discard(said.utterance)
                if said.utterance == 1:
                    firsts.append(now - voiced[0])
            elif isinstance(said, Heard) and said.kind is Kind.DEFERRED:
                later += 1
            elif isinstance(said, Heard) and said.kind is Kind.FINAL and said.text:
                before = [at for at in voiced if at < said.end + 0.2]
                finals.append(now - before[-1] - FRAME_SECONDS)

    async with asyncio.TaskGroup() as group:
        group.create_task(collect())
        group.create_task(feed(recognizer, clip.sound, tones.RATE))
    return later


async def run(*, quick: bool) -> list[dict[str, Row]]:
    """The rows of each table."""
    # Finals do not depend on partials: without them accuracy is measured four times as fast.
    async with listening(Level.NO_PARTIALS, Level.NO_PARTIALS) as listener:
        right = await accuracy(listener, quick=quick)
        silent = {"nobody speaks": await invented(listener, quick=quick)}
    at_once: dict[str, Row] = {}
    for people in (AT_ONCE,) if quick else (AT_ONCE, 8, 16):
        async with listening(Level.ALL, Level.AFTER_CALL) as listener:
            row = await live(listener, people, seconds=8 if quick else 40)
        at_once[f"{people} people at once"] = row
    return [right, silent, at_once]


@asynccontextmanager
async def listening(*levels: Level) -> AsyncIterator[Listener]:
    """A started listener."""
    listener = Listener(bundled(), levels=(levels[0], levels[1]))
    await listener.start()
    if listener.problem is not None:
        raise listener.problem
    try:
        yield listener
    finally:
        await listener.close()


def main() -> int:
    options = arguments(__doc__)
    if not (DATA / "manifest.tsv").is_file():
        print(f"The clips are not there: {DATA}", file=sys.stderr)
        return 1
    tables = asyncio.run(run(quick=options.quick))
    notes = [
        "error %: words in English, characters in Mandarin and Korean, digits; of the finals.",
        "CPU s/s: seconds of the recognition processes for a second of sound.",
        "Whole clip: Whisper base, 30 s window, beam 5, without voice detection.",
    ]
    if options.json:
        rows = {name: row for table in tables for name, row in table.items()}
        publish("media_speech", rows, as_json=True, notes=notes)
    else:
        for title, table in zip(("accuracy", "made up", "live"), tables, strict=True):
            last = table is tables[-1]
            publish(f"media_speech: {title}", table, as_json=False, notes=notes if last else ())
    return 0


if __name__ == "__main__":
    sys.exit(main())
