"""Speech or not: what must not be taken for an excited caller.

Limits were set on speech in four languages, clean and in noise down to 5 dB (99 % pass),
on hold music, DTMF, ring-back and noise. They lean towards speech: a window that is wrongly
let through is averaged with others, one that is wrongly refused says nothing for a second.
"""

from __future__ import annotations

import enum
from typing import Final

import numpy as np

from media.emotion import features, frames
from media.emotion.frames import Floats


class Kind(enum.StrEnum):
    """What a window holds."""

    SPEECH = "speech"
    TONE = "tone"
    """DTMF, ring-back, beeps."""
    MUSIC = "music"
    NOISE = "noise"
    """Too few periodic frames, or too steady, for a voice."""


_STILL_STEP: Final = 0.08  # semitones in 10 ms: a voice always moves more
_STILL_TONE: Final = 0.9
_STILL_MUSIC: Final = 0.68
_TONE_PEAKS: Final = 0.7
_SUNG_SECONDS: Final = 1.2  # nobody speaks that long without a voiceless sound
_LEAST_VOICED: Final = 0.06
_LEAST_SPREAD_DB: Final = 2.5


def kind_of(rows: Floats) -> Kind:
    """The kind of the frames ``rows`` (from :func:`media.emotion.frames.measure`)."""
    level = rows[:, frames.LEVEL]
    active = level > np.percentile(level, 95) - features.ACTIVE_BELOW_PEAK_DB
    pitch, strength = features.track_pitch(rows)
    voiced = active & (strength >= features.VOICED)
    if voiced.sum() < max(_LEAST_VOICED * active.sum(), features.LEAST_VOICED):
        return Kind.NOISE
    steps = np.abs(np.diff(pitch))[voiced[1:] & voiced[:-1]]
    steps = steps[steps < 3.0]
    still = float((steps < _STILL_STEP).mean()) if len(steps) > 5 else 0.0
    if still >= _STILL_TONE and float(np.median(rows[active, frames.PEAKS])) >= _TONE_PEAKS:
        return Kind.TONE
    edges = np.diff(np.concatenate(([0], voiced.astype(np.int8), [0])))
    longest = int((np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)).max())
    if still >= _STILL_MUSIC or longest >= _SUNG_SECONDS * frames.FRAMES_A_SECOND:
        return Kind.MUSIC
    if float(level[active].std()) < _LEAST_SPREAD_DB:
        return Kind.NOISE
    return Kind.SPEECH
