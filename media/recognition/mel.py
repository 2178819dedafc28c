"""Log-mel features as Whisper was trained on them.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022):
16 kHz, windows of 25 ms every 10 ms, a filter bank on Slaney's mel scale, base-10
logarithm, 8 decades of range, then (x + 4) / 4.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

RATE = 16000
FRAMES_PER_SECOND = 100
WINDOW_SECONDS = 30
MOST_FRAMES = WINDOW_SECONDS * FRAMES_PER_SECOND

_FFT = 400
_HOP = RATE // FRAMES_PER_SECOND
_LINEAR_HZ = 200.0 / 3  # one mel below 1 kHz
_LOG_FROM = 1000.0
_LOG_STEP = np.log(6.4) / 27.0

Floats = npt.NDArray[np.float32]


def features(sound: Floats, frames: int, *, bands: int = 80) -> Floats:
    """``bands`` x ``frames`` log-mel values of 16 kHz sound in [-1, 1], which is cut or
    filled with silence to ``frames`` hundredths of a second."""
    wanted = frames * _HOP
    padded = np.zeros(wanted + _FFT, dtype=np.float32)
    kept = sound[:wanted]
    half = _FFT // 2
    padded[half : half + len(kept)] = kept
    if len(kept) > half:  # the first window looks into a mirror, as in training
        padded[:half] = kept[half:0:-1]
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][:frames]
    power = np.abs(np.fft.rfft(windows * _hann(), axis=1)).astype(np.float32) ** 2
    logs = np.log10(np.maximum(_filters(bands) @ power.T, 1e-10))
    logs = np.maximum(logs, logs.max() - 8.0)
    scaled: Floats = ((logs + 4.0) / 4.0).astype(np.float32)
    return np.ascontiguousarray(scaled)


@cache
def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)


@cache
def _filters(bands: int) -> Floats:
    """Triangles of equal area, ``bands`` x 201."""
    top = _to_mel(np.array(RATE / 2))
    edges = _to_hz(np.linspace(0.0, float(top), bands + 2))
    bins = np.linspace(0.0, RATE / 2, _FFT // 2 + 1)
    rising = (bins[None, :] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins[None, :]) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges[2:] - edges[:-2])
    bank: Floats = (triangles * area[:, None]).astype(np.float32)
    return bank


def _to_mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _LOG_FROM / _LINEAR_HZ
    high = knee + np.log(np.maximum(hz, _LOG_FROM) / _LOG_FROM) / _LOG_STEP
    mels: npt.NDArray[np.float64] = np.where(hz < _LOG_FROM, hz / _LINEAR_HZ, high)
    return mels


def _to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _LOG_FROM / _LINEAR_HZ
    high = _LOG_FROM * np.exp(_LOG_STEP * (np.maximum(mel, knee) - knee))
    hertz: npt.NDArray[np.float64] = np.where(mel < knee, mel * _LINEAR_HZ, high)
    return hertz
