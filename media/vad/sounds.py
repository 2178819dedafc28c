"""Sound that is no speech and lasts: music on hold, noise.

Sound that goes on for seconds
while the voice detector sees next to no speech in it is something else; whether its
spectrum has peaks that stay tells music from noise. (Steady tones and keys are silenced
before this, in ``keys``.)
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from media.audio.frame import FRAME_SECONDS, Samples
from media.vad.voice import Voice

_SECONDS = 4.0
_FRAMES = round(_SECONDS / FRAME_SECONDS)
_FLOOR_DB = -52.0
_PRESENT = (0.5, 0.25)  # of the frames have sound: to begin, to go on
_SPEECH = (0.1, 0.3)  # of the frames are speech at most: to begin, to go on
_PEAKY = 0.15  # spectral flatness (geometric over arithmetic mean) below which it is tonal
_EVERY = 5  # frames between two spectra
_BINS = slice(6, 68)  # 300 to 3,400 Hz at 50 Hz each


class Sound(StrEnum):
    """What lasts."""

    NOTHING = "nothing"
    MUSIC = "music"
    NOISE = "noise"


@dataclass(frozen=True)
class SoundChanged:
    """From ``at`` on ``sound`` is heard on this leg."""

    sound: Sound
    at: float


class SoundDetector:
    """One leg's."""

    def __init__(self) -> None:
        self._frames: deque[tuple[bool, bool]] = deque()
        """Of each frame, whether there was sound and whether it was speech."""
        self._present = self._speech = 0
        self._flatness: deque[float] = deque(maxlen=_FRAMES // _EVERY)
        self._count = 0
        self._sound = Sound.NOTHING

    @property
    def sound(self) -> Sound:
        """What lasts now."""
        return self._sound

    def feed(self, voice: Voice, samples: Samples) -> SoundChanged | None:
        """A judged frame and its sound."""
        self._add(voice.level > _FLOOR_DB, voice.probability >= 0.5)
        self._count += 1
        if self._count % _EVERY == 0 and voice.level > _FLOOR_DB:
            self._flatness.append(_flatness(samples))
        if len(self._frames) < _FRAMES or self._count % _EVERY:
            return None
        sound = self._judge()
        if sound is self._sound:
            return None
        self._sound = sound
        at = voice.at if sound is Sound.NOTHING else voice.at - _SECONDS
        return SoundChanged(sound, round(max(0.0, at), 2))

    def _add(self, present: bool, speech: bool) -> None:
        self._frames.append((present, speech))
        self._present += present
        self._speech += speech
        if len(self._frames) > _FRAMES:
            present, speech = self._frames.popleft()
            self._present -= present
            self._speech -= speech

    def _judge(self) -> Sound:
        count = len(self._frames)
        present, speech = self._present / count, self._speech / count
        on = self._sound is not Sound.NOTHING
        if present < _PRESENT[on] or speech > _SPEECH[on] or not self._flatness:
            return Sound.NOTHING
        if on:
            return self._sound
        return Sound.MUSIC if float(np.median(self._flatness)) < _PEAKY else Sound.NOISE


def _flatness(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))[_BINS]) ** 2 + 1e-3
    return float(np.exp(np.log(spectrum).mean()) / spectrum.mean())
