"""A soft loop that waits with the caller where no music is configured.

It is synthesised here (a slow arpeggio of sine tones), so it has no owner.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

_RATE = 8000
_BEAT = 0.6  # seconds
_LEVEL = 0.12  # of full scale: background, not foreground
# Four bars in C: C, Am, F, G; MIDI note numbers.
_NOTES = (60, 64, 67, 72, 57, 60, 64, 69, 53, 57, 60, 65, 55, 59, 62, 67)


def write_builtin_music(folder: Path) -> None:
    """Write ``parley.wav`` (16 bit, mono, 8 kHz, 19 s) into ``folder`` unless it is there."""
    target = folder / "parley.wav"
    if target.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = int(_RATE * _BEAT)
    notes = _NOTES * 2
    out = np.zeros(count * (len(notes) + 3))
    for index, note in enumerate(notes):
        length = count * 4 if index + 4 <= len(notes) + 3 else count
        time = np.arange(length) / _RATE
        frequency = 440.0 * 2 ** ((note - 69) / 12)
        envelope = np.exp(-1.6 * time) * np.minimum(time / 0.03, 1.0)
        tone = np.sin(2 * np.pi * frequency * time) + 0.2 * np.sin(4 * np.pi * frequency * time)
        out[index * count : index * count + length] += tone * envelope
    samples = (out / np.abs(out).max() * _LEVEL * 32767).astype("<i2")
    partial = target.with_suffix(".part")
    with wave.open(str(partial), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
    partial.replace(target)
