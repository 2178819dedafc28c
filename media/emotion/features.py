"""Seventy-eight figures that describe up to three seconds of a voice.

They follow the usual families of paralinguistics (pitch, energy, voice quality, spectral
shape, rhythm) and their functionals. Level is taken out first: the same words, said 10 dB
louder on the line, give the same figures (what a caller's own level does is for
:mod:`media.emotion.baseline`).

:func:`describe` needs 0.5 ms for a window. Names are in :data:`NAMES`, in order.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.emotion import frames as f
from media.emotion.frames import Floats

WINDOW_SECONDS: Final = 3.0
ACTIVE_BELOW_PEAK_DB: Final = 28.0
"""A frame this far under the loudest of its window is a pause."""
VOICED: Final = 0.38
"""Least strength of the period of a voiced frame."""

CEPSTRA: Final = 10
_DCT: Floats = (
    np.cos(np.pi * np.outer(np.arange(f.BANDS) + 0.5, np.arange(1, CEPSTRA + 1)) / f.BANDS)
    * np.sqrt(2.0 / f.BANDS)
).astype(np.float32)

NAMES: Final[tuple[str, ...]] = (
    # pitch, semitones
    "pitch_mean", "pitch_std", "pitch_p10", "pitch_p50", "pitch_p90", "pitch_range",
    "pitch_move", "pitch_move_p90", "pitch_rising", "pitch_slope", "jitter",
    # energy, dB under the window's own loud frames
    "energy_mean", "energy_std", "energy_p10", "energy_p50", "energy_skew",
    "energy_rise", "energy_fall", "energy_near_peak", "shimmer", "energy_voiced_std",
    # voice quality
    "strength_mean", "strength_std", "strength_p90", "harmonic_mean", "harmonic_std",
    # spectral shape: of voiced frames, of voiceless ones, and how it moves
    "tilt_loud", "flatness_mean", "flatness_std", "tilt_unvoiced",
    *(f"cepstrum{i}_mean" for i in range(1, CEPSTRA + 1)),
    *(f"cepstrum{i}_std" for i in range(1, CEPSTRA + 1)),
    *(f"cepstrum{i}_unvoiced" for i in range(1, CEPSTRA + 1)),
    "flux_mean", "flux_std", "flux_p90", "flux_band1", "flux_band2", "flux_band3", "flux_band4",
    # rhythm
    "voiced_share", "voiced_runs", "voiced_run_mean", "voiced_run_std", "pause_share",
    "syllables", "modulation_slow",
    # what goes together when somebody raises his voice
    "pitch_with_energy", "tilt_with_energy", "pitch_with_tilt", "pitch_loud",
)  # fmt: skip
COUNT: Final = len(NAMES)

LEAST_VOICED: Final = 12
"""Voiced frames under which a window says nothing about a voice (0.12 s)."""


def describe(rows: Floats) -> Floats | None:
    """The figures of the frames ``rows`` (from :func:`media.emotion.frames.measure`).

    None when fewer than :data:`LEAST_VOICED` frames are voiced: nothing to judge.
    """
    if len(rows) < 2 * LEAST_VOICED:
        return None
    level = rows[:, f.LEVEL]
    peak = np.float32(np.percentile(level, 95))
    active = level > peak - ACTIVE_BELOW_PEAK_DB
    pitch, strength = track_pitch(rows)
    voiced = active & (strength >= VOICED)
    if int(voiced.sum()) < LEAST_VOICED:
        return None
    energy = level - peak
    loud = voiced & (energy >= np.median(energy[voiced]))
    values = (
        *_of_pitch(pitch, voiced),
        *_of_energy(energy, active, voiced),
        *_of_quality(strength[voiced]),
        *_of_shape(rows, active, voiced, loud),
        *_of_rhythm(energy, active, voiced),
        *_together(pitch[voiced], energy[voiced], rows[voiced, f.TILT]),
        float(pitch[loud].mean() - pitch[voiced].mean()),
    )
    return np.nan_to_num(np.array(values, dtype=np.float32))


def track_pitch(rows: Floats) -> tuple[Floats, Floats]:
    """Pitch (semitones over 55 Hz) and strength of each frame.

    Of the candidates of a frame that one is taken which is strong and near the pitch that
    the strong frames around it agree on: this undoes most jumps by an octave.
    """
    pitch, strength = rows[:, f.PITCH], rows[:, f.STRENGTH]
    sure = strength[:, 0] > 0.5
    if int(sure.sum()) < 4:
        return pitch[:, 0], strength[:, 0]
    away = np.abs(pitch - _usual(pitch[:, 0], sure)[:, None]) / 12.0
    best = (strength - 0.25 * np.clip(away - 0.4, 0, None)).argmax(axis=1)
    index = np.arange(len(rows))
    return pitch[index, best], strength[index, best]


def _usual(pitch: Floats, sure: npt.NDArray[np.bool_]) -> Floats:
    """The median pitch of the sure frames, half a second to both sides."""
    at = np.flatnonzero(sure)
    known = pitch[at]
    reach = f.FRAMES_A_SECOND // 2
    usual = np.full(len(pitch), np.median(known), dtype=np.float32)
    for begin in range(0, len(pitch), 20):
        near = known[(at >= begin + 10 - reach) & (at < begin + 10 + reach)]
        if len(near) >= 10:
            usual[begin : begin + 20] = np.median(near)
    return usual


def _of_pitch(pitch: Floats, voiced: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    sung = pitch[voiced]
    p10, p50, p90 = np.percentile(sung, (10, 50, 90))
    pairs = voiced[1:] & voiced[:-1]
    steps = np.diff(pitch)[pairs]
    steps = steps[np.abs(steps) < 3.0]  # a jump is a mistake or another voice
    if len(steps) < 3:
        move = move_p90 = rising = jitter = 0.0
    else:
        move, move_p90 = float(np.abs(steps).mean()), float(np.percentile(np.abs(steps), 90))
        rising = float((steps > 0).mean())
        jitter = float(np.abs(np.diff(steps)).mean())
    at = np.flatnonzero(voiced) / f.FRAMES_A_SECOND
    centred = at - at.mean()
    slope = float((centred * sung).sum() / max(float(np.square(centred).sum()), 1e-3))
    return (
        float(sung.mean()), float(sung.std()), p10, p50, p90, p90 - p10,
        move, move_p90, rising, slope, jitter,
    )  # fmt: skip


def _of_energy(
    energy: Floats, active: npt.NDArray[np.bool_], voiced: npt.NDArray[np.bool_]
) -> tuple[float, ...]:
    spoken = energy[active]
    mean, std = float(spoken.mean()), float(spoken.std())
    p10, p50 = np.percentile(spoken, (10, 50))
    skew = float((np.clip((spoken - mean) / max(std, 0.1), -4, 4) ** 3).mean())
    steps = np.diff(energy)[active[1:] & active[:-1]]
    ups, downs = steps[steps > 0], steps[steps < 0]
    pairs = voiced[1:] & voiced[:-1]
    shimmer = np.abs(np.diff(energy)[pairs])
    return (
        mean, std, p10, p50, skew,
        float(ups.mean()) if len(ups) else 0.0,
        float(-downs.mean()) if len(downs) else 0.0,
        float((spoken > -6).mean()),
        float(shimmer.mean()) if len(shimmer) else 0.0,
        float(energy[voiced].std()),
    )  # fmt: skip


def _of_quality(strength: Floats) -> tuple[float, ...]:
    harmonic = 10 * np.log10(np.clip(strength, 0.05, 0.98) / (1 - np.clip(strength, 0.05, 0.98)))
    return (
        float(strength.mean()), float(strength.std()), float(np.percentile(strength, 90)),
        float(harmonic.mean()), float(harmonic.std()),
    )  # fmt: skip


def _of_shape(
    rows: Floats,
    active: npt.NDArray[np.bool_],
    voiced: npt.NDArray[np.bool_],
    loud: npt.NDArray[np.bool_],
) -> tuple[float, ...]:
    bands = rows[:, f.BAND]
    cepstra = bands @ _DCT
    hiss = active & ~voiced
    flat = rows[voiced, f.FLATNESS]
    return (
        float(rows[loud, f.TILT].mean()), float(flat.mean()), float(flat.std()),
        float(rows[hiss, f.TILT].mean()) if hiss.any() else 0.0,
        *cepstra[voiced].mean(axis=0),
        *cepstra[voiced].std(axis=0),
        *(cepstra[hiss].mean(axis=0) if hiss.any() else np.zeros(CEPSTRA)),
        *_of_flux(bands - bands.mean(axis=1, keepdims=True), active[1:] & active[:-1]),
    )  # fmt: skip


def _of_flux(shape: Floats, pairs: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    """How much the spectrum changes in 10 ms, dB: as a whole and in four parts of the band."""
    change = np.abs(np.diff(shape, axis=0))
    if pairs.any():
        change = change[pairs]
    whole = change.mean(axis=1)
    parts = change.mean(axis=0).reshape(4, -1).mean(axis=1)
    return (float(whole.mean()), float(whole.std()), float(np.percentile(whole, 90)), *parts)


def _of_rhythm(
    energy: Floats, active: npt.NDArray[np.bool_], voiced: npt.NDArray[np.bool_]
) -> tuple[float, ...]:
    seconds = len(energy) / f.FRAMES_A_SECOND
    edges = np.diff(np.concatenate(([0], voiced.astype(np.int8), [0])))
    runs = (np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)) / f.FRAMES_A_SECOND
    runs = runs[runs >= 0.03]
    smooth = np.convolve(np.maximum(energy, -ACTIVE_BELOW_PEAK_DB), np.ones(7) / 7, "same")
    hills = (smooth[3:-3] >= smooth[:-6]) & (smooth[3:-3] > smooth[6:]) & voiced[3:-3]
    hills &= (smooth[3:-3] >= smooth[2:-4]) & (smooth[3:-3] > smooth[4:-2])
    waves = np.abs(np.fft.rfft(smooth - smooth.mean(), 512)) ** 2
    hz = np.arange(len(waves)) * f.FRAMES_A_SECOND / 512
    whole = max(float(waves[(hz >= 0.5) & (hz < 16)].sum()), 1e-3)
    return (
        float(voiced.sum() / max(int(active.sum()), 1)),
        len(runs) / seconds,
        float(runs.mean()) if len(runs) else 0.0,
        float(runs.std()) if len(runs) else 0.0,
        float(1 - active.mean()),
        float(hills.sum() / max(float(active.sum()) / f.FRAMES_A_SECOND, 0.2)),
        float(waves[(hz >= 0.5) & (hz < 3)].sum()) / whole,
    )


def _together(pitch: Floats, energy: Floats, tilt: Floats) -> tuple[float, float, float]:
    return _correlation(pitch, energy), _correlation(tilt, energy), _correlation(pitch, tilt)


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float((a * b).sum()) / size if size > 1e-6 else 0.0
