"""What it costs to finish, seal, silence, re-key and play recordings.

``python -m bench.media_recordings [--quick] [--json]``: conversations of bundled prompts
on both sides with pauses, as MixMonitor writes them, on this machine's own disk.

* **finish**: from the raw file to the recording (levels, waveform, keys looked for), plain
  and sealed: seconds of the wall and of CPU for an hour of sound;
* **beside**: the longest that the event loop was kept from other work meanwhile;
* **play**: reading 64 KiB at random places, as a player that jumps does, and all of it;
* **key**: wrapping one recording's key anew (two flushes to the disk).
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.support.report import arguments, milliseconds, publish
from media.recording.finish import Recording, finalise, remake, wipe
from media.recording.keys import KeyRing
from media.recording.sealed import rewrap
from media.recording.silencing import Reason, Side, Silenced
from media.recording.sound import open_sound
from media.tones import RATE, Samples

PROMPTS = Path(__file__).parents[1] / "media" / "prompts"
_RANGE = 1 << 16
_ID = "rec_bench"


def speech(seconds: int, *, seed: int) -> Samples:
    """Prompts with pauses between them, about half of the time."""
    chance = random.Random(seed)
    files = sorted(PROMPTS.rglob("*.wav"))
    parts: list[Samples] = []
    length = 0
    while length < seconds * RATE:
        with wave.open(str(chance.choice(files))) as file:
            if (file.getframerate(), file.getnchannels()) != (RATE, 1):
                continue
            said = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        quiet = np.zeros(chance.randrange(1, 2 * len(said)), dtype=np.int16)
        parts += [said, quiet]
        length += len(said) + len(quiet)
    return np.concatenate(parts)[: seconds * RATE]


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, and seconds of wall and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - cpu


async def beside(work: Callable[[], Any]) -> float:
    """The longest that the loop was late while ``work`` ran in a thread, in ms."""
    late, done = 0.0, False

    async def watch() -> None:
        nonlocal late
        while not done:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            late = max(late, time.perf_counter() - before - 0.005)

    watching = asyncio.ensure_future(watch())
    await asyncio.to_thread(work)
    done = True
    await watching
    return round(late * 1000, 1)


def reads(recording: Recording, ring: KeyRing | None, count: int) -> dict[str, Any]:
    """Random parts, each opened anew as a request does, and the whole."""
    chance, took = random.Random(1), []
    for _ in range(count):
        at = chance.randrange(recording.bytes - _RANGE)
        begin = time.perf_counter()
        sound = open_sound(recording.path, ring, _ID)
        sound.read(at, _RANGE)
        sound.close()
        took.append(time.perf_counter() - begin)

    def whole() -> None:
        sound = open_sound(recording.path, ring, _ID)
        for at in range(0, sound.size, 1 << 17):
            sound.read(at, 1 << 17)
        sound.close()

    _, wall, _ = timed(whole)
    return {**milliseconds(took), "whole MB/s": round(recording.bytes / 1e6 / wall)}


def main(argv: list[str] | None = None) -> int:
    options = arguments(__doc__, argv)
    seconds = 300 if options.quick else 1800
    hour = 3600 / seconds
    ring = KeyRing.new("bench")
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        folder = Path(name)
        raw = folder / "a.raw"
        sides = [speech(seconds, seed=1), speech(seconds, seed=2)]
        raw.write_bytes(np.stack(sides, axis=1).tobytes())
        spans = [Silenced(60, 70, Side.CALLER, Reason.SPOKEN)]
        made: dict[str, Recording] = {}
        for kind, key in (("plain", None), ("sealed", ring)):
            target = folder / kind / "a.wav"

            def finish(target: Path = target, key: KeyRing | None = key) -> Recording:
                return finalise(raw, target, recording_id=_ID, silenced=spans, ring=key)

            made[kind], wall, cpu = timed(finish)
            rows[f"finish an hour, {kind}"] = {
                "wall s": round(wall * hour, 2), "CPU s": round(cpu * hour, 2),
                "loop late ms": asyncio.run(beside(finish)),
            }  # fmt: skip
            _, wall, cpu = timed(
                lambda kind=kind, key=key: remake(  # type: ignore[misc]
                    made[kind].path, recording_id=_ID, silenced=spans, ring=key
                )
            )
            rows[f"silence an hour later, {kind}"] = {
                "wall s": round(wall * hour, 2), "CPU s": round(cpu * hour, 2),
            }  # fmt: skip
        for kind, key in (("plain", None), ("sealed", ring)):
            rows[f"play 64 KiB anywhere, {kind}"] = reads(made[kind], key, 200)
        took = []
        for number in range(5):
            ring = ring.with_new(f"k{number}")
            begin = time.perf_counter()
            rewrap(made["sealed"].path, ring)
            took.append(time.perf_counter() - begin)
        rows["wrap a key anew"] = milliseconds(took)
        size = raw.stat().st_size
        _, wall, _ = timed(lambda: wipe(raw))
        rows["wipe a raw file"] = {"whole MB/s": round(size / 1e6 / wall)}
    publish("recordings", rows, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
