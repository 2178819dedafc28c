"""What can be measured in 40 ms of a voice on the telephone: one row for every 10 ms.

Everything is taken from 300 to 3400 Hz, the band that every telephone carries, so that a
narrow line and a wide one look alike. Pitch comes from the autocorrelation of the
*compressed* spectrum: the period is still there when the fundamental was cut off. Each
row keeps the best three guesses, and the window as a whole decides among them.

CPU work: about 2 ms for a second of sound. Call it in a worker, not on the event loop.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.tones import FULL_SCALE, RATE, Samples

Floats = npt.NDArray[np.float32]

FRAME: Final = 320
"""Samples of a frame: 40 ms, two periods of the deepest voice."""
HOP: Final = 80
"""Samples from frame to frame: 10 ms."""
FRAMES_A_SECOND: Final = RATE // HOP
LOWEST_HZ: Final = 65.0
HIGHEST_HZ: Final = 520.0
REFERENCE_HZ: Final = 55.0
"""Pitch is in semitones over this tone."""
CANDIDATES: Final = 3
BANDS: Final = 16

_FFT = 512
_BIN_HZ = RATE / _FFT
_LOW_BIN, _HIGH_BIN = round(300 / _BIN_HZ), round(3400 / _BIN_HZ)
_FLOOR = np.float32(1e-9)  # of full scale squared: beneath the step of 16 bits

# Columns of a row.
LEVEL: Final = 0
"""dBFS of the band."""
PITCH: Final = slice(1, 1 + CANDIDATES)
"""Candidates, semitones over 55 Hz."""
STRENGTH: Final = slice(PITCH.stop, PITCH.stop + CANDIDATES)
"""How periodic the frame is with each candidate: 0 (noise) to 1."""
BAND: Final = slice(STRENGTH.stop, STRENGTH.stop + BANDS)
"""dB of 16 bands of equal width in mel."""
TILT: Final = BAND.stop
"""dB above 1000 Hz against below (alpha ratio): effort lifts it."""
HAMMARBERG: Final = TILT + 1
"""dB of the highest peak under 2000 Hz against the highest above."""
SLOPE_LOW: Final = TILT + 2
"""dB per kHz, 300 to 1000 Hz."""
SLOPE_HIGH: Final = TILT + 3
"""dB per kHz, 1000 to 3400 Hz."""
CENTROID: Final = TILT + 4
"""kHz."""
SPREAD: Final = TILT + 5
"""kHz."""
FLATNESS: Final = TILT + 6
"""dB, geometric against arithmetic mean: 0 is white noise, far below is a tone."""
PEAKS: Final = TILT + 7
"""Share of the energy in the two strongest peaks: near 1 for DTMF and tones."""
CLIPPED: Final = TILT + 8
"""Share of samples at full scale."""
COLUMNS: Final = CLIPPED + 1

_WINDOW: Floats = np.hanning(FRAME + 2)[1:-1].astype(np.float32)
_HZ: npt.NDArray[np.float64] = np.arange(_LOW_BIN, _HIGH_BIN, dtype=np.float64) * _BIN_HZ
_PRESSED = 0.5  # exponent for |X|^2 before the autocorrelation
_OCTAVE_COST = 0.03  # of strength for each octave downwards: half the pitch fits as well
_SHORTEST_LAG, _LONGEST_LAG = int(RATE / HIGHEST_HZ), int(RATE / LOWEST_HZ) + 1


def _mel(hz: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(hz) / 700.0))


def _bank() -> Floats:
    """Triangles over the bins of the band, one column a band."""
    edges = np.linspace(_mel(300.0), _mel(3400.0), BANDS + 2)
    at = _mel(_HZ)[:, None]
    rise = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    bank = np.clip(np.minimum(rise, fall), 0, None)
    return np.asarray(bank / bank.sum(axis=0), dtype=np.float32)


def _slope(low: float, high: float) -> Floats:
    """Weights whose product with dB per bin is the regression line's dB per kHz."""
    chosen = (low <= _HZ) & (high > _HZ)
    khz = np.where(chosen, _HZ / 1000.0, 0.0)
    centred = np.where(chosen, khz - khz[chosen].mean(), 0.0)
    return np.asarray(centred / np.square(centred).sum(), dtype=np.float32)


_SUMS: Floats = np.column_stack(
    (np.ones_like(_HZ), _HZ < 1000, _HZ / 1000.0, np.square(_HZ / 1000.0), _bank())
).astype(np.float32)
_LINES: Floats = np.column_stack(
    (_slope(300, 1000), _slope(1000, 3400), np.full(len(_HZ), 1 / len(_HZ)))
).astype(np.float32)
_BIN_2000 = int(np.searchsorted(_HZ, 2000))


def _lag_weights() -> Floats:
    """Undoes the fall of the autocorrelation that the window alone causes."""
    spectrum = np.abs(np.fft.rfft(_WINDOW, _FFT)) ** (2 * _PRESSED)
    own = np.fft.irfft(spectrum, _FFT)[: _LONGEST_LAG + 2]
    return np.asarray(own[0] / np.maximum(own, 0.25 * own[0]), dtype=np.float32)


_LAG_WEIGHTS: Floats = _lag_weights()
_LAG_COST: Floats = (
    _OCTAVE_COST * np.log2(np.arange(_SHORTEST_LAG, _LONGEST_LAG + 1) / _SHORTEST_LAG)
).astype(np.float32)


def measure(samples: Samples) -> Floats:
    """Rows of :data:`COLUMNS` for every whole frame in ``samples`` (int16, 8 kHz, mono).

    Frame ``i`` begins at sample ``i * HOP``. Fewer than :data:`FRAME` samples give no row.
    """
    if len(samples) < FRAME:
        return np.zeros((0, COLUMNS), dtype=np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    wave = cut.astype(np.float32) / np.float32(FULL_SCALE)
    wave = (wave - wave.mean(axis=1, keepdims=True)) * _WINDOW
    spectrum = np.fft.rfft(wave, _FFT, axis=1)[:, _LOW_BIN:_HIGH_BIN]
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    # Parseval: mean square of the band, the window's own loss undone
    power *= np.float32(2.0 / (_FFT * np.square(_WINDOW).sum()))
    rows = np.empty((len(cut), COLUMNS), dtype=np.float32)
    sums = power @ _SUMS
    total = np.maximum(sums[:, 0], _FLOOR)
    rows[:, LEVEL] = _db(total)
    rows[:, BAND] = _db(np.maximum(sums[:, 4:], _FLOOR / len(_HZ)))
    low = np.maximum(sums[:, 1], _FLOOR)
    rows[:, TILT] = _db(np.maximum(total - low, _FLOOR)) - _db(low)
    centroid = sums[:, 2] / total
    rows[:, CENTROID] = centroid
    rows[:, SPREAD] = np.sqrt(np.maximum(sums[:, 3] / total - np.square(centroid), 0))
    decibels = _db(np.maximum(power, _FLOOR / len(_HZ)))
    lines = decibels @ _LINES
    rows[:, SLOPE_LOW] = lines[:, 0]
    rows[:, SLOPE_HIGH] = lines[:, 1]
    rows[:, FLATNESS] = lines[:, 2] - _db(np.maximum(total, _FLOOR) / len(_HZ))
    first, second = decibels[:, :_BIN_2000].max(axis=1), decibels[:, _BIN_2000:].max(axis=1)
    rows[:, HAMMARBERG] = first - second
    rows[:, PEAKS] = _two_peaks(power) / total
    rows[:, CLIPPED] = (np.abs(cut[:, ::4].astype(np.int32)) >= 32000).mean(axis=1)
    _pitch(power, rows)
    return rows


def _db(power: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(10.0 * np.log10(power), dtype=np.float32)


def _two_peaks(power: Floats) -> Floats:
    """Energy of the two strongest peaks, each three bins wide."""
    wide = power[:, :-2] + power[:, 1:-1] + power[:, 2:]
    rows = np.arange(len(wide))
    best = wide.argmax(axis=1)
    found = wide[rows, best].copy()
    for shift in range(-3, 4):
        wide[rows, np.clip(best + shift, 0, wide.shape[1] - 1)] = 0
    return np.asarray(found + wide.max(axis=1), dtype=np.float32)


def _pitch(power: Floats, rows: Floats) -> None:
    """Fill PITCH and STRENGTH: the best peaks of the autocorrelation, best first."""
    whole = np.zeros((len(power), _FFT // 2 + 1), dtype=np.float32)
    # what is 40 dB beneath the peak is noise; compressing would lift it
    loudest = power.max(axis=1, keepdims=True)
    whole[:, _LOW_BIN:_HIGH_BIN] = np.sqrt(np.maximum(power - 1e-4 * loudest, 0))
    curve = np.fft.irfft(whole, _FFT, axis=1)[:, : _LONGEST_LAG + 2]
    curve = curve / np.maximum(curve[:, :1], 1e-12) * _LAG_WEIGHTS
    here = curve[:, _SHORTEST_LAG : _LONGEST_LAG + 1]
    before = curve[:, _SHORTEST_LAG - 1 : _LONGEST_LAG]
    after = curve[:, _SHORTEST_LAG + 1 : _LONGEST_LAG + 2]
    peak = (here > before) & (here >= after)
    merit = np.where(peak, here - _LAG_COST, -1.0)
    index = np.arange(len(rows))
    for place in range(CANDIDATES):
        best = merit.argmax(axis=1)
        a, b, c = before[index, best], here[index, best], after[index, best]
        bend = a - 2 * b + c
        shift = np.where(bend < 0, 0.5 * (a - c) / np.minimum(bend, -1e-9), 0.0)
        lag = best + _SHORTEST_LAG + np.clip(shift, -0.5, 0.5)
        found = merit[index, best] > -0.5
        rows[:, PITCH.start + place] = 12 * np.log2(RATE / lag / REFERENCE_HZ)
        rows[:, STRENGTH.start + place] = np.where(found, np.clip(b, 0, 1), 0.0)
        merit[index, best] = -1.0
