"""What an engine says, as a telephone wants it: trimmed, at an even level, at its rate."""

from __future__ import annotations

import numpy as np

from media.audio.resample import convert
from media.synthesis.contract import Floats, Samples

LEVEL_DBFS = -20.0
"""RMS of the voiced parts; that of the recorded prompts."""
PEAK_DBFS = -1.5
_KNEE = 0.6  # of the peak: from there on it is bent instead of clipped
_SPEECH, _LOUD = 0.02, 0.1  # of the loudest 20 ms
_BEFORE, _AFTER = 1, 3  # frames kept around speech
_FADE = 0.005  # seconds
_SILENT = 1e-4


def for_telephone(sound: Floats, rate: int, target: int) -> Samples:
    """16-bit samples at ``target`` Hz in whole frames of 20 ms; nothing if it is silent."""
    frame = rate // 50
    x = np.nan_to_num(sound.astype(np.float64))
    count = len(x) // frame
    if not count or np.abs(x).max() < _SILENT:
        return np.zeros(0, dtype=np.int16)
    levels = np.sqrt(np.mean(x[: count * frame].reshape(count, frame) ** 2, axis=1))
    speech = np.flatnonzero(levels > _SPEECH * levels.max())
    begin = max(0, int(speech[0]) - _BEFORE) * frame
    x = x[begin : (int(speech[-1]) + 1 + _AFTER) * frame]
    loud = levels[levels > _LOUD * levels.max()]
    x = x * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(loud**2))
    top = 10 ** (PEAK_DBFS / 20)
    over = np.abs(x) > _KNEE * top
    bent = np.tanh((np.abs(x[over]) / top - _KNEE) / (1 - _KNEE))
    x[over] = np.sign(x[over]) * top * (_KNEE + (1 - _KNEE) * bent)
    fade = np.linspace(0, 1, round(_FADE * rate))
    x[: len(fade)] *= fade
    x[-len(fade) :] *= fade[::-1]
    coded = convert(np.round(x * 32767).astype(np.int16), rate, target)
    return np.pad(coded, (0, -len(coded) % (target // 50)))
