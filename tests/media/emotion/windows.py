"""Windows as a voice of a wanted tension would give them, without a voice."""

from __future__ import annotations

import numpy as np

from media.emotion.features import NAMES
from media.emotion.frames import Floats
from media.emotion.model import TENSE, bundled
from media.emotion.sound_kind import Kind
from media.emotion.stream import Window


def figures(tension: float, **changed: float) -> Floats:
    """Figures whose tension is ``tension`` log-odds; ``changed`` then sets some of them."""
    model = bundled()
    tense = np.array([name in TENSE for name in model.classes])
    way = model.weights[:, tense].mean(axis=1) - model.weights[:, ~tense].mean(axis=1)
    for name in changed:  # these are set afterwards and must not carry the tension
        way[NAMES.index(name)] = 0.0
    way = model.scale * way / np.abs(way).max()
    base = model.centre.copy()
    for name, value in changed.items():
        base[NAMES.index(name)] = value
    low, high = -2.0, 2.0
    for _ in range(24):
        middle = (low + high) / 2
        scored = model.score((base + middle * way).astype(np.float32)).tension
        low, high = (middle, high) if scored < tension else (low, middle)
    return np.asarray(base + low * way, dtype=np.float32)


def window(
    at: float, tension: float, *, level: float = -24.0, ends: bool = False, **changed: float
) -> Window:
    """One second of new speech."""
    return Window(
        at=at,
        seconds=3.0,
        new_seconds=1.0,
        level=level,
        kind=Kind.SPEECH,
        clipped=0.0,
        ends_utterance=ends,
        figures=figures(tension, **changed),
    )


def other(at: float, kind: Kind) -> Window:
    """A second of something else."""
    return Window(
        at=at,
        seconds=3.0,
        new_seconds=1.0,
        level=-20.0,
        kind=kind,
        clipped=0.0,
        ends_utterance=False,
        figures=None,
    )
