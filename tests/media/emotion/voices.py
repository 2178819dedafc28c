"""A voice made of numbers: pulses through formants, in syllables, over a telephone.

Not a person, but with what the features measure: pitch, its movement, effort (tilt), rate
and level can each be set alone.
"""

from __future__ import annotations

import numpy as np

from media.emotion.training.codec import band_pass
from media.tones import RATE, Samples


def voice(
    seconds: float,
    *,
    hz: float = 130.0,
    swing: float = 2.0,
    rate: float = 4.0,
    effort: float = 0.0,
    level: float = -24.0,
    seed: int = 1,
) -> Samples:
    """``seconds`` of babbled syllables. ``hz`` is the median pitch, ``swing`` its standard
    deviation in semitones, ``rate`` in syllables a second, ``effort`` lifts the treble by
    so many dB an octave, ``level`` is dBFS of the RMS."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    t = np.arange(count) / RATE
    syllables = int(seconds * rate) + 2
    contour = (
        np.interp(t * rate, np.arange(syllables + 1), rng.normal(0, swing, syllables + 1))
        - 1.5 * np.modf(t / 2.5)[0]
    )  # it falls through each phrase
    tremor = np.interp(
        t * 60, np.arange(int(seconds * 60) + 2), rng.normal(0, 0.25, int(seconds * 60) + 2)
    )
    pitch = hz * 2 ** ((contour + tremor) / 12)
    phase = np.cumsum(pitch) / RATE
    source = np.zeros(count)
    for k in range(1, 40):
        partial = k * pitch < 3600
        gain = k ** (-1.6 + effort / 6.02)
        source += np.where(partial, gain * np.cos(2 * np.pi * k * phase), 0.0)
    vowels = rng.uniform((350, 900, 2100), (800, 2000, 2900), (syllables + 1, 3))
    spoken = np.zeros(count)
    place = np.minimum((t * rate).astype(int), syllables)
    for which in range(syllables):
        part = place == which
        if not part.any():
            continue
        spectrum = np.fft.rfft(source[part])
        f = np.fft.rfftfreq(int(part.sum()), 1 / RATE)
        shape = sum(1 / (1 + ((f - formant) / 120.0) ** 2) for formant in vowels[which])
        spoken[part] = np.fft.irfft(spectrum * shape, int(part.sum()))
    within = np.modf(t * rate)[0]
    voiced = np.clip(np.sin(np.pi * np.clip((within - 0.22) / 0.72, 0, 1)), 0, 1)
    hiss = np.where(within < 0.2, rng.normal(0, 1, count), 0.0)
    spoken = spoken / np.sqrt(np.mean(np.square(spoken))) * voiced + 0.25 * hiss
    spoken += voiced * rng.normal(0, 0.15, count)
    spoken[np.modf(t / 2.5)[0] > 0.9] = 0.0  # a breath
    spoken *= 32768 * 10 ** (level / 20) / np.sqrt(np.mean(np.square(spoken)))
    spoken += rng.normal(0, 8, count)
    return band_pass(np.clip(spoken, -32768, 32767).astype(np.int16))


def calm(seconds: float, *, seed: int = 1) -> Samples:
    """Low, even, slow, soft."""
    return voice(seconds, hz=110, swing=1.5, rate=3.2, effort=-1.0, level=-30, seed=seed)


def agitated(seconds: float, *, seed: int = 1) -> Samples:
    """The same person, an octave higher, louder, quicker and sharper."""
    return voice(seconds, hz=260, swing=4.0, rate=4.5, effort=7.0, level=-17, seed=seed)
