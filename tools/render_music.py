"""Compose the music on hold: two loops of soft chords and plucks.

Everything is made here from sines and noise, so there is nobody to pay or to ask::

    python tools/render_music.py        # needs numpy only

8 kHz mono 16-bit, about -26 dBFS, and the end flows into the beginning.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from media import wav

FOLDER = Path(__file__).resolve().parents[1] / "media" / "music" / "default"
RATE = 8000
LEVEL_DBFS = -26.0
A4 = 440.0


@dataclass(frozen=True)
class Piece:
    """``chords`` are MIDI notes, low to high; each lasts a bar of ``beats`` beats.
    ``pattern`` says which note of the chord (counted from below, octaves above it at
    the end) is plucked on each half beat; None is a rest."""

    name: str
    tempo: float
    beats: int
    chords: tuple[tuple[int, ...], ...]
    pattern: tuple[int | None, ...]
    melody: tuple[tuple[float, int, float], ...]  # beat of the piece, note, beats
    seed: int


_RIVER = Piece(
    name="river-at-dusk",
    tempo=72,
    beats=4,
    chords=(
        (48, 55, 59, 64), (45, 52, 57, 60), (41, 48, 52, 57), (43, 50, 55, 59),
        (48, 55, 59, 64), (40, 47, 52, 55), (41, 48, 52, 57), (43, 50, 53, 59),
        (45, 52, 57, 60), (40, 47, 52, 55), (41, 48, 52, 57), (48, 55, 59, 64),
    ),
    pattern=(0, 2, 3, 4, 3, 2, 1, None),
    melody=(
        (2, 76, 2), (6, 72, 1.5), (8, 69, 3), (14, 74, 2), (18, 79, 1.5), (20, 76, 3),
        (24, 72, 2), (27, 74, 1), (28, 71, 3), (33, 72, 1.5), (36, 71, 2), (40, 69, 3),
        (44, 67, 3),
    ),
    seed=3,
)  # fmt: skip

_JADE = Piece(
    name="jade-garden",  # pentatonic
    tempo=66,
    beats=4,
    chords=(
        (50, 57, 62, 64), (47, 54, 59, 62), (43, 50, 55, 62), (45, 52, 57, 64),
        (50, 57, 62, 64), (47, 54, 59, 62), (40, 52, 55, 59), (45, 52, 57, 61),
        (43, 50, 55, 59), (42, 50, 57, 62), (40, 52, 55, 59), (45, 52, 57, 64),
    ),
    pattern=(0, None, 2, 3, 4, 3, None, 1),
    melody=(
        (1, 74, 1), (2, 76, 2), (5, 78, 1), (6, 74, 2), (9, 71, 1), (10, 69, 3), (14, 76, 2),
        (17, 78, 1), (18, 81, 2), (21, 78, 1), (22, 76, 2), (26, 74, 2), (29, 71, 1),
        (30, 73, 2), (33, 74, 3), (37, 69, 1), (38, 66, 2), (41, 67, 1), (42, 71, 3),
        (46, 69, 2),
    ),
    seed=8,
)  # fmt: skip


def hertz(note: int) -> float:
    """Frequency of a MIDI note, equal temperament."""
    return float(A4 * 2 ** ((note - 69) / 12))


def pluck(note: int, seconds: float, rng: Any) -> Any:
    """A soft string: harmonics that die the sooner the higher they are."""
    t = np.arange(int(RATE * seconds)) / RATE
    f = hertz(note)
    x = np.zeros(len(t))
    for k in range(1, 7):
        if k * f < 3400:
            x += (
                np.sin(2 * np.pi * k * f * t + rng.uniform(0, 6.28))
                * np.exp(-t * (1.6 + 1.3 * k))
                / k**1.6
            )
    return x * np.clip(t / 0.004, 0, 1)


def pad(notes: tuple[int, ...], seconds: float) -> Any:
    """A slow chord that swells in and out, each note doubled a little out of tune."""
    t = np.arange(int(RATE * seconds)) / RATE
    x = np.zeros(len(t))
    for note in notes:
        for detune in (0.997, 1.003):
            f = hertz(note) * detune
            x += np.sin(2 * np.pi * f * t) + 0.25 * np.sin(4 * np.pi * f * t)
    edge = 0.35 * seconds
    shape = np.clip(np.minimum(t, seconds - t) / edge, 0, 1)
    return x * np.sin(np.pi / 2 * shape) ** 2


def lead(note: int, seconds: float) -> Any:
    """A quiet flute."""
    t = np.arange(int(RATE * seconds)) / RATE
    f = hertz(note) * (1 + 0.003 * np.sin(2 * np.pi * 4.8 * t) * np.clip(t - 0.3, 0, 1))
    phase = 2 * np.pi * np.cumsum(f) / RATE
    shape = np.clip(t / 0.09, 0, 1) * np.clip((seconds - t) / 0.25, 0, 1)
    return (np.sin(phase) + 0.18 * np.sin(2 * phase) + 0.05 * np.sin(3 * phase)) * shape


def compose(piece: Piece) -> Any:
    """The loop: what sounds beyond its end is laid over its beginning."""
    rng = np.random.default_rng(piece.seed)
    beat = 60 / piece.tempo
    bar = piece.beats * beat
    total = round(RATE * bar * len(piece.chords))
    out = np.zeros(total)

    def put(at: float, sound: Any, gain: float) -> None:
        places = (round(at * RATE) + np.arange(len(sound))) % total
        np.add.at(out, places, gain * sound)

    for number, chord in enumerate(piece.chords):
        start = number * bar
        put(start - 0.2 * bar, pad(chord[1:], 1.4 * bar), 0.05)
        ladder = (*chord, chord[1] + 12, chord[2] + 12)
        for half, step in enumerate(piece.pattern):
            if step is not None:
                put(start + half * beat / 2, pluck(ladder[step], 2.4, rng), rng.uniform(0.22, 0.3))
    for at, note, beats in piece.melody:
        put(at * beat, lead(note, beats * beat + 0.25), 0.13)
    return reverberate(out, rng)


def reverberate(x: Any, rng: Any) -> Any:
    """A small hall, laid round the loop's end so that no seam is heard; band limited."""
    tail = int(1.1 * RATE)
    room = rng.normal(size=tail) * np.exp(-np.arange(tail) / (0.28 * RATE))
    room[: int(0.012 * RATE)] = 0
    kernel = np.zeros(len(x))
    kernel[:tail] = 0.35 * room / np.sqrt(np.sum(room**2))
    kernel[0] += 1
    spectrum = np.fft.rfft(x) * np.fft.rfft(kernel)
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    spectrum *= np.clip((f - 60) / 80, 0, 1) * np.clip((3500 - f) / 400, 0, 1)
    return np.fft.irfft(spectrum, len(x))


def main() -> None:
    """Render both loops."""
    for piece in (_RIVER, _JADE):
        x = compose(piece)
        x *= 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(x**2))
        samples = np.round(np.clip(x, -0.5, 0.5) * 32767).astype(np.int16)
        wav.write(FOLDER / f"{piece.name}.wav", samples, rate=RATE)
        peak = 20 * np.log10(np.abs(x).max())
        sys.stdout.write(f"{piece.name}: {len(x) / RATE:.1f} s, peak {peak:.1f} dBFS\n")


if __name__ == "__main__":
    main()
