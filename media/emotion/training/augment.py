"""Other lines, rooms and mouths for the same words: what training adds to a corpus.

Each function takes and gives int16 samples at 8 kHz and draws from the generator it is
given, so that a seed gives the same set again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from media.emotion.training.codec import telephone, to_int16
from media.tones import RATE, Samples

_PACKET = RATE // 50


def gain(samples: Samples, decibels: float) -> Samples:
    """Louder or softer; what does not fit is clipped, as a line does."""
    return to_int16(samples * 10 ** (decibels / 20))


def noise(samples: Samples, snr_db: float, sound: npt.NDArray[np.floating]) -> Samples:
    """With ``sound`` (as long as ``samples``) ``snr_db`` under the loud half of the voice."""
    if not len(samples):
        return samples
    wave = samples.astype(np.float64)
    power = np.square(wave)
    voice = float(power[power >= np.median(power)].mean())
    own = float(np.square(sound, dtype=np.float64).mean())
    if voice <= 0 or own <= 0:
        return samples
    return to_int16(wave + sound * np.sqrt(voice / own) * 10 ** (-snr_db / 20))


def coloured(
    count: int, rng: np.random.Generator, *, power: float = 1.0
) -> npt.NDArray[np.float64]:
    """Noise whose energy falls with frequency to the ``power``: 0 white, 1 pink."""
    spectrum = np.fft.rfft(rng.normal(size=max(count, 2)))
    hz = np.fft.rfftfreq(max(count, 2), 1 / RATE)
    spectrum /= np.maximum(hz, 50.0) ** (power / 2)
    return np.fft.irfft(spectrum, max(count, 2))[:count]


def babble(
    count: int, rng: np.random.Generator, voices: Sequence[Samples]
) -> npt.NDArray[np.float64]:
    """Five of ``voices`` at once."""
    mixed = np.zeros(count)
    for _ in range(5):
        voice = voices[int(rng.integers(len(voices)))]
        repeated = np.resize(np.roll(voice, int(rng.integers(len(voice)))), count)
        mixed += repeated / max(float(np.sqrt(np.square(repeated, dtype=np.float64).mean())), 1.0)
    return mixed


def loss(samples: Samples, share: float, rng: np.random.Generator) -> Samples:
    """With ``share`` of the 20 ms packets lost: the one before is repeated at half its
    level, and after two in a row there is silence."""
    packets = samples[: len(samples) // _PACKET * _PACKET].reshape(-1, _PACKET).copy()
    missing = 0
    for i, lost in enumerate(rng.random(len(packets)) < share):
        missing = missing + 1 if lost else 0
        if missing:
            packets[i] = packets[i - 1] // 2 if i and missing <= 2 else 0
    return np.concatenate((packets.reshape(-1), samples[packets.size :]))


def equalise(
    samples: Samples, per_octave_db: float, ripple_db: npt.NDArray[np.floating]
) -> Samples:
    """Another handset: a tilt round 1 kHz, and a smooth ripple over 300 to 3400 Hz."""
    if not len(samples):
        return samples
    spectrum = np.fft.rfft(samples.astype(np.float64))
    octave = np.log2(np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE), 150.0) / 1000.0)
    points = np.linspace(np.log2(0.3), np.log2(3.4), len(ripple_db))
    decibels = per_octave_db * octave + np.interp(octave, points, ripple_db)
    return to_int16(np.fft.irfft(spectrum * 10 ** (decibels / 20), len(samples)))


def speed(samples: Samples, factor: float) -> Samples:
    """Quicker and higher (or slower and deeper) by ``factor``: another mouth."""
    count = int(len(samples) / factor)
    if not count:
        return samples
    at = np.arange(count) * factor
    return to_int16(np.interp(at, np.arange(len(samples)), samples.astype(np.float64)))


def another_line(samples: Samples, rng: np.random.Generator, voices: Sequence[Samples]) -> Samples:
    """``samples`` from another mouth, handset, room and network, drawn from ``rng``."""
    if not len(samples):
        return samples
    out = speed(samples, float(rng.uniform(0.92, 1.09)))
    out = equalise(out, float(rng.uniform(-2.5, 2.5)), rng.normal(0, 2.0, 6))
    kind = rng.random()
    if kind < 0.65:
        sound = (
            babble(len(out), rng, voices)
            if kind < 0.2
            else coloured(len(out), rng, power=float(rng.uniform(0, 1.5)))
        )
        out = noise(out, float(rng.uniform(5, 30)), sound)
    out = gain(out, float(rng.choice((0.0, rng.uniform(-20, 12)))))
    out = telephone(out)
    return loss(out, float(rng.uniform(0, 0.05)) if rng.random() < 0.4 else 0.0, rng)
