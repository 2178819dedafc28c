"""What a telephone line does to sound: 8 kHz, mu-law, noise, lost frames."""

from __future__ import annotations

import numpy as np

from media.audio.resample import convert
from media.tones import RATE, Samples

_MU = 255.0
_FRAME = RATE // 50


def telephone(samples: Samples, rate: int) -> Samples:
    """8 kHz, coded and decoded as G.711 mu-law."""
    sound = convert(samples, rate, RATE).astype(np.float64) / 32768.0
    pressed = np.sign(sound) * np.log1p(_MU * np.abs(sound)) / np.log1p(_MU)
    steps = np.round(pressed * 127) / 127
    opened = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(_MU)) / _MU
    coded: Samples = np.clip(np.round(opened * 32768), -32768, 32767).astype(np.int16)
    return coded


def noisy(samples: Samples, snr_db: float, *, seed: int) -> Samples:
    """With pink noise (falling 3 dB an octave), ``snr_db`` under the speech's level."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, len(samples))
    loud = samples[np.abs(samples.astype(np.int32)) > 200].astype(np.float64)
    speech = np.sqrt(np.mean(loud**2)) if len(loud) else 1.0
    noise *= speech * 10 ** (-snr_db / 20) / np.sqrt(np.mean(noise**2))
    mixed: Samples = np.clip(samples + noise, -32768, 32767).astype(np.int16)
    return mixed


def lossy(samples: Samples, share: float, *, seed: int) -> Samples:
    """With ``share`` of the 20 ms frames missing (silence in their place)."""
    rng = np.random.default_rng(seed)
    out = samples.copy()
    for at in range(0, len(out), _FRAME):
        if rng.random() < share:
            out[at : at + _FRAME] = 0
    return out
