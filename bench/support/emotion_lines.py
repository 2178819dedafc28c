"""Emotional speech over bad lines, and openSMILE's eGeMAPS to be measured beside ours.

openSMILE's package carries a research licence: it is installed for this bench only
(``pip install opensmile``), never imported by Parley, and its result never shipped.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from media.emotion.training import augment
from media.emotion.training.codec import decode_mulaw, encode_mulaw
from media.emotion.training.corpus import Clip
from media.emotion.training.fitting import WindowSet
from media.tones import Samples

Line = Callable[[Samples, np.random.Generator], Samples]


def _noisy(decibels: float, power: float) -> Line:
    def line(samples: Samples, rng: np.random.Generator) -> Samples:
        return augment.noise(samples, decibels, augment.coloured(len(samples), rng, power=power))

    return line


def _twice_coded(samples: Samples, rng: np.random.Generator) -> Samples:
    return decode_mulaw(encode_mulaw(augment.equalise(samples, 2.0, rng.normal(0, 2, 6))))


LINES: Final[dict[str, Line]] = {
    "pink noise 20 dB": _noisy(20, 1.0),
    "pink noise 10 dB": _noisy(10, 1.0),
    "white noise 10 dB": _noisy(10, 0.0),
    "gain +10 dB, clipped": lambda samples, rng: augment.gain(samples, 10),
    "gain -20 dB": lambda samples, rng: decode_mulaw(encode_mulaw(augment.gain(samples, -20))),
    "3 % packets lost": lambda samples, rng: augment.loss(samples, 0.03, rng),
    "10 % packets lost": lambda samples, rng: augment.loss(samples, 0.10, rng),
    "other handset, coded twice": _twice_coded,
}
"""What happens on the way."""


def over(line: str, samples: Samples, number: int) -> Samples:
    """``samples`` over ``line``; the same for a clip's ``number``."""
    return LINES[line](samples, np.random.default_rng((7, number)))


class Egemaps:
    """eGeMAPSv02 functionals (88 figures) of whole clips."""

    def __init__(self) -> None:
        module: Any = importlib.import_module("opensmile")
        self._smile = module.Smile(
            feature_set=module.FeatureSet.eGeMAPSv02,
            feature_level=module.FeatureLevel.Functionals,
        )
        self.cpu = 0.0
        self.seconds = 0.0

    def windows(self, clips: Sequence[Clip], sounds: Sequence[Samples]) -> WindowSet:
        """One 'window' a clip, so that the same fitting can be used."""
        began = time.process_time()
        rows = [
            np.asarray(self._smile.process_signal(sound / 32768.0, 8000), dtype=np.float32)[0]
            for sound in sounds
        ]
        self.cpu += time.process_time() - began
        self.seconds += sum(len(sound) for sound in sounds) / 8000
        count = len(rows)
        return WindowSet(
            clips,
            np.nan_to_num(np.array(rows)),
            np.arange(count),
            np.ones(count),
            np.ones(count, dtype=bool),
        )


def egemaps() -> Egemaps | None:
    """None when openSMILE is not installed."""
    try:
        return Egemaps()
    except ImportError:
        return None
