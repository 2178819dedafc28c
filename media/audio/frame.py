"""What a leg hands out: frames of sound and keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE = 16000
FRAME_SAMPLES = 320
FRAME_SECONDS = FRAME_SAMPLES / RATE

Samples = npt.NDArray[np.int16]

SILENCE: Samples = np.zeros(FRAME_SAMPLES, dtype=np.int16)
SILENCE.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of one speaker: 320 samples at 16 kHz, ``at`` seconds after the leg began.

    ``filled``: nothing arrived for that time, this is silence in its place.
    """

    samples: Samples
    at: float
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Digit:
    """A key that was signalled beside the sound."""

    digit: str
    at: float
